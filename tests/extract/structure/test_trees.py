from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.fit_structure import trees_of
from metier.extract.structure.trees import arrays_of, load


@pytest.mark.parametrize("classes", [2, 4])
def test_answers_are_those_of_the_library_that_fitted_them(classes: int, tmp_path: Path):
    rng = np.random.default_rng(classes)
    table = rng.normal(size=(400, 5))
    table[rng.random(table.shape) < 0.1] = np.nan
    truth = np.digitize(
        np.nan_to_num(table[:, 0]) + np.nan_to_num(table[:, 1]) ** 2, np.linspace(0, 2, classes - 1)
    )
    model = HistGradientBoostingClassifier(max_iter=10, max_leaf_nodes=6).fit(table, truth)
    trees = trees_of(model, ["a", "b", "c", "d", "e"])
    assert np.allclose(trees.probabilities(table), model.predict_proba(table), atol=1e-6)

    np.savez_compressed(tmp_path / "trees.npz", **arrays_of("small", trees))
    again = load(tmp_path / "trees.npz", "small")
    assert np.array_equal(again.probabilities(table), trees.probabilities(table))
    assert again.features == ("a", "b", "c", "d", "e")
    assert again.classes == tuple(str(number) for number in range(classes))
    assert again.probabilities(np.zeros((0, 5))).shape == (0, classes)


def test_trees_of_more_leaves_than_are_kept_apart_are_refused():
    rng = np.random.default_rng(1)
    table = rng.normal(size=(2000, 2))
    model = HistGradientBoostingClassifier(max_iter=1, max_leaf_nodes=20, min_samples_leaf=5)
    trees = trees_of(model.fit(table, rng.random(2000) < 0.5), ["a", "b"])
    with pytest.raises(ValueError, match="20 leaves"):
        trees.probabilities(table)
