"""The law of ingest: whatever happens, and wherever the process dies, one more run makes the workspace right."""

import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from metier.errors import UserError
from metier.flow.ingest import IngestReport, ingest
from metier.store.database import open_database
from metier.store.ledger import SqlLedger
from metier.types import Entry, Progress, State
from tests.fakes import (
    FakeDocuments,
    FakeExtractor,
    File,
    Killed,
    MemoryFolder,
    MemoryPassages,
    Tripwire,
    ingestion,
)

WAITING = (State.RECEIVED, State.IN_FLIGHT, State.PARSED, State.INDEXED)
_tenants = itertools.count()


@dataclass
class World:
    """One workspace over fakes."""

    engine: Engine
    blobs: Path
    folder: MemoryFolder = field(default_factory=MemoryFolder)
    passages: MemoryPassages = field(default_factory=MemoryPassages)
    extractor: FakeExtractor = field(default_factory=FakeExtractor)

    def __post_init__(self) -> None:
        self.tenant = f"tenant-{next(_tenants)}"
        self.ledger = SqlLedger(self.engine, self.tenant)
        self.folders = [self.folder]
        self.documents = FakeDocuments(self.blobs, self.folders)

    def run(self, wire: Tripwire | None = None, **more: Any) -> IngestReport:
        parts = ingestion(
            self.ledger, self.folders, self.documents, self.passages, self.extractor, wire, self.tenant
        )
        return ingest(parts, **more)

    def write(self, uri: str, text: str | None, groups: tuple[str, ...] = ("all",)) -> None:
        before = self.folder.files.get(uri)
        self.folder.files[uri] = File(text, groups, before.stamp + 1 if before else 1)

    def visible(self) -> dict[str, str]:
        """uri -> text of what can be found."""
        return {item.uri: self.text(item) for item in self.ledger.live().values()}

    def text(self, item: Entry) -> str:
        return self.documents.blob(item.sha256).read_text(encoding="utf-8")

    def states(self) -> dict[State, int]:
        return {state: number for state, number in self.ledger.count().states.items() if number}

    def check(self) -> None:
        """What must hold after every run that came to its end."""
        count, live = self.ledger.count(), self.ledger.live()
        assert count.received == len(self.ledger.entries())
        assert not any(count.states[state] for state in WAITING)
        by_uri = [item.uri for item in live.values()]
        assert len(by_uri) == len(set(by_uri)), "two versions of one document are visible"
        ids = [row.id for row in self.passages.rows]
        assert len(ids) == len(set(ids)), "a passage is there twice"
        assert self.passages.documents() == set(live)
        for row in self.passages.rows:
            assert row.groups == live[row.document].groups
        for item in live.values():
            found = "\n".join(row.text for row in self.passages.rows if row.document == item.id)
            assert found == self.text(item)


@pytest.fixture
def world(memory_ledger_engine: Engine, tmp_path: Path) -> World:
    return World(memory_ledger_engine, tmp_path)


# --- one thing at a time --------------------------------------------------------------------------------------------


def test_files_become_live_partial_or_quarantined(world: World) -> None:
    world.write("a.txt", "a good text")
    world.write("b.txt", "bad bytes")
    world.write("c.txt", "half a text")
    world.write("d.txt", None)
    world.write("e.txt", " \n ")
    world.write("f.txt", "x" * 1001)
    report = world.run()
    assert world.states() == {State.LIVE: 1, State.PARTIAL: 1, State.QUARANTINED: 4}
    assert dict(report.count.reasons) == {
        "damaged": 1, "no_text": 1, "partly_read": 1, "too_large": 1, "unreadable": 1
    }  # fmt: skip
    assert {failure.reason for failure in report.failures} == {
        "damaged",
        "no_text",
        "too_large",
        "unreadable",
    }
    assert world.visible() == {"a.txt": "a good text", "c.txt": "half a text"}
    assert (report.found, report.added, report.done) == (6, 4, 4)
    world.check()


def test_a_second_run_does_no_work(world: World) -> None:
    for number in range(5):
        world.write(f"{number}.txt", f"text {number}")
    world.write("bad.txt", "bad bytes")
    world.run()
    version, read = world.ledger.version(), world.documents.read
    world.extractor.calls.clear()
    report = world.run()
    assert world.extractor.calls == []
    assert world.documents.read == read
    assert world.ledger.version() == version
    assert (report.unchanged, report.added, report.changed, report.removed, report.done) == (6, 0, 0, 0, 0)


def test_a_touched_file_is_read_once_and_not_extracted_again(world: World) -> None:
    world.write("a.txt", "the same")
    world.run()
    world.write("a.txt", "the same")  # a new time stamp
    world.extractor.calls.clear()
    world.run()
    read = world.documents.read
    world.run()
    assert world.extractor.calls == []
    assert world.documents.read == read, "the new time stamp was not remembered"


def test_touched_and_regrouped_at_once_is_settled_in_one_run(world: World) -> None:
    world.write("a.txt", "the same")
    world.run()
    world.write("a.txt", "the same", ("hr",))
    world.run()
    world.check()
    (row,) = world.passages.rows
    assert row.groups == ("hr",)
    read = world.documents.read
    assert world.run().regrouped == 0
    assert world.documents.read == read


def test_changed_and_regrouped_at_once_is_settled_in_one_run(world: World) -> None:
    world.write("a.txt", "old", ("all",))
    world.run()
    world.write("a.txt", "new", ("hr",))
    world.run()
    assert world.visible() == {"a.txt": "new"}
    world.check()


def test_a_changed_file_supersedes_its_predecessor(world: World) -> None:
    world.write("a.txt", "old")
    world.run()
    world.write("a.txt", "new")
    report = world.run()
    assert (report.changed, report.added) == (1, 0)
    assert world.visible() == {"a.txt": "new"}
    assert world.states() == {State.LIVE: 1, State.SUPERSEDED: 1}
    world.check()


def test_there_and_back_again(world: World) -> None:
    for text in ("A", "B", "A"):
        world.write("a.txt", text)
        world.run()
    assert world.visible() == {"a.txt": "A"}
    assert world.states() == {State.LIVE: 1, State.SUPERSEDED: 1}
    world.check()


def test_back_to_an_unreadable_content_is_looked_into_once(world: World) -> None:
    """The older row is the one of now, beside a newer one that stays visible: found by benchmarks.crash."""
    for text in ("bad bytes", "B", "bad bytes"):
        world.write("a.txt", text)
        world.run()
    before = world.ledger.entries()
    world.run()
    assert world.ledger.entries() == before
    assert world.visible() == {"a.txt": "B"}
    world.check()


def test_back_to_the_newer_version_with_its_old_time_stamp(world: World) -> None:
    """A -> B -> (A received, killed) -> B as it was: the row of A must not win in the end."""
    world.write("a.txt", "A")
    world.run()
    world.write("a.txt", "B")
    kept = world.folder.files["a.txt"]
    world.run()
    world.write("a.txt", "A")
    wire = Tripwire()
    world.run(wire, should_stop=lambda: world.ledger.count().states[State.RECEIVED] > 0)
    world.folder.files["a.txt"] = kept
    world.run()
    assert world.visible() == {"a.txt": "B"}
    world.check()


def test_a_file_that_is_gone_is_removed_and_may_come_back(world: World) -> None:
    world.write("a.txt", "text")
    world.run()
    file = world.folder.files.pop("a.txt")
    report = world.run()
    assert report.removed == 1
    assert world.visible() == {}
    assert world.states() == {State.REMOVED: 1}
    world.folder.files["a.txt"] = file
    world.run()
    assert world.visible() == {"a.txt": "text"}
    assert world.states() == {State.LIVE: 1}
    world.check()


def test_a_file_that_could_not_be_read_is_told_when_it_is_gone(world: World) -> None:
    world.write("a.txt", "bad bytes")
    world.run()
    world.folder.files.pop("a.txt")
    assert world.run().removed == 1
    assert world.run().removed == 0
    world.check()


@pytest.mark.parametrize("text", [None, "bad bytes", "x" * 2000])
def test_what_cannot_be_read_any_more_keeps_its_visible_predecessor(world: World, text: str | None) -> None:
    world.write("a.txt", "old")
    world.run()
    world.write("a.txt", text)
    for _ in range(2):
        world.run()
        assert world.visible() == {"a.txt": "old"}
        assert world.states() == {State.LIVE: 1, State.QUARANTINED: 1}
    world.write("a.txt", "new")
    world.run()
    assert world.visible() == {"a.txt": "new"}
    world.check()


def test_the_predecessor_of_an_unreadable_version_follows_the_groups(world: World) -> None:
    world.write("a.txt", "old", ("all",))
    world.run()
    world.write("a.txt", "bad bytes", ("hr",))
    world.run()
    (row,) = world.passages.rows
    assert row.groups == ("hr",)
    world.check()


def test_a_missing_folder_removes_nothing_of_its_own(world: World) -> None:
    other = MemoryFolder({"b.txt": File("other", stamp=1)}, prefix="other/")
    world.folders.append(other)
    world.write("a.txt", "text")
    world.run()
    other.missing = True
    report = world.run()
    assert [failure.reason for failure in report.failures] == ["folder_missing"]
    assert world.visible() == {"a.txt": "text", "other/b.txt": "other"}


def test_a_folder_of_many_that_is_empty_now_is_taken_for_one_that_is_not_there(world: World) -> None:
    few = MemoryFolder({"b.txt": File("other", stamp=1)}, prefix="few/")
    many = MemoryFolder({f"{n}.txt": File(f"text {n}", stamp=1) for n in range(10)}, prefix="many/")
    world.folders += [few, many]
    world.write("a.txt", "text")
    world.run()
    few.files.clear()
    many.files.clear()
    report = world.run()
    assert [(failure.subject, failure.reason) for failure in report.failures] == [
        ("many/0.txt", "folder_empty")
    ]
    assert len(world.visible()) == 11
    assert "few/b.txt" not in world.visible()
    many.files["note.txt"] = File("all gone", stamp=2)  # so it is meant
    assert not world.run().failures
    assert world.visible() == {"a.txt": "text", "many/note.txt": "all gone"}


def test_a_missing_folder_does_not_keep_what_is_gone_from_another(world: World) -> None:
    other = MemoryFolder({"b.txt": File("other", stamp=1)}, prefix="other/")
    world.folders.append(other)
    world.write("a.txt", "text")
    world.run()
    other.missing = True
    world.folder.files.clear()
    world.run()
    assert world.visible() == {"other/b.txt": "other"}


def test_two_sources_with_one_uri_are_told_apart_or_refused(world: World) -> None:
    """The second file is not silently dropped, and the two do not supersede each other in turns."""
    world.folders.append(MemoryFolder({"a.txt": File("second", stamp=7)}, root=Path("/elsewhere")))
    world.write("a.txt", "first")
    world.run()
    report = world.run()
    assert world.visible() == {"a.txt": "first"}
    assert [failure.reason for failure in report.failures] == ["same_name"]
    assert report.changed == 0
    assert world.states() == {State.LIVE: 1, State.QUARANTINED: 1}


def test_groups_take_effect_without_reading_again(world: World) -> None:
    world.write("a.txt", "text", ("all",))
    world.run()
    world.extractor.calls.clear()
    world.folder.files["a.txt"].groups = ("hr", "board")
    report = world.run()
    assert report.regrouped == 1
    assert world.extractor.calls == []
    assert {row.groups for row in world.passages.rows} == {("hr", "board")}
    world.folder.files["a.txt"].groups = ()
    world.run()
    assert {row.groups for row in world.passages.rows} == {()}
    world.check()


def test_a_passing_failure_is_tried_again_by_itself_a_lasting_one_only_on_request(world: World) -> None:
    world.write("a.txt", "flaky text")
    world.write("b.txt", "bad bytes")
    world.run()
    world.extractor.calls.clear()
    world.extractor.healed = True
    world.run()
    assert world.extractor.calls == ["a.txt"]
    assert world.visible() == {"a.txt": "flaky text"}
    world.run(retry=True)
    assert world.extractor.calls == ["a.txt", "b.txt"]
    world.check()


def test_stopping_keeps_what_is_done_and_the_next_run_goes_on(world: World) -> None:
    for number in range(200):
        world.write(f"{number:03}.txt", f"text {number}")
    report = world.run(should_stop=lambda: len(world.extractor.calls) >= 5)
    assert report.interrupted
    assert 0 < len(world.ledger.live()) < 200
    assert world.ledger.count().states[State.IN_FLIGHT] == 0
    done = set(world.extractor.calls)
    world.extractor.calls.clear()
    report = world.run()
    assert not report.interrupted
    assert not done & set(world.extractor.calls), "finished work was done again"
    assert len(world.visible()) == 200
    world.check()


def test_a_stop_while_looking_is_an_interruption(world: World) -> None:
    world.write("a.txt", "text")
    report = world.run(should_stop=lambda: True)
    assert report.interrupted
    assert world.run().interrupted is False
    assert world.visible() == {"a.txt": "text"}


def test_a_lost_table_is_filled_again_from_what_was_kept(world: World) -> None:
    world.write("a.txt", "text")
    world.run()
    world.extractor.calls.clear()
    world.passages.rows.clear()
    world.run()
    assert world.extractor.calls == []
    world.check()


def test_a_new_pipeline_reads_everything_again_and_answers_meanwhile(world: World) -> None:
    world.write("a.txt", "text")
    world.run()
    world.extractor.identity = "better"
    report = world.run()
    assert report.changed == 1
    assert world.states() == {State.LIVE: 1, State.SUPERSEDED: 1}
    world.check()


def test_progress_ends_at_the_total(world: World) -> None:
    for number in range(7):
        world.write(f"{number}.txt", "bad" if number == 3 else f"text {number}")
    seen: list[Progress] = []
    world.run(on_progress=seen.append)
    assert (seen[-1].done, seen[-1].total, seen[-1].failed) == (7, 7, 1)
    assert [item.done for item in seen] == sorted(item.done for item in seen)


def test_a_full_disk_is_a_problem_of_the_user_and_is_survived(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write("a.txt", "text")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/work/blob")

    with monkeypatch.context() as patch:
        patch.setattr(FakeDocuments, "put_documents", full)
        with pytest.raises(UserError, match="no room left to write /work/blob"):
            world.run()
    assert world.ledger.count().states[State.IN_FLIGHT] == 0
    world.run()
    assert world.visible() == {"a.txt": "text"}


# --- the law --------------------------------------------------------------------------------------------------------

URIS = ("a.txt", "b.txt", "sub/c.txt")
TEXTS = ("one\ntwo", "three", "half of it", "flaky text", "bad bytes", "  ", None)
GROUPS = (("all",), ("hr",), ())

_uri = st.sampled_from(URIS)
_steps = st.one_of(
    st.tuples(st.just("write"), _uri, st.sampled_from(TEXTS), st.sampled_from(GROUPS)),
    st.tuples(st.just("groups"), _uri, st.sampled_from(GROUPS)),
    st.tuples(st.just("restore"), _uri),
    st.tuples(st.just("delete"), _uri),
    st.tuples(st.just("heal"), st.booleans()),
    st.tuples(st.just("unmount"), st.booleans()),
    st.tuples(st.just("wipe table")),
    st.tuples(st.just("run"), st.booleans()),
    st.tuples(st.just("kill"), st.integers(1, 40), st.booleans()),
    st.tuples(st.just("stop"), st.integers(0, 12)),
)


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Engine, Path]]:
    """One database and one folder for all examples; each example is a tenant of its own."""
    engine = open_database("sqlite://", "ledger")
    with tempfile.TemporaryDirectory() as folder:
        yield engine, Path(folder)
    engine.dispose()


class Model:
    """What should be visible: uri -> text."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.visible: dict[str, str] = {}
        self.before: dict[str, File] = {}

    def readable(self, uri: str) -> str | None:
        """The text of the file as it is now, if a run can make it visible."""
        file = self.world.folder.files.get(uri)
        text = file.text if file else None
        if text is None or not text.strip() or text.startswith("bad"):
            return None
        return None if text.startswith("flaky") and not self.world.extractor.healed else text

    def waiting(self) -> dict[str, str]:
        """What an earlier run had received and not finished: it goes on even while its folder is away."""
        rows = self.world.ledger.entries([*WAITING])
        texts = {row.uri: self.world.text(row) for row in rows}
        healed = self.world.extractor.healed
        return {
            uri: text
            for uri, text in texts.items()
            if text.strip() and not text.startswith("bad") and (healed or not text.startswith("flaky"))
        }

    def after_run(self, waiting: dict[str, str]) -> None:
        """A whole run: readable files are visible as they are, unreadable ones as they were, others are gone."""
        if self.world.folder.missing:
            self.visible |= waiting
        else:
            files = self.world.folder.files
            self.visible = {
                uri: text
                for uri in files
                if (text := self.readable(uri) or self.visible.get(uri)) is not None
            }
        assert self.world.visible() == self.visible
        self.world.check()
        for item in self.world.ledger.live().values():
            file = self.world.folder.files.get(item.uri)
            if file and file.text is not None and not self.world.folder.missing:
                assert item.groups == file.groups

    def after_death(self, waiting: dict[str, str]) -> None:
        """A run cut off: each document is visible as before, or as it is now."""
        found = self.world.visible()
        for uri, text in found.items():
            assert text in (self.visible.get(uri), self.readable(uri), waiting.get(uri))
        for uri in self.visible.keys() - found.keys():
            gone = uri not in self.world.folder.files and not self.world.folder.missing
            rebuilding = any(item.uri == uri for item in self.world.ledger.entries([*WAITING]))
            assert gone or rebuilding, f"{uri} vanished"
            if not gone:  # the table was lost, and the death came while it was filled again
                found[uri] = self.visible[uri]
        self.visible = found


def _apply(world: World, model: Model, step: tuple[Any, ...]) -> None:
    waiting = model.waiting()
    match step:
        case ("write", uri, text, groups):
            if uri in world.folder.files:
                model.before[uri] = world.folder.files[uri]
            world.write(uri, text, groups)
        case ("groups", uri, groups) if uri in world.folder.files:
            world.folder.files[uri] = replace(world.folder.files[uri], groups=groups)
        case ("restore", uri) if uri in model.before:  # as from a backup: with its old time stamp
            world.folder.files[uri], now = model.before[uri], world.folder.files.get(uri)
            if now:
                model.before[uri] = now
        case ("delete", uri):
            world.folder.files.pop(uri, None)
        case ("heal", healed):
            world.extractor.healed = healed
        case ("unmount", missing):
            world.folder.missing = missing
        case ("wipe table",):
            world.passages.rows.clear()
        case ("run", retry):
            world.run(retry=retry)
            model.after_run(waiting)
        case ("kill", at, after):
            wire = Tripwire(at, after)
            try:
                world.run(wire)
            except Killed:
                model.after_death(waiting)
            else:
                model.after_run(waiting)
        case ("stop", calls):
            wire = Tripwire()
            if world.run(wire, should_stop=lambda: wire.calls >= calls).interrupted:
                model.after_death(waiting)
            else:
                model.after_run(waiting)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_steps, min_size=3, max_size=14))
@example(
    [
        ("write", "a.txt", "one", ("all",)),
        ("run", False),
        ("wipe table",),
        ("write", "a.txt", "flaky text", ("all",)),
    ]
)
def test_whatever_happens_one_more_run_makes_it_right(
    shared: tuple[Engine, Path], steps: list[tuple[Any, ...]]
) -> None:
    world = World(*shared)
    model = Model(world)
    for step in steps:
        _apply(world, model, step)
    _apply(world, model, ("run", False))
    version = world.ledger.version()
    world.extractor.calls.clear()
    world.run()
    assert world.ledger.version() == version
    flaky = {
        uri: file.text for uri, file in world.folder.files.items() if (file.text or "").startswith("flaky")
    }
    visible = world.visible()  # an earlier content may be, while the flaky one is tried again
    assert set(world.extractor.calls) <= {uri for uri, text in flaky.items() if visible.get(uri) != text}


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_every_single_step_nothing_is_lost_or_doubled(
    shared: tuple[Engine, Path], after: bool
) -> None:
    for at in itertools.count(1):
        world = World(*shared)
        model = Model(world)
        world.write("a.txt", "old")
        world.write("b.txt", "regrouped")
        world.write("c.txt", "going")
        world.run()
        model.after_run({})
        world.write("a.txt", "new")
        world.folder.files["b.txt"].groups = ("hr",)
        del world.folder.files["c.txt"]
        world.write("d.txt", "added")
        try:
            world.run(Tripwire(at, after))
        except Killed:
            model.after_death({})
        else:
            assert at > 15, "the run is shorter than it can be"
            return
        world.run()
        model.after_run({})


def test_only_documents_with_the_given_reasons_are_tried_again(world: World) -> None:
    world.write("b.txt", "bad bytes")
    world.run()
    world.extractor.calls.clear()
    (reason,) = {row.reason for row in world.ledger.entries([State.QUARANTINED])}
    world.run(retry=True, reasons=["timeout"])
    assert world.extractor.calls == []
    world.run(retry=True, reasons=["timeout", reason])
    assert world.extractor.calls == ["b.txt"]
    world.check()
