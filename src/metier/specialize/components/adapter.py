"""Component: a low-rank move of questions' vectors (adapter.safetensors), from questions, the passages that answer them and what is found
instead. Vectors of passages stay, so nothing is indexed again.

How strong the anchor at the identity is and how far a question moves is chosen per dense leg on groups left out, by the leg's own order of the passages at
hand; a leg that gains nothing there is left as it is. What is then kept is decided by what the whole release finds on the tuning examples.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metier.evaluate.metrics import ndcg
from metier.specialize.bench import OpenTrial, Replay, with_changes
from metier.specialize.folds import fold_of
from metier.specialize.low_rank import Move, fit_move, step_of
from metier.specialize.sought import LEAST, K, Sought, gain, sought
from metier.specialize.tuning import Component, judge
from metier.stages import Space
from metier.store.release_parts import MOST_RANK
from metier.types import Query, Release

NAME = "adapter"
_UNIT = f"nDCG@{K}"
_SHARPNESS = 20.0  # e5's cosines of near passages differ by .05: a passage that is nearer by so much counts e times as much
_ANCHORS = (0.05, 0.2)  # of a question's own square, which is 1
_REACHES = (1.0, 3.0)  # times the step from wrong to right passages


@dataclass(frozen=True, slots=True)
class Pulled:
    """One question in one space: where it stands, where it should go, and what is to be ordered."""

    id: str
    group: str
    question: NDArray[np.float64]
    step: NDArray[np.float64]
    weight: float
    parts: NDArray[np.float64]  # vectors of all passages at hand
    owner: tuple[str, ...]  # passage of each
    right: frozenset[str]


def fit(
    base: Release, fitting: Sequence[Replay], tuning: Sequence[Replay], open_trial: OpenTrial
) -> Component:
    """The component; kept if the right passages stand higher on the tuning examples, searched again. Refitted on all, if kept."""
    old = open_trial(base)
    first, second = sought(old, fitting), sought(old, tuning)
    if len(first) < LEAST:
        return Component(
            NAME, False, f"{len(first)} questions with a known passage; {LEAST} are needed", len(first)
        )
    spaces = old.spaces()
    pulled = {leg: pulls(space, first) for leg, space in spaces.items()}
    chosen = {leg: setting for leg, own in pulled.items() if (setting := choose(own)) is not None}
    if not chosen:
        return Component(NAME, False, "no move of questions gains on groups left out", len(first))
    part = _part(spaces, chosen, pulled)
    new = open_trial(with_changes(base, {(NAME,): part}))
    kept, gained, reason = judge([gain(old, new, one) for one in second], [one.group for one in second])
    if not kept:
        return Component(NAME, False, reason, len(first), gained, _UNIT)
    every = [*first, *second]
    whole = _part(spaces, chosen, {leg: pulls(spaces[leg], every) for leg in chosen})
    told = f"{reason}; {', '.join(f'{leg}: anchor {anchor}, reach {reach}' for leg, (anchor, reach) in chosen.items())}"
    return Component(NAME, True, told, len(every), gained, _UNIT, {(NAME,): whole})


def pulls(space: Space, items: Sequence[Sought]) -> list[Pulled]:
    """The questions in this space; without those of which no right passage has vectors there."""
    if not items:
        return []
    passages = {one.id: one for item in items for one in (*item.right, *item.wrong)}
    vectors = space.passages(list(passages.values()))
    questions = space.questions([_searched(item.query) for item in items]).astype(float)
    found = (_pulled(item, question, vectors) for item, question in zip(items, questions, strict=True))
    return [one for one in found if one is not None]


def _pulled(item: Sought, question: NDArray[np.float64], vectors: Mapping[str, Any]) -> Pulled | None:
    right, wrong = (
        {one.id: vectors[one.id].astype(float) for one in own if one.id in vectors}
        for own in (item.right, item.wrong)
    )
    if not right or not question.any():
        return None
    step = step_of(question, _nearest(question, right), _nearest(question, wrong), _SHARPNESS)
    owner = tuple(name for own in (right, wrong) for name, rows in own.items() for _ in rows)
    parts = np.concatenate([*right.values(), *wrong.values()])
    return Pulled(
        item.example.id, item.group, question, step, item.example.weight, parts, owner, frozenset(right)
    )


def _nearest(
    question: NDArray[np.float64], passages: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """The part of each passage that is nearest to the question, shape (passages, dimension)."""
    rows = [own[int(np.argmax(own @ question))] for own in passages.values()]
    return np.array(rows).reshape(len(rows), len(question))


def _searched(query: Query) -> str:
    """The question as it is complete in itself."""
    is_completed = query.rewrites and not query.compares and not query.parts
    return query.rewrites[0] if is_completed else query.text


def choose(items: Sequence[Pulled]) -> tuple[float, float] | None:
    """(anchor, reach) with the best order on groups left out, if that is one standard error above no move; else None."""
    folds = np.array([fold_of(one.group) for one in items])
    if len(items) < LEAST or len(set(folds.tolist())) < 2:
        return None
    before = np.array([_order(one, one.question) for one in items])
    best: tuple[float, tuple[float, float]] | None = None
    for anchor in _ANCHORS:
        for reach in _REACHES:
            after = np.zeros(len(items))
            for fold in np.unique(folds):
                inside = folds == fold
                move = _move([one for one, out in zip(items, inside, strict=True) if not out], anchor, reach)
                for place in np.flatnonzero(inside).tolist():
                    after[place] = _order(items[place], move.of(items[place].question[None])[0])
            kept, gained, _ = judge((after - before).tolist(), [one.group for one in items])
            if kept and (best is None or gained.value > best[0]):
                best = gained.value, (anchor, reach)
    return None if best is None else best[1]


def _move(items: Sequence[Pulled], anchor: float, reach: float) -> Move:
    questions, steps = (np.array([getattr(one, name) for one in items]) for name in ("question", "step"))
    weight = np.array([one.weight for one in items])
    return fit_move(questions, reach * steps, weight, anchor, min(MOST_RANK, len(items)))


def _order(item: Pulled, question: NDArray[np.float64]) -> float:
    """nDCG of the passages at hand, each as near as its nearest part."""
    near: dict[str, float] = {}
    for name, value in zip(item.owner, (item.parts @ question).tolist(), strict=True):
        near[name] = max(value, near.get(name, -2.0))
    ordered = sorted(near, key=lambda name: (-near[name], name))
    return ndcg(ordered, dict.fromkeys(item.right, 1.0), K)


def _part(
    spaces: Mapping[str, Space],
    chosen: Mapping[str, tuple[float, float]],
    pulled: Mapping[str, Sequence[Pulled]],
) -> dict[str, Any]:
    legs = {}
    for leg, setting in sorted(chosen.items()):
        move = _move(pulled[leg], *setting)
        # as they are in the file, so that what is tried is what is shipped
        rows = {name: getattr(move, name).astype(np.float32).tolist() for name in ("down", "up")}
        legs[leg] = {"base": spaces[leg].identity, **rows}
    count = max(len(own) for own in pulled.values())
    return {"legs": legs, "origin": f"{count} questions with a known passage"}
