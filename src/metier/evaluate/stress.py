"""The same suite while the corpus grows: what was seen on 20 documents, does it hold on 2,000?

Pure: how big the steps are, which documents come in which order, and what the runs of all steps say together. Samples are
nested and begin with the documents that the suite rests on, so that every step could answer every case, and what changes is
how much else there is to be mistaken for it. It says nothing about more documents than the last step has.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from metier.errors import UserError
from metier.evaluate.compare import paired_share_difference
from metier.evaluate.latency import quantile
from metier.evaluate.plain import kept_text, read_kept
from metier.evaluate.power import plan_comparison
from metier.evaluate.run import Run
from metier.evaluate.scores import FEWEST_GROUPS, Score, score_run, share
from metier.evaluate.suites import Suite
from metier.evaluate.verdict import Verdict, percent, signed, verdict
from metier.settings import INSIDE
from metier.types import Case, Estimate

SMALLEST, GROWTH = (
    20,
    10,
)  # 20, 200, 2,000, ...: each step is a corpus of another kind, and few steps are cheap
MARGIN = 0.03  # a loss that is surely smaller is called none


@dataclass(frozen=True, slots=True)
class Step:
    """The suite on one size of the corpus; differences are to the first step, case by case."""

    documents: int  # that could be read
    files: int
    right: Estimate
    answered: Estimate
    wrong_and_shown: Estimate  # of all questions: the risk
    wrong_among_shown: Estimate
    median_s: Estimate
    p95_s: Estimate
    change: Estimate | None = None  # of the share right; None for the first step
    more_wrong: Estimate | None = None  # of the share wrong and shown
    verdict: Verdict = "cannot tell"


@dataclass(frozen=True, slots=True)
class Stress:
    """The curve, smallest corpus first, and what it says in a sentence."""

    suite: str
    suite_fingerprint: str
    cases: int
    steps: tuple[Step, ...]
    left: tuple[int, ...]  # sizes that were not reached before it was stopped
    holds: bool | None  # what the first step showed; None = cannot tell
    sentence: str
    notes: tuple[str, ...] = ()


# --- what grows -------------------------------------------------------------------------------------------------------


def documents_of(cases: Iterable[Case]) -> set[str]:
    """The files that the cases rest on; what lies inside an archive or a mail comes with it."""
    return {quote.uri.split(INSIDE, 1)[0] for case in cases for quote in case.evidence}


def nested(own: Iterable[str], others: Iterable[str], first: set[str], seed: int) -> list[str]:
    """All files in the order in which they come in: the suite's, then the other ones by hash, then distractors by hash."""

    def order(uri: str) -> bytes:
        return sha256(f"{seed} {uri}".encode("utf-8", "backslashreplace")).digest()

    mine = sorted(own, key=lambda uri: (uri not in first, order(uri)))
    return mine + sorted(others, key=order)


def ladder(total: int, needed: int, wanted: Sequence[int] = ()) -> list[int]:
    """Sizes of the corpus, growing: those wanted (else 20, 200, 2,000, ... and all there is), none below what the suite needs.

    Raises UserError if there is nothing to grow by."""
    if any(size < 1 for size in wanted):
        raise UserError(f"a corpus has 1 document or more, not {min(wanted)}")
    sizes = list(wanted)
    if not sizes:
        size = SMALLEST
        while size < total:
            sizes.append(size)
            size *= GROWTH
        sizes.append(total)
    found = sorted({min(total, max(size, needed, 1)) for size in sizes})
    if len(found) < 2:
        raise UserError(
            f"nothing to grow by: the suite rests on {needed} of {total} files, so every size asked for is {found[0]}. Name a "
            "folder of other documents with --distractors, or use the cases of fewer documents with --first 20"
        )
    return found


def confined(suite: Suite, most: int) -> Suite:
    """The cases that rest on `most` documents of the suite, those with most cases first; and the cases that rest on none."""
    counts: dict[str, int] = {}
    for case in suite.cases:
        for uri in documents_of([case]):
            counts[uri] = counts.get(uri, 0) + 1
    kept = set(sorted(counts, key=lambda uri: (-counts[uri], sha256(uri.encode()).digest()))[:most])
    cases = tuple(case for case in suite.cases if documents_of([case]) <= kept)
    return replace(suite, name=f"{suite.name} on {len(kept)} documents", cases=cases)


# --- what it says -----------------------------------------------------------------------------------------------------


def as_stress(
    suite: Suite,
    runs: Sequence[Run],
    left: Sequence[int] = (),
    notes: Sequence[str] = (),
    margin: float = MARGIN,
) -> Stress:
    """The curve of runs of one suite, smallest corpus first; each run's `about` says how many documents and files it had."""
    scored = [{score.case.id: score for score in score_run(run)} for run in runs]
    steps = tuple(
        _step(run, scores, scored[0] if number else None)
        for number, (run, scores) in enumerate(zip(runs, scored, strict=True))
    )
    holds, told = _judged(steps, margin)
    return Stress(suite.name, suite.fingerprint, len(suite), steps, tuple(left), holds, told, tuple(notes))


def _step(run: Run, scores: Mapping[str, Score], first: Mapping[str, Score] | None) -> Step:
    rows = list(scores.values())
    seconds = [item.seconds for item in rows if not item.error]
    found = Step(
        documents=int(run.about["documents"]),
        files=int(run.about["files"]),
        right=share(rows, lambda item: item.right),
        answered=share(rows, lambda item: item.shown),
        wrong_and_shown=share(rows, lambda item: item.wrong_and_shown),
        wrong_among_shown=share([item for item in rows if item.shown], lambda item: not item.right),
        median_s=quantile(seconds, 0.5),
        p95_s=quantile(seconds, 0.95),
    )
    if first is None:
        return found
    pairs = [(scores[key], first[key]) for key in sorted(scores.keys() & first.keys())]
    groups = [now.case.group for now, _ in pairs]
    change = _difference([now.right for now, _ in pairs], [then.right for _, then in pairs], groups)
    wrong = [[item.wrong_and_shown for item in side] for side in zip(*pairs, strict=True)]
    return replace(
        found, change=change, more_wrong=_difference(wrong[0], wrong[1], groups), verdict=verdict(change)
    )


def _difference(now: Sequence[bool], then: Sequence[bool], groups: Sequence[str]) -> Estimate:
    found = paired_share_difference(now, then, groups)
    return found if len(set(groups)) >= FEWEST_GROUPS else replace(found, low=-1.0, high=1.0)


def _judged(steps: Sequence[Step], margin: float) -> tuple[bool | None, str]:
    """Whether the last step is as good as the first, and the sentence; the risk counts as much as the share right."""
    if len(steps) < 2 or (change := steps[-1].change) is None or (more := steps[-1].more_wrong) is None:
        return (
            None,
            "Only one size of the corpus was measured, so nothing is known of how it does as it grows.",
        )
    first, last = f"{steps[0].documents:,}", f"{steps[-1].documents:,}"
    right = f"{_points(change, 'more', 'fewer')} right {_interval(change)}"
    risk = f"{_points(more, 'more', 'fewer')} wrong and shown {_interval(more)}"
    told = f"At {last} documents {right}, {risk}, than at {first}"
    if change.high < 0 or more.low > 0:
        return False, f"{told}: what was seen on {first} documents does not hold.{_slower(steps)}"
    if change.low > -margin and more.high < margin:
        return (
            True,
            f"{told}: what was seen on {first} documents holds, within {100 * margin:g} points.{_slower(steps)}",
        )
    need = plan_comparison(margin, change.n).sentence
    return (
        None,
        f"{told}: cannot tell whether what was seen on {first} documents holds. {need}{_slower(steps)}",
    )


def _points(difference: Estimate, more: str, fewer: str) -> str:
    return f"{100 * abs(difference.value):.1f} points {fewer if difference.value < 0 else more}"


def _interval(difference: Estimate) -> str:
    if difference.low <= -1 and difference.high >= 1:
        return "(too few independent cases for an interval)"
    return f"(95% interval {signed(difference.low)} to {signed(difference.high)})"


def _slower(steps: Sequence[Step]) -> str:
    first, last = steps[0].p95_s, steps[-1].p95_s
    if not first.n or not last.n:
        return ""
    return f" 95% of the answers took at most {first.value:.2g} s then, {last.value:.2g} s now."


# --- files and words --------------------------------------------------------------------------------------------------


def stress_text(found: Stress) -> str:
    """The stress as the file that `read_stress` reads."""
    return kept_text(found, "metier_stress")


def read_stress(path: Path) -> Stress:
    """What `metier evaluate stress` wrote. Raises UserError if the file is something else."""
    return read_kept(path, Stress, "metier_stress", "metier evaluate stress")


def table_of(found: Stress) -> list[tuple[str, ...]]:
    """Rows for people: documents, right, change, wrong and shown, change, median and 95th percentile of seconds."""
    return [
        (
            f"{step.documents:,}",
            percent(step.right.value),
            _changed(step.change),
            percent(step.wrong_and_shown.value),
            ""
            if step.more_wrong is None
            else f"{signed(step.more_wrong.value)} {_interval(step.more_wrong)}",
            f"{step.median_s.value:.2f}",
            f"{step.p95_s.value:.2f}",
        )
        for step in found.steps
    ]


def _changed(difference: Estimate | None) -> str:
    return (
        ""
        if difference is None
        else f"{signed(difference.value)} {_interval(difference).replace('95% interval ', '')}"
    )
