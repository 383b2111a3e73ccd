import numpy as np

from metier.extract.structure.features import FEATURES
from metier.extract.structure.levels import LEVEL_FEATURES, level_features, mend


def test_looks_are_ranked_among_the_headings_of_the_document():
    table = np.zeros((4, len(FEATURES)))
    table[:, FEATURES.index("size")] = [1.6, 1.0, 1.2, 1.6]
    table[:, FEATURES.index("number_depth")] = [1, 0, 2, 1]
    found = level_features(table, np.array([0, 1, 2, 0]), np.array([0, 2, 3]))
    columns = {name: found[:, number].tolist() for number, name in enumerate(LEVEL_FEATURES)}
    assert columns["rank"] == [1, 2, 1]
    assert columns["styles"] == [2, 2, 2]
    assert columns["style_depth"] == [1, 2, 1]
    assert columns["depths"] == [2, 2, 2]
    assert level_features(table, np.zeros(4, dtype=np.int64), np.array([], dtype=np.int64)).shape == (
        0,
        len(LEVEL_FEATURES),
    )


def test_levels_go_down_one_by_one():
    assert mend([1, 3, 4, 2, 5]) == [1, 2, 3, 2, 3]
    assert mend([]) == []
