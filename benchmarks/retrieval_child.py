"""One of several processes that find passages at once, over the workspace that they share.

    python -m benchmarks.retrieval_child WORKSPACE WIDE LINE

Started, and spoken to over LINE, as the processes of `metier serve` are: the workspace is opened as one of those opens it. It asks for
questions one at a time; a question is either put to the legs and their mixture, or searched as an answer's is.
"""

import os
import socket
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from metier.errors import UserError
from metier.flow.finding import search_all
from metier.serve.processes import Parent, Processes
from metier.stages import Retriever
from metier.system import System, open_system
from metier.types import Hit, Query

SEARCHES = 100  # a whole search takes ten times as long as both legs
IDLE_S = 5.0  # a question that is not there yet is asked for again
WARM = 10


class Desk:
    """Hands questions to children and notes what they say of their processor time; for Processes."""

    def __init__(self, warm: Sequence[str]) -> None:
        self._warm = list(warm)
        self._waiting: list[str] = []
        self._mode = ""
        self._asked = self._done = 0
        self._cpu: dict[int, tuple[float, float]] = {}  # seconds of each child when it began and now
        self._change = threading.Condition()

    def reply(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a child asked for: the questions to warm up with, or the next one."""
        if message["do"] == "warm":
            return {"questions": self._warm}
        with self._change:
            first, _ = self._cpu.get(message["pid"], (message["cpu_s"], 0.0))
            self._cpu[message["pid"]] = (first, message["cpu_s"])
            self._done += message["done"]
            self._change.notify_all()
            if not self._change.wait_for(lambda: self._waiting, IDLE_S):
                return {}
            self._asked += 1
            return {"mode": self._mode, "question": self._waiting.pop()}

    def ask_all(self, questions: Sequence[str], mode: str) -> tuple[float, float]:
        """Questions per second, and cores used by the children, until all are answered."""
        with self._change:
            before = self._done
            self._cpu.clear()
            self._mode, self._waiting = mode, list(reversed(questions))
            started = time.perf_counter()
            self._change.notify_all()
            if not self._change.wait_for(lambda: self._done - before >= len(questions), 600):
                raise RuntimeError("the processes did not answer within ten minutes")
            took = time.perf_counter() - started
            worked = sum(now - first for first, now in self._cpu.values())
        return len(questions) / took, worked / took


def per_second(
    workspace: Path, warm: Sequence[str], questions: Sequence[str], wide: int, processes: int
) -> dict[str, tuple[float, float]]:
    """Questions per second and cores used, by mode, with so many processes side by side."""
    desk = Desk(warm[:WARM])
    command = [sys.executable, "-m", "benchmarks.retrieval_child", str(workspace), str(wide)]
    children = Processes(command, processes, [], desk.reply)
    try:
        children.wait_ready()
        return {
            "legs": desk.ask_all(questions, "legs"),
            "search": desk.ask_all(questions[:SEARCHES], "search"),
        }
    finally:
        children.close()


def find(system: System, question: str, wide: int, mode: str) -> None:
    """The question's passages, asked by the first user."""
    if mode == "search":
        system.search(question)
        return
    parts, access, query = system.journey(), system.settings.access(None), Query(question, "en")

    def ask(leg: Retriever) -> list[Hit]:
        return leg.retrieve(query, access, wide)

    (rankings,) = search_all(parts, [ask])
    parts.mixer.mix(query, rankings, wide)


def main(arguments: Sequence[str]) -> int:
    """Answers until the line ends."""
    workspace, wide, line = arguments
    over = threading.Event()
    parent = Parent(socket.socket(fileno=int(line)), over.set)
    with open_system(Path(workspace)) as system:
        system.prepare_answers()
        for question in parent.ask({"do": "warm"})["questions"]:
            for mode in ("legs", "search"):
                find(system, question, int(wide), mode)
        parent.say_ready()
        done, pid = 0, os.getpid()
        while not over.is_set():
            try:
                work = parent.ask({"do": "next", "pid": pid, "done": done, "cpu_s": time.process_time()})
            except UserError:  # the line ended
                break
            done = 0
            if "question" in work:
                find(system, work["question"], int(wide), work["mode"])
                done = 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
