"""A table is built anew from what is kept: every visible document once, wherever a run ended and whatever happened since."""

import contextlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from metier.flow.reindex import Reindexing, ReindexReport, reindex
from metier.store.ledger import SqlLedger
from metier.types import Document, Entry, Failure, Passage, Progress, State
from tests.fakes import (
    FakeDocuments,
    HashEmbedder,
    Killed,
    LineChunker,
    MemoryPassages,
    Tripwire,
    document,
    entry,
)


class Built(MemoryPassages):
    """The table that is being built."""

    optimized = 0

    def groups_of_documents(self) -> dict[str, tuple[str, ...]]:
        return {row.document: row.groups for row in self.rows}

    def optimize(self) -> None:
        self.optimized += 1


@dataclass
class World:
    """Documents that are live, and what is kept of them."""

    ledger: SqlLedger
    documents: FakeDocuments
    built: Built = field(default_factory=Built)
    extracted: list[str] = field(default_factory=list)

    def live(self, identity: str, text: str, groups: tuple[str, ...] = ("all",), kept: bool = True) -> Entry:
        made = entry(identity, f"{identity}.txt", State.LIVE, groups=groups, passages=text.count("\n") + 1)
        self.ledger.advance([made])
        if kept:
            self.documents.put_documents([document(identity, made.uri, text)])
        return made

    def run(self, wire: Tripwire | None = None, **more: Any) -> ReindexReport:
        wrap = wire.wrap if wire else lambda target: target
        parts = Reindexing(
            ledger=self.ledger,
            documents=wrap(self.documents),
            extract=self._extract,
            chunker=LineChunker(),
            embedders={"static": HashEmbedder()},
            built=wrap(self.built),
            slots=2,
        )
        return reindex(parts, **more)

    def _extract(self, entry: Entry) -> Document | Failure:
        self.extracted.append(entry.uri)
        if entry.id.startswith("bad"):
            return Failure(entry.uri, "extract", "damaged", "save it anew")
        return document(entry.id, entry.uri, f"read again {entry.id}")

    def texts(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in sorted(self.built.rows, key=lambda row: (row.document, row.start)):
            found.setdefault(row.document, []).append(row.text)
        return found


@pytest.fixture
def world(memory_ledger_engine: Engine, tmp_path: Path) -> World:
    return World(SqlLedger(memory_ledger_engine, f"reindex-{tmp_path.name}"), FakeDocuments(tmp_path, []))


def test_every_visible_document_is_built_and_none_is_read_again(world: World) -> None:
    for number in range(5):
        world.live(f"d{number}", f"one {number}\ntwo {number}")
    world.ledger.advance([entry("gone", state=State.REMOVED), entry("bad", "b", State.QUARANTINED)])
    seen: list[Progress] = []
    report = world.run(on_progress=seen.append)
    assert world.texts() == {f"d{n}": [f"one {n}", f"two {n}"] for n in range(5)}
    assert (report.documents, report.live, report.kept, report.passages) == (5, 5, 0, 10)
    assert not report.interrupted
    assert report.read_again == report.failures == ()
    assert world.extracted == []
    assert (seen[-1].done, seen[-1].total, seen[-1].unit) == (10, 10, "passages")
    assert world.built.optimized == 1


def test_a_document_of_which_nothing_is_kept_is_read_from_its_bytes_and_said(world: World) -> None:
    world.live("good", "a text")
    world.live("torn", "another", kept=False)
    world.live("bad", "a third", kept=False)
    report = world.run()
    assert world.texts() == {"good": ["a text"], "torn": ["read again torn"]}
    assert report.read_again == ("bad.txt", "torn.txt")
    assert [failure.subject for failure in report.failures] == ["bad.txt"]
    assert (report.documents, report.live) == (2, 3)
    assert world.documents.document("torn") is not None, "what was read is kept from now on"


def test_what_changed_since_a_stopped_run_is_not_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metier.flow.reindex._BATCH_PASSAGES", 1)
    kept = [world.live(f"d{number}", f"text {number}") for number in range(30)]
    seen: list[Progress] = []
    report = world.run(on_progress=seen.append, should_stop=lambda: len(seen) >= 3)
    assert report.interrupted
    assert 0 < report.documents < 30
    assert world.built.optimized == 0
    built = sorted(world.built.documents())
    removed = next(item for item in kept if item.id == built[0])
    moved = next(item for item in kept if item.id == built[1])
    world.ledger.advance([replace(removed, state=State.REMOVED), replace(moved, groups=("hr",))])
    world.live("new", "a new text")
    again = world.run()
    assert again.kept == report.documents - 2
    assert not again.interrupted
    live = world.ledger.live()
    assert set(world.texts()) == set(live)
    assert all(row.groups == live[row.document].groups for row in world.built.rows)
    assert len({row.id for row in world.built.rows}) == len(world.built.rows)


def test_wherever_it_is_killed_one_more_run_makes_it_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metier.flow.reindex._BATCH_PASSAGES", 2)
    for number in range(6):
        world.live(f"d{number}", f"one {number}\ntwo {number}")
    for at in range(1, 30):
        for after in (False, True):
            world.built.rows.clear()
            wire = Tripwire(at, after)
            with contextlib.suppress(Killed):
                world.run(wire)
            assert len({row.id for row in world.built.rows}) == len(world.built.rows)
            world.run()
            assert world.texts() == {f"d{n}": [f"one {n}", f"two {n}"] for n in range(6)}


def test_a_second_run_has_nothing_to_do(world: World) -> None:
    world.live("d", "text")
    world.run()
    rows: list[Passage] = list(world.built.rows)
    report = world.run()
    assert (report.kept, report.passages) == (1, 0)
    assert world.built.rows == rows
