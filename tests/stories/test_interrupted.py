"""Ctrl-C, cancel and kill -9 in the middle of an ingest: what is done stays, the next run goes on."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from metier.api import open_workspace
from metier.store.passages import LancePassages
from metier.types import State
from tests.stories.conftest import Cli

FILES = 400


@pytest.fixture
def many(cli: Cli) -> Cli:
    """Enough documents that an ingest of one worker takes some seconds."""
    for number in range(FILES):
        text = "\n\n".join(
            f"Paragraph {n} of letter {number} speaks of matter {n * number}." for n in range(30)
        )
        (cli.docs / f"letter-{number:03}.md").write_text(f"# Letter {number}\n\n{text}\n", encoding="utf-8")
    path = cli.workspace / "metier.yaml"
    path.write_text(
        path.read_text(encoding="utf-8")
        .replace("workers: 0", "workers: 1")
        .replace("retrieve: {", "retrieve: {deepen_s: 0, "),
        encoding="utf-8",
    )
    return cli


@contextlib.contextmanager
def ingesting(cli: Cli) -> Iterator["subprocess.Popen[str]"]:
    """An ingest that has begun to work and is not done."""
    process = cli.start("ingest")
    try:
        with open_workspace(cli.workspace) as system:
            deadline = time.monotonic() + 120
            while not system.count().states[State.IN_FLIGHT]:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.02)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def check_all_there(cli: Cli) -> None:
    """Every file live once, no passage twice."""
    with open_workspace(cli.workspace) as system:
        count = system.count()
        assert count.states[State.LIVE] == count.received == FILES + 2
        table: LancePassages = system._open.passages
        ids = table.passage_ids()
        assert len(ids) == len(set(ids))
        assert table.documents() == set(system._open.ledger.live())
        assert len(ids) == sum(item.passages for item in system._open.ledger.live().values())


@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_is_done(many: Cli, number: signal.Signals) -> None:
    with ingesting(many) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=100)
    assert "Traceback" not in err
    assert process.returncode == 130, (out, err)
    assert "stopping: finishing what is under way" in err
    assert "goes on where it stopped" in out
    states = many.run("status", "--json").json["ledger"]["states"]
    assert states["in_flight"] == 0
    assert states["received"] > 0
    assert "wait since the last run was stopped" in many.run("status").out
    many.run("ingest")
    check_all_there(many)


@pytest.mark.timeout(300)
def test_kill_9_of_the_whole_tree_loses_and_doubles_nothing(many: Cli) -> None:
    for pause in (0.0, 0.7):
        with ingesting(many) as process:
            time.sleep(pause)
            os.killpg(process.pid, signal.SIGKILL)
    many.ask("How long is the notice period?")  # readers work at any moment
    many.run("ingest")
    check_all_there(many)


@pytest.mark.timeout(300)
def test_a_second_writer_is_told_and_cancel_stops_the_first(many: Cli) -> None:
    with ingesting(many) as process:
        # or it is done before three commands have started, on a busy machine
        process.send_signal(signal.SIGSTOP)
        second = many.run("ingest", code=2)
        assert f"is being written by `metier ingest` (process {process.pid})" in second.err
        assert "metier cancel" in second.err
        assert f"(process {process.pid})" in many.run("status").out
        assert many.run("cancel", "--json").json == {"cancelled": True}
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=100)
        assert process.returncode == 130, (out, err)
    assert many.run("cancel").out == "nothing is running\n"
    many.run("ingest")
    check_all_there(many)


@pytest.mark.timeout(120)
def test_readers_of_a_killed_parent_end_by_themselves(many: Cli) -> None:
    """No child process is left behind when its parent dies."""
    if not sys.platform.startswith("linux"):
        pytest.skip("child processes are listed in /proc, which only Linux has")
    with ingesting(many) as process:
        children = _children(process.pid)
        assert children
        process.kill()
        process.communicate()
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{child}").exists() and _state(child) != "Z" for child in children):
        assert time.monotonic() < deadline, "children outlive their parent"
        time.sleep(0.05)


def _children(parent: int) -> list[int]:
    text = ""
    for thread in Path(f"/proc/{parent}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # threads come and go
            text += " " + (thread / "children").read_text(encoding="ascii")
    return sorted({int(word) for word in text.split()})


def _state(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
