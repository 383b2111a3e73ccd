"""Certificates on random halves of real questions (DIR/qa/*/dev.json, TAT-QA's layout): made on one half, judged on the other.

One question of each context, drawn by hash, is answered by the product, its asker reading the one document it is about. Each of the
halves then is a suite; nothing but the draw of the halves differs. An answer below an F1 of 0.5 is wrong.

halves_violations_ALPHA: share of the draws in which a threshold was certified and more than alpha of *all* answers above it are wrong. The suite is
    half of what it is judged by, which makes it easier than a deployment on endless questions.
halves_other_ALPHA: the same, judged by the other half alone. That half has about as few answers as the suite, so it exceeds alpha by chance where the
    promise is kept, and harder than a deployment: a risk of exactly alpha is exceeded half of the time.
halves_certified_ALPHA: share of the draws in which a threshold was certified; halves_share_ALPHA: questions answered above it, on average (0 where
    refused).
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.answer_quality import ask
from benchmarks.common import Metric, say
from benchmarks.tatqa import Context, Row, drawn, read_contexts, write_workspace
from metier.errors import UserError
from metier.evaluate.certificate import certified_threshold
from metier.evaluate.estimates import clopper_pearson
from metier.system import open_system

ALPHAS = (0.05, 0.1, 0.2, 0.3)
_RIGHT = 0.5  # least F1


@dataclass(frozen=True, slots=True)
class Answers:
    """How sure each answer is (0 where nothing was answered), and whether it is wrong."""

    confidence: NDArray[np.float64]
    shown: NDArray[np.bool_]
    wrong: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Answers":
        """One row a context."""
        return cls(
            np.array([row.confidence for row in rows]),
            np.array([row.answered for row in rows], dtype=bool),
            np.array([row.f1 < _RIGHT for row in rows], dtype=bool),
        )

    def above(self, threshold: float, among: NDArray[np.bool_]) -> tuple[int, int]:
        """(answers shown at this threshold, how many of them are wrong)"""
        kept = among & self.shown & (self.confidence >= threshold)
        return int(kept.sum()), int((kept & self.wrong).sum())


def measure_halves(data: Path, place: Path | None, runs: int, delta: float, seed: int) -> dict[str, Metric]:
    """The figures, or nothing if DIR has no such questions."""
    try:
        contexts = read_contexts(data)
    except UserError as error:
        say(str(error))
        return {}
    with tempfile.TemporaryDirectory() as scratch:
        rows = asked(contexts, place or Path(scratch))
    return judged(Answers.of(rows), runs, delta, seed)


def asked(contexts: Sequence[Context], place: Path) -> list[Row]:
    """One question of each context with its answer."""
    one = {context.id: (context, question) for context, question in reversed(drawn(contexts, 0))}
    write_workspace(place, contexts, None)
    with open_system(place) as system:
        system.ingest()
        rows = list(ask(system, "oracle", list(one.values())))
    shown = [row for row in rows if row.answered]
    say(f"{len(rows)} contexts: {len(shown)} answered, {sum(row.f1 < _RIGHT for row in shown)} of them wrong")
    return rows


def judged(answers: Answers, runs: int, delta: float, seed: int) -> dict[str, Metric]:
    """All figures over `runs` draws of the halves."""
    rng = np.random.default_rng(seed)
    n = answers.wrong.size
    everything = np.ones(n, dtype=bool)
    broken, other, certified = (dict.fromkeys(ALPHAS, 0) for _ in range(3))
    shares = dict.fromkeys(ALPHAS, 0.0)
    for _ in range(runs):
        suite = np.zeros(n, dtype=bool)
        suite[rng.permutation(n)[: n // 2]] = True
        own = suite & answers.shown
        for alpha in ALPHAS:
            at = certified_threshold(
                answers.confidence[own].tolist(), answers.wrong[own].tolist(), alpha, delta
            )
            if at is None:
                continue
            certified[alpha] += 1
            shown, wrong = answers.above(at, everything)
            broken[alpha] += wrong > alpha * shown
            shares[alpha] += shown / n
            shown, wrong = answers.above(at, ~suite)
            other[alpha] += wrong > alpha * shown
    out: dict[str, Metric] = {}
    for alpha in ALPHAS:
        out[f"halves_violations_{alpha}"] = Metric.of(clopper_pearson(broken[alpha], runs))
        out[f"halves_other_{alpha}"] = Metric.of(clopper_pearson(other[alpha], runs))
        out[f"halves_certified_{alpha}"] = Metric(certified[alpha] / runs, n=runs)
        out[f"halves_share_{alpha}"] = Metric(shares[alpha] / runs, n=n)
    return out
