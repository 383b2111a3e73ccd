"""Does the certificate keep its promise, and how much does it let through? Simulated deployments with a known truth.

A system is a curve: how often an answer of confidence x is wrong.
Each deployment draws a suite of N cases, certifies, and is then judged by the true risk above its threshold.

violation_rate: the share of deployments whose true risk above the threshold exceeds alpha, in the worst of all pairs of
    curve and alpha (`violations_<alpha>` pools the curves); the promise is delta.
auto_answer_ratio: share of questions certified over the share an oracle that knows the curve could answer, on average over
    the pairs where the oracle answers at least 10%. `auto_answer_ratio_least` is the least favourable of those.

With --data DIR besides: certificates on random halves of the questions in DIR/qa, if there are any (benchmarks/halves.py).
With --transfer N besides: a certificate made on N generated cases, deployed on the hand-worded ones of the example company.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Metric, emit, parser, say
from benchmarks.halves import measure_halves
from benchmarks.transfer import measure_transfer
from metier.evaluate.certificate import certified_threshold
from metier.evaluate.estimates import clopper_pearson, wilson

Floats = NDArray[np.float64]
ALPHAS = (0.05, 0.1, 0.2, 0.3)
TRUTH = 400_000  # answers drawn to know the risk above every threshold to about 0.0005
LEAST_ORACLE = 0.1

CURVES: Mapping[str, Callable[[Floats], Floats]] = {
    "calibrated": lambda x: 1 - x,
    "good": lambda x: 0.5 * (1 - x) ** 2,
    "sharp": lambda x: 1 / (1 + np.exp(12 * (x - 0.4))),
    "weak": lambda x: 0.3 - 0.28 * x,
    "two_levels": lambda x: np.where(x > 0.5, 0.01, 0.12),
    "ramp": lambda x: np.clip(0.6 - 0.65 * x, 0.005, 1),
    "overconfident": lambda x: np.where(x > 0.97, 0.15, 0.25 * (1 - x)),  # surest of all where it is wrong
    "bumpy": lambda x: np.clip(
        0.35 * (1 - x) + 0.08 * np.sin(20 * x), 0.0, 1
    ),  # risk does not fall everywhere
}


@dataclass(frozen=True, slots=True)
class Truth:
    """Shares shown and risks above thresholds, strictest first."""

    confidences: Floats
    risks: Floats

    @classmethod
    def of(cls, curve: Callable[[Floats], Floats], digits: int | None) -> "Truth":
        """From an even grid of confidences, so that it is the same every time."""
        x = _rounded((np.arange(TRUTH) + 0.5) / TRUTH, digits)[::-1]
        return cls(x, np.cumsum(curve(x)) / np.arange(1, TRUTH + 1))

    def share(self, threshold: float) -> float:
        """The share of answers at or above the threshold."""
        return float(np.searchsorted(-self.confidences, -threshold, side="right")) / TRUTH

    def risk(self, threshold: float) -> float:
        """The share wrong among them."""
        return float(self.risks[max(1, round(self.share(threshold) * TRUTH)) - 1])

    def oracle_share(self, alpha: float) -> float:
        """The most that can be answered at this risk."""
        ends = np.flatnonzero(np.append(np.diff(self.confidences) != 0, True))
        passing = ends[self.risks[ends] <= alpha]
        return (int(passing[-1]) + 1) / TRUTH if passing.size else 0.0


def deploy(
    curve: Callable[[Floats], Floats],
    truth: Truth,
    alpha: float,
    delta: float,
    n: int,
    runs: int,
    digits: int | None,
    rng: np.random.Generator,
) -> tuple[int, float]:
    """How many of the deployments broke the promise, and the mean share certified (0 where refused)."""
    broken, shares = 0, 0.0
    for _ in range(runs):
        x = _rounded(rng.random(n), digits)
        wrong = rng.random(n) < curve(x)
        threshold = certified_threshold(x.tolist(), wrong.tolist(), alpha, delta)
        if threshold is not None:
            broken += truth.risk(threshold) > alpha
            shares += truth.share(threshold)
    return broken, shares / runs


def _rounded(x: Floats, digits: int | None) -> Floats:
    return x if digits is None else np.round(x, digits)


def measure(
    n: int, runs: int, delta: float, seed: int, curves: Mapping[str, Callable[[Floats], Floats]] = CURVES
) -> dict[str, Metric]:
    """All pairs of curve and alpha, with continuous confidences and with ones rounded to a tenth."""
    rng = np.random.default_rng(seed)
    pooled = dict.fromkeys(ALPHAS, 0)
    cells: list[tuple[int, str]] = []
    ratios: list[float] = []
    count = 0
    for name, curve in curves.items():
        for digits in (None, 1):
            truth = Truth.of(curve, digits)
            count += 1
            for alpha in ALPHAS:
                broken, share = deploy(curve, truth, alpha, delta, n, runs, digits, rng)
                oracle = truth.oracle_share(alpha)
                pooled[alpha] += broken
                label = f"{name}{'' if digits is None else ' (tenths)'} alpha {alpha}"
                cells.append((broken, label))
                if oracle >= LEAST_ORACLE:
                    ratios.append(share / oracle)
                say(f"{label}: broken {broken} of {runs}, answered {share:.3f}, oracle {oracle:.3f}")
    worst, where = max(cells)
    say(f"worst: {where}")
    rate = clopper_pearson(worst, runs)
    out = {
        "violation_rate": Metric.of(rate),
        "auto_answer_ratio": Metric(float(np.mean(ratios)), n=len(ratios)),
        "auto_answer_ratio_least": Metric(min(ratios), n=len(ratios)),
    }
    return out | {
        f"violations_{alpha}": Metric.of(wilson(broken, runs * count)) for alpha, broken in pooled.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    options = _options(arguments)
    metrics = measure(options.cases, options.runs, options.delta, options.seed)
    if options.data:
        metrics |= measure_halves(options.data, None, options.halves, options.delta, options.seed)
    if options.transfer:
        metrics |= measure_transfer(options.workspace, options.company, options.transfer, options.delta)
    told = {"cases": options.cases, "runs": options.runs, "delta": options.delta, "seed": options.seed}
    emit("eval_certificate", metrics, record=options.record, options=told)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("eval_certificate", "whether certificates keep their promise")
    options.add_argument("--cases", type=int, default=1000)
    options.add_argument("--runs", type=int, default=250, help="deployments per pair of curve and alpha")
    options.add_argument("--delta", type=float, default=0.05)
    options.add_argument("--seed", type=int, default=11)
    options.add_argument("--halves", type=int, default=2000, help="draws of the halves of DIR/qa")
    options.add_argument(
        "--transfer", type=int, default=0, help="generated cases; see benchmarks/transfer.py (0 = not run)"
    )
    options.add_argument("--company", type=int, default=3, help="seed of the example company for --transfer")
    options.add_argument(
        "--workspace", type=Path, help="keep that company here, or use the one that is there"
    )
    return options.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
