"""Room for a bounded amount of work at once: who finds none hears so at once instead of waiting without end."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import anyio.to_thread

from metier.serve.problems import overloaded

T = TypeVar("T")


class Slots:
    """At most `running` pieces of work in threads, at most `waiting` waiting, each of those at most `wait_s` seconds."""

    def __init__(self, running: int, waiting: int, wait_s: float) -> None:
        self._running = asyncio.Semaphore(running)
        self._threads = anyio.CapacityLimiter(running)
        self._places = running + waiting
        self._wait_s = wait_s
        self._inside = 0

    async def enter(self, is_gone: Callable[[], Awaitable[bool]] | None = None) -> None:
        """Takes a place; `leave` must follow. Raises the 503 problem if there is none, or if who waited is gone when
        their turn comes: nobody would hear what is worked out for them."""
        if self._inside >= self._places:
            raise overloaded()
        self._inside += 1
        try:
            await asyncio.wait_for(self._running.acquire(), self._wait_s)
        except TimeoutError:
            self._inside -= 1
            raise overloaded() from None
        except asyncio.CancelledError:
            self._inside -= 1
            raise
        if is_gone is not None and await self._is_gone(is_gone):
            self.leave()
            raise overloaded()

    async def _is_gone(self, is_gone: Callable[[], Awaitable[bool]]) -> bool:
        try:
            return await is_gone()
        except asyncio.CancelledError:
            self.leave()
            raise

    def leave(self) -> None:
        """Gives the place back."""
        self._inside -= 1
        self._running.release()

    async def run_inside(self, work: Callable[[], T]) -> T:
        """What the work returns, run in a thread; to be called between `enter` and `leave`."""
        return await anyio.to_thread.run_sync(work, limiter=self._threads)

    async def run(self, work: Callable[[], T], is_gone: Callable[[], Awaitable[bool]] | None = None) -> T:
        """What the work returns, run in a thread as soon as there is room; raises as `enter` does."""
        await self.enter(is_gone)
        try:
            return await self.run_inside(work)
        finally:
            self.leave()
