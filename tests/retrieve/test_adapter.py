"""Questions are moved, passages are not; what was fitted to another embedder moves nothing."""

import numpy as np

from metier.retrieve.adapter import AdaptedEmbedder, adapted, moved
from tests.builders import WordEmbedder

EMBEDDER = WordEmbedder()


def part(base: str = "words", dimension: int = 64) -> dict[str, object]:
    down, up = np.zeros((1, dimension)), np.zeros((1, dimension))
    down[0, 38 % dimension], up[0, 5] = 2.0, 1.0
    return {"legs": {"static": {"base": base, "down": down.tolist(), "up": up.tolist()}}, "origin": "test"}


def test_a_vector_is_moved_and_of_unit_length_again() -> None:
    down, up = np.array([[1.0, 0, 0]], dtype=np.float32), np.array([[0, 2.0, 0]], dtype=np.float32)
    found = moved(np.array([[1, 0, 0], [0, 0, 1], [0, 0, 0]], dtype=np.float32), down, up)
    assert np.allclose(found[0], np.array([1, 2, 0]) / np.sqrt(5))
    assert found[1:].tolist() == [[0, 0, 1], [0, 0, 0]]
    assert found.dtype == np.float32


def test_questions_are_moved_and_passages_are_not() -> None:
    embedder = adapted(part(), "static", EMBEDDER)
    assert isinstance(embedder, AdaptedEmbedder)
    assert (embedder.identity, embedder.dimension) == ("words", 64)
    words = [chr(97 + n) * 3 for n in range(26)]
    plain = EMBEDDER.embed_queries(words)
    changed = np.flatnonzero(np.abs(embedder.embed_queries(words) - plain).max(axis=1) > 1e-6)
    assert changed.tolist() == np.flatnonzero(plain[:, 38]).tolist()
    assert len(changed)
    assert np.array_equal(embedder.embed_passages(words), EMBEDDER.embed_passages(words))


def test_what_does_not_fit_moves_nothing() -> None:
    assert adapted(None, "static", EMBEDDER) is EMBEDDER
    assert adapted(part(), "sentence", EMBEDDER) is EMBEDDER
    assert adapted(part("another model"), "static", EMBEDDER) is EMBEDDER
    assert adapted(part(dimension=32), "static", EMBEDDER) is EMBEDDER
