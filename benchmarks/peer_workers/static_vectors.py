"""The embedder all sides share: WordLlama's 256-dimensional static vectors from the weights inside its wheel."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import wordllama


class StaticVectors:
    """Unit vectors of texts, as plain lists (what both peers store)."""

    def __init__(self) -> None:
        # The wheel carries the tokenizer under another folder name than `load` looks in; cache_dir points it there.
        packaged = Path(wordllama.__file__).parent
        self._model: Any = wordllama.WordLlama.load(dim=256, cache_dir=packaged, disable_download=True)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One list of 256 floats per text."""
        vectors: list[list[float]] = self._model.embed(list(texts), norm=True).tolist()
        return vectors
