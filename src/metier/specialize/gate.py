"""The sealed gate: may a candidate release replace the one that is live? pass, fail or inconclusive.

Pass needs all of: more right answers, by a paired, group-clustered, one-sided test whose alpha is spent over the looks
at these questions; nothing lost on wrong answers shown, on citations and on answers people liked (non-inferiority); no
slice that is significantly worse (Holm, 5%); no leak. Whatever is not shown is inconclusive, what is shown to be worse
fails. It knows only the questions it is given: labels that lie are believed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from metier.evaluate.adjust import holm
from metier.evaluate.compare import clustered_p_value, paired_share_difference
from metier.evaluate.power import detectable_difference, plan_comparison, points
from metier.evaluate.scores import FEWEST_GROUPS
from metier.specialize.labels import Graded
from metier.types import Estimate

Word = Literal["pass", "fail", "inconclusive"]

# One-sided, for all looks at the same questions together. 1%: of 100 candidates that are no better at most one is called
# better. The first look has half of it, each further one half of what is left: at .005 a true gain of 5 points in 800
# questions of which 15% change is seen in 86% of runs.
ALPHA = 0.01
_HARM = 0.05  # one-sided level at which a loss is called a loss, overall and (after Holm) for slices
# A smaller loss than 2 points nobody notices; one of more than 10 is never called none, however few questions there are.
LEAST_MARGIN, _MOST_MARGIN = 0.02, 0.10
_POWER = 0.9
_LIKED = "answers people liked"
FEWEST_TOLD = 8  # 1 / 2^8 is below the level of a first look, 1 / 2^7 above it
_MOST_TO_LABEL = 60  # an afternoon; answers that did not change need no label, so these decide


@dataclass(frozen=True, slots=True)
class Pair:
    """One question of the gate, answered by both releases."""

    id: str
    group: str
    base: Graded
    candidate: Graded
    slices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer that people liked: does the candidate still give it?"""

    id: str
    group: str
    base: bool
    candidate: bool


@dataclass(frozen=True, slots=True)
class NoLoss:
    """One non-inferiority check."""

    name: str
    difference: Estimate  # one-sided 95% bounds
    margin: float
    word: Word


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says, with everything it says it from."""

    verdict: Word
    reason: str
    difference: Estimate  # share right, candidate minus base, 95%
    base: float
    candidate: float
    p_value: float  # one-sided
    alpha: float  # of this look
    look: int
    groups: int
    checks: tuple[NoLoss, ...] = ()
    harmed: Mapping[str, float] = field(default_factory=dict)  # slice -> adjusted p
    label_next: tuple[str, ...] = ()
    plan: str = ""

    def as_json(self) -> dict[str, Any]:
        """Numbers rounded, so that a rerun on another machine gives the same bytes."""
        return {
            "verdict": self.verdict, "reason": self.reason, "right_base": _round(self.base),
            "right_candidate": _round(self.candidate), "difference": _rounded(self.difference),
            "p_value": _round(self.p_value), "alpha": _round(self.alpha), "look": self.look,
            "questions": self.difference.n, "groups": self.groups,
            "no_loss": {
                item.name: {
                    "difference": _rounded(item.difference), "margin": _round(item.margin),
                    "verdict": item.word,
                }
                for item in self.checks
            },
            "harmed": {name: _round(p) for name, p in self.harmed.items()},
            "label_next": list(self.label_next), "plan": self.plan,
        }  # fmt: skip


def alpha_of(look: int) -> float:
    """The level of one look (from 1): ALPHA / 2^look, so that all looks together stay below ALPHA."""
    return ALPHA / float(2**look)


def gate(
    pairs: Sequence[Pair],
    look: int,
    *,
    bounded: Sequence[Pair] = (),
    kept: Sequence[Kept] = (),
    leaks: Sequence[str] = (),
    to_label: Sequence[str] = (),
) -> Verdict:
    """The verdict. `leaks` are words for what was leaked or shared with the training rows: any fails it. `bounded` are pairs
    that grant the candidate less than it may be worth (judging.py): it must gain over them, too, and is not called worse by them."""
    every = [*pairs, *bounded]
    ours, theirs = _right(every)
    difference = paired_share_difference(ours, theirs, [item.group for item in every])
    p_better = one_sided(ours, theirs, [item.group for item in every])[0]
    p_worse = one_sided(*_right(pairs), [item.group for item in pairs])[1]
    checks = tuple(_no_losses(pairs, kept))
    if (
        to_label
    ):  # what replaced a liked answer may be as right: whom to ask is known, so nothing is decided yet
        checks = tuple(
            replace(one, word="inconclusive") if one.name == _LIKED and one.word == "fail" else one
            for one in checks
        )
    harmed = _harmed(pairs)
    alpha = alpha_of(look)
    groups = len({item.group for item in every})
    word, reason = _decide(difference, groups, p_better, p_worse, alpha, checks, harmed, leaks)
    discordant = sum(a != b for a, b in zip(ours, theirs, strict=True))
    return Verdict(
        word, reason, difference, _share(theirs), _share(ours), p_better, alpha, look, groups, checks, harmed,
        tuple(to_label[:_MOST_TO_LABEL]) if word == "inconclusive" else (),
        _plan(difference, discordant, len(every)) if word == "inconclusive" else "",
    )  # fmt: skip


def unlooked(told: int, to_label: Sequence[str]) -> Verdict:
    """The verdict where too few of the answers that changed were judged for any look to pass: none is spent, and nothing comes out."""
    reason = (
        f"of {told + len(to_label)} answers that change people said for {told} what is right; {FEWEST_TOLD} are the least, "
        "so no look was spent"
    )
    plan = ""
    if told + len(to_label) < FEWEST_TOLD:  # labelling all of them would decide nothing
        plan = "Correct more answers, on other documents, and run it again: three in ten of the questions are the gate's."
    return replace(gate([], 1, to_label=to_label), reason=reason, plan=plan)


def one_sided(ours: Sequence[bool], theirs: Sequence[bool], labels: Sequence[str]) -> tuple[float, float]:
    """P-values of "ours is no better" and of "ours is no worse".

    The largest of the exact sign test over the questions that changed, of the same over the groups that did, and of the
    clustered test: groups that count as independent only if they are, no normal approximation where few questions changed,
    and none where few groups did (seven documents of eight that happen to move together are no evidence at .005).
    """
    gained = sum(a and not b for a, b in zip(ours, theirs, strict=True))
    lost = sum(b and not a for a, b in zip(ours, theirs, strict=True))
    if gained == lost:
        return (1.0, 1.0) if not gained else (0.5, 0.5)
    moved: dict[str, int] = {}
    for a, b, label in zip(ours, theirs, labels, strict=True):
        moved[label] = moved.get(label, 0) + int(a) - int(b)
    up, down = sum(net > 0 for net in moved.values()), sum(net < 0 for net in moved.values())
    clustered = clustered_p_value(ours, theirs, labels) / 2
    better = max(
        _at_least(gained, gained + lost),
        _at_least(up, up + down),
        clustered if gained > lost else 1 - clustered,
    )
    worse = max(
        _at_least(lost, gained + lost),
        _at_least(down, up + down),
        clustered if lost > gained else 1 - clustered,
    )
    return better, worse


def _at_least(k: int, n: int) -> float:
    return float(sum(math.comb(n, i) for i in range(k, n + 1)) / (1 << n))


def _decide(
    difference: Estimate,
    groups: int,
    p_better: float,
    p_worse: float,
    alpha: float,
    checks: Sequence[NoLoss],
    harmed: Mapping[str, float],
    leaks: Sequence[str],
) -> tuple[Word, str]:
    if leaks:
        return "fail", f"leak: {leaks[0]}" + (f" and {len(leaks) - 1} more" if len(leaks) > 1 else "")
    if groups < FEWEST_GROUPS:
        return (
            "inconclusive",
            f"the gate has {difference.n} questions in {groups} independent groups; {FEWEST_GROUPS} are the least",
        )
    if p_worse <= _HARM:
        return "fail", f"fewer right answers: {points(difference.value)}, p = {p_worse:.4f}"
    if lost := [item.name for item in checks if item.word == "fail"]:
        return "fail", f"worse on {', '.join(lost)}"
    if harmed:
        return "fail", f"worse for {', '.join(harmed)}"
    if p_better > alpha:
        return (
            "inconclusive",
            f"{points(difference.value)} more right, p = {p_better:.4f} above {alpha:.4f}, the level of this look",
        )
    if unsure := [item.name for item in checks if item.word == "inconclusive"]:
        return "inconclusive", f"more right answers, but a loss on {', '.join(unsure)} is not excluded"
    return "pass", f"{points(difference.value)} more right answers, p = {p_better:.5f}"


def _right(pairs: Sequence[Pair]) -> tuple[list[bool], list[bool]]:
    """Of candidate and base."""
    return [item.candidate.right for item in pairs], [item.base.right for item in pairs]


def _no_losses(pairs: Sequence[Pair], kept: Sequence[Kept]) -> list[NoLoss]:
    labels = [item.group for item in pairs]
    columns: list[tuple[str, list[bool], list[bool], list[str]]] = [
        (
            "wrong answers shown",
            [not item.candidate.wrong_and_shown for item in pairs],
            [not item.base.wrong_and_shown for item in pairs],
            labels,
        ),
        ("citations", [item.candidate.cited for item in pairs], [item.base.cited for item in pairs], labels),
        (
            _LIKED,
            [item.candidate for item in kept],
            [item.base for item in kept],
            [item.group for item in kept],
        ),
    ]
    return [_no_loss(*column) for column in columns if column[1]]


def _no_loss(name: str, ours: Sequence[bool], theirs: Sequence[bool], labels: Sequence[str]) -> NoLoss:
    found = paired_share_difference(ours, theirs, labels, 1 - 2 * _HARM)
    discordant = sum(a != b for a, b in zip(ours, theirs, strict=True))
    if not discordant:
        return NoLoss(name, found, LEAST_MARGIN, "pass")
    spread = math.sqrt(discordant / len(ours))
    shown = detectable_difference(len(ours), spread, _POWER, 1 - 2 * _HARM)
    margin = min(_MOST_MARGIN, max(LEAST_MARGIN, shown))
    if one_sided(ours, theirs, labels)[1] <= _HARM and found.value <= -LEAST_MARGIN:
        return NoLoss(name, found, margin, "fail")
    return NoLoss(name, found, margin, "pass" if found.low > -margin else "inconclusive")


def _harmed(pairs: Sequence[Pair]) -> dict[str, float]:
    """Slices that are significantly worse, with their adjusted p; slices of few groups are too small to say anything."""
    members: dict[str, list[Pair]] = {}
    for item in pairs:
        for name in item.slices:
            members.setdefault(name, []).append(item)
    tested = []
    for name, own in sorted(members.items()):
        labels = [item.group for item in own]
        if len(set(labels)) >= FEWEST_GROUPS and len(own) < len(pairs):
            worse = one_sided(
                [item.candidate.right for item in own], [item.base.right for item in own], labels
            )[1]
            tested.append((name, worse))
    adjusted = holm([p for _, p in tested])
    return {name: p for (name, _), p in zip(tested, adjusted, strict=True) if p <= _HARM}


def _plan(difference: Estimate, discordant: int, n: int) -> str:
    """How many questions it would take, in words."""
    if not discordant:
        return "no question of the gate is answered differently"
    effect = abs(difference.value) if abs(difference.value) >= 0.005 else min(0.05, discordant / n)
    confidence = 1 - 2 * alpha_of(1)
    return plan_comparison(effect, n, spread=math.sqrt(discordant / n), confidence=confidence).sentence


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else math.nan


def _round(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def _rounded(estimate: Estimate) -> list[float | None]:
    return [_round(value) for value in (estimate.value, estimate.low, estimate.high)]
