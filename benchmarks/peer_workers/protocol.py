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
Ask = Callable[[str, int], list[str]]  # question, k -> file names of the first k passages, best first


def serve(name: str, version: str, ingest: Ingest, ask: Ask) -> None:
    """Answers commands until stdin ends: `{"do": "ingest", "folder"}` and `{"do": "ask", "questions", "k"}`."""
    out = _claim_stdout()
    logging.getLogger().setLevel(logging.ERROR)  # formatting progress messages is no part of anybody's work
    _say(out, {"ready": name, "version": version})
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "ingest":
            start = time.perf_counter()
            counts = ingest(Path(command["folder"]))
            _say(out, {"seconds": time.perf_counter() - start, **counts})
        else:
            _say(out, _ask_all(ask, command["questions"], command["k"]))


def _ask_all(ask: Ask, questions: Sequence[str], k: int) -> dict[str, Any]:
    seconds, files = [], []
    for question in questions:
        start = time.perf_counter()
        files.append(ask(question, k))
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds, "files": files}


def _claim_stdout() -> TextIO:
    """Our own line to the parent; whatever a library prints goes to stderr from here on."""
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return own


def _say(out: TextIO, message: dict[str, Any]) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()
