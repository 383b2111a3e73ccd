"""What every route shares: the system, the limits, the running ingest, and who is asking."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote

from starlette.requests import Request

from metier.errors import UserError
from metier.serve.ingesting import Ingesting, IngestJob
from metier.serve.problems import Problem
from metier.serve.slots import Slots
from metier.serve.starters import Starters
from metier.types import Access

if TYPE_CHECKING:
    from metier.system import System

WAIT_S = 60.0  # longer than this in the queue and a person would rather hear that it is full
_PICTURE_WAIT_S = 5.0  # who flips pages is elsewhere by then
_WAITING = 64  # questions: a team that asks at once; two cores answer so many in about a minute


@dataclass(frozen=True)
class Desk:
    """Shared by all requests of one server."""

    system: "System"
    asking: Slots
    drawing: Slots
    ingest: Ingesting
    starters: Starters


def open_desk(system: "System", ingest: Ingesting | None = None, workers: int = 1) -> Desk:
    """A desk sized for this machine: one answer per core at a time (at least two), 64 waiting, both divided among so many
    processes. `ingest`: the one of another process."""
    running = -(-max(2, os.cpu_count() or 1) // workers)
    asking = Slots(running, -(-_WAITING // workers), WAIT_S)
    # The system draws pictures in one child process; flipping pages quickly asks for several.
    drawing = Slots(1, 16, _PICTURE_WAIT_S)
    return Desk(system, asking, drawing, ingest or IngestJob(system), Starters(system))


def desk_of(request: Request) -> Desk:
    """The desk of the app that serves the request."""
    return cast(Desk, request.app.state.desk)


def asker(request: Request) -> Access:
    """What the asker may read: X-Metier-User (percent-encoded if it is not Latin-1), else the first user.

    Raises the 403 problem for a name that the workspace does not know.
    """
    settings = desk_of(request).system.settings
    name = request.headers.get("x-metier-user")
    if name is not None and name not in {user.id for user in settings.users}:
        name = unquote(name)
    try:
        return settings.access(name)
    except UserError as error:
        # The list of known names is for the log and the command line, not for somebody who guesses names.
        detail = f"The user {name!r} is not known here." if settings.users else str(error)
        raise Problem(
            403,
            "unknown-user",
            "Unknown user",
            detail,
            "Set X-Metier-User to the id of a user in metier.yaml.",
        ) from None
