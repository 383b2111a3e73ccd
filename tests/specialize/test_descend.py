import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

from metier.specialize.descend import descend


def test_a_curved_valley_is_followed_to_its_end() -> None:
    start = np.array([-1.2, 1.0, -0.5, 2.0])
    found = descend(lambda at: (float(rosen(at)), rosen_der(at)), start, steps=500)
    assert found == pytest.approx(np.ones(4), abs=1e-5)


def test_scipy_finds_the_same_point() -> None:
    rng = np.random.default_rng(5)
    table, labels = rng.normal(size=(200, 12)), rng.choice([-1.0, 1.0], 200)

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        margin = labels * (table @ at)
        value = float(np.logaddexp(0, -margin).mean() + 0.05 * at @ at)
        return value, table.T @ (-labels / (1 + np.exp(margin))) / 200 + 0.1 * at

    theirs = minimize(loss, np.zeros(12), jac=True, method="L-BFGS-B", options={"gtol": 1e-9, "ftol": 1e-15})
    assert descend(loss, np.zeros(12)) == pytest.approx(theirs.x, abs=1e-5)


def test_where_nothing_improves_it_stays() -> None:
    assert descend(lambda at: (0.0, np.zeros_like(at)), np.ones(2)).tolist() == [1.0, 1.0]
    assert descend(lambda at: (0.0, np.ones_like(at)), np.ones(2)).tolist() == [1.0, 1.0]  # a wrong slope
    assert descend(lambda at: (0.0, at), np.zeros(0)).size == 0
