import hashlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import lancedb
import pytest
import zstandard

from benchmarks.common import ROOT
from benchmarks.crash import everywhere, main, measured
from benchmarks.crash_bugs import power
from benchmarks.crash_bugs.bugs import BUGS, Bug, Stale, copy_package
from benchmarks.crash_bugs.campaign import Result
from benchmarks.crash_bugs.checks import Memory, Reader, Violation, at_rest, finished
from benchmarks.crash_bugs.corpus import Corpus
from benchmarks.crash_bugs.process import Program, Run, Step, descendants, kill, survivors
from benchmarks.crash_bugs.suite import SUITE_BUGS, run_tests
from benchmarks.crash_bugs.windows import stretches, windows

TEXT = "One two. Three four."


# --- planted bugs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bug", [*BUGS, *(item.bug for item in SUITE_BUGS)], ids=lambda bug: bug.name)
def test_every_bug_can_still_be_planted(tmp_path: Path, bug: Bug) -> None:
    copy = copy_package(tmp_path / "source", bug)
    for file, _, new in bug.patches:
        text = (copy / "metier" / file).read_text(encoding="utf-8")
        assert new in text
        compile(text, file, "exec")


def test_a_bug_whose_text_is_gone_fails_loudly(tmp_path: Path) -> None:
    with pytest.raises(Stale, match="holds 0 times"):
        copy_package(tmp_path / "source", Bug("x", "", (("store/files.py", "no such text", ""),)))


def test_there_are_bugs_enough_and_their_names_differ() -> None:
    bugs = [*BUGS, *(item.bug for item in SUITE_BUGS)]
    assert len({bug.name for bug in bugs}) == len(bugs) >= 30
    assert len(BUGS) >= 10
    assert all((ROOT / test).exists() for item in SUITE_BUGS for test in item.tests)


def test_tests_over_a_copy_see_the_bug_in_it() -> None:
    (planted,) = (item for item in SUITE_BUGS if item.bug.name == "message_unbounded")
    assert run_tests(planted.tests) == (True, "")
    passed, test = run_tests(planted.tests, planted.bug)
    assert not passed
    assert "test_frames.py" in test


def test_a_test_that_hangs_again_while_it_cleans_up_is_ended(tmp_path: Path):
    path = tmp_path / "test_hangs.py"
    path.write_text(
        "import threading\n"
        "def test_waits():\n"
        "    lock = threading.Lock()\n"
        "    lock.acquire()\n"
        "    try:\n"
        "        lock.acquire()\n"
        "    finally:\n"
        "        lock.acquire()\n"
    )
    assert run_tests([str(path)], test_s=2) == (False, "a test that hangs")


# --- the laws -------------------------------------------------------------------------------------------------------


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A workspace's state written by hand: one live document with two passages."""
    folder = tmp_path / "state"
    data = TEXT.encode()
    sha256 = hashlib.sha256(data).hexdigest()
    blob = folder / "blobs" / sha256[:2] / sha256
    blob.parent.mkdir(parents=True)
    blob.write_bytes(data)
    (folder / "documents").mkdir()
    document = json.dumps({"id": "d", "uri": "a.txt", "text": TEXT}).encode()
    (folder / "documents" / "d.json.zst").write_bytes(zstandard.compress(document))
    run_sql(
        folder,
        "CREATE TABLE documents (sequence INTEGER PRIMARY KEY, id, uri, sha256, state, reason, detail, passages)",
    )
    run_sql(folder, f"INSERT INTO documents VALUES (1, 'd', 'a.txt', '{sha256}', 'live', '', '', 2)")
    rows = [passage("p1", 0, 8), passage("p2", 9, 20)]
    lancedb.connect(folder).create_table("passages", rows)
    return folder


def passage(
    identity: str, start: int, end: int, document: str = "d", text: str | None = None
) -> dict[str, object]:
    text = TEXT[start:end] if text is None else text
    return {"id": identity, "document": document, "start": start, "end": end, "text": text, "groups": ["all"]}


def run_sql(state: Path, statement: str) -> None:
    connection = sqlite3.connect(state / "ledger.db")
    with connection:
        connection.execute(statement)
    connection.close()


def files(state: Path) -> dict[str, str]:
    return {"a.txt": next((state / "blobs").glob("*/*")).name}


def kinds(
    state: Path, memory: Memory | None = None, torn: bool = False, taken: frozenset[str] = frozenset()
) -> set[str]:
    reader = Reader(state, state.parent / "scratch")
    return {item.kind for item in at_rest(reader, memory or Memory(), files(state), torn, taken)}


def kinds_at_end(
    state: Path, there: dict[str, str] | None = None, readable: set[str] | None = None
) -> set[str]:
    reader = Reader(state, state.parent / "scratch")
    there = files(state) if there is None else there
    found = finished(reader, there, readable or set(), {uri: ["all"] for uri in (*there, "a.txt")})
    return {item.kind for item in found}


def test_a_sound_workspace_breaks_no_law(state: Path) -> None:
    assert kinds(state) == set()
    assert kinds_at_end(state) == set()


def test_each_broken_law_at_rest_is_named(state: Path) -> None:
    table = lancedb.connect(state).open_table("passages")
    table.add([passage("p1", 0, 8)])
    assert kinds(state) == {"passage_twice"}
    table.delete("id = 'p1'")
    assert kinds(state) == {"passages_missing"}
    table.add([passage("p1", 0, 8, text="Two one.")])
    assert kinds(state) == {"passage_text"}
    table.delete("id = 'p1'")
    table.add([passage("p1", 0, 8)])
    (state / "documents" / "d.json.zst").write_bytes(b"")
    assert kinds(state) == {"document_file"}
    (state / "documents" / "d.json.zst").unlink()
    assert kinds(state) == {"document_file"}
    blob = next((state / "blobs").glob("*/*"))
    blob.write_bytes(b"torn")
    assert kinds(state) == {"document_file", "blob"}
    assert kinds(state, Memory(ids={"gone"}, visible={"a.txt"})) == {"document_file", "blob", "row_lost"}
    run_sql(state, "UPDATE documents SET state = 'superseded'")
    assert "lost" in kinds(state, Memory(visible={"a.txt"}))
    run_sql(state, "UPDATE documents SET state = 'dreaming'")
    assert "state" in kinds(state)


def test_a_second_visible_row_of_one_uri_is_named(state: Path) -> None:
    run_sql(state, "INSERT INTO documents SELECT 2, 'e', uri, sha256, 'partial', '', '', 0 FROM documents")
    assert "uri_twice" in kinds(state)


def test_a_torn_table_is_excused_by_a_power_cut_alone(state: Path) -> None:
    for path in (state / "passages.lance" / "_versions").glob("*.manifest"):
        path.write_bytes(b"")
    assert kinds(state) == {"table_unreadable"}
    assert kinds(state, torn=True) == set()


def test_torn_bytes_are_excused_by_a_power_cut_if_no_row_speaks_of_them(state: Path) -> None:
    (state / "blobs" / "ab").mkdir()
    (state / "blobs" / "ab" / "abcd").write_bytes(b"")
    assert kinds(state) == {"blob"}
    assert kinds(state, taken=frozenset({"abcd"})) == set()
    for path in (state / "blobs").glob("*/*"):
        path.write_bytes(b"torn")
    assert kinds(state, taken=frozenset({"abcd", path.name})) == {"blob"}


def test_each_broken_law_of_a_run_that_ended_is_named(state: Path) -> None:
    lancedb.connect(state).open_table("passages").add([passage("q", 0, 3, document="orphan")])
    assert kinds_at_end(state) == {"orphans"}
    lancedb.connect(state).open_table("passages").delete("id = 'q'")
    assert kinds_at_end(state, {}) == {"removed_visible"}
    assert kinds_at_end(state, {"a.txt": "other"}) == {"lost"}
    assert kinds_at_end(state, files(state) | {"b.txt": "1"}) == {"lost"}
    (state / "blobs" / ".x.part").touch()
    (state / "audit.jsonl").write_text('{"previous": "x", "sequence": 1, "hash": "y"}\n')
    assert kinds_at_end(state) == {"leftover", "audit"}
    run_sql(state, "UPDATE documents SET state = 'quarantined'")
    assert "quarantined" in kinds_at_end(state, readable={"a.txt"})
    run_sql(state, "UPDATE documents SET state = 'in_flight'")
    assert "left_pending" in kinds_at_end(state)
    lancedb.connect(state).open_table("passages").update(values={"groups": ["board"]})
    run_sql(state, "UPDATE documents SET state = 'live'")
    assert "groups" in kinds_at_end(state)


# --- power cuts -----------------------------------------------------------------------------------------------------


def test_what_was_not_synced_is_at_risk_and_may_be_taken(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "old").write_bytes(b"durable")
    before = power.look(tmp_path)
    (folder / "synced").write_bytes(b"abc")
    (folder / "lost").write_bytes(b"abc")
    (folder / "named.db").write_bytes(b"SQLite looks after itself")
    at = time.time_ns() + 1_000_000_000
    rows = [sync(folder / "synced", at), sync(folder, at), sync(tmp_path, at)]
    losses = power.at_risk(tmp_path, before, rows)
    assert [(loss.path.name, loss.keeps, loss.name) for loss in losses] == [("lost", 0, False)]
    assert power.broken_promises(losses, [{"commit": "ledger.db", "at": at, "level": "FULL"}]) == [
        "lost was written before the last commit and not synced"
    ]
    assert power.broken_promises([], [{"commit": "ledger.db", "at": at, "level": "NORMAL"}])
    assert power.broken_promises(losses, [{"commit": "answers.db", "at": at, "level": "FULL"}]) == []
    unnamed = power.at_risk(tmp_path, before, rows[:1])
    assert {(loss.path.name, loss.name) for loss in unnamed} == {("lost", True), ("synced", True)}
    taken = [power.cut(losses, random.Random(seed)) for seed in range(5)]
    assert {"lost"} in taken
    assert (folder / "old").read_bytes() == b"durable"
    assert (folder / "lost").stat().st_size < 3


def test_only_hidden_names_are_opened_for_writing() -> None:
    rows = [{"opened": name} for name in ("blobs/.x.part", "documents/.d.part", "ledger.db", "run.lock")]
    assert power.written_in_place(rows) == []
    assert power.written_in_place([{"opened": "blobs/ab/abcd"}, {"opened": "live"}]) == [
        "blobs/ab/abcd was opened for writing under its final name",
        "live was opened for writing under its final name",
    ]


def sync(path: Path, at: int) -> dict[str, int]:
    status = path.stat()
    return {"sync": status.st_ino, "size": status.st_size, "mtime": status.st_mtime_ns, "at": at}


# --- processes ------------------------------------------------------------------------------------------------------

SHIMMED = """
import json, os, sqlite3, sys
from benchmarks.crash_bugs.shim import Shim
root, plan = sys.argv[1:]
Shim(json.loads(plan)).install()
def write(name):
    with open(os.path.join(root, name), "wb") as file:
        file.write(b"x"); file.flush(); os.fsync(file.fileno())
write("a.part")
os.replace(os.path.join(root, "a.part"), os.path.join(root, "a"))
write("b")
db = sqlite3.connect(os.path.join(root, "ledger.db"))
db.execute("PRAGMA synchronous=NORMAL")
with db:
    db.execute("CREATE TABLE t (x)")
    db.execute("INSERT INTO t VALUES (1)")
"""


def shimmed(root: Path, kind: str, number: int) -> tuple[int, list[dict[str, object]]]:
    plan = {
        "root": str(root),
        "log": str(root.parent / "log"),
        "kind": kind,
        "number": number,
        "delay_s": 0.0,
    }
    command = [sys.executable, "-c", SHIMMED, str(root), json.dumps(plan)]
    done = subprocess.run(command, cwd=ROOT, check=False)
    return done.returncode, [json.loads(line) for line in (root.parent / "log").read_text().splitlines()]


@pytest.mark.parametrize(
    ("kind", "number", "left"),
    [
        ("open", 1, {"a.part"}),
        ("rename", 1, {"a.part"}),
        ("renamed", 1, {"a"}),
        ("open", 2, {"a", "b"}),
        ("commit", 1, {"a", "b", "ledger.db"}),
    ],
)
def test_the_shim_ends_the_process_at_the_step(
    tmp_path: Path, kind: str, number: int, left: set[str]
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    code, _ = shimmed(root, kind, number)
    assert code == -signal.SIGKILL
    assert {path.name for path in root.iterdir()} - {"ledger.db-journal"} == left


def test_the_shim_writes_down_syncs_commits_and_counts(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    code, rows = shimmed(root, "", 0)
    assert code == 0
    assert {row["sync"] for row in rows if "sync" in row} == {
        (root / name).stat().st_ino for name in ("a", "b")
    }
    assert [row["level"] for row in rows if "commit" in row] == ["NORMAL"]
    assert power.written_in_place([row for row in rows if "opened" in row]) == []
    counts = next(row["counts"] for row in rows if "counts" in row)
    assert counts == {"open": 2, "sync": 2, "rename": 1, "renamed": 1, "change": 2, "commit": 1}


TABLE = """
import json, sys
import lancedb
from benchmarks.crash_bugs.shim import Shim
root, plan = sys.argv[1:]
Shim(json.loads(plan)).install()
table = lancedb.connect(root).create_table("t", [{"x": 1}])
table.add([{"x": 2}])
"""


@pytest.mark.parametrize(("number", "left"), [(1, None), (2, [1])])
def test_a_kill_inside_a_write_to_a_table_leaves_its_files_and_no_new_version(
    tmp_path: Path, number: int, left: list[int] | None
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    plan = {
        "root": str(root),
        "log": str(tmp_path / "log"),
        "kind": "inside",
        "number": number,
        "delay_s": 0.0,
    }
    done = subprocess.run([sys.executable, "-c", TABLE, str(root), json.dumps(plan)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list((root / "t.lance" / "data").iterdir())) == number
    if left is None:
        with pytest.raises(ValueError, match="not found"):
            lancedb.connect(root).open_table("t")
    else:
        assert lancedb.connect(root).open_table("t").to_arrow()["x"].to_pylist() == left


def test_runs_of_a_program_are_processes_of_their_own(tmp_path: Path) -> None:
    copy = copy_package(tmp_path / "source")
    root = tmp_path / "workspace"
    root.mkdir()
    with Program(copy, tmp_path) as program:
        run = program.start(root, tmp_path / "log", ["init", str(root)])
        assert run.process.wait(timeout=120) == 0
        assert str(root) in run.output()[0]
        places = {row["on"] for row in run.rows() if "step" in row}
        assert {"ledger.db", "passages.lance"} <= places
        again = program.start(root, tmp_path / "log", ["init", str(root)], Step("open", 1))
        assert again.process.pid != run.process.pid
        assert again.process.wait(timeout=120) == -signal.SIGKILL
        bad = program.start(root, tmp_path / "log", ["no-such-verb"])
        assert bad.process.wait(timeout=120) == 2
        assert "no-such-verb" in bad.output()[1]


# --- windows --------------------------------------------------------------------------------------------------------


def steps(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"step": kind, "on": place} for kind, place in pairs]


RUN = steps(
    ("open", "blobs"), ("rename", "blobs"), ("renamed", "blobs"),
    ("change", "ledger.db"), ("commit", "ledger.db"), ("change", "ledger.db"), ("commit", "ledger.db"),
    ("table", "p.lance"), ("tabled", "p.lance"), ("sync", "p.lance"), ("table", "p.lance"), ("tabled", "p.lance"),
)  # fmt: skip


def test_a_run_falls_into_stretches_by_place_transaction_and_write_to_a_table() -> None:
    assert [[(step.kind, step.number) for step in stretch] for stretch in stretches(RUN)] == [
        [("open", 1), ("rename", 1), ("renamed", 1)],
        [("change", 1), ("commit", 1)],
        [("change", 2), ("commit", 2)],
        [("table", 1), ("tabled", 1), ("sync", 1)],
        [("table", 2), ("tabled", 2)],
    ]
    assert stretches([{"commit": "ledger.db"}, {"counts": {}}]) == []
    beside = steps(("sync", "blobs"), ("sync", ""), ("sync", "blobs"))
    assert [[step.number for step in stretch] for stretch in stretches(beside)] == [[1, 3]]


def test_windows_between_stretches_come_before_those_within_and_none_comes_twice() -> None:
    found = [(step.kind, step.number) for step in windows(RUN, random.Random(1))]
    between = {
        ("open", 1),
        ("change", 1),
        ("change", 2),
        ("table", 1),
        ("inside", 1),
        ("table", 2),
        ("inside", 2),
    }
    assert set(found[:7]) == between
    assert set(found[7:]) == {
        ("rename", 1), ("renamed", 1), ("commit", 1), ("commit", 2), ("tabled", 1), ("sync", 1), ("tabled", 2)
    }  # fmt: skip
    assert len(found) == len(set(found))


PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(60)
"""


def started_parent(root: Path) -> tuple[Run, int]:
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=root, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.stdout.close()
    return Run(process, root, root / "log"), child


def test_the_whole_tree_is_killed_also_what_left_the_session(tmp_path: Path) -> None:
    run, child = started_parent(tmp_path)
    assert descendants(run.process.pid) == {child}
    kill(run, whole_tree=True)
    assert survivors(run) == []


def test_a_child_that_outlives_its_parent_is_seen_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.crash_bugs.process._GRACE_S", 0.2)
    run, child = started_parent(tmp_path)
    kill(run, whole_tree=False)
    assert survivors(run) == [child]
    assert survivors(run) == []


# --- the whole ------------------------------------------------------------------------------------------------------


def test_the_folder_changes_by_seed_and_stays_a_folder_a_user_could_have(tmp_path: Path) -> None:
    one, two = (Corpus(tmp_path / name, [], 30, random.Random(4)) for name in ("one", "two"))
    for corpus in (one, two):
        for _ in range(4):
            corpus.change(0.4)
    assert one.files() == two.files()
    assert one.must_be_readable() < set(one.files())
    assert len(one.files()) <= 1.1 * 33 + 1


def test_figures_carry_an_upper_bound_also_when_nothing_happened() -> None:
    figures = measured(Result(kills=30, resume_s=[3.0, 1.0, 2.0]), Result(kills=20, resume_s=[9.0]))
    assert (figures["kills"].value, figures["kills_by_dice"].value, figures["kills_aimed"].value) == (
        50,
        30,
        20,
    )
    assert (figures["lost"].value, figures["loss_rate"].value) == (0, 0)
    assert figures["loss_rate"].high == pytest.approx(1 - 0.025 ** (1 / 50))
    assert (figures["resume_s"].value, figures["resume_s"].n) == (2.0, 3)
    bad = Result(kills=50, violations=[("x", Violation("blob", "")), ("x", Violation("uri_twice", ""))])
    assert (measured(Result(), bad)["lost"].value, measured(bad, bad)["duplicates"].value) == (1, 2)


def test_a_folder_without_pdfs_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["crash", "--data", str(tmp_path)])
    with pytest.raises(SystemExit):
        main()


@pytest.mark.timeout(600)  # some runs of a few seconds each, on a machine that may be busy
def test_a_planted_bug_is_found_end_to_end() -> None:
    (bug,) = (bug for bug in BUGS if bug.name == "removed_stays")
    result = everywhere([], 1, bug)
    assert {violation.kind for _, violation in result.violations} == {"removed_visible"}
