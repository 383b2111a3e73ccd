"""Questions to begin with that the asker's own documents answer.

The examples of the scope say what the job covers; which of them somebody is answered depends on what they may see. So they are asked
once, as that person, with nothing kept, until something has changed.
"""

import threading
from typing import TYPE_CHECKING, Any

from metier.types import Access, Outcome

if TYPE_CHECKING:
    from metier.system import System

STARTERS = 4  # as many as fit on two lines below the question
_KEPT = 64  # kinds of askers whose starters are remembered


class Starters:
    """What has been found out; safe to share between threads."""

    def __init__(self, system: "System") -> None:
        self._system = system
        self._known: dict[tuple[Any, ...], tuple[str, ...]] = {}
        self._lock = threading.Lock()

    def of(self, access: Access) -> tuple[str, ...]:
        """The examples that are answered to somebody with this access."""
        system = self._system
        if system.settings.models.generator is not None:  # whoever asks would wait for the model
            return tuple(system.settings.scope.examples.within[:STARTERS])
        key = (access.groups, system.release.id, system.count().version, system.deepened())
        with self._lock:  # one at a time: who comes second finds it done
            if key not in self._known:
                while len(self._known) >= _KEPT:
                    del self._known[next(iter(self._known))]
                self._known[key] = self._answered(access)
            return self._known[key]

    def _answered(self, access: Access) -> tuple[str, ...]:
        found: list[str] = []
        for example in self._system.settings.scope.examples.within:
            if len(found) == STARTERS:
                break
            if self._system.ask_unlogged(example, access.principal).answer.outcome is Outcome.ANSWERED:
                found.append(example)
        return tuple(found)
