"""Whether a canary harms more often than the live release, looked at after every mark.

Marks are put into blocks as they come: a block ends as soon as both releases have LEAST marks in it. If the canary harms no more often,
then of a block's marks, as many of them harmed as were, those of the canary are a draw without replacement: the hypergeometric
law, whatever the share of harm is and however it drifts, and however few people get the canary. Each block multiplies the
evidence by how much likelier its number of harmed canary marks is where the odds of harm are r times as high (Fisher's noncentral
hypergeometric law). That product is a test martingale, so it ever reaches 1 / alpha with probability alpha at most (Ville 1939): e-values of
conditional two-by-two tables, Turner, Ly and Grünwald, "Generic E-variables for exact sequential k-sample tests that allow for
optional stopping" (J. Stat. Plan. Inference 2024).

It knows marks, not people: somebody who complains of everything makes the release they happen to get look harmful. So harm is
shown only if it is shown without the marks of any one of the people, too.

Where the canary's people have marked enough before it, each is held against what they said then. A mark is put beside an earlier one
of the same person; pairs of which one is harm and the other not say which came later, and nothing of what the person is like (as in
conditional logistic regression). If the canary harms no more often, the share of pairs whose harm came later is the same for both
releases' people, however the harm of all of them has drifted, so the same blocks are made of pairs. It assumes that a drift changes
everybody's odds alike. Evidence beyond the largest one person's is asked for still, but less of it.
"""

import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from metier.evaluate.sequence import confidence_sequence

ALPHA = 0.05  # the probability that a canary which harms no more often is ever rolled back
LEAST = 2  # marks of either release in a block: 1 and 4 need as many marks (docs/design/specialize.md)
RATIOS = (2.0, 4.0)  # odds of harm that are looked for, each with half of the stake
ENOUGH_BEFORE = 200  # earlier marks of either side's people: with fewer, harm shows later than without them
OTHERS = 2.0  # evidence without any one of the people, where each is held against their own earlier marks
_MOST_LOG = 600.0  # exp of more overflows


@dataclass(frozen=True, slots=True)
class Mark:
    """What was said of one answer."""

    person: str  # who asked
    is_canary: bool  # they get the canary
    is_harmed: bool


def is_harm_shown(marks: Sequence[Mark], alone: bool = False, before: Sequence[Mark] = ()) -> bool:
    """True if the marks, in the order they came, show that the canary harms more often. `alone`: one person gets it, whose
    word then decides. `before`: marks of answers of the live release from before the canary, newest first."""
    is_own = are_enough(before)
    told = against_own(marks, before) if is_own else marks
    if evidence(told) < 1 / ALPHA:
        return False
    least = OTHERS if is_own else 1 / ALPHA
    people = {mark.person for mark in told if mark.is_canary}
    return alone or all(
        evidence([mark for mark in told if mark.person != person]) >= least for person in people
    )


def are_enough(before: Sequence[Mark]) -> bool:
    """True if earlier marks are there to hold people against: decided before the first mark of the canary."""
    sides = Counter(mark.is_canary for mark in before)
    return min(sides[True], sides[False]) >= ENOUGH_BEFORE


def against_own(marks: Iterable[Mark], before: Iterable[Mark]) -> list[Mark]:
    """The marks that differ from the earlier one of the same person that each is put beside, every earlier one once."""
    earlier: dict[str, deque[bool]] = defaultdict(deque)
    for mark in before:
        earlier[mark.person].append(mark.is_harmed)
    return [
        mark for mark in marks if earlier[mark.person] and earlier[mark.person].popleft() != mark.is_harmed
    ]


def evidence(marks: Sequence[Mark]) -> float:
    """How many times a stake has grown that was put on harm; 1 before anything is known."""
    blocks = list(growth(marks))
    return blocks[-1][1] if blocks else 1.0


def growth(marks: Iterable[Mark]) -> Iterator[tuple[int, float]]:
    """(marks so far, evidence) after each block."""
    logs = [0.0] * len(RATIOS)
    canary = live = harmed = harmed_canary = 0
    for number, mark in enumerate(marks, start=1):
        canary += mark.is_canary
        live += not mark.is_canary
        harmed += mark.is_harmed
        harmed_canary += mark.is_harmed and mark.is_canary
        if min(canary, live) >= LEAST:
            gains = log_gains(harmed_canary, harmed, canary, live)
            logs = [log + gain for log, gain in zip(logs, gains, strict=True)]
            canary = live = harmed = harmed_canary = 0
            yield number, sum(math.exp(min(log, _MOST_LOG)) for log in logs) / len(logs)


@lru_cache(maxsize=1 << 14)
def log_gains(harmed_canary: int, harmed: int, canary: int, live: int) -> tuple[float, ...]:
    """For each ratio the log of how much likelier so many harmed marks of the canary are than by chance."""
    possible = range(max(0, harmed - live), min(canary, harmed) + 1)
    ways = [math.log(math.comb(canary, x)) + math.log(math.comb(live, harmed - x)) for x in possible]
    chance = _log_sum(ways)
    gains = []
    for ratio in RATIOS:
        weighed = _log_sum([way + x * math.log(ratio) for way, x in zip(ways, possible, strict=True)])
        gains.append(harmed_canary * math.log(ratio) - weighed + chance)
    return tuple(gains)


def _log_sum(logs: Sequence[float]) -> float:
    most = max(logs)
    return most + math.log(sum(math.exp(log - most) for log in logs))


def most_harm(marks: Sequence[Mark]) -> float:
    """With 95% confidence, whenever one looks: the share of the canary's marks that are harm is at most so much above
    that of the live release. 1 = nothing is known."""
    canary, live = (
        np.asarray([mark.is_harmed for mark in marks if mark.is_canary is side], dtype=np.float64)
        for side in (True, False)
    )
    high = float(confidence_sequence(canary, 1 - ALPHA / 2)[1][-1]) if canary.size else 1.0
    low = float(confidence_sequence(live, 1 - ALPHA / 2)[0][-1]) if live.size else 0.0
    return high - low
