"""The ledger on SQLite and on a real Postgres."""

import dataclasses
import itertools
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from metier.store.database import open_database
from metier.store.ledger import SqlLedger
from metier.types import VISIBLE, Entry, State
from tests.fakes import entry


@pytest.fixture
def ledger(ledger_engine: Engine) -> SqlLedger:
    return SqlLedger(ledger_engine)


def test_an_empty_ledger(ledger: SqlLedger) -> None:
    assert ledger.version() == 0
    assert ledger.entries() == []
    assert ledger.entry("x") is None
    assert dict(ledger.live()) == {}
    assert ledger.count().received == 0
    assert set(ledger.count().states) == set(State)


def test_every_field_comes_back(ledger: SqlLedger) -> None:
    full = Entry(
        "id", "Verträge/a 'b'.pdf", "sha", "pipe", State.PARTIAL, "partly_read", "page 3: …", True, 1 << 40,
        1_700_000_000_123_456_789, ("a", "b"), "Títle", "de", "2025-01-31", "application/pdf", 7, 8, 2,
    )  # fmt: skip
    ledger.advance([full])
    (found,) = ledger.entries()
    assert dataclasses.replace(found, updated_at="") == full
    assert found.updated_at
    assert ledger.entry("id") == found


def test_entries_by_uri_then_arrival_in_pieces(ledger: SqlLedger) -> None:
    for number, uri in enumerate(("b", "a", "b", "c", "a")):
        ledger.advance([entry(f"{number}", uri)])
    order = ["1", "4", "0", "2", "3"]
    assert [item.id for item in ledger.entries()] == order
    assert [item.id for item in ledger.entries(limit=2, offset=1)] == order[1:3]
    assert [item.id for item in ledger.entries(offset=3)] == order[3:]
    assert [item.id for item in ledger.entries(uri="b")] == ["0", "2"]
    ledger.advance([entry("4", "a", State.LIVE)])
    assert [item.id for item in ledger.entries([State.LIVE])] == ["4"]
    assert ledger.entries([]) == []


def test_what_becomes_visible_supersedes_its_uri_in_the_same_commit(ledger: SqlLedger) -> None:
    ledger.advance([entry("old", state=State.LIVE), entry("other", "b.txt", State.LIVE)])
    ledger.advance([entry("stuck", state=State.QUARANTINED, reason="timeout", detail="slow")])
    assert set(ledger.live()) == {"old", "other"}
    version = ledger.version()
    ledger.advance([entry("new", state=State.PARTIAL, reason="partly_read")])
    assert set(ledger.live()) == {"new", "other"}
    assert ledger.version() == version + 1
    stuck = ledger.entry("stuck")
    assert stuck is not None
    assert (stuck.state, stuck.reason, stuck.detail) == (State.SUPERSEDED, "", "")


def test_every_predecessor_of_a_large_batch_is_superseded(ledger: SqlLedger) -> None:
    for version in ("old", "new"):
        ledger.advance([entry(f"{version}-{n}", f"{n}.txt", State.LIVE) for n in range(700)])
    assert {item.id for item in ledger.entries([State.LIVE])} == {f"new-{n}" for n in range(700)}
    assert ledger.count().states[State.SUPERSEDED] == 700


def test_two_versions_in_one_batch_leave_the_last(ledger: SqlLedger) -> None:
    ledger.advance([entry("one", state=State.LIVE), entry("two", state=State.LIVE)])
    assert set(ledger.live()) == {"two"}


def test_removed_and_erased_rows_stay_as_they_are(ledger: SqlLedger) -> None:
    ledger.advance([entry("r", state=State.REMOVED), entry("e", state=State.ERASED)])
    ledger.advance([entry("n", state=State.LIVE)])
    assert {item.id: item.state for item in ledger.entries()} == {
        "r": State.REMOVED,
        "e": State.ERASED,
        "n": State.LIVE,
    }


def test_the_version_counts_changes_of_what_is_visible(ledger: SqlLedger) -> None:
    steps = [
        ([entry("a")], 0),
        ([entry("a", state=State.INDEXED)], 0),
        ([entry("a", state=State.LIVE)], 1),
        ([entry("b", "b.txt", State.QUARANTINED)], 1),
        ([entry("a", state=State.LIVE, groups=("hr",))], 2),
        ([entry("a", state=State.REMOVED)], 3),
        ([], 3),
    ]
    for entries, version in steps:
        ledger.advance(entries)
        assert ledger.version() == version


def test_a_move_changes_the_state_alone_and_no_visible_document(ledger: SqlLedger) -> None:
    ledger.advance([entry("seen", state=State.LIVE)])
    ledger.receive([entry(f"{number}", f"{number}.txt", title="kept") for number in range(1_100)])
    version = ledger.version()
    ids = [f"{number}" for number in range(1_000)]
    ledger.move([*ids, "seen", "unknown"], State.IN_FLIGHT)
    moved = ledger.entries([State.IN_FLIGHT])
    assert {item.id for item in moved} == set(ids)
    assert {(item.title, item.attempts) for item in moved} == {("kept", 1)}
    ledger.move(ids, State.INDEXED)
    assert {item.attempts for item in ledger.entries([State.INDEXED])} == {1}
    assert set(ledger.live()) == {"seen"}
    assert ledger.version() == version
    assert ledger.count().received == 1_101
    ledger.move([], State.PARSED)
    with pytest.raises(ValueError, match="advance"):
        ledger.move(["0"], State.LIVE)


def test_the_visible_set_is_kept_until_it_changes(ledger: SqlLedger) -> None:
    ledger.advance([entry("a", state=State.LIVE)])
    before = ledger.live()
    ledger.advance([entry("b", "b.txt")])
    assert ledger.live() is before
    ledger.advance([entry("b", "b.txt", State.LIVE)])
    assert set(ledger.live()) == {"a", "b"}
    assert set(before) == {"a"}, "a reader's view changed under it"


def test_receive_brings_back_what_was_gone(ledger: SqlLedger) -> None:
    ledger.advance([entry("a", state=State.REMOVED)])
    ledger.receive([entry("a", state=State.LIVE, reason="x", detail="y")])
    found = ledger.entry("a")
    assert found is not None
    assert (found.state, found.reason, found.detail) == (State.RECEIVED, "", "")
    assert ledger.count().received == 1


def test_reasons_are_counted_for_what_is_not_whole(ledger: SqlLedger) -> None:
    ledger.advance(
        [
            entry("a", "a", State.QUARANTINED, reason="encrypted"),
            entry("b", "b", State.QUARANTINED, reason="encrypted"),
            entry("c", "c", State.PARTIAL, reason="partly_read"),
            entry("d", "d", State.LIVE),
        ]
    )
    assert dict(ledger.count().reasons) == {"encrypted": 2, "partly_read": 1}


def test_many_rows_in_one_commit(ledger: SqlLedger) -> None:
    ledger.advance([entry(f"{number}", f"{number}", State.LIVE) for number in range(1_300)])
    assert len(ledger.live()) == 1_300
    assert ledger.version() == 1


def test_a_failing_commit_changes_nothing(ledger: SqlLedger) -> None:
    ledger.advance([entry("a", state=State.LIVE)])
    broken = dataclasses.replace(entry("c", "c.txt"), title=None)  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r"(?i)not.null"):
        ledger.advance([entry("b", state=State.LIVE), broken])
    assert set(ledger.live()) == {"a"}
    assert ledger.count().received == 1


def test_tenants_do_not_see_each_other(ledger_engine: Engine) -> None:
    one, two = SqlLedger(ledger_engine, "one"), SqlLedger(ledger_engine, "two")
    one.advance([entry("1", "same.txt", State.LIVE)])
    two.advance([entry("2", "same.txt", State.LIVE)])
    assert set(one.live()) == {"1"}
    assert set(two.live()) == {"2"}
    assert one.entry("2") is None
    assert one.count().received == 1


def test_readers_see_whole_commits_while_somebody_writes(ledger: SqlLedger) -> None:
    """Each commit moves all ten documents to the next version; a reader never sees a mixture, nor eleven."""
    done = threading.Event()
    seen: list[set[str]] = []

    def read() -> None:
        while not done.is_set():
            seen.append({item.sha256 for item in ledger.live().values()})
            assert len(ledger.live()) in (0, 10)

    reader = threading.Thread(target=read)
    reader.start()
    for version in range(15):
        ledger.advance([entry(f"{version}-{n}", f"{n}", State.LIVE, sha256=f"v{version}") for n in range(10)])
    done.set()
    reader.join()
    assert all(len(shas) <= 1 for shas in seen)
    assert {item.sha256 for item in ledger.live().values()} == {"v14"}


def test_opening_again_keeps_the_rows(ledger_engine: Engine) -> None:
    SqlLedger(ledger_engine).advance([entry("a", state=State.LIVE)])
    again = open_database(ledger_engine.url.render_as_string(hide_password=False), "ledger")
    assert set(SqlLedger(again).live()) == {"a"}
    again.dispose()


_tenants = itertools.count()
_rows = st.builds(
    lambda number, uri, state: (number, uri, state),
    st.integers(0, 5),
    st.sampled_from("ab"),
    st.sampled_from(list(State)),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(_rows, min_size=1, max_size=4, unique_by=lambda row: row[0]), max_size=8))
def test_whatever_is_written_the_law_holds(commits: list[list[tuple[int, str, State]]]) -> None:
    """received = the sum of all states; at most one visible version per uri; the version follows the visible set."""
    tenant = f"t{next(_tenants)}"
    ledger = SqlLedger(_shared_engine(), tenant)
    known: set[str] = set()
    for commit in commits:
        before, version = dict(ledger.live()), ledger.version()
        rows = [entry(f"{tenant}-{number}-{uri}", uri, state) for number, uri, state in commit]
        ledger.advance(rows)
        known |= {row.id for row in rows}
        count, live = ledger.count(), ledger.live()
        assert count.received == len(known) == len(ledger.entries())
        assert len({item.uri for item in live.values()}) == len(live)
        assert len(live) == sum(count.states[state] for state in VISIBLE)
        if set(live) != set(before):
            assert ledger.version() == version + 1
        last = {row.uri: row for row in rows if row.state in VISIBLE and row.id not in before}
        assert {row.id for row in last.values()} <= set(live)


_engines: list[Engine] = []


def _shared_engine() -> Engine:
    if not _engines:
        _engines.append(open_database("sqlite://", "ledger"))
    return _engines[0]


@pytest.fixture(autouse=True, scope="module")
def _close_engines() -> object:
    yield
    while _engines:
        _engines.pop().dispose()


def test_what_another_connection_writes_is_seen_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    reader, writer = (SqlLedger(open_database(url, "ledger")) for _ in range(2))
    for number in range(3):
        writer.advance([entry(f"{number}", f"{number}.txt", State.LIVE)])
        assert len(reader.live()) == len(writer.live()) == number + 1
    before = reader.live()
    writer.advance([entry("hidden", "hidden.txt")])  # a write that changes nothing that is visible
    assert reader.live() is before
    reader.close()
    writer.advance([entry("0", "0.txt", State.REMOVED)])
    assert len(reader.live()) == 2
    reader.close()
