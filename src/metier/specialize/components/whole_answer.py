"""Component: the weights that choose among whole answers (generator.json, `whole`): sentences, stretches of them, cells and
calculations of tables, and abstaining. Anchored to what the rules lead with.

Lessons come from everything people say: who writes the answer teaches which candidate has its value; a thumb teaches the
answer that was shown. What is chosen has another confidence than the rules had; a shift makes the threshold mean what it meant:
as many questions are answered as people were given an answer to, those besides of which they wrote the answer that is now chosen,
and a few more that it is likely right about. Asked of weights fitted without each question's group, since weights are surer of the questions that they were fitted on.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import starmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metier.generate.whole import ANCHOR, FEATURES, Whole, WholeAnswer, choose, probabilities, vector
from metier.specialize.bench import Replay
from metier.specialize.components.answer_policy import fit_lessons
from metier.specialize.gate import LEAST_MARGIN
from metier.specialize.labels import Lesson, is_right_answer, whole_lesson
from metier.specialize.rows import Example
from metier.specialize.tuning import Component
from metier.types import Release

NAME = "whole_answer"
_UNIT = "log likelihood per lesson"
_LEAST = 20  # lessons, as for the other policies
# Of a feature: a question kind that one in ten candidates has varies by .3. Below, anchored as if by so much; 0 and .1 overfitted
# 200 edits (9 to 26 broken answers against 6, tuning half of TAT-QA).
_SPREAD = 0.3
_CLEAR = 0.5  # log-odds that the last one is above the threshold where all were answered


def fit(base: Release, fitting: Sequence[Replay], tuning: Sequence[Replay]) -> Component:
    """The component; kept if the tuning examples become likelier, and no fewer answers that are chosen, or that are shown, are right, each by
    weights fitted without its group. Refitted on all, if kept."""
    before = base.parts["generator"].get("whole", {"weights": ANCHOR})
    first, second = lessons(fitting), lessons(tuning)
    if len(first) < _LEAST:
        return Component(NAME, False, f"{len(first)} lessons; {_LEAST} are needed", len(first))
    anchor = vector(before["weights"])
    seen = np.any(
        [item.features.any(axis=0) for item in first], axis=0
    )  # what no candidate has costs time alone
    fitted = fit_lessons(_only(first, seen), _only(second, seen), anchor[seen], _SPREAD, with_apart=True)
    if fitted.weights is None:
        return Component(NAME, False, fitted.reason, len(first), fitted.gain, _UNIT)
    models = _models(anchor, seen, fitted.weights)
    apart = {group: _models(anchor, seen, weights) for group, weights in fitted.apart.items()}
    least = float(base.parts["thresholds"]["extractive"])
    both = [
        (item.example, item.whole, apart.get(item.group, models))
        for item in [*fitting, *tuning]
        if item.whole is not None
    ]
    moved = {"shift": shift([(whole, one) for _, whole, one in both], sum(starmap(_answers, both)), least)}
    asked = [item for item in both if item[0].says_what_is_right and not item[0].declines]
    for does, sure in (("choose", 0.0), ("show", least)):
        was = sum(_is_right(example, *_first(base, whole), sure) for example, whole, _ in asked)
        now = sum(_is_right(example, *choose(whole, one | moved), sure) for example, whole, one in asked)
        if now < was:
            told = f"of {len(asked)} answers that people know, {now} of those it would {does} are right, {was} before"
            return Component(NAME, False, told, len(first) + len(second), fitted.gain, _UNIT)
    told = f"{fitted.reason}; readiness to answer kept by {moved['shift']:+.2f} log-odds"
    return Component(
        NAME, True, told, len(first) + len(second), fitted.gain, _UNIT, {("generator", "whole"): models | moved},
        {group: one | moved for group, one in apart.items()},
    )  # fmt: skip


def _first(base: Release, whole: Whole) -> tuple[WholeAnswer, float]:
    """What the base leads with, and how sure it is of it."""
    models = base.parts["generator"].get("whole")
    return (whole.answers[0], whole.sure) if models is None else choose(whole, models)


def _is_right(example: Example, answer: WholeAnswer, sure: float, least: float) -> bool:
    """True if the answer is right and sure enough to be shown."""
    return sure >= least and is_right_answer(answer.statement, example)


def _answers(example: Example, whole: Whole, models: Mapping[str, Any]) -> bool:
    """True if people were given an answer, or wrote the one that these models choose."""
    if example.lead is not None:
        return True
    known = example.says_what_is_right and not example.declines
    return known and is_right_answer(choose(whole, models)[0].statement, example)


def _models(
    anchor: NDArray[np.float64], seen: NDArray[np.bool_], weights: NDArray[np.float64]
) -> dict[str, Any]:
    """`whole` of generator.json with these weights of the columns that were seen, without a shift."""
    all_of_them = anchor.copy()
    all_of_them[seen] = weights
    told = zip(FEATURES, all_of_them, strict=True)
    return {"weights": {name: round(float(value), 4) for name, value in told if abs(value) >= 5e-5}}


def lessons(replays: Sequence[Replay]) -> list[Lesson]:
    """What the examples teach."""
    found = [whole_lesson(item.example, item.whole, item.group) for item in replays if item.whole is not None]
    return [item for item in found if item is not None]


def _only(known: Sequence[Lesson], columns: NDArray[np.bool_]) -> list[Lesson]:
    return [replace(item, features=item.features[:, columns]) for item in known]


def shift(known: Sequence[tuple[Whole, Mapping[str, Any]]], answered: int, threshold: float) -> float:
    """What is added to the log-odds of the answers chosen by these models so that so many are above the threshold, and those next to
    them that are rather right than wrong, as far as no more wrong ones are to be expected among these than the gate grants."""
    if not known or not 0 < threshold < 1:
        return 0.0
    best = np.array([float(probabilities(whole, models)[:-1].max()) for whole, models in known]).clip(
        1e-6, 1 - 1e-6
    )
    best = np.sort(best)[::-1]
    further = best[answered:][best[answered:] > 0.5]
    answered += int(np.sum(np.cumsum(1 - further) <= LEAST_MARGIN * len(known)))
    odds = np.log(best) - np.log1p(-best)
    needed = math.log(threshold / (1 - threshold))
    if answered == len(known):  # all: whoever is sure already needs no push, and none is held back
        return round(max(0.0, needed + _CLEAR - float(odds[-1])), 4)
    if not answered:
        return round(min(0.0, needed - _CLEAR - float(odds[0])), 4)
    return round(needed - float(odds[answered - 1] + odds[answered]) / 2, 4)
