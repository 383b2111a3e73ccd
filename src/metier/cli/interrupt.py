"""Ctrl-C that lets what is under way finish."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """A function that turns true at the first Ctrl-C (or SIGTERM); a second Ctrl-C ends at once."""
    asked = threading.Event()

    def stop(number: int, _frame: object) -> None:
        if asked.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        asked.set()
        # Not through the console: the signal may have come in the middle of one of its own lines.
        with suppress(OSError):
            os.write(2, b"stopping: finishing what is under way ...\n")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
