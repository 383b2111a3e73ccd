"""Judged questions -> the weights of the mixture: mixture.json of a candidate release.

Every convex weighting of the legs on a grid is tried on every judged question (nDCG@10 of what the mixer would return),
and the best one wins after a penalty for leaving the cold start that fades as 1/n; then how much candidates vouch for one
another (text/neighbours.py), only as far as that is expected or proven to gain. Two safeguards: a class of question has weights of its own only if that
gains, with an interval above 0, on the half of the questions they were not chosen on; and where the weights, chosen without
a question's own fold, come out below the best single leg, that leg alone is used. Deterministic. It knows judged passages
only: what nobody judged counts as wrong. Near copies and the cap per document are left out of the account.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metier.evaluate.estimates import mean, paired_difference
from metier.retrieve.mixture import CLASSES, normalised, query_class
from metier.specialize.folds import digest, fold_of, with_answers
from metier.text.neighbours import smoothed, vouching
from metier.types import Estimate, Hit, Passage, Query

Floats = NDArray[np.float64]

LEAST = 20  # judged questions; with fewer the 95% interval of a mean nDCG is wider (about .3) than any gain ever seen
# What one judged question must gain, in nDCG, to move the weights by a distance of 1. It matters below 50 questions: a
# distance of .5 then costs .005 and more; with 100 it is less than the noise.
_PENALTY = 1.0
_MARGIN = 0.005  # below the best leg that a fitted mixture may come out, cross-validated
_LEAST_OF_A_CLASS = 20  # judged questions of one class in each half
_SURE = 1 - 0.05 / len(CLASSES)  # one of the classes would gain by chance in every thirteenth fit at 95%
_STEPS = {1: 1, 2: 20, 3: 20, 4: 10, 5: 5}  # steps of the grid by number of legs: at most 286 weightings
_STRENGTHS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6)  # of vouching; 0.8 and more lost on two of three collections
# What is expected before anything is judged. Where a question has several relevant passages vouching gained on both halves of
# Cranfield and NPL (7 and 22 per question), where it has one it lost .013 on SciFact's test questions after a gain on train
# questions that was noise: there it must prove itself. A distance of .3 costs .006 with 75 questions, .0006 with 800.
_SEVERAL, _EXPECTED, _STRENGTH_PENALTY = 3.0, 0.3, 5.0
_TRIED = 100  # questions that the strength is chosen on: nearness costs 7 ms of each, all else 0.3 ms
_TIE = 1e-12  # scores this near are equal but for rounding


@dataclass(frozen=True, slots=True)
class Judged:
    """One question, what each leg returned for it, and which passages are relevant (grade > 0)."""

    id: str
    query: Query
    rankings: Mapping[str, Sequence[Hit]]
    relevance: Mapping[str, float]  # passage id -> grade


@dataclass(frozen=True, slots=True)
class MixtureFit:
    """What was fitted and how well it holds."""

    release: Mapping[str, Any]  # mixture.json
    note: str  # in words: what was chosen and why
    n: int  # judged questions that have a relevant passage
    legs: Mapping[str, float]  # nDCG@k of every leg alone
    held_out: (
        Estimate | None
    )  # nDCG@k of weights chosen without the question's own fold; None if n is too small


def fit_mixture(
    judged: Sequence[Judged], cold_start: Mapping[str, float], per_document: int, k: int = 10
) -> MixtureFit:
    """The fitted mixture; with fewer than LEAST questions that have a relevant passage, the cold start unchanged.

    `cold_start` has a weight for every leg that is to be weighed; a leg it does not name is left out.
    """
    legs = sorted(cold_start)
    rows = with_answers(judged)
    start = _unit([cold_start[leg] for leg in legs])
    if len(rows) < LEAST or not legs:
        note = f"{len(rows)} judged questions are too few to fit weights on ({LEAST} are needed): the cold start stays"
        return MixtureFit(_release(legs, start, per_document, note), note, len(rows), {}, None)
    pools = [_pool(row, legs, k) for row in rows]
    grid = _grid(len(legs))
    plain = _table(pools, grid, k)
    alone = {leg: plain[:, _corner(grid, place)] for place, leg in enumerate(legs)}
    means = {leg: float(values.mean()) for leg, values in alone.items()}
    strength, table = _vouched(pools, grid, plain, start, k)
    held_out = mean(_held_out(rows, table, grid, start))
    best = max(means, key=lambda leg: (means[leg], leg))
    if held_out.value < means[best] - _MARGIN:
        note = f"mixing came out below {best} alone ({held_out.value:.3f} against {means[best]:.3f}): only {best} is used"
        release = _release(legs, grid[_corner(grid, legs.index(best))], per_document, note)
        return MixtureFit(release | {"fitted": len(rows)}, note, len(rows), means, mean(alone[best]))
    classes = _classes(rows, table, grid, start)
    note = f"fitted on {len(rows)} judged questions, nDCG@{k} {held_out.value:.3f} on questions left out"
    note += f"; own weights for {', '.join(classes)}" if classes else ""
    release = _release(legs, grid[_choose(table, grid, start)], per_document, note, classes, strength)
    return MixtureFit(release | {"fitted": len(rows)}, note, len(rows), means, held_out)


def best_convex(judged: Sequence[Judged], legs: Sequence[str], k: int = 10) -> dict[str, float]:
    """The weighting of the legs with the best mean nDCG@k on these questions, and nothing else: what to compare with."""
    names = sorted(legs)
    grid = _grid(len(names))
    rows = with_answers(judged)
    if not rows:
        return dict.fromkeys(names, 1.0)
    value = _table([_pool(row, names, k) for row in rows], grid, k).mean(axis=0)
    return dict(zip(names, grid[int(np.argmax(np.round(value, 12)))].tolist(), strict=True))


def _release(
    legs: Sequence[str],
    weights: Floats,
    per_document: int,
    origin: str,
    classes: Mapping[str, Floats] | None = None,
    neighbours: float = 0.0,
) -> dict[str, Any]:
    def named(values: Floats) -> dict[str, float]:
        return {leg: round(float(value), 4) for leg, value in zip(legs, values, strict=True)}

    out: dict[str, Any] = {"weights": named(weights), "per_document": per_document, "origin": origin}
    if classes:
        out["classes"] = {name: named(own) for name, own in classes.items()}
    return out | {"neighbours": neighbours} if neighbours else out


# --- choosing -------------------------------------------------------------------------------------------------------


def _choose(table: Floats, grid: Floats, start: Floats) -> int:
    """The weighting (row of the grid) with the best mean after the penalty; ties go to the one nearest to `start`."""
    away = ((grid - start) ** 2).sum(axis=1)
    value = table.mean(axis=0) - _PENALTY / len(table) * away
    return int(np.lexsort((away, -np.round(value, 12)))[0])


def _vouched(
    pools: Sequence["_Pool"], grid: Floats, plain: Floats, start: Floats, k: int
) -> tuple[float, Floats]:
    """How much candidates are to vouch for one another, and every question's nDCG under every weighting then.

    Tried under the weights that are best without it, with a penalty for leaving what is expected. Where most questions have
    one relevant passage or two, it is kept only if its paired gain has an interval above 0.
    """
    chosen = _choose(plain, grid, start)
    several = float(np.mean([pool.relevant for pool in pools])) >= _SEVERAL
    before, everything = plain[:_TRIED, chosen], pools
    pools = pools[:_TRIED]
    mixed = [pool.added @ grid[chosen] for pool in pools]
    vouches = [vouching(pool.passages) for pool in pools]
    best, most, gained = 0.0, -math.inf, before
    for strength in _STRENGTHS:
        moved = [smoothed(scores, vouch, strength) for scores, vouch in zip(mixed, vouches, strict=True)]
        after = np.array(
            [_ndcg(pool, scores[:, None], k)[0] for pool, scores in zip(pools, moved, strict=True)]
        )
        away = strength - (_EXPECTED if several else 0.0)
        value = float(after.mean()) - _STRENGTH_PENALTY / len(pools) * away**2
        if value > most + _TIE:
            best, most, gained = strength, value, after
    is_sure = several or paired_difference(gained, before, rng=np.random.default_rng(7)).low > 0
    if not best or not is_sure:
        return 0.0, plain
    vouches += [vouching(pool.passages) for pool in everything[_TRIED:]]
    moved_pools = [
        replace(pool, added=smoothed(pool.added, vouch, best))
        for pool, vouch in zip(everything, vouches, strict=True)
    ]
    return best, _table(moved_pools, grid, k)


def _held_out(rows: Sequence[Judged], table: Floats, grid: Floats, start: Floats) -> Floats:
    """Each question's nDCG under weights that were chosen without its fold."""
    folds = np.array([fold_of(row.id) for row in rows])
    out = np.zeros(len(table))
    for fold in np.unique(folds):
        inside = folds == fold
        rest = ~inside if not inside.all() else inside
        out[inside] = table[inside, _choose(table[rest], grid, start)]
    return out


def _classes(rows: Sequence[Judged], table: Floats, grid: Floats, start: Floats) -> dict[str, Floats]:
    """Weights per class of question, for the classes where weights chosen on the tuning half gain on the checking half
    with an interval above 0."""
    kind = np.array([query_class(row.query) for row in rows])
    checking = np.array([digest(row.id) % 2 == 1 for row in rows])
    out: dict[str, Floats] = {}
    if not (checking.any() and (~checking).any()):
        return out
    common, everywhere = _choose(table[~checking], grid, start), _choose(table, grid, start)
    for name in CLASSES:
        tuning, check = (kind == name) & ~checking, (kind == name) & checking
        if min(tuning.sum(), check.sum()) < _LEAST_OF_A_CLASS:
            continue
        own = _choose(table[tuning], grid, grid[common])
        gain = paired_difference(
            table[check, own], table[check, common], rng=np.random.default_rng(7), confidence=_SURE
        )
        if gain.low > 0:
            out[name] = grid[_choose(table[kind == name], grid, grid[everywhere])]
    return out


# --- the grid, and what each weighting would return -----------------------------------------------------------------


def _grid(legs: int) -> Floats:
    """All weightings that sum to 1, shape (weightings, legs), in steps of 1/20 (coarser for more than three legs)."""
    steps = _STEPS.get(legs, 3)
    cuts = itertools.combinations(range(steps + legs - 1), legs - 1)
    rows = [np.diff([-1, *cut, steps + legs - 1]) - 1 for cut in cuts]
    return np.array(rows, dtype=np.float64) / steps


def _corner(grid: Floats, leg: int) -> int:
    return int(np.argmax(grid[:, leg]))


def _unit(weights: Sequence[float]) -> Floats:
    values = np.array(weights, dtype=np.float64)
    total = values.sum()
    return values / total if total > 0 else np.full(len(values), 1 / max(1, len(values)))


@dataclass(frozen=True, slots=True)
class _Pool:
    """All candidates of one question, by id, as the mixer sees them."""

    passages: tuple[Passage, ...]
    added: Floats  # (candidates, legs): normalised scores, 0 where the leg did not return the candidate
    gains: Floats  # (candidates,): grades
    ideal: float
    relevant: int  # passages that are relevant, found or not


def _pool(row: Judged, legs: Sequence[str], k: int) -> _Pool:
    passages = {hit.passage.id: hit.passage for leg in legs for hit in row.rankings.get(leg, ())}
    ids = sorted(passages)
    place = {identity: number for number, identity in enumerate(ids)}
    added = np.zeros((len(ids), len(legs)))
    for column, leg in enumerate(legs):
        hits = row.rankings.get(leg, ())
        for hit, value in zip(hits, normalised(hits), strict=True):
            added[place[hit.passage.id], column] = value
    grades = sorted((grade for grade in row.relevance.values() if grade > 0), reverse=True)[:k]
    ideal = sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))
    gains = np.array([max(0.0, row.relevance.get(identity, 0.0)) for identity in ids])
    relevant = sum(grade > 0 for grade in row.relevance.values())
    return _Pool(tuple(passages[identity] for identity in ids), added, gains, ideal, relevant)


def _table(pools: Sequence[_Pool], grid: Floats, k: int) -> Floats:
    """nDCG@k of every question under every weighting, shape (questions, weightings)."""
    return np.array([_ndcg(pool, pool.added @ grid.T, k) for pool in pools])


def _ndcg(pool: _Pool, scores: Floats, k: int) -> Floats:
    """nDCG@k of each column of scores, counted from the ranks of the relevant candidates alone; ties go by id."""
    gained = np.zeros(scores.shape[1])
    for index in np.flatnonzero(pool.gains):
        own = scores[index]
        above = (scores > own + _TIE).sum(axis=0) + (np.abs(scores[:index] - own) <= _TIE).sum(axis=0)
        gained += np.where(above < k, pool.gains[index] / np.log2(above + 2), 0.0)
    return gained / pool.ideal
