"""Component: the order of what was mixed once more (reranker.json), from what passages do to the answer rather than from what they say.

The first round calls a passage right that holds what people wrote. But a passage may hold it and mislead the answer, and another one may
be needed for it though it holds nothing of it. So every passage that is shown is taken away in turn, the rest of the release so far answers again, and the
answer is graded as the thresholds grade it: 1 right, 0 silent, -1 wrong. What makes the answer worse when it is gone counts as right, what makes
it better as wrong, and of the others the first round's word stands. Kept if such rewards grow on the tuning questions, answered in full.

Two passages that say the same hide each other: neither is missed. Only questions teach whose right answer somebody wrote.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from metier.specialize.bench import OpenTrial, Pace, Replay, Trial, replay, with_changes
from metier.specialize.components.mixture import judged
from metier.specialize.components.thresholds import reward
from metier.specialize.mixture import LEAST, Judged
from metier.specialize.reranker import fit_reranker
from metier.specialize.tuning import Changes, Component, judge
from metier.types import Release

NAME = "second_round"
_UNIT = "reward per question"
_K = 10
_QUESTIONS = 100  # asked without one passage: at 0.05 s each and eight of them, 40 s
_SHOWN = 8  # passages taken away: what stands lower hardly ever leads


def fit(
    base: Release, fitting: Sequence[Replay], tuning: Sequence[Replay], open_trial: OpenTrial
) -> Component:
    """The component. What was tried is shipped, not a refit on all: another refit may turn other answers."""
    trial = open_trial(base)
    asked = sorted((item for item in fitting if item.example.says_what_is_right), key=_draw)[:_QUESTIONS]
    effect = {item.example.id: effects(base, trial, item) for item in asked}
    moved = sum(any(one.values()) for one in effect.values())
    known = relabelled(asked, effect)
    if len(known) < LEAST or not moved:
        why = f"{len(known)} questions with a passage that is right or matters ({LEAST} are needed), in {moved} some passage matters"
        return Component(NAME, False, why, len(known))
    weights = base.parts["reranker"]["weights"]
    fitted = fit_reranker(known, trial, trial.vocabulary(), weights, wide=trial.wide, k=_K)
    changes: Changes = {("reranker",): fitted.release}
    judging = [item for item in tuning if item.example.says_what_is_right]
    after = _answered_by(with_changes(base, changes), judging, open_trial)
    gains = [new - reward(base, old) for old, new in zip(judging, after, strict=True)]
    kept, gain, reason = judge(gains, [item.group for item in judging])
    if not kept:
        return Component(NAME, False, reason, len(known), gain, _UNIT)
    told = f"{reason}; in {moved} of {len(asked)} questions some passage matters; {fitted.note}"
    return Component(NAME, True, told, len(known), gain, _UNIT, changes)


def effects(base: Release, trial: Trial, item: Replay) -> dict[str, float]:
    """By passage shown: the reward of the answer minus that of the answer without it."""
    whole = reward(base, item)
    evidence = list(item.found.evidence)
    return {
        one.passage.id: whole - reward(base, _without(trial, item, place))
        for place, one in enumerate(evidence[:_SHOWN])
    }


def relabelled(asked: Sequence[Replay], effect: Mapping[str, Mapping[str, float]]) -> list[Judged]:
    """The questions with what counts as right now, as far as some retriever found it; without those of which nothing does."""
    before = {one.id: one.relevance for one in judged(asked)}
    found = []
    for item in asked:
        rankings = {leg: hits for leg, hits in item.found.rankings.items() if hits}
        there = {hit.passage.id for hits in rankings.values() for hit in hits}
        moves = effect[item.example.id]
        right = {
            name: grade
            for name, grade in before.get(item.example.id, {}).items()
            if moves.get(name, 0.0) >= 0
        }
        right |= {name: 1.0 for name, one in moves.items() if one > 0 and name in there}
        if right:
            found.append(Judged(item.example.id, item.found.query, rankings, right))
    return found


def _without(trial: Trial, item: Replay, place: int) -> Replay:
    evidence = [one for number, one in enumerate(item.found.evidence) if number != place]
    found = replace(item.found, evidence=evidence)
    return replace(item, found=found, looks=trial.consider(found), whole=trial.whole(found))


def _answered_by(release: Release, items: Sequence[Replay], open_trial: OpenTrial) -> list[float]:
    groups = {item.example.id: item.group for item in items}
    again = replay(open_trial(release), [item.example for item in items], groups, Pace(), NAME)
    return [reward(release, item) for item in again]


def _draw(item: Replay) -> bytes:
    return hashlib.sha256(f"{NAME} {item.example.id}".encode()).digest()
