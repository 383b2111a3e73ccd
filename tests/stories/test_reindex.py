"""The index is built anew: after another analyzer or embedder, after damage, with kills in the middle and people asking."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from metier.api import open_workspace
from tests.stories.conftest import Cli, said

NOTICE = "How long is the notice period?"
LETTERS = 60
# Small batches, so that a run has a middle.
SLOWLY = """
import time
import metier.flow.reindex as reindex
from metier.cli.main import main
reindex._BATCH_PASSAGES = 10
write = reindex._Batch.write
def slowly(batch, parts):
    time.sleep(0.05)
    return write(batch, parts)
reindex._Batch.write = slowly
main()
"""


def tables(cli: Cli) -> list[str]:
    return sorted(path.name for path in (cli.workspace / ".metier").glob("passages*.lance"))


def check_whole(cli: Cli) -> None:
    """Every live document with its passages, each once, in the one table that is there."""
    with open_workspace(cli.workspace) as system:
        live, table = system._open.ledger.live(), system._open.passages
        ids = table.passage_ids()
        assert len(ids) == len(set(ids)) == sum(item.passages for item in live.values())
        assert table.documents() == set(live)
        assert tables(cli) == [table.folder.name]


@contextlib.contextmanager
def reindexing(cli: Cli) -> Iterator["subprocess.Popen[str]"]:
    """A reindex that has written some of the new table and is not done."""
    command = [sys.executable, "-c", SLOWLY, "reindex", "-w", str(cli.workspace)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cli.root,
        env=cli.environment(),
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for_rows(cli: Cli, process: "subprocess.Popen[str]", files: int) -> None:
    """Until the table that is being built has so many files of rows."""
    deadline = time.monotonic() + 150
    while True:
        data = [path / "data" for path in (cli.workspace / ".metier").glob("passages-*.lance")]
        if any(len(list(folder.glob("*.lance"))) >= files for folder in data if folder.is_dir()):
            return
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def many(cli: Cli) -> Cli:
    """A workspace with some hundreds of passages, ingested, not deepened."""
    for number in range(LETTERS):
        text = "\n\n".join(
            f"# Matter {n}\n\nLetter {number} speaks of matter {n * number}." for n in range(5)
        )
        (cli.docs / f"letter-{number:03}.md").write_text(text, encoding="utf-8")
    path = cli.workspace / "metier.yaml"
    settings = path.read_text(encoding="utf-8").replace(
        "retrieve: {", "retrieve: {deepen_s: 0, known_items: 0, "
    )
    path.write_text(settings, encoding="utf-8")
    cli.run("ingest")
    return cli


@pytest.mark.timeout(600)
def test_an_index_of_another_analyzer_is_refused_everywhere_and_built_anew_from_what_is_kept(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(cli.workspace / ".metier" / "passages.lance")  # that `init` made
    with monkeypatch.context() as patch:
        patch.setattr("metier.store.passage_schema.ANALYZER", "an older one")
        cli.run("ingest")
        assert "six weeks" in said(cli.ask(NOTICE))
    for words in (["ask", NOTICE], ["status"], ["ingest"], ["serve", "--port", "0"]):
        refused = cli.run(*words, code=2)
        assert "was built with another terms" in refused.err
        assert "run `metier reindex`" in refused.err
    told = cli.run("doctor", "--json", code=1).json
    (problem,) = [item for item in told if item["level"] == "problem"]
    assert "metier reindex" in problem["text"]
    plan = cli.run("reindex", "--check", "--json").json
    assert plan["why"] == "it was built with another terms"
    assert (plan["documents"], plan["possible"], plan["begun"]) == (2, True, False)
    assert tables(cli) == ["passages.lance"], "nothing was done"

    hidden = cli.root / "hidden"
    (cli.workspace / ".metier" / "blobs").rename(hidden)  # no file can be read
    done = cli.run("reindex", "--json").json
    assert (done["documents"], done["live"], done["read_again"], done["failures"]) == (2, 2, [], [])
    assert done["switched"]
    assert done["sentences"] in ("sentence vectors are kept", "")
    hidden.rename(cli.workspace / ".metier" / "blobs")
    assert "six weeks" in said(cli.ask(NOTICE))
    again = cli.run("ingest", "--json").json
    assert (again["unchanged"], again["done"]) == (2, 0), "nothing is read again"
    check_whole(cli)
    audit = (cli.workspace / ".metier" / "audit.jsonl").read_text(encoding="utf-8")
    assert '"reindex"' in audit


@pytest.mark.timeout(600)
def test_kill_9_in_the_middle_serves_nothing_half_and_loses_nothing(many: Cli) -> None:
    for files in (2, 4):
        with reindexing(many) as process:
            wait_for_rows(many, process, files)
            os.killpg(process.pid, signal.SIGKILL)
        assert "six weeks" in said(many.ask(NOTICE)), "the old index answers"
        assert len(tables(many)) == 2, "what is half-built does not pile up"
    assert "`metier reindex` goes on with it" in many.run("status").out
    # what happens meanwhile counts
    (many.docs / "letter-000.md").unlink()
    (many.docs / "letter-001.md").write_text("The zeppelin lands at noon on Friday.", encoding="utf-8")
    many.run("ingest")
    done = many.run("reindex", "--json").json
    assert 0 < done["kept"] < LETTERS
    assert done["documents"] == done["live"] == LETTERS + 1
    check_whole(many)
    assert "six weeks" in said(many.ask(NOTICE))
    assert "noon" in said(many.ask("When does the zeppelin land?"))


@pytest.mark.timeout(600)
def test_who_asks_meanwhile_is_answered_from_the_old_index_or_the_new(many: Cli) -> None:
    with open_workspace(many.workspace) as system, reindexing(many) as process:
        old, asked = system._open.passages.folder, 0
        expected = [item.passage.id for item in system.search(NOTICE)[1]]
        assert expected
        while process.poll() is None or asked < 3:
            asked += 1
            assert [item.passage.id for item in system.search(NOTICE)[1]] == expected
            answer = system.ask(NOTICE)
            assert "six weeks" in " ".join(item.text for item in answer.statements)
        assert process.returncode == 0, process.communicate()
        assert system._open.passages.folder != old
        assert not old.exists()
        assert [item.passage.id for item in system.search(NOTICE)[1]] == expected
    check_whole(many)


@pytest.mark.timeout(600)
def test_ctrl_c_is_said_and_gone_on_with_and_others_must_wait(many: Cli) -> None:
    with reindexing(many) as process:
        wait_for_rows(many, process, 2)
        os.kill(process.pid, signal.SIGSTOP)
        busy = many.run("ingest", code=2)
        assert f"is being written by `metier reindex` (process {process.pid})" in busy.err
        os.kill(process.pid, signal.SIGCONT)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=150)
    assert process.returncode == 130, (out, err)
    assert "`metier reindex` goes on where it stopped" in out
    assert "needs" in out
    assert many.run("reindex", "--json").json["kept"] > 0
    check_whole(many)


@pytest.mark.timeout(600)
def test_a_damaged_index_and_one_that_lost_something_are_told_and_mended(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.run("ingest")
    folder = cli.workspace / ".metier" / "passages.lance"
    lost = {
        "ended": 1e9,
        "seconds": 1.0,
        "why": "its rows were in 64 files",
        "rows_before": 9,
        "rows_after": 8,
    }
    lost |= {"asked": 32, "found_before": 32, "found_after": 30}
    (folder / "compaction.json").write_text(json.dumps(lost), encoding="utf-8")
    for words in (["status"], ["ingest"]):
        assert "LOST something: 32 of 32" in cli.run(*words).out
    assert cli.run("status", "--json").json["index"]["compaction"]["lost"]
    assert "LOST something" in cli.run("doctor", code=1).out
    for path in (folder / "data").iterdir():
        path.write_bytes(b"torn")
    shutil.rmtree(cli.workspace / ".metier" / "snapshots")
    assert "`metier reindex` builds it anew" in cli.run("ask", NOTICE, code=2).err
    assert "`metier reindex` builds it anew" in cli.run("status").out
    with monkeypatch.context() as patch:
        patch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1 << 20))
        full = cli.run("reindex", code=2)
        assert "MB of disk beside the index there is; 1 MB are free" in full.err
        assert cli.run("reindex", "--check", code=1)
    kept = sorted((cli.workspace / ".metier" / "documents").iterdir())
    kept[0].write_bytes(b"torn, too")
    done = cli.run("reindex")
    assert "cannot be read" in done.out
    assert "read again, since what was read of it was missing" in done.out
    assert "six weeks" in said(cli.ask(NOTICE))
    assert "LOST" not in cli.run("status").out
    check_whole(cli)
