"""The canary: a release that answers a share of the people until it is promoted, stopped, or shown to harm.

Who gets it is told by a hash of their id with a salt that only the workspace has: the same person gets the same release in every
process, as long as the canary runs. The file is replaced as a whole, so that a killed process leaves the state before or after.
"""

import hashlib
import logging
import secrets
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from json import dumps
from pathlib import Path
from typing import Literal

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from metier.errors import UserError
from metier.store.files import write_durably

_LOG = logging.getLogger(__name__)

MOST_SHARE = 0.5  # with more, what people mostly get would be the release that is tried
_DRAWS = 10_000  # salts tried: one in two fits two people, one in a hundred fits ten thousand

How = Literal["", "harm", "failures", "promoted", "replaced", "rollback"]


@dataclass(frozen=True, slots=True)
class Failed:
    """A question that the canary could not answer and the live release then could."""

    person: str  # as Canary.person names them
    feedback: int  # rows of feedback before it


@dataclass(frozen=True, slots=True)
class Canary:
    """The one that runs, or the last that did."""

    id: str
    release: str
    share: float
    salt: str
    at: str
    answers: int  # last row of answers before it
    feedback: int  # last row of feedback before it
    failures: tuple[Failed, ...] = ()
    how: How = ""  # it ended; "" = it runs
    why: str = ""
    ended: str = ""

    def person(self, asker: str) -> str:
        """What stands for an asker here: nobody can tell who it is without the salt."""
        return hashlib.sha256(f"{self.salt} {self.id} {asker}".encode()).hexdigest()

    def takes(self, asker: str) -> bool:
        """Whether this asker gets the canary."""
        return int(self.person(asker)[:16], 16) < self.share * 2**64


_CANARY = TypeAdapter(Canary)


def draw(canary: Canary, askers: Collection[str]) -> Canary:
    """The canary with a salt by which its share of these askers get it: at least one of them, and not all.

    Raises UserError if there are fewer than two, or the share is none."""
    if not 0 < canary.share <= MOST_SHARE:
        raise UserError(
            f"the share of a canary is a number above 0 and at most {MOST_SHARE}, not {canary.share}"
        )
    if len(askers) < 2:
        raise UserError(
            "a canary needs two people at least, one for each release; metier.yaml names "
            f"{len(askers) or 'none'} under `users`"
        )
    wanted = min(max(1, round(canary.share * len(askers))), len(askers) - 1)
    drawn: dict[int, Canary] = {}
    for _ in range(_DRAWS):
        one = replace(canary, salt=secrets.token_hex(16))
        drawn.setdefault(sum(map(one.takes, askers)), one)
        if wanted in drawn:
            break
    both = [count for count in drawn if 0 < count < len(askers)]
    if not both:
        raise UserError(
            f"a share of {canary.share} gives the canary to none of {len(askers)} people; choose a larger one"
        )
    return drawn[min(both, key=lambda count: abs(count - wanted))]


class FileCanary:
    """The canary of one workspace; several processes may read and change it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path.with_suffix(".lock"))
        self._known: tuple[bytes, Canary | None] = (b"", None)

    def read(self) -> Canary | None:
        """The canary that runs or ran last; None before the first. A file that nobody can read is none: the live release
        answers."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        known, found = self._known
        if data == known:
            return found
        try:
            found = _CANARY.validate_json(data)
        except ValidationError:
            _LOG.warning("%s is damaged; the live release answers everybody", self._path)
            found = None
        self._known = (data, found)
        return found

    def running(self) -> Canary | None:
        """The canary, if it runs now."""
        found = self.read()
        return None if found is None or found.how else found

    def start(self, canary: Canary, before: Callable[[], object]) -> None:
        """From now on it answers its share. Raises UserError if another one does. `before` is called once it is sure to be
        started, and before it is."""
        with self._lock:
            if (other := self.running()) is not None:
                raise UserError(
                    f"release {other.release[:12]} is the canary since {other.at}; `metier release rollback --canary` ends it, "
                    f"`metier release promote {other.release[:12]}` makes it live"
                )
            before()
            self._write(canary)

    def add_failure(self, identity: str, failed: Failed) -> None:
        """Counts a question that this canary, if it runs still, could not answer."""
        with self._lock:
            if (found := self.running()) is not None and found.id == identity:
                self._write(replace(found, failures=(*found.failures, failed)))

    def end(
        self, how: How, why: str, at: str, before: Callable[[Canary], object], identity: str = ""
    ) -> bool:
        """Ends the canary (that of this id, if one is given); on return it survives a power cut. False if it does not
        run. `before` is called once it is sure to be ended, and before it is."""
        with self._lock:
            found = self.running()
            if found is None or identity not in ("", found.id):
                return False
            before(found)
            self._write(replace(found, how=how, why=why, ended=at))
            return True

    def _write(self, canary: Canary) -> None:
        write_durably(self._path, (dumps(asdict(canary), indent=1) + "\n").encode())
