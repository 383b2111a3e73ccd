"""Component: what makes a sentence supported by what it cites (verifier.json), from the sentences that people marked, whose citation they
called right or wrong, and that they replaced, deleted or left as they were.

A logistic of the checks' findings is a choice between two answers, "supported" and "not", so the fit is that of policy_fit.py, anchored to the
weights there are. What is learnt can only hold back more than what ships does (verify/combine.py). Left out: sentences with a fault of
fact (a wrong number, date, name or negation), whose weights stay, and sentences that stand in their source word for word: who calls one
of those wrong speaks of its choice. It is judged by marks of other documents, never by a verifier; what the gate counts are people's labels, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metier.evaluate.metrics import auroc
from metier.specialize.bench import Replay
from metier.specialize.labels import NOISE, Lesson
from metier.specialize.policy_fit import choose_strength, fit_policy, spread_of
from metier.specialize.rows import Mark
from metier.specialize.tuning import Component, judge
from metier.types import Estimate, Release
from metier.verify.combine import DEFAULT, HARD, SOFT, VETO, features, speaks_for

NAME = "verifier"
_UNIT = "log likelihood per mark"
_LEAST = 20  # marks, as for the other policies
_OF_EACH = 5  # of them, supported and not: who calls all alike says nothing of what tells sentences apart
_SPREAD = 0.1  # of a feature, at least: what few sentences have is no strong reason (as in whole_answer.py)
_RAREST = 0.02  # share of marks that is told from none: of 20, less than one

Floats = NDArray[np.float64]


def fit(base: Release, fitting: Sequence[Replay], tuning: Sequence[Replay]) -> Component:
    """The component; kept if the tuning marks become likelier than by the base, and than by one chance for all sentences: marks that do not
    depend on what the checks see would else make sentences of every kind alike. Besides, no fewer of them may fall on the right side of
    the threshold. Refitted on all, if kept."""
    parent = base.parts.get(NAME, DEFAULT)
    before = _vector(parent)
    first, second = lessons(fitting), lessons(tuning)
    if why := _unfit(first, before):
        return Component(NAME, False, why, len(first))
    spread = spread_of(first, _SPREAD)
    strength = choose_strength(first, before, spread, fit_bounded)
    if strength is None or not second:
        why = "no strength of the anchor beats the base on groups left out"
        return Component(NAME, False, why, len(first))
    after = fit_bounded(first, before, strength, spread)
    least = float(base.parts["thresholds"]["support"])
    kept, gain, reason = _judged(second, before, after, _one_chance(first), least)
    if not kept:
        return Component(NAME, False, reason, len(first), gain, _UNIT)
    both = [*first, *second]
    weights = fit_bounded(both, before, strength, spread)
    told = f"{reason}; anchor {strength}"
    return Component(NAME, True, told, len(both), gain, _UNIT, {(NAME,): _part(parent, weights)})


def _unfit(known: Sequence[Lesson], before: Floats) -> str:
    """Why nothing can be learnt from these marks, "" if something can."""
    if len(known) < _LEAST:
        return f"{len(known)} marked sentences that say something of what is supported; {_LEAST} are needed"
    right = np.array([bool(item.good[0]) for item in known])
    if min(right.sum(), (~right).sum()) < _OF_EACH:
        return f"{right.sum()} of {len(known)} marks say supported; {_OF_EACH} of each kind are needed"
    if auroc(right, chances(known, before)) <= 0.5:
        return "what people mark as supported has less in common with what it cites than what they do not"
    return ""


def _judged(
    known: Sequence[Lesson], before: Floats, after: Floats, constant: Floats, least: float
) -> tuple[bool, Estimate, str]:
    """Whether the weights are kept, their gain over those before, and the reason in words."""
    groups = [item.group for item in known]
    ours, theirs, alike = (likelihoods(known, weights) for weights in (after, before, constant))
    kept, gain, reason = judge((ours - theirs).tolist(), groups)
    if not kept:
        return kept, gain, reason
    if not judge((ours - alike).tolist(), groups)[0]:
        return False, gain, "the marks do not depend on what the checks see: one chance for all does as well"
    was, now = (_rightly_told(known, weights, least) for weights in (before, after))
    told = f"of {len(known)} marks {now} fall on the right side of the threshold, {was} before"
    return (True, gain, reason) if now >= was else (False, gain, told)


def lessons(replays: Sequence[Replay]) -> list[Lesson]:
    """What the marks of the examples teach."""
    found = [_lesson(mark, item.group) for item in replays for mark in item.example.marks]
    return [item for item in found if item is not None]


def _lesson(mark: Mark, group: str) -> Lesson | None:
    is_vetoed = any(one.check in VETO and not one.ok for one in mark.findings)
    if not mark.findings or mark.weight <= 0 or is_vetoed:
        return None
    seen = features(mark.findings)
    if any(seen[name] for name in HARD) or all(seen[name] == speaks_for(name) for name in SOFT):
        return None
    row = np.array([[1.0, *(seen[name] for name in SOFT)]])
    good = np.array([mark.supported, not mark.supported])
    return Lesson(row, good, mark.weight, NOISE[mark.kind], group)


def _one_chance(known: Sequence[Lesson]) -> Floats:
    """Weights by which every sentence is as likely supported as these are on the whole."""
    share = np.average([float(item.good[0]) for item in known], weights=[item.weight for item in known])
    share = np.clip(share, _RAREST, 1 - _RAREST)
    return np.array([np.log(share / (1 - share)), *np.zeros(len(SOFT))])


def chances(known: Sequence[Lesson], weights: Floats) -> Floats:
    """P(supported) of each sentence as it is served: never above what the shipped weights say."""
    table = np.vstack([item.features for item in known])
    found: Floats = 1 / (1 + np.exp(-np.minimum(table @ weights, table @ _vector(DEFAULT))))
    return found


def likelihoods(known: Sequence[Lesson], weights: Floats) -> Floats:
    """Log likelihood of each mark, times its weight."""
    right = np.array([bool(item.good[0]) for item in known])
    noise = np.array([item.noise for item in known])
    supported = chances(known, weights)
    told = np.log((1 - 2 * noise) * np.where(right, supported, 1 - supported) + noise)
    weighed: Floats = told * np.array([item.weight for item in known])
    return weighed


def _rightly_told(known: Sequence[Lesson], weights: Floats, least: float) -> int:
    """Marks that agree with what would be shown."""
    shown = chances(known, weights) >= least
    return int(sum(one == item.good[0] for one, item in zip(shown, known, strict=True)))


def fit_bounded(known: Sequence[Lesson], before: Floats, strength: float, spread: Floats) -> Floats:
    """The weights. Overlap can only speak for a sentence and faults only against it: what comes out with the other sign has fitted an
    accident, and is fitted without."""
    weights = np.zeros_like(before)
    used = np.ones(len(before), dtype=bool)
    while used.any():
        only = [replace(item, features=item.features[:, used]) for item in known]
        weights[:] = 0.0
        weights[used] = fit_policy(only, before[used], strength, spread[used])
        if not (turned := used & (weights * _SIGNS < 0)).any():
            break
        used &= ~turned
    return weights


_SIGNS = np.array([-1.0, *(1.0 if speaks_for(name) else -1.0 for name in SOFT)])


def _vector(part: Mapping[str, Any]) -> Floats:
    return np.array([part["bias"], *(part["weights"].get(name, 0.0) for name in SOFT)], dtype=np.float64)


def _part(parent: Mapping[str, Any], weights: Floats) -> dict[str, Any]:
    bias, *soft = (round(float(value), 4) for value in weights)
    return {"bias": bias, "weights": {**parent["weights"], **dict(zip(SOFT, soft, strict=True))}}
