import numpy as np
import pytest

from benchmarks.eval_certificate import CURVES, Truth, deploy, measure


def test_the_truth_of_a_curve_by_hand() -> None:
    truth = Truth.of(CURVES["calibrated"], None)  # risk above t: (1 - t) / 2
    assert truth.risk(0.8) == pytest.approx(0.1, abs=1e-4)
    assert truth.share(0.8) == pytest.approx(0.2, abs=1e-4)
    assert truth.oracle_share(0.1) == pytest.approx(0.2, abs=1e-3)
    tenths = Truth.of(CURVES["calibrated"], 1)
    assert tenths.share(0.9) == pytest.approx(0.15, abs=1e-4)  # 0.9 and 1.0, which stands for 0.95 and more


def test_a_system_that_is_never_wrong_answers_everything() -> None:
    never = lambda x: np.zeros_like(x)  # noqa: E731
    broken, share = deploy(never, Truth.of(never, None), 0.1, 0.05, 200, 3, None, np.random.default_rng(1))
    assert (broken, share) == (0, pytest.approx(1, abs=0.02))


def test_a_small_run_has_the_metrics_of_the_contract() -> None:
    metrics = measure(200, 3, 0.05, 1, {"good": CURVES["good"]})
    assert {"violation_rate", "auto_answer_ratio", "violations_0.05"} <= metrics.keys()
    assert 0 < metrics["auto_answer_ratio"].value <= 1
