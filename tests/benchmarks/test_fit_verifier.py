import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.fit_verifier import logistic


def test_the_fit_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(5)
    table = rng.normal(size=(300, 3))
    labels = (table @ [1.5, -2.0, 0.0] + rng.logistic(size=300) > 0.4).astype(np.float64)
    weight = rng.uniform(0.5, 2.0, size=300)
    ours = logistic(table, labels, weight, ridge=0.7)
    oracle = LogisticRegression(C=1 / 0.7, tol=1e-10, max_iter=1000).fit(table, labels, sample_weight=weight)
    np.testing.assert_allclose(ours, [oracle.intercept_[0], *oracle.coef_[0]], atol=1e-5)
