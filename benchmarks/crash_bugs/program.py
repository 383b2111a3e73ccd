"""metier with everything it imports, waiting: every line on its input is one run, made by a fork of this process.

Starting Python and importing takes longer than the run over a small folder that is to be killed. The fork is a process
like any other: in a session of its own, with the workspace as working folder, under the shim. Answers, a line each: the
process id of the run when it is about to begin, and its exit code when it ended (-9 if it was killed).
"""

import json
import os
import sys
import warnings
from io import RawIOBase
from typing import Any

from benchmarks.crash_bugs.shim import Shim
from metier.cli.main import main

# Lance says that forking is experimental. Here nothing runs in this process when it forks.
warnings.filterwarnings("ignore", message="lancedb fork support", category=RuntimeWarning)


def next_run(requests: RawIOBase, answers: RawIOBase) -> dict[str, Any] | None:
    """The request of a run, in the process that is to be that run; None in the first process, when no more come."""
    for line in iter(requests.readline, b""):
        pid = os.fork()
        if not pid:
            return dict(json.loads(line))
        _, status = os.waitpid(pid, 0)
        answers.write(b"%d\n" % os.waitstatus_to_exitcode(status))
    return None


def become(request: dict[str, Any]) -> None:
    """A session, a folder, standard streams and arguments of its own."""
    os.setsid()
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


if __name__ == "__main__":
    # the protocol's two ends, so that the standard streams are free for the runs
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    if request := next_run(requests, answers):
        become(request)
        answers.write(b"%d\n" % os.getpid())
        requests.close()
        answers.close()
        Shim(request["plan"]).install()
        main()
