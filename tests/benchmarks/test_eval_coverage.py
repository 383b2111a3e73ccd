import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from benchmarks.eval_coverage import (
    Cell,
    _covered,
    _rows,
    exact_certificate,
    exact_display,
    measure,
    simulated_display,
)


def test_exact_coverage_agrees_with_a_sum_by_scipy() -> None:
    k = np.arange(31)
    upper = proportion_confint(k, 30, alpha=0.1, method="beta")[1]
    assert exact_certificate(30, 0.1).coverage == pytest.approx(
        stats.binom.pmf(k, 30, 0.1)[upper >= 0.1].sum()
    )
    assert exact_certificate(30, 0.1).coverage >= 0.95
    assert 0.93 <= exact_display(50, 0.99).coverage <= 1  # Wilson alone: 0.911


def test_rows_correlate_as_asked() -> None:
    rows = _rows(20_000, 2, 0.8, 0.3, np.random.default_rng(1)).reshape(-1, 2)
    assert rows.mean() == pytest.approx(0.8, abs=0.01)
    assert np.corrcoef(rows.T)[0, 1] == pytest.approx(0.3, abs=0.03)


def test_samples_that_end_alike_are_asked_once() -> None:
    asked = []

    def covers(ends: np.ndarray) -> bool:
        asked.append(tuple(ends))
        return bool(ends[0] == 0)

    assert _covered(np.array([[0, 2], [2, 0], [1, 1], [0, 2]]), covers) == 0.75
    assert sorted(asked) == [(0, 2), (1, 1)]


def test_too_few_clusters_are_refused_and_low_cells_are_found() -> None:
    assert simulated_display(30, 0.7, 5, 0.3, 5, np.random.default_rng(1)) is None
    assert Cell("x", 0.85, 1000).p_value(0.93) < 1e-6
    assert Cell("x", 0.94, 1000).p_value(0.93) > 0.5


def test_cells_are_the_same_in_one_process_and_in_two() -> None:
    assert measure([50], [0.8], 20, 1, workers=2) == measure([50], [0.8], 20, 1)


def test_a_small_run_has_the_metrics_of_the_contract() -> None:
    metrics = measure([50], [0.8], 40, 1)
    assert {"coverage_min", "coverage_max", "cells_low"} <= metrics.keys()
    assert 0.8 < metrics["coverage_min"].value <= metrics["coverage_max"].value <= 1
