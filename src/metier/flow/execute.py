"""Runs the same function over many items, in order of completion.

Local slots are threads: the work itself happens in sandboxed child processes or in code that releases the
interpreter. Nothing here records what was done; the ledger does.
"""

import gc
import sys
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


# Seconds one thread may keep the interpreter from another; Python's 5 ms are most of what a slot needs for a document,
# so a child would wait as long for its next one while the caller computes.
_TURN_S = 0.0005


@contextmanager
def tuned_for_slots() -> Iterator[None]:
    """Within it threads take turns quickly, and the garbage collector looks only at what is made from now on.

    A program with its libraries holds 200,000 values that stay; looking through them again and again took a sixth of
    the time of an ingest. What is made within is collected as ever.
    """
    turn = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_S)
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        sys.setswitchinterval(turn)


class Ahead(Generic[Item, Result]):
    """Work that is begun before its turn, while the caller still looks for more: at most `most` results are kept.

    Used as a context; at its end what was not begun is dropped, and what is running ends.
    """

    def __init__(
        self, work: Callable[[Item], Result], slots: int, most: int, key: Callable[[Item], Hashable]
    ) -> None:
        """`key` tells one item from another, whatever else changes of it meanwhile."""
        self._work, self._most, self._key = work, most, key
        self._begun: dict[Hashable, Future[Result]] = {}
        self._pool = ThreadPoolExecutor(max_workers=slots, thread_name_prefix="metier-ahead")

    def begin(self, items: Iterable[Item]) -> None:
        """Starts as many as there is room for."""
        for item in items:
            if len(self._begun) >= self._most:
                return
            self._begun[self._key(item)] = self._pool.submit(self._work, item)

    def __contains__(self, item: Item) -> bool:
        return self._key(item) in self._begun

    def result(self, item: Item) -> Result:
        """The result of work begun, forgotten with this, or of work done now."""
        begun = self._begun.pop(self._key(item), None)
        return self._work(item) if begun is None else begun.result()

    def rest(self, item: Item) -> Result | None:
        """As `result` of what is begun or done; None for what is not, which is then dropped."""
        begun = self._begun.pop(self._key(item), None)
        return None if begun is None or begun.cancel() else begun.result()

    def __enter__(self) -> "Ahead[Item, Result]":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)


def run_local(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    slots: int,
    should_stop: Callable[[], bool],
    tick_s: float = 0.5,
    small: Callable[[Item], bool] = lambda item: False,
    most: int = 0,
) -> Iterator[tuple[Item, Result] | None]:
    """(item, result) as they complete; None at least every `tick_s` seconds, so that the caller can look up.

    When `should_stop` says so nothing new is started, and what is running is still delivered. Twice the slots are handed
    out at a time, or `most` as long as they are `small`: a slot finds its next item while the caller is busy, and large
    results never pile up.
    """
    queue = iter(items)
    running: dict[Future[Result], Item] = {}
    finished: SimpleQueue[Future[Result]] = SimpleQueue()
    large = 0
    with ThreadPoolExecutor(max_workers=slots, thread_name_prefix="metier-slot") as pool:
        while True:
            while len(running) < (2 * slots if large else max(most, 2 * slots)) and not should_stop():
                item = next(queue, None)
                if item is None:
                    break
                future = pool.submit(work, item)
                running[future] = item
                large += not small(item)
                # not concurrent.futures.wait, which looks at all that are running each time
                future.add_done_callback(finished.put)
            if not running:
                return
            try:
                future = finished.get(timeout=tick_s)
            except Empty:
                yield None
                continue
            item = running.pop(future)
            large -= not small(item)
            yield item, future.result()
