"""What each dense leg compares, for learning: vectors of questions and of passages, as no release moves them."""

from collections.abc import Mapping, Sequence

import numpy as np

from metier.stages import Embedder, Vectors
from metier.system.deep import Deep
from metier.text.context import context_text
from metier.types import Passage


class StaticSpace:
    """Implements stages.Space: one vector per passage, made anew, as fast as it is read."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def identity(self) -> str:
        """Of the embedder."""
        return self._embedder.identity

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension)."""
        return self._embedder.embed_queries(texts)

    def passages(self, passages: Sequence[Passage]) -> Mapping[str, Vectors]:
        """By id, shape (1, dimension)."""
        vectors = self._embedder.embed_passages([context_text(one) for one in passages])
        return {one.id: row[None] for one, row in zip(passages, vectors, strict=True)}


class SentenceSpace:
    """Implements stages.Space: the vectors of a passage's sentences."""

    def __init__(self, deep: Deep) -> None:
        self._deep = deep

    @property
    def identity(self) -> str:
        """Of the embedder."""
        return self._deep.embedder.identity

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension)."""
        return self._deep.embed_queries(texts)

    def passages(self, passages: Sequence[Passage]) -> Mapping[str, Vectors]:
        """By id, shape (sentences, dimension)."""
        found: dict[str, list[Vectors]] = {}
        by_document: dict[str, list[Passage]] = {}
        for one in passages:
            by_document.setdefault(one.document, []).append(one)
        # what learns waits until nearly all passages have vectors
        places = self._deep.of_passages([one.id for one in passages]) if self._deep.is_ready() else {}
        for (document, start, end), vector in sorted(places.items(), key=lambda item: item[0]):
            for one in by_document.get(document, ()):
                if one.start <= start and end <= one.end:
                    found.setdefault(one.id, []).append(vector)
        return {name: np.array(rows) for name, rows in found.items()}
