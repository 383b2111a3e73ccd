import numpy as np
import pytest

from metier.generate.confidence import confidence, confidence_features
from metier.generate.scoring import FEATURES

MATRIX = np.zeros((2, len(FEATURES)))
MATRIX[:, FEATURES.index("deep")] = [1.0, 0.25]
CHANCE = np.array([0.6, 0.1, 0.3])


def test_without_a_model_it_is_what_is_not_abstained():
    assert confidence(MATRIX, CHANCE, None) == pytest.approx(0.7)


def test_the_features_say_how_the_best_stands_out():
    found = confidence_features(MATRIX, CHANCE)
    assert found["p_top"] == 0.6
    assert found["p_best"] == pytest.approx(0.7)
    assert found["p_abstain"] == 0.3
    assert found["deep_lead_4"] == pytest.approx(0.75)
    assert found["top_deep"] == 1.0


def test_a_model_is_logistic_in_them():
    model = {"bias": -1.0, "weights": {"p_top": 5.0, "unknown": 9.0}}
    assert confidence(MATRIX, CHANCE, model) == pytest.approx(1 / (1 + np.exp(-2.0)))


def test_it_never_overflows():
    assert confidence(MATRIX, CHANCE, {"bias": -1e9, "weights": {}}) < 1e-20
    assert confidence(MATRIX, CHANCE, {"bias": 1e9, "weights": {}}) == pytest.approx(1.0)
