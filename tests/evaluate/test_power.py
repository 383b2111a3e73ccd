import math

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower

from metier.errors import UserError
from metier.evaluate.estimates import mcnemar
from metier.evaluate.power import detectable_difference, plan_comparison


@pytest.mark.parametrize(("effect", "spread"), [(0.04, 0.45), (0.05, 0.3), (0.1, 0.6)])
def test_the_number_of_cases_agrees_with_statsmodels(effect: float, spread: float) -> None:
    # ratio 0: one sample, here of paired differences
    theirs = NormalIndPower(ddof=0).solve_power(effect / spread, alpha=0.05, power=0.8, ratio=0)
    assert plan_comparison(effect, spread=spread).needed == math.ceil(theirs)
    assert detectable_difference(int(theirs), spread) == pytest.approx(effect, rel=0.02)


def test_the_sentence_says_what_is_needed_and_what_can_be_seen() -> None:
    plan = plan_comparison(0.04, have=600)
    assert plan.sentence == (
        "To see a difference of 4.0 points: needs 982 paired cases; you have 600: detects 5.1 points."
    )
    assert not plan.enough
    assert plan_comparison(0.04, have=982).enough
    assert plan_comparison(0.04).sentence.endswith("needs 982 paired cases.")


def test_clusters_inflate_the_number_by_kish() -> None:
    alone, together = (
        plan_comparison(0.05).needed,
        plan_comparison(0.05, cluster_size=5, correlation=0.25).needed,
    )
    assert together == pytest.approx(2 * alone, abs=2)


def test_the_planned_cases_have_the_planned_power() -> None:
    plan = plan_comparison(0.1, discordance=0.3)
    rng = np.random.default_rng(5)
    seen = 0
    for _ in range(400):
        kind = rng.choice(3, size=plan.needed, p=[0.2, 0.1, 0.7])  # only ours right, only theirs, the same
        seen += mcnemar(kind != 1, kind != 0) < 0.05
    assert 0.7 < seen / 400 < 0.9


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"effect": 0}, "effect"), ({"effect": 0.1, "discordance": 0.05}, "cannot be"), ({"have": -1}, "number of cases"),
        ({"discordance": 0.2, "spread": 0.3}, "not both"), ({"discordance": 2}, "discordance"), ({"power": 1}, "power"),
        ({"spread": -1}, "spread"), ({"cluster_size": 0.5}, "cluster size"), ({"correlation": 2}, "correlation"),
        ({"confidence": 0.2}, "confidence"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        plan_comparison(**wrong)  # type: ignore[arg-type]


def test_nearly_the_same_number_of_pairs_as_truescore() -> None:
    # required_pairs of truescore 0.7.4 takes the effect out of the variance of the pairs; we plan without knowing it
    assert plan_comparison(0.04, discordance=0.2).needed == pytest.approx(979, rel=0.005)
    assert plan_comparison(0.05, discordance=0.2).needed == pytest.approx(626, rel=0.005)
    assert detectable_difference(600, 0.2**0.5) == pytest.approx(0.05108, rel=0.005)
