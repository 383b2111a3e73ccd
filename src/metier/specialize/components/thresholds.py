"""Component: the confidence below which the system abstains (thresholds.json). Fitted last: all others change confidence.

A right answer shown is worth 1, a wrong one -1, none 0; but only thresholds are chosen that show hardly more wrong answers than
people were shown, and no fewer right ones than the policy shows already (than people were shown, where it shows too many wrong ones):
the gate asks for both, and would throw the whole candidate away. So a better policy may answer more questions, and a policy that is
merely surer of itself may not. How sure it is of an example is asked of weights that
were fitted without the example's group: of what it has learnt from, it is surer. It is no promise about risk: `metier evaluate
certify` is, and it raises thresholds as far as it must.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metier.generate.confidence import confidence
from metier.generate.ranking import Considered, section_of
from metier.generate.scoring import probabilities
from metier.generate.whole import Whole
from metier.generate.whole import choose as choose_answer
from metier.specialize.bench import Replay
from metier.specialize.gate import LEAST_MARGIN
from metier.specialize.labels import is_right, is_right_answer
from metier.specialize.rows import Example
from metier.specialize.tuning import Component, judge
from metier.types import Release

NAME = "thresholds"
_UNIT = "right minus wrong shown, per question"
_LEAST = 20
_PENALTY = 40.0  # to move the threshold by .1 must win .4 examples more than it loses, by .3 nearly 4
_SHOWN = 3  # statements shown at the most


@dataclass(frozen=True, slots=True)
class Sure:
    """How sure the policy is of one question, and what showing its answer is worth."""

    confidence: float
    worth: float  # 1 or -1


def fit(base: Release, fitting: Sequence[Replay], tuning: Sequence[Replay]) -> Component:
    """The component; kept if more right or fewer wrong answers are shown on the tuning examples."""
    before = float(base.parts["thresholds"]["extractive"])
    first, second = _sure(base, fitting), _sure(base, tuning)
    if len(first) < _LEAST or len({item.worth for _, item in first}) < 2:
        return Component(
            NAME, False, f"{len(first)} questions whose answer is known, right and wrong; {_LEAST} are needed",
            len(first),
        )  # fmt: skip
    known, tuned = [item for _, item in first], [item for _, item in second]
    limits = _limits([replay.example for replay, _ in first], known, before)
    after = choose(known, before, limits)
    if after == before:
        return Component(NAME, False, "the threshold is right as it is", len(first))
    gains = [value(item, after) - value(item, before) for item in tuned]
    kept, gain, reason = judge(gains, [replay.group for replay, _ in second])
    # A policy that has learnt to answer more shows more wrong answers, too, and the gate then throws away all that was learnt: so a
    # threshold that holds it back is kept without a gain of its own.
    if not kept and exceeds(known, before, limits) and fewer_wrong(tuned, before, after):
        kept, reason = True, "holds back wrong answers that people were not shown before"
    if not kept:
        return Component(NAME, False, reason, len(first), gain, _UNIT)
    both = [*first, *second]
    together = [*known, *tuned]
    whole = choose(together, before, _limits([replay.example for replay, _ in both], together, before))
    if whole == before:
        return Component(NAME, False, "the threshold is right as it is", len(both), gain, _UNIT)
    told = f"{reason}; {before} -> {whole}"
    return Component(
        NAME, True, told, len(first) + len(second), gain, _UNIT, {("thresholds", "extractive"): whole}
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """How many right answers a threshold must show at least, and how many wrong ones at most."""

    right: float
    wrong: float


def _limits(examples: Sequence[Example], known: Sequence[Sure], before: float) -> Limits:
    """What people were shown of these questions, with the margin for wrong answers that the gate always grants. Right answers that
    the other components won are given up only where too many wrong ones came with them: the gate asks for right ones first."""
    shown = [(one, one.lead) for one in examples if one.lead is not None]
    right = sum(not one.declines and is_right_answer(lead, one) for one, lead in shown)
    found = Limits(right, len(shown) - right + LEAST_MARGIN * len(examples))
    if exceeds(known, before, found):
        return found
    return Limits(max(right, _count(known, before, 1.0)), found.wrong)


def exceeds(known: Sequence[Sure], threshold: float, limits: Limits) -> bool:
    """True if more wrong answers are shown than may be."""
    return _count(known, threshold, -1.0) > limits.wrong


def fewer_wrong(known: Sequence[Sure], before: float, after: float) -> bool:
    """True if the new threshold shows fewer wrong answers of these, too."""
    return _count(known, after, -1.0) < _count(known, before, -1.0)


def choose(known: Sequence[Sure], before: float, limits: Limits | None = None) -> float:
    """The threshold with the best mean worth after the penalty for leaving `before`, among those within the limits (unless
    given: as many right answers as at `before`); ties go to the one nearest to it, and it stays where none is within them."""
    grid = [
        before,
        *np.quantile([item.confidence for item in known], np.linspace(0, 1, 41)).round(3).tolist(),
    ]
    within = limits or Limits(_count(known, before, 1.0), np.inf)
    best = before
    most = -np.inf
    for threshold in sorted(set(grid), key=lambda one: (abs(one - before), one)):
        if _count(known, threshold, 1.0) < within.right or _count(known, threshold, -1.0) > within.wrong:
            continue
        worth = float(np.mean([value(item, threshold) for item in known]))
        worth -= _PENALTY / len(known) * (threshold - before) ** 2
        if worth > most + 1e-9:
            best, most = float(threshold), worth
    return best


def _count(known: Sequence[Sure], threshold: float, worth: float) -> int:
    return sum(item.worth == worth and item.confidence >= threshold for item in known)


def value(item: Sure, threshold: float) -> float:
    """What the threshold makes of one question."""
    return item.worth if item.confidence >= threshold else 0.0


def reward(base: Release, item: Replay) -> float:
    """What the release's answer to the example is worth: 1 right, -1 wrong, 0 silent or nothing to choose from."""
    known = _sure_of(base, item)
    return 0.0 if known is None else value(known, float(base.parts["thresholds"]["extractive"]))


def _sure(base: Release, replays: Sequence[Replay]) -> list[tuple[Replay, Sure]]:
    known = [(item, _sure_of(base, item)) for item in replays if item.example.says_what_is_right]
    return [(item, one) for item, one in known if one is not None]


def _sure_of(base: Release, item: Replay) -> Sure | None:
    if item.whole is not None:
        return _of_whole(item.apart or base.parts["generator"].get("whole"), item.whole, item.example)
    return _of_look(base.parts["generator"], item.looks[-1], item.example) if item.looks else None


def _of_whole(models: Mapping[str, Any] | None, whole: Whole, example: Example) -> Sure:
    """Of what leads: chosen by what was learnt, else by the rules."""
    leads, certain = choose_answer(whole, models) if models else (whole.answers[0], whole.sure)
    right = not example.declines and is_right_answer(leads.statement, example)
    return Sure(certain, 1.0 if right else -1.0)


def _of_look(generator: Mapping[str, Any], seen: Considered, example: Example) -> Sure:
    """Of the candidates where no whole answers are known."""
    models = section_of(generator, seen.section)
    chance = probabilities(seen.features, models["weights"])
    certain = confidence(seen.features, chance, models.get("confidence"))
    top = np.argsort(-chance[:-1], kind="stable")[:_SHOWN]
    right = not example.declines and any(is_right(seen.options[index], example) for index in top)
    return Sure(certain, 1.0 if right else -1.0)
