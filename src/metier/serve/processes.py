"""Processes that answer side by side on one listening socket, kept alive by the process that started them.

The parent owns the socket and whatever only one process may do; every child opens the workspace for itself. Between the
two goes a pair of sockets with lines of JSON: a child says that it is ready, and asks the parent for what only the parent
does. A child that reads the end of its line has no parent any more and ends; a parent that reads it starts another child.
"""

import contextlib
import json
import logging
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from metier.errors import UserError

log = logging.getLogger("metier.serve")

Reply = Callable[[Mapping[str, Any]], Mapping[str, Any]]

START_S = 120.0  # until the first child is ready: loading models on a busy machine took 20
ANSWER_S = 30.0  # until the parent answered; it does so at once unless it hangs
END_S = 8.0  # from the end of its line to the end of a child, which lets answers under way come to theirs (run.GRACE_S)
# So many ends of children in so many seconds are no accident any more.
MOST_ENDS, ENDS_S = 10, 60.0


class Child:
    """One child and the line to it."""

    def __init__(self, command: Sequence[str], passed: Sequence[int], threads: int) -> None:
        """`command` gets the number of its end of the line as its last argument; it inherits the files `passed`."""
        self._line, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                pass_fds=[*passed, theirs.fileno()],
                env={"OMP_NUM_THREADS": str(threads), **os.environ},
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is the parent's business
            )
        self.is_ready = False

    def serve(self, reply: Reply, events: "queue.SimpleQueue[tuple[str, Child, str]]") -> None:
        """Answers the child until its end, in a thread of its own; tells what becomes of it."""
        why = ""
        with contextlib.suppress(OSError, ValueError), self._line.makefile("rw", encoding="utf-8") as line:
            for text in line:
                message = json.loads(text)
                if message.get("do") == "ready":
                    events.put(("ready", self, ""))
                elif message.get("do") == "failed":
                    why = str(message.get("why", ""))
                else:
                    line.write(json.dumps(reply(message)) + "\n")
                    line.flush()
        events.put(("ended", self, why))

    def hang_up(self) -> None:
        """Ends the line, which asks the child to end."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)

    def end(self, until: float) -> None:
        """Returns when the child is gone: by itself until that moment (time.monotonic), then it is killed."""
        self.hang_up()
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._line.close()

    def how_it_ended(self) -> str:
        """In words."""
        code = self.process.poll()
        if code is None:
            return "its line is broken"
        return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


class Processes:
    """So many children, replaced when they end."""

    def __init__(self, command: Sequence[str], count: int, passed: Sequence[int], reply: Reply) -> None:
        """`reply` answers what children ask; it is called from one thread per child. Raises UserError where the system
        cannot hand open files to children. The machine's cores are divided among the children's number crunching."""
        if sys.platform == "win32":
            raise UserError("this system serves with one process; set serve.workers: 1 in metier.yaml")
        self._command, self._passed, self._reply = command, passed, reply
        self._threads = max(1, (os.cpu_count() or 1) // count)
        self._events: queue.SimpleQueue[tuple[str, Child, str]] = queue.SimpleQueue()
        self._ends: deque[float] = deque(maxlen=MOST_ENDS)
        self._stopping = threading.Event()
        self.children = [self._started() for _ in range(count)]

    def wait_ready(self) -> bool:
        """True when all children are ready, False if `stop` was called before. Raises UserError, with what a child said, if one
        ends before."""
        until = time.monotonic() + START_S
        while not all(child.is_ready for child in self.children):
            try:
                event, child, why = self._events.get(timeout=max(0.01, until - time.monotonic()))
            except queue.Empty:
                raise UserError(
                    f"a process that answers was not ready within {START_S:.0f} s; the machine is overloaded, or "
                    "serve.workers in metier.yaml is too large for it"
                ) from None
            if self._stopping.is_set():
                return False
            if event == "ended":
                child.end(time.monotonic() + 1)
                reason = f"({child.how_it_ended()})"
                raise UserError(
                    why or f"a process that answers ended before it was ready {reason}; see above"
                )
            child.is_ready = True
        return True

    def run(self) -> None:
        """Replaces children that end, until `stop`. Raises UserError if they keep ending."""
        while not self._stopping.is_set():
            event, child, why = self._events.get()
            if self._stopping.is_set() or child not in self.children:
                continue
            if event == "ready":
                child.is_ready = True
                continue
            child.end(time.monotonic() + END_S)
            log.warning(
                "a process that answers ended (%s); another one is started", why or child.how_it_ended()
            )
            now = time.monotonic()
            if len(self._ends) == MOST_ENDS and now - self._ends[0] < ENDS_S:
                raise UserError(
                    f"processes that answer ended {MOST_ENDS} times within a minute (at last: {child.how_it_ended()}); "
                    "if memory is short, set serve.workers in metier.yaml to a smaller number"
                )
            self._ends.append(now)
            self.children[self.children.index(child)] = self._started()

    def stop(self) -> None:
        """Makes `run` return; safe in a signal handler."""
        self._stopping.set()
        self._events.put(("stop", self.children[0], ""))

    def close(self) -> None:
        """Ends all children: answers under way come to their end first; who has none yet is not waited for."""
        self._stopping.set()
        for child in self.children:
            child.hang_up()
        until = time.monotonic() + END_S
        for child in self.children:
            child.end(until if child.is_ready else 0.0)

    def _started(self) -> Child:
        child = Child(self._command, self._passed, self._threads)
        name = f"metier-child-{child.process.pid}"
        threading.Thread(target=child.serve, args=(self._reply, self._events), name=name, daemon=True).start()
        return child


class Parent:
    """A child's end of the line; safe to share between threads."""

    def __init__(self, line: socket.socket, on_gone: Callable[[], None]) -> None:
        """`on_gone` is called once when there is no parent any more, from a thread of its own."""
        self._file = line.makefile("rw", encoding="utf-8")
        self._line = line
        self._on_gone = on_gone
        self._answers: queue.SimpleQueue[Mapping[str, Any] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        threading.Thread(target=self._read, name="metier-parent", daemon=True).start()

    def ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the parent answers. Raises UserError if it does not."""
        with self._lock:
            self._write(request)
            try:
                answer = self._answers.get(timeout=ANSWER_S)
            except queue.Empty:
                answer = None
                self._line.shutdown(socket.SHUT_RDWR)  # or a late answer would be taken for the next one's
            if answer is None:
                raise UserError("the process that ingests does not answer; start `metier serve` again")
            return answer

    def say_ready(self) -> None:
        """Tells that questions are answered from now on."""
        with self._lock:
            self._write({"do": "ready"})

    def say_failed(self, why: str) -> None:
        """Tells why there will be no answers."""
        with self._lock:
            self._write({"do": "failed", "why": why})

    def _write(self, message: Mapping[str, Any]) -> None:
        with contextlib.suppress(OSError):  # no parent: the reading thread hears of it, too
            self._file.write(json.dumps(message) + "\n")
            self._file.flush()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            for text in self._file:
                self._answers.put(json.loads(text))
        self._answers.put(None)
        self._on_gone()
