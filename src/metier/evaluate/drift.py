"""Do questions still look like those of the suite a certificate was made on? Told from confidences alone, no labels needed.

A certificate holds for questions like those of its suite. What can be seen without anybody judging an answer is how sure the
system is: the share of questions it answers and how sure it is of those. The two-sample test of Kolmogorov and Smirnov compares
the whole of it (a question not answered counts as confidence 0; asymptotic p-value, Stephens 1970). A difference says that the
certificate does not apply; none does not prove that it does: questions may be harder without looking so.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from metier.errors import UserError

FEWEST = 30  # questions on either side; the asymptotic p-value is good to a few per mille from there on
LEVEL = 0.01


@dataclass(frozen=True, slots=True)
class Drift:
    """`distance` is the largest difference between the shares at or below any confidence; `p` of one as large by chance."""

    distance: float
    p: float
    then: int  # questions of the suite
    now: int
    drifted: bool
    sentence: str


def drift(then: Sequence[float | None], now: Sequence[float | None], level: float = LEVEL) -> Drift:
    """Whether the confidences of now differ from those of the suite; None is a question that was not answered.

    Raises UserError with fewer than 30 questions on a side, for then nothing can be said."""
    if min(len(then), len(now)) < FEWEST:
        raise UserError(
            f"{len(then)} questions of the suite and {len(now)} of now: at least {FEWEST} of each are needed to tell a drift"
        )
    one, two = (sorted(value or 0.0 for value in side) for side in (then, now))
    distance = _distance(one, two)
    p = _p_value(distance, len(one), len(two))
    drifted = p < level
    told = (
        "differ from those of the suite: the certificate does not apply"
        if drifted
        else "look like those of the suite"
    )
    shares = [sum(value > 0 for value in side) / len(side) for side in (one, two)]
    sentence = (
        f"Questions of now {told} (largest difference of confidence {distance:.2f}, p = {p:.2g}; answered "
        f"{100 * shares[0]:.0f}% then, {100 * shares[1]:.0f}% now)."
    )
    return Drift(distance, p, len(one), len(two), drifted, sentence)


def _distance(one: Sequence[float], two: Sequence[float]) -> float:
    i = j = 0
    widest = 0.0
    while i < len(one) and j < len(two):
        value = min(one[i], two[j])
        while i < len(one) and one[i] == value:
            i += 1
        while j < len(two) and two[j] == value:
            j += 1
        widest = max(widest, abs(i / len(one) - j / len(two)))
    return widest


def _p_value(distance: float, n: int, m: int) -> float:
    """P(a distance as large | the same distribution); ties make it smaller in truth, so this errs on the side of no drift."""
    effective = math.sqrt(n * m / (n + m))
    x = (effective + 0.12 + 0.11 / effective) * distance
    if x < 0.2:
        return 1.0
    total = sum((1.0 if k % 2 else -1.0) * math.exp(-2 * k * k * x * x) for k in range(1, 101))
    return min(1.0, max(0.0, 2 * total))
