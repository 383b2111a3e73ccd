import asyncio
import time

import pytest

from metier.serve.problems import Problem
from metier.serve.slots import Slots


def test_who_waits_too_long_hears_so_and_takes_no_place() -> None:
    async def story() -> None:
        slots = Slots(1, 1, 0.05)
        await slots.enter()
        with pytest.raises(Problem) as late:
            await slots.enter()
        assert late.value.status == 503
        slots.leave()
        assert await slots.run(lambda: 7) == 7

    asyncio.run(story())


def test_who_finds_the_queue_full_hears_so_at_once() -> None:
    async def story() -> None:
        slots = Slots(1, 0, 60)
        await slots.enter()
        begun = time.monotonic()
        with pytest.raises(Problem):
            await slots.enter()
        assert time.monotonic() - begun < 1

    asyncio.run(story())


def test_a_place_comes_back_after_an_error_and_after_a_cancelled_wait() -> None:
    async def story() -> None:
        slots = Slots(1, 1, 60)
        with pytest.raises(ZeroDivisionError):
            await slots.run(lambda: 1 // 0)
        await slots.enter()
        waiting = asyncio.create_task(slots.enter())
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        slots.leave()
        assert await slots.run(lambda: 7) == 7

    asyncio.run(story())
