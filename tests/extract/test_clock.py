"""A deadline ends its call, and nothing else does."""

import threading
import time
from collections.abc import Iterator

import pytest

from metier.extract.clock import Clock


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    yield clock
    clock.close()


def test_a_call_that_takes_too_long_is_ended_once(clock: Clock) -> None:
    ended = threading.Event()
    watch = clock.start(ended.set, 0.01)
    assert ended.wait(5)
    assert clock.stop(watch)
    assert clock.stop(watch)  # asked again, it says the same


def test_a_call_that_was_stopped_in_time_is_not_ended(clock: Clock) -> None:
    ended: list[str] = []
    watch = clock.start(lambda: ended.append("stopped"), 0.05)
    assert not clock.stop(watch)
    late = threading.Event()
    clock.start(late.set, 0.1)
    assert late.wait(5)
    assert ended == []


def test_an_earlier_deadline_wakes_the_clock_that_waits_for_a_later_one(clock: Clock) -> None:
    clock.start(lambda: None, 60)
    time.sleep(0.02)
    ended = threading.Event()
    clock.start(ended.set, 0.01)
    assert ended.wait(5)


def test_exactly_one_of_end_and_stop_happens(clock: Clock) -> None:
    for _ in range(50):
        ended = threading.Event()
        watch = clock.start(ended.set, 0.001)
        time.sleep(0.001)
        assert clock.stop(watch) == ended.is_set()


def test_a_clock_without_watches_closes() -> None:
    Clock().close()


def test_a_watch_that_is_given_more_time_ends_later():
    ended = threading.Event()
    clock = Clock()
    watch = clock.start(ended.set, 0.1)
    clock.give(watch, 30)
    assert not ended.wait(0.4)
    assert clock.stop(watch) is False
    clock.close()
