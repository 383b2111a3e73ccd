import numpy as np

from metier.evaluate.hillclimb import better_passes, climb


def test_noise_wins_on_an_open_suite_and_not_in_the_vault() -> None:
    found = [climb(50, 20, 0.05, np.random.default_rng(seed), 0.7, 0.2) for seed in range(40)]
    assert np.mean([item.gain_naive for item in found]) > 0.05
    assert sum(item.passes for item in found) <= 4
    assert all(item.gain_gated == 0 for item in found if not item.passes)


def test_a_large_true_gain_passes() -> None:
    rng = np.random.default_rng(2)
    assert sum(better_passes(1000, 0.1, 0.001, rng, 0.7, 0.2) for _ in range(20)) >= 19
