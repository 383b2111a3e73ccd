"""Work is handed out, delivered whole, and stopped without loss."""

import gc
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from metier.flow.execute import Ahead, run_local, tuned_for_slots


def never() -> bool:
    return False


@pytest.mark.parametrize("slots", [1, 2, 7])
def test_every_item_is_delivered_once(slots: int) -> None:
    results = [pair for pair in run_local(lambda n: n * n, range(50), slots, never) if pair is not None]
    assert sorted(results) == [(n, n * n) for n in range(50)]


def test_no_items() -> None:
    assert list(run_local(lambda n: n, [], 2, never)) == []


def test_slots_work_at_once_and_never_more() -> None:
    busy, most, lock = 0, 0, threading.Lock()

    def work(_: int) -> None:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(0.01)
        with lock:
            busy -= 1

    list(run_local(work, range(12), 3, never))
    assert most == 3


def test_items_are_taken_only_as_needed() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = run_local(lambda n: n, items(), 2, never)
    next(results)
    assert len(taken) <= 5
    results.close()  # type: ignore[attr-defined]


def test_a_stop_delivers_what_is_running_and_starts_nothing() -> None:
    started: list[int] = []
    stop = threading.Event()

    def work(number: int) -> int:
        started.append(number)
        stop.set()
        time.sleep(0.02)
        return number

    delivered = [pair[0] for pair in run_local(work, range(100), 2, stop.is_set) if pair]
    assert sorted(delivered) == sorted(started)
    assert len(started) <= 4


def test_slow_work_still_lets_the_caller_look_up() -> None:
    release = threading.Event()
    seen = 0
    for pair in run_local(lambda _: release.wait(5), [1], 1, never, tick_s=0.01):
        if pair is None:
            seen += 1
            if seen == 3:
                release.set()
    assert seen >= 3


def test_a_defect_in_the_work_is_raised() -> None:
    def work(number: int) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(run_local(work, [1, 2, 3], 2, never))


def test_small_items_are_handed_out_further_ahead_than_large_ones() -> None:
    taken: list[int] = []

    def items(sizes: list[int]) -> Iterator[int]:
        for size in sizes:
            taken.append(size)
            yield size

    results = run_local(lambda n: n, items([1] * 30), 2, never, small=lambda n: n < 5, most=20)
    next(results)
    assert 20 <= len(taken) <= 21
    results.close()  # type: ignore[attr-defined]
    taken.clear()
    results = run_local(lambda n: n, items([1] * 5 + [9] * 30), 2, never, small=lambda n: n < 5, most=20)
    next(results)
    assert len(taken) <= 7  # the first large one ends it
    results.close()  # type: ignore[attr-defined]


def test_work_begun_ahead_is_done_once_and_only_as_much_as_there_is_room_for() -> None:
    done: list[str] = []

    def work(word: str) -> str:
        done.append(word)
        return word.upper()

    with Ahead(work, 2, most=2, key=lambda word: word[0]) as ahead:
        ahead.begin(["a", "b", "c"])
        assert ("a" in ahead, "b" in ahead, "c" in ahead) == (True, True, False)
        assert ahead.result("a, changed meanwhile") == "A"
        assert ahead.result("c") == "C"
        assert "a" not in ahead
        ahead.begin(["d"])
        assert ahead.result("d") == "D"
    assert sorted(done) == ["a", "b", "c", "d"]


def test_what_is_left_at_a_stop_is_fetched_if_it_was_begun_and_dropped_if_not() -> None:
    begun, go = threading.Event(), threading.Event()
    done: list[int] = []

    def work(number: int) -> int:
        begun.set()
        go.wait(5)
        done.append(number)
        return number

    with Ahead(work, 1, most=9, key=lambda number: number) as ahead:
        ahead.begin(range(9))
        begun.wait(5)
        threading.Timer(0.05, go.set).start()
        assert ahead.rest(8) is None
        assert ahead.rest(0) == 0
    assert done[0] == 0
    assert 8 not in done


def test_the_end_of_the_block_drops_what_was_not_begun() -> None:
    go, done = threading.Event(), list[int]()

    def work(number: int) -> None:
        go.wait(5)
        done.append(number)

    with Ahead(work, 1, most=9, key=lambda number: number) as ahead:
        ahead.begin(range(9))
        threading.Timer(0.05, go.set).start()
    assert len(done) <= 1


def test_tuning_ends_with_its_block() -> None:
    turn = sys.getswitchinterval()
    with tuned_for_slots():
        assert sys.getswitchinterval() < turn
        assert gc.get_freeze_count() > 0
    assert sys.getswitchinterval() == turn
    assert gc.get_freeze_count() == 0
