"""A run, graded: what each row was worth, and the figures of the whole with their intervals."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from metier.evaluate.estimates import clopper_pearson, proportion
from metier.evaluate.grade import TO_ANSWER, grade
from metier.evaluate.run import Row, Run
from metier.types import Case, Estimate, Outcome

# Independent cases (groups) below which a share is counted but no interval is claimed: with fewer groups the estimated
# design effect is so rough that 95% intervals covered the truth in under 93% of simulations (benchmarks/eval_coverage.py).
FEWEST_GROUPS = 10
NOISE = "noise_"  # before the name of a variant of a case, in its tag; its id is the plain case's, "~" and the name


@dataclass(frozen=True, slots=True)
class Score:
    """What one row was worth. An error is neither right nor shown."""

    case: Case
    right: bool
    shown: bool  # something was answered
    leaked: bool
    error: str
    confidence: float | None
    seconds: float
    reason: str  # why it is not right; "" if it is

    @property
    def wrong_and_shown(self) -> bool:
        """True if an asker was told something that is not right: what a risk figure counts."""
        return self.shown and not self.right


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one run. Shares are 95% display intervals over groups; `leaks` has the exact upper bound."""

    right: Estimate
    shown: Estimate
    wrong_among_shown: Estimate
    errors: Estimate
    leaks: Estimate  # among cases that test rights
    groups: int


def score_run(run: Run, cites: bool | None = None) -> list[Score]:
    """One score per row, in order. `cites` False leaves citations out of it (None: as the run's system can cite)."""
    with_citations = run.cites if cites is None else cites
    return [score(row, with_citations) for row in run.rows]


def score(row: Row, cites: bool = True) -> Score:
    """What this row was worth, by the deterministic grade; the same row gives the same score."""
    if row.answer is None:
        return Score(
            row.case, False, False, False, row.error, None, row.seconds, f"error: {row.error}: {row.detail}"
        )
    found = grade(row.answer, row.case if cites else _without_evidence(row.case))
    shown = row.answer.outcome is Outcome.ANSWERED
    return Score(row.case, found.right, shown, found.leaked, "", row.confidence, row.seconds, found.reason)


def _without_evidence(case: Case) -> Case:
    return dataclasses.replace(case, evidence=()) if case.kind in TO_ANSWER else case


def summarize(scores: Sequence[Score]) -> Summary:
    """The figures of a run."""
    shown = [item for item in scores if item.shown]
    guarded = [item for item in scores if item.case.kind == "permission" or item.leaked]
    return Summary(
        right=share(scores, lambda item: item.right),
        shown=share(scores, lambda item: item.shown),
        wrong_among_shown=share(shown, lambda item: not item.right),
        errors=share(scores, lambda item: bool(item.error)),
        leaks=_leaks(guarded),
        groups=len(groups_of(scores)),
    )


def leaky_groups(scores: Sequence[Score]) -> tuple[int, int]:
    """(groups in which something leaked, groups that test rights). Five ways to ask for one secret are one test of it, and what
    leaked in one of them has leaked."""
    guarded = [item for item in scores if item.case.kind == "permission" or item.leaked]
    return len({item.case.group for item in guarded if item.leaked}), len(groups_of(guarded))


def _leaks(guarded: Sequence[Score]) -> Estimate:
    """The share of cases that leaked, with the exact interval for as many independent groups."""
    bound = clopper_pearson(*leaky_groups(guarded))
    if not guarded:
        return bound
    value = sum(item.leaked for item in guarded) / len(guarded)
    return Estimate(value, min(value, bound.low), max(value, bound.high), len(guarded))


def share(scores: Sequence[Score], holds: Callable[[Score], bool]) -> Estimate:
    """The share of rows for which it holds, by groups; with fewer than 10 groups the interval is all it can be, 0 to 1."""
    return grouped_share([holds(item) for item in scores], [item.case.group for item in scores])


def grouped_share(flags: Sequence[bool], groups: Sequence[str]) -> Estimate:
    """The share of rows that are True, likewise."""
    found = proportion(flags, groups)
    return found if len(set(groups)) >= FEWEST_GROUPS else dataclasses.replace(found, low=0.0, high=1.0)


def groups_of(scores: Sequence[Score]) -> set[str]:
    """The groups that the cases belong to."""
    return {item.case.group for item in scores}


def slices_of(scores: Sequence[Score]) -> dict[str, list[Score]]:
    """Rows by kind, by tag and by user, where a slice is neither everything nor nothing; by name."""
    parts: dict[str, list[Score]] = {}
    for item in scores:
        names = [f"kind: {item.case.kind}", f"type: {item.case.answer_type}", f"user: {item.case.user}"]
        # tags with a colon carry values; what noise costs is told pair by pair (noise.py)
        names += [f"tag: {tag}" for tag in item.case.tags if ":" not in tag and not tag.startswith(NOISE)]
        for name in dict.fromkeys(names):
            parts.setdefault(name, []).append(item)
    return {name: parts[name] for name in sorted(parts) if len(parts[name]) < len(scores)}
