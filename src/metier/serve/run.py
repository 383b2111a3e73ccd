"""Runs the web application until Ctrl-C, in this process or in several that answer side by side.

Python computes one answer at a time in a process, however many threads and cores there are. With several processes each
opens the workspace for itself and maps the same snapshot into memory; this one keeps them alive and ingests.
"""

import errno
import signal
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import rich
import uvicorn
from fastapi import FastAPI

from metier.errors import Busy, UserError
from metier.models.memory import memory_gib
from metier.serve.app import create_app
from metier.serve.guard import is_loopback
from metier.serve.ingesting import IngestJob, reply_of
from metier.serve.processes import Processes
from metier.settings import Models

if TYPE_CHECKING:
    from metier.system import System

GRACE_S = 5  # answers under way at Ctrl-C get this long before their connections are cut


def announce(address: str) -> None:
    """Prints where the page is."""
    rich.get_console().print(f"metier is at [link={address}]{address}[/link]  (Ctrl-C stops it)")


def serve(
    system: "System", host: str, port: int, on_ready: Callable[[str], None] = announce, workers: int = 1
) -> None:
    """Serves until Ctrl-C; `on_ready` gets the address once the port is ours (port 0 = any free one) and answers.

    Raises UserError for an address that is not this machine's own, and Busy if the port is taken.
    """
    with listen(host, port) as listener:
        bound = listener.getsockname()[1]
        address = f"http://[{host}]:{bound}" if ":" in host else f"http://{host}:{bound}"
        try:
            if workers > 1:
                _serve_with(workers, system, listener, lambda: on_ready(address))
            else:
                system.prepare_answers()
                on_ready(address)
                uvicorn.Server(config_of(create_app(system))).run(sockets=[listener])
        except KeyboardInterrupt:
            # uvicorn raises the signal again after a clean shutdown; Ctrl-C is how a server is meant to end.
            pass


def config_of(app: FastAPI, backlog: int = 2048) -> uvicorn.Config:
    """How the application is served."""
    return uvicorn.Config(
        app,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        backlog=backlog,
    )


def _serve_with(
    workers: int, system: "System", listener: socket.socket, on_ready: Callable[[], None]
) -> None:
    """Serves from so many processes; documents are changed by this one alone."""
    job = IngestJob(system)
    command = [sys.executable, "-P", "-m", "metier.serve.worker", str(system.workspace.root), str(workers)]
    file = listener.fileno()
    processes = Processes([*command, str(file)], workers, [file], lambda asked: reply_of(job, asked))
    # Ctrl-C, too: a shell starts what runs in the background with SIGINT ignored, and Python then leaves it so
    ends = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: processes.stop()) for number in ends}
    try:
        if processes.wait_ready():
            on_ready()
            processes.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        processes.close()
        job.close()


_MOST_BY_ITSELF = 4  # more processes are for a machine that is there for nothing else: serve.workers
_SMALL_LAPTOP_GIB = 4.0
_WORKER_MB = 1024  # of memory for one: models, and what it keeps of passages and rows


def workers_of(asked: int, models: Models, cores: int, memory_mb: float) -> int:
    """How many processes answer: as many as asked for, or, for 0, one per core, as memory allows and at most four; one
    where a language model runs in the process, which takes all cores itself and would be loaded by each."""
    if asked or sys.platform == "win32":
        return asked or 1
    if models.generator is not None and not models.generator.source.startswith("endpoint:"):
        return 1
    return max(1, min(cores, _MOST_BY_ITSELF, int(memory_mb // _WORKER_MB) - 1))


def workers_here(asked: int, models: Models, cores: int) -> int:
    """As `workers_of` says, with the memory that is free now; where the system does not say, that of a small laptop."""
    return workers_of(asked, models, cores, 1024 * (memory_gib("MemAvailable") or _SMALL_LAPTOP_GIB))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on a loopback address; raises as `serve` does."""
    if not is_loopback(host):
        raise UserError(
            f"serve.host is {host!r}, which other machines can reach, and there is no authentication yet: whoever reaches "
            "the port could ask as anybody. Use 127.0.0.1, and an SSH tunnel from other machines"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's algorithm off only for sockets that name it; with it on, every
    # answer waited 40 ms for the client's delayed acknowledgement (measured: 44 ms instead of 4).
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        kind = Busy if error.errno == errno.EADDRINUSE else UserError
        raise kind(
            f"{host} port {port} cannot be used: {error.strerror or error}; stop the other program (perhaps another "
            "`metier serve`), or set serve.port in metier.yaml or --port to a free one"
        ) from None
    return listener
