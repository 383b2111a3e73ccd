"""A segment against brute force over the same rows."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metier.store import segment as module
from metier.store.segment import Segment, load, save, segment_of

RNG = np.random.default_rng(7)


def rows(lines: list[str], groups: list[tuple[str, ...]] | None = None, dimension: int = 8) -> pa.Table:
    """A passage table of these lines of terms, each row with a random unit vector."""
    count = len(lines)
    vectors = (RNG.normal(size=(count, dimension)) * 0.7 ** np.arange(dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = {
        name: [f"{name}{n}" for n in range(count)]
        for name in ("id", "document", "uri", "title", "kind", "language")
    }
    return pa.table(
        {
            **texts,
            "page": pa.array([1] * count, pa.int32()),
            "start": pa.array([0] * count, pa.int64()),
            "end": pa.array([1] * count, pa.int64()),
            "text": lines,
            "heading_path": [["a", "b"]] * count,
            "version_date": [""] * count,
            "groups": pa.array([list(one) for one in groups or [("all",)] * count], pa.list_(pa.string())),
            "terms": lines,
            "static": pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), dimension),
            "_rowid": pa.array(range(100, 100 + count), pa.uint64()),
        }
    )


def everything(segment: Segment) -> np.ndarray:
    return everything_of(len(segment))


def everything_of(count: int) -> np.ndarray:
    return np.ones(count, dtype=bool)


def bm25(lines: list[str], words: dict[str, float]) -> dict[int, float]:
    """Robertson's formula, a row at a time."""
    split = [line.split() for line in lines]
    mean = sum(map(len, split)) / len(split) or 1.0
    found = {}
    for row, terms in enumerate(split):
        counts = Counter(terms)
        parts = [
            idf * counts[word] * 2.2 / (counts[word] + 1.2 * (0.25 + 0.75 * len(terms) / mean))
            for word, idf in words.items()
            if counts[word]
        ]
        if parts:
            found[row] = sum(parts)
    return found


@settings(deadline=None)
@given(
    lines=st.lists(
        st.lists(st.sampled_from(["a", "b", "c", "dd", "é"]), max_size=6).map(" ".join),
        min_size=1,
        max_size=12,
    ),
    words=st.dictionaries(st.sampled_from(["a", "b", "é", "nowhere"]), st.floats(0.1, 5), max_size=3),
)
def test_keyword_scores_are_bm25(lines: list[str], words: dict[str, float]) -> None:
    segment = segment_of(rows(lines), ["static"])
    found, scores = segment.score_terms(words, everything(segment), 100)
    wanted = bm25(lines, words)
    assert dict(zip(found.tolist(), scores.tolist(), strict=True)) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("scanned", [10_000, 100])
def test_vector_search_finds_the_best_among_what_is_allowed(
    scanned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SCANNED", scanned)
    monkeypatch.setattr(module, "_GATHERED", 50)
    monkeypatch.setattr(module, "_LEAST_CHOSEN", 200)
    monkeypatch.setattr(module, "_AXES", 12)
    table = rows(["a"] * 1000, dimension=16)
    segment = segment_of(table, ["static"])
    assert bool(segment.coarse) == (scanned < 1000)
    vectors = segment.vectors["static"]
    for share in (1.0, 0.5, 0.02):
        allowed = RNG.random(1000) < share
        for number in range(5):
            query = vectors[number]
            scores = np.where(allowed, vectors @ query, -np.inf)
            best = set(np.argsort(-scores)[: min(10, allowed.sum())].tolist())
            found, _ = segment.score_vector("static", query, allowed, 10)
            assert set(found.tolist()) == best
            assert allowed[found].all()


@pytest.mark.parametrize("count", [0, 1, 63, 64, 700])
def test_gathered_in_pieces_is_gathered_at_once(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CACHED", 2_000)  # 125 rows of 16 numbers
    matrix, vector = RNG.normal(size=(900, 16)).astype(np.float32), RNG.normal(size=16).astype(np.float32)
    rows = np.sort(RNG.choice(900, count, replace=False))
    found = module._times_gathered(matrix, rows, vector)
    assert found.dtype == np.float32
    assert found == pytest.approx(matrix[rows] @ vector, abs=1e-5)


def test_what_scores_as_high_as_the_last_is_there_too() -> None:
    segment = segment_of(rows(["a", "a", "a", "b"]), ["static"])
    found, _ = segment.score_terms({"a": 1.0}, everything(segment), 1)
    assert sorted(found.tolist()) == [0, 1, 2]


def test_rights_are_sets_of_groups() -> None:
    groups = [("hr",), ("HR",), ("all", "hr"), (), ("x') OR (1=1",)]
    segment = segment_of(rows(["a"] * 5, groups), ["static"])
    assert segment.allowed(frozenset({"hr"})).tolist() == [True, False, True, False, False]
    assert segment.allowed(frozenset()).tolist() == [False] * 5
    assert segment.allowed(frozenset({"x') OR (1=1"})).tolist() == [False] * 4 + [True]
    found, _ = segment.score_terms({"a": 1.0}, segment.allowed(frozenset({"all"})), 10)
    assert found.tolist() == [2]


def test_a_saved_segment_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SCANNED", 2)
    monkeypatch.setattr(module, "_AXES", 4)
    segment = segment_of(rows(["a b", "b c", "c", ""], [("all",), ("hr", "it"), (), ("all",)]), ["static"])
    save(segment, tmp_path / "s", {"version": 3})
    again = load(tmp_path / "s")
    for name in ("keys", "sets", "terms", "starts", "rows", "weights"):
        assert np.array_equal(getattr(again, name), getattr(segment, name))
    for kind in ("vectors", "axes", "coarse"):
        assert np.array_equal(getattr(again, kind)["static"], getattr(segment, kind)["static"])
    assert again.groups == segment.groups
    assert again.made([0, 3, 1]) == segment.made([0, 3, 1])
    assert again.made([1])[0].groups == ("hr", "it")
    assert again.by_id == {f"id{n}": n for n in range(4)}
    assert math.isclose(again.length, segment.length)


@pytest.mark.parametrize("name", ["rows.npy", "passages.arrow", "vectors-static.npy", "manifest.json"])
@pytest.mark.parametrize("damage", ["gone", "short", "changed"])
def test_a_torn_file_is_noticed(tmp_path: Path, name: str, damage: str) -> None:
    save(segment_of(rows(["a b", "b c"]), ["static"]), tmp_path / "s", {})
    path = tmp_path / "s" / name
    data = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(
            data[:-9] if damage == "short" else data[:-9] + bytes(byte ^ 1 for byte in data[-9:])
        )
    with pytest.raises((ValueError, OSError)):
        load(tmp_path / "s")


def test_many_rows_are_turned_into_passages_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 2)
    segment = segment_of(rows(["a"] * 6), ["static"])
    assert [one.id for one in segment.made([0, 1, 2])] == ["id0", "id1", "id2"]
    assert [one.id for one in segment.made([2, 3, 0, 3])] == ["id2", "id3", "id0", "id3"]
    assert segment.passage(5).heading_path == ("a", "b")


@settings(deadline=None)
@given(
    size=st.integers(1, 2000),
    k=st.integers(1, 300),
    levels=st.integers(1, 1000),
    share=st.floats(0, 1),
    seed=st.integers(0, 99),
)
def test_what_leads_holds_the_best_and_only_what_is_allowed(
    size: int, k: int, levels: int, share: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(levels, size=size).astype(np.float32)
    allowed = rng.random(size) < share
    rows = module._leading(scores, allowed, k)
    assert allowed[rows].all()
    assert (np.diff(rows) > 0).all()
    assert sorted(scores[rows])[-k:] == sorted(scores[allowed])[-k:]


def test_few_others_stand_beside_the_best() -> None:
    scores = RNG.random(100_000).astype(np.float32)
    assert 60 <= len(module._leading(scores, everything_of(100_000), 60)) < 600
