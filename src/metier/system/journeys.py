"""Which release answers whom, and its answer journey: asked of the workspace's files at every question, by every process."""

import threading
from dataclasses import dataclass

from metier.errors import UserError
from metier.flow.answering import Answering
from metier.store.canary import Canary
from metier.system.answering import Assembly
from metier.system.opened import Opened
from metier.types import Release

_KEPT = 2  # the live release and the canary; a language model with an adapter is too large to keep more


@dataclass(frozen=True, slots=True)
class Journey:
    """One release, ready to answer."""

    release: Release
    parts: Answering


class Journeys:
    """The journeys of the releases that answer; safe to share between threads."""

    def __init__(self, opened: Opened, assembly: Assembly) -> None:
        self._open = opened
        self._assembly = assembly
        self._lock = threading.Lock()
        self._releases: dict[str, Release] = {}
        self._journeys: dict[str, Journey] = {}

    def live_release(self) -> Release:
        """The release that answers whoever does not get the canary. Raises UserError if it is damaged."""
        history = self._open.releases.history()
        return self.release(history[0]) if history else self._open.releases.live()

    def release(self, identity: str) -> Release:
        """The release with this id, read once. Raises UserError if it is missing or changed."""
        if (found := self._releases.get(identity)) is None:
            found = self._releases[identity] = self._open.releases.load(identity)
        return found

    def of(self, release: Release) -> Journey:
        """Its journey, put together once while it answers."""
        if (known := self._journeys.get(release.id)) is not None:
            return known
        with self._lock:
            if (found := self._journeys.get(release.id)) is None:
                parts = self._assembly.answering(release, self._assembly.extractive(release))
                self.keep(found := Journey(release, parts))
            return found

    def keep(self, journey: Journey) -> None:
        """Makes this the journey of its release."""
        self._journeys.pop(journey.release.id, None)
        while len(self._journeys) >= _KEPT:
            del self._journeys[next(iter(self._journeys))]
        self._journeys[journey.release.id] = journey

    def live(self) -> Journey:
        """The journey of the live release."""
        return self.of(self.live_release())

    def canary_of(self, asker: str) -> Canary | None:
        """The canary, if it answers this asker now."""
        running = self._open.canary.running()
        if running is None or not running.takes(asker) or running.release == self._open.releases.history()[0]:
            return None
        return running

    def for_asker(self, asker: str) -> Journey:
        """The journey that answers this asker now. A canary that cannot be opened answers nobody."""
        if (canary := self.canary_of(asker)) is not None:
            try:
                return self.of(self.release(canary.release))
            except UserError:  # it was changed after it was made: `metier release list` says so
                pass
        return self.live()
