"""A table is compacted when that is due, seldom, and what was lost by it is told."""

import dataclasses
from pathlib import Path

import pytest

from metier.store.compaction import Compaction, Fill, keep_compaction, read_compaction
from metier.store.passages import LancePassages
from tests.fakes import HashEmbedder, passage

EMBEDDER = HashEmbedder()
DONE = Compaction(1000.0, 10.0, "why", 50, 50, 32, 32, 32)


@pytest.mark.parametrize(
    ("fill", "words"),
    [
        (Fill(100_000, 0, 3, unindexed=1_999), ""),
        (Fill(100_000, 0, 3, unindexed=2_000), "2000 rows were not in the index"),
        (Fill(100, 0, 63), ""),
        (Fill(100, 0, 64), "its rows were in 64 files"),
        (Fill(100, 900, 3), ""),  # many of few
        (Fill(100_000, 5_000, 3), ""),  # few of many
        (Fill(8_000, 2_000, 3), "2000 deleted rows were still in its files"),
    ],
)
def test_when_it_is_due(fill: Fill, words: str) -> None:
    assert fill.why_compact() == words


def test_it_rests_twenty_times_as_long_as_it_took_and_a_minute_at_least() -> None:
    assert not DONE.is_rested(1199)
    assert DONE.is_rested(1200)
    quick = dataclasses.replace(DONE, seconds=0.1)
    assert not quick.is_rested(1059)
    assert quick.is_rested(1060)
    assert quick.is_rested(900), "a clock that was put back stops nothing"


def test_what_is_kept_comes_back_and_a_damaged_file_is_none(tmp_path: Path) -> None:
    file = tmp_path / "compaction.json"
    assert read_compaction(file) is None
    keep_compaction(file, DONE)
    assert read_compaction(file) == DONE
    file.write_text('{"ended": 1}', encoding="utf-8")
    assert read_compaction(file) is None
    file.write_text("[]", encoding="utf-8")
    assert read_compaction(file) is None


def test_lossy_is_what_finds_less_or_has_other_rows() -> None:
    assert not DONE.is_lossy
    assert not dataclasses.replace(DONE, found_before=30).is_lossy
    assert dataclasses.replace(DONE, found_after=31).is_lossy
    assert dataclasses.replace(DONE, rows_after=49).is_lossy


# --- on a table -----------------------------------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path: Path) -> LancePassages:
    made = LancePassages(tmp_path / "passages.lance", {"static": EMBEDDER})
    for number in range(3):
        put(made, number)
    made.optimize()  # the index
    return made


def put(table: LancePassages, number: int, count: int = 1) -> None:
    made = [passage(f"d{number}", "x", f"notice number{number} part{n}", 100 * n) for n in range(count)]
    table.add(made, {"static": EMBEDDER.embed_passages([item.text for item in made])})


def rested(monkeypatch: pytest.MonkeyPatch, yes: bool) -> None:
    monkeypatch.setattr(Compaction, "is_rested", lambda self, now: yes)


def test_a_table_is_left_alone_until_it_is_due_and_compacted_then_and_not_again_at_once(
    table: LancePassages, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(table, 3)
    table.optimize()
    assert table.compaction() is None
    put(table, 4, 2_000)
    table.optimize()
    first = table.compaction()
    assert first is not None
    assert first.why == "2001 rows were not in the index"
    assert not first.is_lossy
    assert first.asked == first.found_before == first.found_after == 32
    assert first.rows_before == first.rows_after == 2_004
    put(table, 5, 2_000)
    table.optimize()
    assert table.compaction() == first, "not twice within a minute"
    rested(monkeypatch, True)
    table.optimize()
    second = table.compaction()
    assert second is not None
    assert second.ended > first.ended
    version = table.version()
    table.optimize()
    assert table.version() == version, "nothing is due"


def test_many_small_files_are_merged(table: LancePassages) -> None:
    for number in range(3, 70):
        put(table, number)
    table.optimize()
    done = table.compaction()
    assert done is not None
    assert "files" in done.why
    assert done.found_after == done.found_before == 32


def test_deleted_rows_make_it_due(table: LancePassages, monkeypatch: pytest.MonkeyPatch) -> None:
    put(table, 3, 1_900)
    put(table, 4)
    table.compact()
    table.delete_documents(["d3"])
    rested(monkeypatch, True)
    table.optimize()
    done = table.compaction()
    assert done is not None
    assert "deleted rows" in done.why
    assert done.rows_before == done.rows_after == 4


def test_a_compaction_that_loses_rows_is_told(table: LancePassages, monkeypatch: pytest.MonkeyPatch) -> None:
    class Losing:
        def __init__(self, real):  # type: ignore[no-untyped-def]
            self._real = real

        def __getattr__(self, name):  # type: ignore[no-untyped-def]
            return getattr(self._real, name)

        def optimize(self, **_: object) -> None:
            self._real.delete("document = 'd1'")

    monkeypatch.setattr(table, "_held", dataclasses.replace(table._held, table=Losing(table._held.table)))
    done = table.compact()
    assert done.is_lossy
    assert (done.rows_before, done.rows_after) == (3, 2)
    assert (done.found_before, done.found_after) == (6, 4)
    assert table.compaction() == done
