"""Results of other tools (tools.py) with their doubt: bring your scores, get error bars.

A share where all values are 0 or 1, with its binomial interval, else a mean; repeats of one question count as one group. What has
question, answer and reference can also become a run of metier, graded by metier's own rules.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from metier.errors import UserError
from metier.evaluate.compare import paired_share_difference
from metier.evaluate.estimates import mean, proportion
from metier.evaluate.replies import as_reply
from metier.evaluate.run import Row, Run
from metier.evaluate.scores import FEWEST_GROUPS
from metier.evaluate.suites import DEFAULT_USER, fingerprint
from metier.evaluate.tool_rows import Result, Results
from metier.evaluate.verdict import Verdict, verdict
from metier.types import Case, Estimate


@dataclass(frozen=True, slots=True)
class Difference:
    """One score of two files over the questions that both have."""

    metric: str
    difference: Estimate
    verdict: Verdict


def estimates(results: Results) -> dict[str, Estimate]:
    """Each score with its 95% interval over questions; all there can be (0 to 1, or unknown) with fewer than 10 of them."""
    return {name: _estimate(results, name) for name in results.metrics}


def _estimate(results: Results, name: str) -> Estimate:
    rows = [row for row in results.rows if name in row.scores]
    values, groups = [row.scores[name] for row in rows], [row.group for row in rows]
    is_share = set(values) <= {0.0, 1.0}
    found = proportion(values, groups) if is_share else mean(values, groups)
    if len(set(groups)) < FEWEST_GROUPS or (len(set(values)) == 1 and not is_share):
        # of values that are all the same the spread is unknown, not nothing
        return Estimate(found.value, 0.0 if is_share else -math.inf, 1.0 if is_share else math.inf, found.n)
    return found


def differences(ours: Results, theirs: Results) -> list[Difference]:
    """Each score that both have, ours minus theirs, paired by question. Raises UserError if they share fewer than 10."""
    a, b = _by_group(ours), _by_group(theirs)
    shared = sorted(a.keys() & b.keys())
    if len(shared) < FEWEST_GROUPS:
        raise UserError(
            f"{ours.name} and {theirs.name} share {len(shared)} questions; at least {FEWEST_GROUPS} are needed to compare"
        )
    out = []
    for name in sorted(set(ours.metrics) & set(theirs.metrics)):
        pairs = [(_mean(a[key], name), _mean(b[key], name)) for key in shared]
        both = [(one, two) for one, two in pairs if one is not None and two is not None]
        if not both:
            continue
        one, two = [pair[0] for pair in both], [pair[1] for pair in both]
        found = (
            paired_share_difference(one, two)
            if set(one) | set(two) <= {0.0, 1.0}
            else mean([x - y for x, y in both])
        )
        out.append(Difference(name, found, verdict(found)))
    return out


def _by_group(results: Results) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {}
    for row in results.rows:
        found.setdefault(row.group, []).append(row)
    return found


def _mean(rows: Sequence[Result], name: str) -> float | None:
    values = [row.scores[name] for row in rows if name in row.scores]
    return sum(values) / len(values) if values else None


def as_run(results: Results) -> Run:
    """The rows with a reference (or an error) as a run, to be graded, compared and reported by metier's own rules.

    Raises UserError if no row has a reference."""
    rows = []
    for row in results.rows:
        if not row.reference:
            continue
        case = Case(row.id, row.question, DEFAULT_USER, "answerable", row.reference, group=row.group)
        answer = None if row.error else as_reply(row.answer).answer
        rows.append(
            Row(
                case,
                answer,
                row.seconds,
                cites=False,
                error="error" if row.error else "",
                detail=row.error[:500],
            )
        )
    if not rows:
        raise UserError(f"{results.name}: no row has a reference answer to grade by")
    ordered = tuple(sorted(rows, key=lambda row: row.case.id))
    prints = fingerprint(row.case for row in ordered)
    return Run(results.system, results.name, prints, "", ordered, about={"kind": results.tool})
