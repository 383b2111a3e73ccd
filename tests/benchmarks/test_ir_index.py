"""A collection in the product's own index: what each leg finds, and when sentence vectors are left out."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import ir_index
from benchmarks.ir_collections import Collection
from benchmarks.ir_index import build_index, rankings_of
from tests.builders import passage
from tests.fakes import HashEmbedder

PASSAGES = {
    item.id: item
    for item in (
        passage("Wing lift holds an aircraft up. It grows with speed.", "wing", title="Wings", id="wing"),
        passage("Potatoes are boiled with salt for twenty minutes.", "potato", title="Cooking", id="potato"),
    )
}
COLLECTION = Collection("small", PASSAGES, {"q": "potatoes with salt"}, {"q": {"potato": 1.0}})


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ir_index, "_sentence_embedder", lambda: HashEmbedder(64))


def test_every_leg_finds_the_passage(tmp_path: Path) -> None:
    index = build_index(COLLECTION, tmp_path, budget_s=60)
    assert set(index.build_s) == {"keyword", "static", "sentence"}
    (ranking,) = rankings_of(COLLECTION, index, ["q"], wide=5).values()
    for leg in ("keyword", "static", "sentence"):
        assert ranking[leg][0].passage is PASSAGES["potato"]


def test_kept_vectors_are_used_again_for_the_same_texts_alone(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    embedder = HashEmbedder(64)
    first = ir_index._vectors("small", ["a b", "c"], embedder, 60, cache)
    again = ir_index._vectors("small", ["a b", "c"], embedder, 0, cache)  # no time, but kept
    assert first is not None
    assert again is not None
    assert np.allclose(first, again, atol=1e-3)
    assert ir_index._vectors("small", ["a b", "other"], embedder, 0, cache) is None
