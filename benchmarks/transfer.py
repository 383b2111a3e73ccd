"""A certificate made on generated cases, deployed on the hand-worded ones of the example company: does it hold, or refuse?

Generated cases are easier than what people ask, so a threshold certified on them promises too much for people. What protects is
the drift test (evaluate/drift.py): it compares how sure the system is of both, without looking at any label.
"""

import tempfile
from pathlib import Path

from benchmarks.common import Metric, say
from benchmarks.company import build, ingest
from metier.errors import UserError
from metier.evaluate.cases import read_cases
from metier.evaluate.certificate import certified_threshold, one_per_group
from metier.evaluate.drift import drift
from metier.evaluate.estimates import clopper_pearson
from metier.evaluate.making.verb import generate_cases
from metier.evaluate.run import Row
from metier.evaluate.scores import Score, score
from metier.flow.answer import rehearse
from metier.system import System, open_system
from metier.types import Case

ALPHAS = (0.05, 0.1, 0.2, 0.3)


def measure_transfer(place: Path | None, seed: int, n: int, delta: float) -> dict[str, Metric]:
    """For each alpha whether the promise was kept where it was given; a refusal (at certifying, or by drift) keeps it."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = place or Path(scratch)
        try:
            build(folder, seed, 120, None)
            with open_system(folder) as system:
                ingest(system)
                made = asked(system, list(generate_cases(system, n).suite.cases))
                hand = asked(
                    system,
                    [case for case in read_cases(folder / "cases.jsonl") if "hand_worded" in case.tags],
                )
        except UserError as error:
            say(str(error))
            return {}
    return judged(made, hand, delta)


def asked(system: System, cases: list[Case]) -> list[Score]:
    """Every case asked of the system as its user, and graded."""
    out = []
    for case in cases:
        trace = rehearse(system.journey(), case.question, system.settings.access(case.user))
        out.append(score(Row(case, trace.answer, 0.0, trace.draft.confidence if trace.draft else None)))
    say(
        f"{len(out)} cases: {sum(item.shown for item in out)} answered, {sum(item.right for item in out)} right"
    )
    return out


def judged(made: list[Score], hand: list[Score], delta: float) -> dict[str, Metric]:
    """The figures: per alpha 1 if the promise held or was refused; and what would have come of it without the drift test."""
    own = [item for item in one_per_group(made) if item.shown]
    then, now = ([item.confidence if item.shown else None for item in side] for side in (made, hand))
    found = drift(then, now)
    say(found.sentence)
    out = {"transfer_drift_noticed": Metric(float(found.drifted), n=len(hand))}
    for alpha in ALPHAS:
        at = certified_threshold(
            [item.confidence or 0.0 for item in own], [not item.right for item in own], alpha, delta
        )
        above = [item for item in hand if item.shown and at is not None and (item.confidence or 0.0) >= at]
        wrong = sum(not item.right for item in above)
        bound = clopper_pearson(wrong, len(above), 1 - 2 * delta)
        is_kept = at is None or not above or bound.low <= alpha
        refused = at is None or found.drifted
        say(
            f"alpha {alpha}: threshold {at}, hand-worded shown {len(above)}, wrong {wrong}; kept {is_kept}, refused {refused}"
        )
        out[f"transfer_kept_or_refused_{alpha}"] = Metric(float(is_kept or refused), n=len(hand))
        out[f"transfer_wrong_unguarded_{alpha}"] = Metric(
            wrong / len(above) if above else float("nan"), bound.low, bound.high, len(above)
        )
    return out
