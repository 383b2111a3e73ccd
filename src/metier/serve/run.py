"""Runs the web application in this process until Ctrl-C."""

import errno
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import rich
import uvicorn

from metier.errors import Busy, UserError
from metier.serve.app import create_app
from metier.serve.guard import is_loopback

if TYPE_CHECKING:
    from metier.system import System

GRACE_S = 5  # answers under way at Ctrl-C get this long before their connections are cut


def announce(address: str) -> None:
    """Prints where the page is."""
    rich.get_console().print(f"metier is at [link={address}]{address}[/link]  (Ctrl-C stops it)")


def serve(system: "System", host: str, port: int, on_ready: Callable[[str], None] = announce) -> None:
    """Serves until Ctrl-C; `on_ready` gets the address once the port is ours (port 0 = any free one).

    Raises UserError for an address that is not this machine's own, and Busy if the port is taken.
    """
    listener = listen(host, port)
    config = uvicorn.Config(
        create_app(system), log_level="warning", timeout_graceful_shutdown=GRACE_S, server_header=False
    )
    bound = listener.getsockname()[1]
    on_ready(f"http://[{host}]:{bound}" if ":" in host else f"http://{host}:{bound}")
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        # uvicorn raises the signal again after a clean shutdown; Ctrl-C is how a server is meant to end.
        pass
    finally:
        listener.close()


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
