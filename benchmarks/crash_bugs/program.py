"""metier with everything it imports, waiting for one line on its input: the run it is to be.

Starting Python and importing takes longer than the run over a small folder that is to be killed, so the next process
starts while a run goes on. Not a fork of a process that waits: libraries join threads at their end that a fork has not.
"""

import json
import os
import sys
from typing import Any

from benchmarks.crash_bugs.shim import Shim
from metier.cli.main import main


def become(request: dict[str, Any]) -> None:
    """A folder, standard streams and arguments of its own; a session it has."""
    os.chdir(request["root"])
    writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for handle, path, mode in (
        (0, os.devnull, os.O_RDONLY),
        (1, request["out"], writing),
        (2, request["err"], writing),
    ):
        opened = os.open(path, mode, 0o600)
        os.dup2(opened, handle)
        os.close(opened)
    sys.argv = ["metier", *request["arguments"]]


if __name__ == "__main__" and (line := sys.stdin.buffer.readline()):
    request = json.loads(line)
    become(request)
    Shim(request["plan"]).install()
    main()
