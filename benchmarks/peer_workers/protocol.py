"""What a worker says and is told: one JSON object a line on stdin and stdout, so that no side pays for a framework.

A worker imports and loads its model, says `ready`, then ingests a folder and answers questions when told to. Times are
taken inside the worker around the calls a user of the system would make. Standard library only: it runs in every
environment.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

Ingest = Callable[[Path], dict[str, int]]  # folder -> {"documents": ..., "passages": ...}
Ask = Callable[[str], Any]  # what a user would call; this is timed
Files = Callable[
    [Any], list[str]
]  # its result -> file names of the passages it rests on, best first; not timed
Inner = Callable[
    [Any], float
]  # its result -> seconds until the passages were ranked, where more happens after

Prompt = Callable[
    [str, str, int], list[dict[str, str]]
]  # question, what is said to the model after it, words of passages -> messages


def first_words(texts: Sequence[str], words: int) -> list[str]:
    """The texts, best first, until so many words are used; the last one may be cut."""
    kept: list[str] = []
    for text in texts:
        if words <= 0:
            break
        shown = text.split(" ")[:words]
        kept.append(" ".join(shown))
        words -= len(shown)
    return kept


def serve(
    name: str,
    version: str,
    ingest: Ingest,
    ask: Ask,
    files: Files,
    inner: Inner | None = None,
    prompt: Prompt | None = None,
) -> None:
    """Answers commands until stdin ends: `{"do": "ingest", "folder"}`, `{"do": "ask", "questions", "k"}` and, where a side can,
    `{"do": "prompt", "questions", "hint", "words"}`: what it would send to a chat model."""
    out = _claim_stdout()
    logging.getLogger().setLevel(logging.ERROR)  # formatting progress messages is no part of anybody's work
    _say(out, {"ready": name, "version": version})
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "ingest":
            start, cpu = time.perf_counter(), _cpu_seconds()
            counts = ingest(Path(command["folder"]))
            _say(out, {"seconds": time.perf_counter() - start, "cpu_seconds": _cpu_seconds() - cpu, **counts})
        elif command["do"] == "prompt" and prompt is not None:
            hint, words = command["hint"], command["words"]
            _say(out, {"messages": [prompt(question, hint, words) for question in command["questions"]]})
        else:
            _say(out, _ask_all(ask, files, inner, command["questions"], command["k"]))


def _cpu_seconds() -> float:
    """Of this process and all below it, ended or alive: a busy machine distorts it less than the clock."""
    now = os.times()
    ended = now.user + now.system + now.children_user + now.children_system
    return ended + _living_children_s(os.getpid())


def _living_children_s(parent: int) -> float:
    """CPU seconds of the processes below `parent` that still run; 0 where there is no /proc."""
    below: dict[int, list[tuple[int, float]]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:  # "pid (any name) state ppid ...": user and system time of itself and its ended children are 14 to 17
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        spent = sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")
        below.setdefault(int(fields[1]), []).append((int(stat.parent.name), spent))
    total, look = 0.0, [parent]
    while look:
        for child, spent in below.get(look.pop(), ()):
            total += spent
            look.append(child)
    return total


def _ask_all(ask: Ask, files: Files, inner: Inner | None, questions: Sequence[str], k: int) -> dict[str, Any]:
    seconds, ranked, found = [], [], []
    for question in questions:
        start = time.perf_counter()
        result = ask(question)
        seconds.append(time.perf_counter() - start)
        ranked.append(inner(result) if inner else seconds[-1])
        found.append(files(result)[:k])
    return {"seconds": seconds, "ranked_seconds": ranked, "files": found}


def _claim_stdout() -> TextIO:
    """Our own line to the parent; whatever a library prints goes to stderr from here on."""
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return own


def _say(out: TextIO, message: dict[str, Any]) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()
