import numpy as np
import pytest
from scipy import stats

from metier.errors import UserError
from metier.evaluate.drift import drift


def test_it_agrees_with_scipy() -> None:
    rng = np.random.default_rng(3)
    for n, m, shift in ((40, 60, 0.0), (100, 300, 0.1), (300, 300, 0.05)):
        one, two = rng.random(n).tolist(), (rng.random(m) + shift).tolist()
        found, truth = drift(one, two), stats.ks_2samp(one, two, method="asymp")
        assert found.distance == pytest.approx(truth.statistic)
        assert found.p == pytest.approx(truth.pvalue, abs=0.03)


def test_ties_and_questions_that_were_not_answered() -> None:
    then, now = [0.9] * 30 + [None] * 30, [0.9] * 30 + [None] * 30
    assert (drift(then, now).distance, drift(then, now).drifted) == (0.0, False)
    fewer = drift(then, [0.9] * 5 + [None] * 55)
    assert fewer.drifted
    assert "does not apply" in fewer.sentence
    assert "answered 50% then, 8% now" in fewer.sentence


def test_false_alarms_are_at_most_the_level() -> None:
    rng = np.random.default_rng(4)
    alarms = sum(drift(rng.random(100).tolist(), rng.random(100).tolist()).drifted for _ in range(400))
    assert alarms <= 12  # 4 expected at 1%


def test_few_questions_tell_nothing() -> None:
    with pytest.raises(UserError, match="at least 30"):
        drift([0.5] * 29, [0.5] * 100)
