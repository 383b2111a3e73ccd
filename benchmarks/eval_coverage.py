"""Do the intervals contain the truth as often as they say? By exact sums where rows are independent, else by simulation.

`--data` is accepted for uniformity and not read. Cells: n x p x (cluster size, correlation). Correlated rows are
beta-binomial: each cluster has its own probability, drawn so that two of its rows correlate as asked. Cells with fewer
than 10 clusters are refused by the estimator itself and counted as refused.

coverage_min, coverage_max, coverage_mean: over all cells of the display interval of a share (95%).
paired_min: the same for the difference of two systems. certificate_min: one-sided exact bounds (95%), never below.
coverage_mean_high: the highest of the means over p, one for each n and correlation; coverage_mean_low: the lowest.
cells_low: cells significantly below 93% (below 95% for certificates), Holm over all cells, 1%; an exact sum counts as 20,000
    runs would.
"""

import argparse
import math
import os
import re
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Metric, emit, parser, say
from metier.evaluate.adjust import holm
from metier.evaluate.certificate import binomial_p_value
from metier.evaluate.compare import paired_share_difference
from metier.evaluate.estimates import clopper_pearson, display_interval, proportion
from metier.evaluate.scores import FEWEST_GROUPS

SIZES = (30, 50, 100, 200, 500, 1000, 2000)
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
CLUSTERS = ((3, 0.1), (3, 0.5), (5, 0.1), (5, 0.3), (5, 0.5))
GAP = 0.05  # the true difference of the paired cells
LEAST = 0.93
AS_MANY = 20_000
CHEAP = 500  # rows up to which a cell gets all runs; above it a quarter of them
Counts = NDArray[np.intp]
ALONE = (1, 0.0)  # independent rows: summed exactly for shares, simulated for differences


@dataclass(frozen=True, slots=True)
class Cell:
    """Coverage in one cell; `runs` = 0 means an exact sum."""

    name: str
    coverage: float
    runs: int

    def p_value(self, nominal: float) -> float:
        """P(so few hits or fewer | coverage is nominal); an exact sum is judged as 20,000 runs would be."""
        runs = self.runs or AS_MANY
        return binomial_p_value(round(self.coverage * runs), runs, nominal)


def exact_display(n: int, p: float) -> Cell:
    """Coverage of the display interval for independent rows, summed over all counts."""
    return Cell(
        f"n={n} p={p}", _sum(n, p, lambda k: (found := display_interval(k, n)).low <= p <= found.high), 0
    )


def exact_certificate(n: int, p: float, confidence: float = 0.95) -> Cell:
    """How often the one-sided upper bound is at or above the truth, summed over all counts."""
    covered = _sum(n, p, lambda k: clopper_pearson(k, n, 2 * confidence - 1).high >= p)
    return Cell(f"bound n={n} p={p}", covered, 0)


def simulated_display(
    n: int, p: float, size: int, correlation: float, runs: int, rng: np.random.Generator
) -> Cell | None:
    """Coverage over correlated rows; None where the estimator refuses."""
    groups = n // size
    if groups < FEWEST_GROUPS:
        return None
    labels = _labels(groups, size)

    def covers(ends: Counts) -> bool:
        found = proportion(np.concatenate([_plus(k, size) for k in ends]), labels)
        return bool(found.low <= p <= found.high)

    right = _rows(runs * groups, size, p, correlation, rng).reshape(runs, groups, size).sum(axis=2)
    return Cell(f"n={n} p={p} size={size} icc={correlation}", _covered(right, covers), runs)


def simulated_pair(
    n: int, p: float, size: int, correlation: float, runs: int, rng: np.random.Generator
) -> Cell | None:
    """Coverage of the difference: the better system is right where the other is, and on some more; both correlate."""
    groups = n // size
    if groups < FEWEST_GROUPS or p + GAP >= 1:
        return None
    labels = _labels(groups, size)

    def covers(ends: Counts) -> bool:
        ours = np.concatenate([_plus(k // (size + 1), size) for k in ends])
        theirs = np.concatenate([_plus(k % (size + 1), size)[::-1] for k in ends])
        found = paired_share_difference(ours, theirs, labels)
        return bool(found.low <= GAP <= found.high)

    theirs = _rows(runs * groups, size, p, correlation, rng)
    more = _rows(runs * groups, size, _lift(p), correlation, rng)
    ours = np.where(theirs, rng.random(theirs.size) < 0.95, more)
    won, lost = (side.reshape(runs, groups, size).sum(axis=2) for side in (ours & ~theirs, theirs & ~ours))
    return Cell(
        f"pair n={n} p={p} size={size} icc={correlation}", _covered(won * (size + 1) + lost, covers), runs
    )


def _covered(ends: Counts, covers: Callable[[Counts], bool]) -> float:
    """The share of samples whose interval covers. `ends` says how each cluster ended, a row for each sample: the estimators do not
    see the order of clusters, so samples with the same ends are asked once."""
    samples, counts = np.unique(np.sort(ends, axis=1), axis=0, return_counts=True)
    hits = sum(int(count) for sample, count in zip(samples, counts, strict=True) if covers(sample))
    return hits / len(ends)


def _plus(count: int, size: int) -> NDArray[np.bool_]:
    return np.arange(size) < count


def _labels(groups: int, size: int) -> list[int]:
    return [row // size for row in range(groups * size)]


def _lift(p: float) -> float:
    """How often ours is right where theirs is wrong, so that the difference is GAP: -0.05 p + (1 - p) x = GAP."""
    return min(1.0, (GAP + 0.05 * p) / (1 - p))


def _rows(
    groups: int, size: int, p: float, correlation: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    if correlation == 0:
        return rng.random(groups * size) < p
    scale = (
        1 - correlation
    ) / correlation  # Beta(p s, (1-p) s): correlation of two rows of a cluster is 1 / (1 + s)
    own = rng.beta(p * scale, (1 - p) * scale, groups)
    return rng.random((groups, size)).reshape(-1) < np.repeat(own, size)


def _sum(n: int, p: float, covers: Callable[[int], bool]) -> float:
    """P(the interval covers), over all counts that happen with more than 1e-12."""
    chances = _pmf(n, p)
    return float(sum(chances[k] for k in np.flatnonzero(chances > 1e-12) if covers(int(k))))


def _pmf(n: int, p: float) -> NDArray[np.float64]:
    k = np.arange(n + 1)
    log = np.array([math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in k])
    out: NDArray[np.float64] = np.exp(log + k * math.log(p) + (n - k) * math.log1p(-p))
    return out


@dataclass(frozen=True, slots=True)
class Task:
    """One simulated cell. Each has dice of its own, so that it is the same whoever simulates the others."""

    simulate: Callable[..., Cell | None]
    n: int
    p: float
    size: int
    correlation: float
    runs: int
    seed: int

    def run(self) -> Cell | None:
        dice = [self.seed, self.n, round(100 * self.p), self.size, round(10 * self.correlation)]
        rng = np.random.default_rng([*dice, self.simulate is simulated_pair])
        return self.simulate(self.n, self.p, self.size, self.correlation, self.runs, rng)


def tasks(sizes: Sequence[int], shares: Sequence[float], runs: int, seed: int) -> list[Task]:
    """All cells to simulate; pairs, which rarely end alike, get a quarter of the runs."""
    out = []
    for n in sizes:
        many = runs if n <= CHEAP else max(1, runs // 4)
        for cluster in (ALONE, *CLUSTERS):
            for p in shares:
                if cluster != ALONE:
                    out.append(Task(simulated_display, n, p, *cluster, many, seed))
                out.append(Task(simulated_pair, n, p, *cluster, max(1, many // 4), seed))
    return out


def measure(
    sizes: Sequence[int], shares: Sequence[float], runs: int, seed: int, workers: int = 1
) -> dict[str, Metric]:
    """All cells and their summary."""
    display = [exact_display(n, p) for n in sizes for p in shares]
    bounds = [exact_certificate(n, 1 - p) for n in sizes for p in shares]
    wanted = tasks(sizes, shares, runs, seed)
    if workers > 1:
        with ProcessPoolExecutor(workers) as pool:
            cells = list(pool.map(Task.run, wanted, chunksize=4))
    else:
        cells = [task.run() for task in wanted]
    done = list(zip(wanted, cells, strict=True))
    display += [cell for task, cell in done if cell and task.simulate is simulated_display]
    pairs = [cell for task, cell in done if cell and task.simulate is simulated_pair]
    refused = sum(cell is None for task, cell in done if task.simulate is simulated_display)
    low = [*_low(display + pairs, LEAST), *_low(bounds, 0.95)]
    for cell in [
        *low,
        *sorted(display, key=lambda c: c.coverage)[:8],
        *sorted(pairs, key=lambda c: c.coverage)[:8],
    ]:
        say(f"{cell.name}: {cell.coverage:.4f} of {cell.runs or 'all'}")
    values = [cell.coverage for cell in display]
    over_p: dict[str, list[float]] = {}
    for cell in display:
        over_p.setdefault(re.sub(r" p=[\d.]+", "", cell.name), []).append(cell.coverage)
    means = {name: float(np.mean(some)) for name, some in over_p.items()}
    for name, found in sorted(means.items(), key=lambda pair: pair[1]):
        say(f"mean over p, {name}: {found:.4f}")
    return {
        "coverage_min": Metric(min(values), n=len(values)),
        "coverage_max": Metric(max(values), n=len(values)),
        "coverage_mean": Metric(float(np.mean(values)), n=len(values)),
        "coverage_mean_low": Metric(min(means.values()), n=len(means)),
        "coverage_mean_high": Metric(max(means.values()), n=len(means)),
        "paired_min": Metric(min((c.coverage for c in pairs), default=math.nan), n=len(pairs)),
        "paired_mean": Metric(
            float(np.mean([c.coverage for c in pairs])) if pairs else math.nan, n=len(pairs)
        ),
        "certificate_min": Metric(min(cell.coverage for cell in bounds), n=len(bounds)),
        "cells_low": Metric(len(low), n=len(display) + len(pairs) + len(bounds)),
        "cells_refused": Metric(refused),
    }


def _low(cells: Sequence[Cell], nominal: float) -> list[Cell]:
    adjusted = holm([min(1.0, max(0.0, cell.p_value(nominal))) for cell in cells])
    return [cell for cell, p in zip(cells, adjusted, strict=True) if p <= 0.01]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    options = _options(arguments)
    sizes = options.sizes or SIZES
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    metrics = measure(sizes, options.shares or SHARES, options.runs, options.seed, workers)
    told = {"runs": options.runs, "seed": options.seed, "sizes": list(sizes)}
    emit("eval_coverage", metrics, record=options.record, options=told)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("eval_coverage", "how often intervals contain the truth")
    options.add_argument(
        "--runs", type=int, default=20_000, help="simulated samples per cell of up to 500 correlated rows"
    )
    options.add_argument("--sizes", type=lambda text: [int(part) for part in text.split(",")])
    options.add_argument("--shares", type=lambda text: [float(part) for part in text.split(",")])
    options.add_argument("--seed", type=int, default=7)
    return options.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
