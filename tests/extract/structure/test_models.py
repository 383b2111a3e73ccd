from metier.extract.structure.continuation import PAIR_FEATURES
from metier.extract.structure.features import CONTEXT, FEATURES
from metier.extract.structure.levels import LEVEL_FEATURES
from metier.extract.structure.models import WEIGHTS, shipped


def test_the_weights_fit_the_features_of_this_version():
    models = shipped()
    assert models.first.features == FEATURES
    assert models.heading.features == (*FEATURES, *CONTEXT)
    assert models.level.features == LEVEL_FEATURES
    assert models.continuation.features == PAIR_FEATURES
    assert 0 < models.heading_at < 1
    assert WEIGHTS.stat().st_size < 1_000_000
