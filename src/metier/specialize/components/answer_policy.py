"""Components: the weights that choose among candidate answers and abstaining (generator.json), anchored to the base's.

Two of them, since candidates are looked at twice: `first_look` chooses the few that are read together with the question,
`answer_policy` decides among those. Where nothing is read the first look decides, and there is no second.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from metier.generate.ranking import Considered, section_of
from metier.generate.scoring import named, vector
from metier.specialize.bench import Replay
from metier.specialize.labels import Lesson, lesson
from metier.specialize.policy_fit import (
    apart,
    choose_strength,
    fit_policy,
    log_likelihoods,
    reweighed,
    spread_of,
    stacked,
    weigh,
)
from metier.specialize.propensity import inverse
from metier.specialize.tuning import Component, judge
from metier.types import Estimate, Release

FIRST = "first_look"
NAME = "answer_policy"
_UNIT = "log likelihood per lesson"
_LEAST = 20  # lessons; with fewer the strength of the anchor cannot be chosen on groups left out


def fit_first(base: Release, fitting: Sequence[Replay], tuning: Sequence[Replay]) -> Component:
    """The first look's weights."""
    return _fit(FIRST, 0, base, fitting, tuning)


def fit(base: Release, fitting: Sequence[Replay], tuning: Sequence[Replay]) -> Component:
    """The second look's weights."""
    return _fit(NAME, 1, base, fitting, tuning)


def _fit(
    name: str, place: int, base: Release, fitting: Sequence[Replay], tuning: Sequence[Replay]
) -> Component:
    """The component; kept if the tuning examples become likelier. Refitted on all, if kept."""
    models = base.parts["generator"]
    section = _section([*fitting, *tuning], place)
    if section is None:
        return Component(name, False, "no question has candidates that are looked at in this way")
    before = vector(section_of(models, section)["weights"])
    first, second = lessons(fitting, section), lessons(tuning, section)
    if len(first) < _LEAST:
        return Component(name, False, f"{len(first)} lessons; {_LEAST} are needed", len(first))
    fitted = fit_lessons(first, second, before)
    if fitted.weights is None:
        return Component(name, False, fitted.reason, len(first), fitted.gain, _UNIT)
    changes = {("generator", *section, "weights"): named(fitted.weights)}
    return Component(name, True, fitted.reason, len(first) + len(second), fitted.gain, _UNIT, changes)


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights, or None with the reason why the base's stay."""

    weights: NDArray[np.float64] | None
    reason: str
    gain: Estimate | None = None
    apart: Mapping[str, NDArray[np.float64]] = field(
        default_factory=dict
    )  # weights without a group, by its name


def fit_lessons(
    first: Sequence[Lesson],
    second: Sequence[Lesson],
    before: NDArray[np.float64],
    least_spread: float = 0.0,
    with_apart: bool = False,
) -> Fitted:
    """Fitted on the first, chosen on the second, then fitted on both. Features that vary less than `least_spread` are anchored
    as if they varied so much: what few candidates have is no strong reason."""
    if not first:
        return Fitted(None, "no lessons to fit on")
    spread = spread_of(first, least_spread)
    strength = choose_strength(first, before, spread)
    if strength is None:
        return Fitted(None, "no strength of the anchor beats the base on groups left out")
    if not second:
        return Fitted(None, "no lessons to choose on")
    weighting = weigh(first, before, strength, spread)
    after = fit_policy(reweighed(first, weighting.weights), before, strength, spread)
    stack = stacked(second)
    gains = (log_likelihoods(stack, after) - log_likelihoods(stack, before)) * stack.weight
    kept, gain, reason = judge(gains.tolist(), [item.group for item in second])
    if not kept:
        return Fitted(None, reason, gain)
    both = [*first, *second]
    if weighting.kind == "ips":
        both = reweighed(both, inverse([item.propensity for item in both]))
        reason = f"{reason}; {weighting.note}"
    without = apart(both, before, strength, spread) if with_apart else {}
    return Fitted(fit_policy(both, before, strength, spread), f"{reason}; anchor {strength}", gain, without)


def lessons(replays: Sequence[Replay], section: tuple[str, ...]) -> list[Lesson]:
    """What the examples teach the look with this section's weights."""
    seen = [(item, _seen_by(item, section)) for item in replays]
    found = [
        lesson(item.example, considered, item.group) for item, considered in seen if considered is not None
    ]
    return [item for item in found if item is not None]


def _seen_by(item: Replay, section: tuple[str, ...]) -> Considered | None:
    return next((seen for seen in item.looks if seen.section == section), None)


def _section(replays: Sequence[Replay], place: int) -> tuple[str, ...] | None:
    """How most candidates were looked at, at first (0) or then (1): with or without sentence vectors."""
    count = Counter(item.looks[place].section for item in replays if len(item.looks) > place)
    return max(count, key=lambda one: (count[one], one)) if count else None
