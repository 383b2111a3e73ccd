"""Is A better than B? Both on the same cases, with an interval and one of three verdicts.

Paired: what counts is the cases where exactly one is right. Clustered: questions on one document are not independent.
Slices are tested together (Holm), so that among twenty of them none is "worse" by chance. It does not know how often
these cases were looked at before: use a vault for that.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from metier.errors import UserError
from metier.evaluate.adjust import holm
from metier.evaluate.estimates import mcnemar, unsure_size
from metier.evaluate.power import Plan, plan_comparison
from metier.evaluate.run import Run
from metier.evaluate.scores import FEWEST_GROUPS, Score, score_run, slices_of
from metier.evaluate.verdict import Verdict, percent, signed, verdict
from metier.types import Estimate


@dataclass(frozen=True, slots=True)
class Slice:
    """The comparison within one kind, tag or user; verdicts hold for all slices together."""

    name: str
    difference: Estimate
    p_value: float
    adjusted: float  # by Holm over all slices that could be tested
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much more often A is right than B. Differences are shares, 0.05 = 5 points."""

    a: str
    b: str
    difference: Estimate
    right_a: float
    right_b: float
    gained: int  # only A right
    lost: int  # only B right
    p_exact: float  # McNemar's, which takes cases as independent
    groups: int
    verdict: Verdict
    sentence: str
    slices: tuple[Slice, ...]
    plan: Plan
    notes: tuple[str, ...] = ()


def paired_share_difference(
    ours: ArrayLike, theirs: ArrayLike, clusters: Sequence[Hashable] | None = None, confidence: float = 0.95
) -> Estimate:
    """Share right of ours minus theirs on the same rows, with Bonett and Price's interval (2012).

    One case is added to either side of the discordant ones (the adjusted Wald interval), which keeps its promise where
    few rows differ and the plain one collapses. With clusters, counts shrink to the effective number of rows.
    """
    a = np.asarray(ours, dtype=np.float64).reshape(-1)
    b = np.asarray(theirs, dtype=np.float64).reshape(-1)
    if a.shape != b.shape:
        raise ValueError(
            f"a paired difference needs the same rows on both sides, not {a.shape} and {b.shape}"
        )
    n = a.size
    if n == 0:
        return Estimate(math.nan, -1.0, 1.0, 0)
    gap = a - b
    effective = float(n) if clusters is None else unsure_size(gap, clusters, confidence)
    only_a = (effective * float((gap > 0).mean()) + 1) / (effective + 2)
    only_b = (effective * float((gap < 0).mean()) + 1) / (effective + 2)
    half = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(
        max(0.0, only_a + only_b - (only_a - only_b) ** 2) / (effective + 2)
    )
    centre, value = only_a - only_b, float(gap.mean())
    return Estimate(value, max(-1.0, min(value, centre - half)), min(1.0, max(value, centre + half)), n)


def clustered_p_value(ours: ArrayLike, theirs: ArrayLike, clusters: Sequence[Hashable]) -> float:
    """The p-value that belongs to `paired_share_difference`: the least alpha whose interval leaves out 0.

    Exact McNemar where every row is a cluster of its own.
    """
    if len(set(clusters)) == len(clusters):
        return mcnemar(ours, theirs)
    low, high = 0.0, 1.0  # confidence at which the interval begins to hold 0, by bisection
    for _ in range(40):
        middle = (low + high) / 2
        found = paired_share_difference(ours, theirs, clusters, min(max(middle, 1e-9), 1 - 1e-12))
        if found.low > 0 or found.high < 0:
            low = middle
        else:
            high = middle
    return 1 - low


def compare_runs(a: Run, b: Run) -> Comparison:
    """The comparison on the cases both runs have. Raises UserError if they are too few to say anything, or not the same."""
    notes = []
    cites = a.cites and b.cites
    if a.cites != b.cites:
        silent = b.system if a.cites else a.system
        notes.append(f"{silent} gives no citations, so neither is graded on them")
    left = {score.case.id: score for score in score_run(a, cites)}
    right = {score.case.id: score for score in score_run(b, cites)}
    shared = sorted(left.keys() & right.keys())
    if changed := [key for key in shared if left[key].case != right[key].case]:
        raise UserError(
            f"case {changed[0]!r} is not the same in both runs ({len(changed)} differ); run one suite on both"
        )
    pairs = [(left[key], right[key]) for key in shared]
    groups = {one.case.group for one, _ in pairs}
    if len(groups) < FEWEST_GROUPS:
        raise UserError(
            f"the runs share {len(pairs)} cases in {len(groups)} independent groups: too few to compare; "
            f"at least {FEWEST_GROUPS}. {plan_comparison(have=len(groups)).sentence}"
        )
    if (alone := len(left) + len(right) - 2 * len(shared)) or a.missing or b.missing:
        notes.append(f"{alone} cases are in one run only and are left out")
    for run in (a, b):
        if run.errors:
            told = ", ".join(f"{count} {kind}" for kind, count in run.errors.items())
            notes.append(f"{run.system}: {told}; errors count as not right")
    return _comparison(a.system, b.system, pairs, len(groups), notes)


def _comparison(
    a: str, b: str, pairs: Sequence[tuple[Score, Score]], groups: int, notes: Sequence[str]
) -> Comparison:
    ours, theirs = [one.right for one, _ in pairs], [other.right for _, other in pairs]
    labels = [one.case.group for one, _ in pairs]
    difference = paired_share_difference(ours, theirs, labels)
    gained = sum(x and not y for x, y in zip(ours, theirs, strict=True))
    lost = sum(y and not x for x, y in zip(ours, theirs, strict=True))
    said = verdict(difference)
    mean_a, mean_b = sum(ours) / len(ours), sum(theirs) / len(theirs)
    plan = _plan(difference, (gained + lost) / len(pairs), len(pairs))
    return Comparison(
        a, b, difference, mean_a, mean_b, gained, lost, mcnemar(ours, theirs), groups, said,
        _sentence(a, b, difference, mean_a, mean_b, said, plan), _slices(pairs), plan, tuple(notes),
    )  # fmt: skip


def _sentence(
    a: str, b: str, difference: Estimate, mean_a: float, mean_b: float, said: Verdict, plan: Plan
) -> str:
    word = {
        "better": f"{a} is better than {b}",
        "worse": f"{a} is worse than {b}",
        "cannot tell": "cannot tell",
    }[said]
    text = (
        f"{word}: right on {percent(mean_a)} against {percent(mean_b)} of {difference.n:,} cases, {signed(difference.value)} "
        f"points (95% interval {signed(difference.low)} to {signed(difference.high)})"
    )
    return f"{text}. {plan.sentence}" if said == "cannot tell" else f"{text}."


def _plan(difference: Estimate, discordance: float, n: int) -> Plan:
    """What it would take to see the difference that was found (5 points, if it was less than half a point)."""
    spread = max(discordance, 1 / n) ** 0.5
    effect = abs(difference.value) if abs(difference.value) >= 0.005 else 0.05
    # From the interval itself, so that the observed design effect is in it.
    half = (difference.high - difference.low) / 2
    inflation = max(1.0, (half / (NormalDist().inv_cdf(0.975) * spread)) ** 2 * n)
    return plan_comparison(effect, n, spread=spread * inflation**0.5)


def _slices(pairs: Sequence[tuple[Score, Score]]) -> tuple[Slice, ...]:
    """Slices of at least 10 groups, with Holm's adjustment; the rest is too small to say anything and is left out."""
    partner = {one.case.id: other for one, other in pairs}
    found = []
    for name, ours in slices_of([one for one, _ in pairs]).items():
        labels = [item.case.group for item in ours]
        if len(set(labels)) < FEWEST_GROUPS:
            continue
        a, b = [item.right for item in ours], [partner[item.case.id].right for item in ours]
        found.append((name, paired_share_difference(a, b, labels), clustered_p_value(a, b, labels)))
    adjusted = holm([p for _, _, p in found])
    return tuple(
        Slice(name, difference, p, q, _of_slice(difference, q))
        for (name, difference, p), q in zip(found, adjusted, strict=True)
    )


def _of_slice(difference: Estimate, adjusted: float, alpha: float = 0.05) -> Verdict:
    if adjusted > alpha or difference.value == 0:
        return "cannot tell"
    return "better" if difference.value > 0 else "worse"
