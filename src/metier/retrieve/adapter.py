"""A low-rank move of a question's vector towards the passages that answer such questions; vectors of passages stay as they are.

A release's adapter.safetensors holds it per dense leg (specialize/low_rank.py fits it), with the identity of the embedder that it was
fitted to: vectors of another one would be moved anywhere, so there it does nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metier.stages import Embedder, Vectors

Floats = NDArray[np.float64]


def moved(vectors: Vectors, down: Vectors, up: Vectors) -> Vectors:
    """Each row v as v + (v down^T) up, of unit length again; `down` and `up` have shape (rank, dimension). A row of zeros stays."""
    found = vectors + (vectors @ down.T) @ up
    length = np.linalg.norm(found, axis=1, keepdims=True)
    unit: Vectors = np.divide(found, length, out=np.zeros_like(found), where=length > 0).astype(np.float32)
    return unit


class AdaptedEmbedder:
    """Implements stages.Embedder: questions are moved, passages are not."""

    def __init__(self, embedder: Embedder, down: Vectors, up: Vectors) -> None:
        self._embedder = embedder
        self._down = down
        self._up = up

    @property
    def identity(self) -> str:
        """That of the embedder: vectors of passages are its own."""
        return self._embedder.identity

    @property
    def dimension(self) -> int:
        """That of the embedder."""
        return self._embedder.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """As the embedder does."""
        return self._embedder.embed_passages(texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """As the embedder does, moved."""
        return moved(self._embedder.embed_queries(texts), self._down, self._up)


def adapted(part: Mapping[str, Any] | None, leg: str, embedder: Embedder) -> Embedder:
    """The embedder of a dense leg with what the release's adapter has for it; the embedder itself where that is nothing, or was
    fitted to another embedder."""
    own = (part or {}).get("legs", {}).get(leg)
    if own is None or own["base"] != embedder.identity:
        return embedder
    down, up = (np.array(own[name], dtype=np.float32) for name in ("down", "up"))
    return embedder if down.shape[1] != embedder.dimension else AdaptedEmbedder(embedder, down, up)
