"""The moments at which a run is worth killing, from the steps of the same run when nobody disturbed it.

A run touches one thing after the other: a database (one transaction at a time), a table, a folder of files. What a kill
leaves behind differs from one of these stretches to the next, and hardly within one. So each stretch is ended before its
first step, when the one before is over, in its middle, and at its last step. Nothing here knows what may be wrong.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.crash_bugs.process import Step


def stretches(rows: Iterable[Mapping[str, Any]]) -> list[list[Step]]:
    """The steps of a run, in order, parted where it turns to another thing or to the next transaction."""
    counts, found, last = Counter[str](), list[list[Step]](), ("commit", "")
    for row in rows:
        if "step" not in row:
            continue
        kind, place = row["step"], row["on"]
        counts[kind] += 1
        if not place:  # the folder of the state itself, synced beside what was written below it
            continue
        # a table is written by one call at a time, and so is a database by one transaction
        if place != last[1] or last[0] == "commit" or kind == "table":
            found.append([])
        found[-1].append(Step(kind, counts[kind]))
        last = kind, place
    return found


def windows(rows: Iterable[Mapping[str, Any]], rng: random.Random) -> list[Step]:
    """Steps to be killed at, each once: first those between two stretches, then those within one."""
    between, within = list[Step](), list[Step]()
    for steps in stretches(rows):
        between.append(steps[0])
        if steps[0].kind == "table":
            between.append(Step("inside", steps[0].number))
        within += [steps[len(steps) // 2], steps[-1]]
    return [*_shuffled(between, rng), *(step for step in _shuffled(within, rng) if step not in between)]


def _shuffled(steps: Sequence[Step], rng: random.Random) -> list[Step]:
    once = list(dict.fromkeys(steps))
    rng.shuffle(once)
    return once
