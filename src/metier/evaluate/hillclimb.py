"""What trying often does to a test set: somebody climbs on tweaks that change nothing, with and without the vault's gate.

A world of made outcomes: each of n cases is right with the same probability, and a tweak draws some of them again, so it
is as good as what it came from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metier.evaluate.spending import Word, judge, level_of_next

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Climb:
    """One person's afternoon. Gains are shares claimed; in truth each is 0."""

    wins_naive: int  # tweaks adopted because they scored higher
    gain_naive: float
    passes: int  # tweaks the gate let through
    gain_gated: float


def climb(n: int, steps: int, alpha: float, rng: np.random.Generator, right: float, changed: float) -> Climb:
    """`changed` of the cases come out otherwise after a tweak; the gate has as many looks as there are steps."""
    start = rng.random(n) < right
    naive, gated = start, start
    wins, words, claimed = 0, list[Word](), 0.0
    for _ in range(steps):
        tried = _tweak(naive, rng, right, changed)
        if tried.mean() > naive.mean():
            naive, wins = tried, wins + 1
        tried = _tweak(gated, rng, right, changed)
        word, found = judge(_list(tried), _list(gated), range(n), level_of_next(alpha, steps, words))
        words.append(word)
        if word == "pass":
            gated, claimed = tried, claimed + found.value
    return Climb(wins, float(naive.mean() - start.mean()), words.count("pass"), claimed)


def better_passes(
    n: int, gain: float, level: float, rng: np.random.Generator, right: float, changed: float
) -> bool:
    """Does a tweak that is better by `gain` in truth pass one look at this level?"""
    before = rng.random(n) < right
    # of the cases that change, so many more are won than lost; chances are per case that was wrong, and right
    won, lost = (changed + gain) / 2 / (1 - right), (changed - gain) / 2 / right
    draw = rng.random(n)
    after = np.where(before, draw >= lost, draw < won)
    return judge(_list(after), _list(before), range(n), level)[0] == "pass"


def _tweak(outcomes: Bools, rng: np.random.Generator, right: float, changed: float) -> Bools:
    again = rng.random(outcomes.size) < changed / (2 * right * (1 - right))
    return np.where(again, rng.random(outcomes.size) < right, outcomes)


def _list(outcomes: Bools) -> Sequence[bool]:
    found: list[bool] = outcomes.tolist()
    return found
