"""Runs the same function over many items, in order of completion.

Local slots are threads: the work itself happens in sandboxed child processes or in code that releases the
interpreter. Nothing here records what was done; the ledger does.
"""

import gc
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def old_values_set_aside() -> Iterator[None]:
    """Within it, the garbage collector looks at what is made from now on, not at all that was there before.

    A program with its libraries holds 200,000 values that stay; looking through them again and again took a sixth of
    the time of an ingest. What is made within is collected as ever.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def run_local(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    slots: int,
    should_stop: Callable[[], bool],
    tick_s: float = 0.5,
) -> Iterator[tuple[Item, Result] | None]:
    """(item, result) as they complete; None at least every `tick_s` seconds, so that the caller can look up.

    When `should_stop` says so nothing new is started, and what is running is still delivered.
    """
    queue = iter(items)
    running: dict[Future[Result], Item] = {}
    with ThreadPoolExecutor(max_workers=slots, thread_name_prefix="metier-slot") as pool:
        while True:
            # twice the slots: a finished slot finds its next item without waiting for the caller
            while len(running) < 2 * slots and not should_stop():
                item = next(queue, None)
                if item is None:
                    break
                running[pool.submit(work, item)] = item
            if not running:
                return
            done, _ = wait(running, timeout=tick_s, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
            if not done:
                yield None
