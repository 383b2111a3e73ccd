import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from metier.errors import UserError
from metier.serve import processes
from metier.serve.processes import Parent, Processes
from tests.serve.conftest import wait_for

ECHO = """
import os, socket, sys, threading
from metier.serve.processes import Parent
over = threading.Event()
parent = Parent(socket.socket(fileno=int(sys.argv[-1])), over.set)
parent.say_ready()
parent.ask({"do": "born", "pid": os.getpid(), "threads": os.environ["OMP_NUM_THREADS"]})
over.wait()
"""
FAILS = """
import socket, sys
from metier.serve.processes import Parent
Parent(socket.socket(fileno=int(sys.argv[-1])), lambda: None).say_failed("the disk is gone; put it back")
"""


class Born:
    """Answers children and remembers them."""

    def __init__(self) -> None:
        self.pids: list[int] = []

    def __call__(self, request: Any) -> dict[str, Any]:
        self.pids.append(request["pid"])
        assert int(request["threads"]) >= 1
        return {}


@contextmanager
def started(code: str, count: int, reply: Callable[[Any], dict[str, Any]]) -> Iterator[Processes]:
    made = Processes([sys.executable, "-c", code], count, [], reply)
    try:
        yield made
    finally:
        made.close()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_child_that_is_killed_is_replaced_and_all_end_with_their_parent() -> None:
    born = Born()
    with started(ECHO, 2, born) as made:
        made.wait_ready()
        wait_for(lambda: len(born.pids) == 2)
        running = threading.Thread(target=made.run)
        running.start()
        os.kill(born.pids[0], signal.SIGKILL)
        wait_for(lambda: len(born.pids) == 3)
        assert not is_alive(born.pids[0])
        assert all(map(is_alive, born.pids[1:]))
        made.stop()
        running.join(10)
        assert not running.is_alive()
    assert not any(map(is_alive, born.pids))


def test_what_a_child_says_of_its_failure_is_what_is_told() -> None:
    with (
        started(FAILS, 2, lambda request: {}) as made,
        pytest.raises(UserError, match="the disk is gone; put it back"),
    ):
        made.wait_ready()


def test_a_child_that_ends_without_a_word_is_told_with_its_exit_code() -> None:
    with (
        started("raise SystemExit(7)", 1, lambda request: {}) as made,
        pytest.raises(UserError, match="exit code 7"),
    ):
        made.wait_ready()


def test_children_that_keep_ending_are_not_replaced_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "MOST_ENDS", 2)
    with (
        started("raise SystemExit(1)", 1, lambda request: {}) as made,
        pytest.raises(UserError, match=r"ended 2 times within a minute.*serve\.workers"),
    ):
        made.run()


def test_a_child_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "END_S", 0.2)
    born = Born()
    with started(ECHO.replace("over.wait()", "import time; time.sleep(600)"), 1, born):
        wait_for(lambda: len(born.pids) == 1)
    assert not is_alive(born.pids[0])


def test_a_child_hears_that_its_parent_is_gone() -> None:
    ours, theirs = socket.socketpair()
    gone = threading.Event()
    with ours, theirs:
        parent = Parent(theirs, gone.set)
        ours.shutdown(socket.SHUT_RDWR)
        assert gone.wait(5)
        with pytest.raises(UserError, match="does not answer"):
            parent.ask({"do": "stop"})


def test_a_parent_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "ANSWER_S", 0.1)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        parent = Parent(theirs, lambda: None)
        began = time.monotonic()
        with pytest.raises(UserError, match="does not answer"):
            parent.ask({"do": "stop"})
        assert time.monotonic() - began < 5
