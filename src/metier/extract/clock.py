"""Deadlines of many calls, kept by one thread.

A timer of its own for each call would start a thread for each document. This thread sleeps until the earliest deadline
it knew of when it fell asleep; as calls end long before theirs, and new deadlines are later ones, it is hardly ever woken.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Watch:
    """One call under the clock. `late` is final once `stop` was called."""

    end: Callable[[], None]
    due: float
    late: bool = False


class Clock:
    """Calls `end` of every watch that is not stopped in time. Safe to share between threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watches: set[Watch] = set()
        self._wakes = float("inf")  # when the thread looks next by itself
        self._thread: threading.Thread | None = None
        self._closed = False

    def start(self, end: Callable[[], None], seconds: float) -> Watch:
        """A watch that calls `end` after so many seconds, unless it is stopped before."""
        watch = Watch(end, time.monotonic() + seconds)
        with self._changed:
            self._watches.add(watch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="metier-clock", daemon=True)
                self._thread.start()
            elif watch.due < self._wakes:
                self._changed.notify()
        return watch

    def give(self, watch: Watch, seconds: float) -> None:
        """So many seconds more for a watch, if it is not too late."""
        with self._changed:
            watch.due += seconds

    def stop(self, watch: Watch) -> bool:
        """True if it was too late: exactly one of the two happens, `end` or a stop in time."""
        with self._changed:
            self._watches.discard(watch)
            return watch.late

    def close(self) -> None:
        """Ends the thread; what is still watched is not ended any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                for watch in [watch for watch in self._watches if watch.due <= now]:
                    self._watches.discard(watch)
                    watch.late = True
                    watch.end()
                self._wakes = min((watch.due for watch in self._watches), default=float("inf"))
                self._changed.wait(None if self._wakes == float("inf") else self._wakes - now)
