import numpy as np

from benchmarks.halves import ALPHAS, Answers, judged


def answers(n: int, risk: float, seed: int = 3) -> Answers:
    rng = np.random.default_rng(seed)
    return Answers(rng.random(n), np.ones(n, dtype=bool), rng.random(n) < risk)


def test_what_is_never_wrong_is_certified_and_never_broken() -> None:
    found = judged(answers(300, 0.0), 20, 0.05, 1)
    for alpha in ALPHAS:
        assert (found[f"halves_certified_{alpha}"].value, found[f"halves_violations_{alpha}"].value) == (1, 0)
        assert found[f"halves_share_{alpha}"].value > 0.5


def test_a_risk_above_alpha_is_refused_in_nearly_every_half() -> None:
    found = judged(answers(300, 0.25), 200, 0.05, 1)
    assert found["halves_violations_0.1"].value <= 0.05
    assert found["halves_certified_0.05"].value <= 0.05


def test_what_is_not_shown_is_not_counted() -> None:
    hidden = Answers(np.array([0.9, 0.8, 0.1]), np.array([True, False, True]), np.array([False, True, True]))
    assert hidden.above(0.5, np.ones(3, dtype=bool)) == (1, 0)
    assert hidden.above(0.0, np.ones(3, dtype=bool)) == (2, 1)
