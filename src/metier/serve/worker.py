"""One of several processes that answer, started by `metier serve`: opens the workspace and serves on the parent's socket.

    python -m metier.serve.worker WORKSPACE WORKERS LISTENER LINE

What changes documents is asked of the parent (serve/processes.py); answers, feedback and the audit are stores that several
processes may append to. What is visible, and to whom, is asked of ledger and table before every search, by every process.
"""

import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from metier.errors import UserError
from metier.serve.app import create_app
from metier.serve.ingesting import IngestElsewhere
from metier.serve.processes import Parent
from metier.serve.run import config_of
from metier.system import open_system


class _Listener(socket.socket):
    """The parent's socket: it listens already."""

    def listen(self, backlog: int = 0) -> None:
        """Nothing: asyncio listens again with its backlog, which is also how many connections it takes at a time; with 1
        (below) a burst of connections is shared among the processes."""


class _Server(uvicorn.Server):
    """Tells its parent when it answers."""

    parent: Parent | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self.parent is not None:
            self.parent.say_ready()


def main(arguments: Sequence[str]) -> int:
    """Serves until the parent is gone or hangs up."""
    workspace, workers, listener, line = arguments
    server: _Server | None = None
    is_over = False

    def end() -> None:
        nonlocal is_over
        is_over = True
        if server is not None:
            server.should_exit = True

    parent = Parent(socket.socket(fileno=int(line)), end)
    # uvicorn ends on a signal and raises it once more afterwards: by then everything is in order
    signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        with open_system(Path(workspace)) as system:
            system.prepare_answers()
            app = create_app(system, IngestElsewhere(parent), int(workers))
            server = _Server(config_of(app, backlog=1))
            server.parent = parent
            if not is_over:
                server.run(sockets=[_Listener(fileno=int(listener))])
    except UserError as error:
        parent.say_failed(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
