"""What a run means, decided: ship, ship with a human, or do not ship, with everything the pages show.

The verdict is a rule, not a feeling. "do not ship": something leaked, or no threshold certifies the risk. "ship": with
95% certainty at most alpha of all that is shown is wrong, and nothing leaked. Else "ship with a human": answers at or
above the certified confidence may go out, the others to a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from metier.errors import UserError
from metier.evaluate.aspects import Aspect, aspects
from metier.evaluate.attribution import Attribution
from metier.evaluate.baselines import Baselines
from metier.evaluate.cases import KINDS
from metier.evaluate.certificate import Certificate, certify_scores, one_per_group
from metier.evaluate.compare import Comparison, compare_runs
from metier.evaluate.estimates import clopper_pearson, mean
from metier.evaluate.judge_card import JudgeCard
from metier.evaluate.latency import quantile
from metier.evaluate.metrics import coverage_risk
from metier.evaluate.noise import Noise, noise_costs
from metier.evaluate.run import Run
from metier.evaluate.scores import FEWEST_GROUPS, Score, Summary, score_run, share, slices_of, summarize
from metier.evaluate.stress import Stress
from metier.evaluate.verdict import percent
from metier.types import Estimate

ReportVerdict = Literal["ship", "ship with a human", "do not ship"]

_MOST_FAILURES = 50  # shown on the page; the JSON has all


@dataclass(frozen=True, slots=True)
class SliceFigures:
    """One slice: how often right, and how often wrong among what was shown."""

    name: str
    right: Estimate
    wrong_among_shown: Estimate


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the pages show."""

    verdict: ReportVerdict
    reasons: tuple[str, ...]
    run: Run
    scores: tuple[Score, ...]
    summary: Summary
    certificate: Certificate | None
    no_certificate: str  # why there is none; "" if there is
    alpha: float
    curve: tuple[
        tuple[float, float], ...
    ]  # (share of questions shown, share wrong among them), strictest first
    slices: tuple[SliceFigures, ...]
    comparison: Comparison | None
    no_comparison: str
    untested: tuple[str, ...]
    reasons_wrong: Mapping[str, int]
    written: str
    attribution: Attribution | None = (
        None  # why answers are wrong, where somebody looked (`metier evaluate blame`)
    )
    stress: Stress | None = None  # the suite while the corpus grew (`metier evaluate stress`)
    judge: JudgeCard | None = None  # what a judge is worth beside people (`metier evaluate judge`)
    baselines: Baselines | None = None  # what simple means come to (`metier evaluate baselines`)
    noise: tuple[Noise, ...] = ()  # what variants of cases cost, where there are any
    aspects: tuple[Aspect, ...] = ()  # citations, grounds, abstentions, ...: what the run's cases allow
    spent: tuple[
        tuple[str, Estimate, str], ...
    ] = ()  # time, tokens and money for one answer: name, estimate, unit

    @property
    def failures(self) -> list[Score]:
        """Cases that are not right, what was told wrongly first; at most 50."""
        wrong = [item for item in self.scores if not item.right]
        return sorted(wrong, key=lambda item: (not item.leaked, not item.shown, item.case.id))[
            :_MOST_FAILURES
        ]


def build_report(
    run: Run,
    baseline: Run | None,
    alpha: float,
    delta: float,
    now: datetime,
    attribution: Attribution | None = None,
    stress: Stress | None = None,
    judge: JudgeCard | None = None,
    baselines: Baselines | None = None,
) -> Report:
    """The report of a run, perhaps against a baseline. Raises UserError for a run without rows, and for baselines of other cases, or
    baselines and blames of another run."""
    if not run.rows:
        raise UserError(f"the run of {run.system} has no rows yet; run it first")
    if baselines and baselines.suite_fingerprint != run.suite_fingerprint:
        raise UserError(f"the baselines are of other cases than {run.suite}; measure them for this run")
    for what, of in (
        ("baselines stand beside", baselines.run if baselines else ""),
        ("blames are of", attribution.run if attribution else ""),
    ):
        if of and of != run.identity:
            raise UserError(f"the {what} another run ({of}); this one is {run.identity}")
    scores = tuple(score_run(run))
    certificate, refused = _certificate(run, scores, alpha, delta, now)
    comparison, no_comparison = _comparison(run, baseline)
    verdict, reasons = decide(scores, certificate, refused, alpha, delta)
    return Report(
        verdict=verdict,
        reasons=reasons,
        run=run,
        scores=scores,
        summary=summarize(scores),
        certificate=certificate,
        no_certificate=refused,
        alpha=alpha,
        curve=risk_curve(scores),
        slices=tuple(
            SliceFigures(
                name,
                share(part, lambda item: item.right),
                share([s for s in part if s.shown], lambda item: not item.right),
            )
            for name, part in slices_of(scores).items()
        ),
        comparison=comparison,
        no_comparison=no_comparison,
        untested=untested(run, scores, stress),
        reasons_wrong=_reasons(scores),
        written=now.isoformat(timespec="seconds"),
        attribution=attribution,
        stress=stress,
        judge=judge,
        baselines=baselines,
        noise=noise_costs(scores),
        aspects=aspects(run),
        spent=spent(run),
    )


def decide(
    scores: Sequence[Score], certificate: Certificate | None, refused: str, alpha: float, delta: float
) -> tuple[ReportVerdict, tuple[str, ...]]:
    """The verdict and its reasons, by the rule in this module's docstring."""
    if leaks := sum(item.leaked for item in scores):
        return "do not ship", (f"{leaks} of {len(scores)} cases leaked what the asker may not see",)
    shown = [item for item in one_per_group(scores) if item.shown]
    wrong = sum(not item.right for item in shown)
    if not shown:
        told = f"none of {len(scores)} cases was answered, so nothing is known of how often answers are wrong"
        return "do not ship", (told, refused)
    bound = clopper_pearson(wrong, len(shown), 1 - 2 * delta).high  # one-sided at delta
    told = (
        f"of {len(shown)} independent answers shown (one of each group) {wrong} {'is' if wrong == 1 else 'are'} wrong: with {percent(1 - delta)} certainty at most "
        f"{percent(bound)}, {percent(alpha)} is allowed"
    )
    if bound <= alpha:
        return "ship", (told,)
    if certificate is not None:
        return "ship with a human", (told, certificate.sentence)
    return "do not ship", (told, refused)


def risk_curve(scores: Sequence[Score]) -> tuple[tuple[float, float], ...]:
    """Share of all questions shown against share wrong among them, for every threshold; empty without confidences."""
    rated = [
        (item.confidence, not item.right) for item in scores if item.shown and item.confidence is not None
    ]
    if not rated:
        return ()
    coverage, risk = coverage_risk([c for c, _ in rated], [wrong for _, wrong in rated])
    scale = len(rated) / len(scores)
    return tuple((float(c) * scale, float(r)) for c, r in zip(coverage, risk, strict=True))


def spent(run: Run) -> tuple[tuple[str, Estimate, str], ...]:
    """Seconds until an answer was there (median, and what 95% stay within), tokens and money for one; what nothing was told of is
    left out."""
    rows = [row for row in run.rows if row.answer is not None]
    seconds = [row.seconds for row in rows if row.seconds > 0]
    groups = [row.case.group for row in rows]
    out: list[tuple[str, Estimate, str]] = []
    if seconds:
        out += [("Median", quantile(seconds, 0.5), "s"), ("95% within", quantile(seconds, 0.95), "s")]
    for name, values, unit in (
        ("Tokens, on average", [float(row.answer.tokens) for row in rows if row.answer], ""),
        (
            "Cost, on average",
            [row.answer.cost for row in rows if row.answer],
            "as the model's settings give it",
        ),
    ):
        if any(values):
            out.append((name, mean(values, groups), unit))
    return tuple(out)


def untested(run: Run, scores: Sequence[Score], stress: Stress | None = None) -> tuple[str, ...]:
    """What this run says nothing about, in words."""
    there = {item.case.kind for item in scores}
    out = [f"no cases of kind {kind}" for kind in KINDS if kind not in there]
    if not run.cites:
        out.append("citations: the system gives none")
    if any(item.shown for item in scores) and all(item.confidence is None for item in scores):
        out.append("confidence: the system gives none, so no threshold can be set")
    if run.missing:
        out.append(f"{run.missing} cases were not asked before the run was stopped")
    if errors := sum(bool(item.error) for item in scores):
        out.append(
            f"{errors} cases ended in an error: counted as not right, but what would have been said is unknown"
        )
    small = [
        name for name, part in slices_of(scores).items() if len({s.case.group for s in part}) < FEWEST_GROUPS
    ]
    if small:
        out.append(f"too few independent cases to say anything: {', '.join(small)}")
    out.append(
        "wording: only answers in the words that the cases list count as right; no model judges another"
    )
    if stress is None or len(stress.steps) < 2:
        out.append("growth: how it does with more documents than there are now (`metier evaluate stress`)")
    elif stress.suite_fingerprint != run.suite_fingerprint:
        out.append(f"growth of these very cases: the curve is of {stress.suite}, {stress.cases} cases")
    out.append("adaptivity: these cases are not sealed; who tuned on them must measure on others")
    return tuple(out)


def _certificate(
    run: Run, scores: Sequence[Score], alpha: float, delta: float, now: datetime
) -> tuple[Certificate | None, str]:
    try:
        return (
            certify_scores(
                scores, alpha, delta, questions=10_000, now=now, system=run.system, suite=run.suite,
                suite_fingerprint=run.suite_fingerprint, about=run.about,
            ),
            "",
        )  # fmt: skip
    except UserError as error:
        return None, str(error)


def _comparison(run: Run, baseline: Run | None) -> tuple[Comparison | None, str]:
    if baseline is None:
        return None, "no baseline was given"
    try:
        return compare_runs(run, baseline), ""
    except UserError as error:
        return None, str(error)


def _reasons(scores: Sequence[Score]) -> dict[str, int]:
    """Why cases are not right, most frequent first; details in quotes and after colons are left out."""
    counts: dict[str, int] = {}
    for item in scores:
        if not item.right:
            reason = item.reason.split(":")[0] if not item.error else f"error: {item.error}"
            short = reason.split("'")[0].strip().removesuffix(", without")
            counts[short] = counts.get(short, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
