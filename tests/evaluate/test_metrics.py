import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score, roc_auc_score

from metier.evaluate import metrics

SEEDS = range(20)


def _tied_scores(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    labels[:2] = 0, 1
    return labels, rng.integers(0, 8, n) / 7  # few distinct values: ties in every draw


@pytest.mark.parametrize("seed", SEEDS)
def test_auroc_agrees_with_scikit_learn_on_ties(seed: int) -> None:
    labels, scores = _tied_scores(seed)
    assert metrics.auroc(labels, scores) == pytest.approx(roc_auc_score(labels, scores))


@pytest.mark.parametrize("seed", SEEDS)
def test_ndcg_agrees_with_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    relevance = rng.integers(0, 4, 15).astype(float)
    relevance[0] = 1
    scores = rng.permutation(15).astype(float)
    ids = [f"d{i}" for i in range(15)]
    ranked = [ids[i] for i in np.argsort(-scores)]
    ours = metrics.ndcg(ranked, dict(zip(ids, relevance, strict=True)), k=10)
    assert ours == pytest.approx(ndcg_score([relevance], [scores], k=10))


def test_ndcg_by_hand() -> None:
    # gains 0, 3, 1 at ranks 1..3; ideal 3, 2, 1
    dcg = 3 / math.log2(3) + 1 / 2
    ideal = 3 + 2 / math.log2(3) + 1 / 2
    assert metrics.ndcg(["x", "a", "c"], {"a": 3, "b": 2, "c": 1}, k=3) == pytest.approx(dcg / ideal)
    assert metrics.ndcg(["a", "a", "b"], {"a": 1, "b": 1}, k=2) == pytest.approx(1.0)
    assert math.isnan(metrics.ndcg(["a"], {"a": 0}, k=3))


def test_recall_by_hand() -> None:
    ranked = ["x", "a", "y", "b", "a"]
    assert metrics.recall_at(ranked, {"a", "b"}, k=2) == 0.5
    assert metrics.recall_at(ranked, {"a", "b"}, k=4) == 1.0
    assert math.isnan(metrics.recall_at(ranked, (), 3))


def test_one_class_or_no_rows_are_nan_and_bad_shapes_are_refused() -> None:
    assert math.isnan(metrics.auroc([1, 1], [0.2, 0.3]))
    assert math.isnan(metrics.auroc([], []))
    with pytest.raises(ValueError, match="one length"):
        metrics.auroc([1], [0.1, 0.2])
    with pytest.raises(ValueError, match="nan"):
        metrics.auroc([1, 0], [0.1, math.nan])


def test_coverage_risk_by_hand() -> None:
    confidence, wrong = [0.9, 0.8, 0.8, 0.1], [0, 1, 0, 1]
    coverage, risk = metrics.coverage_risk(confidence, wrong)
    assert coverage.tolist() == [0.25, 0.75, 1.0]
    assert risk.tolist() == pytest.approx([0, 1 / 3, 1 / 2])


@given(st.lists(st.tuples(st.booleans(), st.integers(-5, 5)), min_size=2, max_size=40))
def test_auroc_flips_with_labels_and_ignores_monotone_scaling(rows) -> None:  # type: ignore[no-untyped-def]
    labels, scores = [a for a, _ in rows], [float(b) for _, b in rows]
    value = metrics.auroc(labels, scores)
    if math.isnan(value):
        assert len(set(labels)) == 1
        return
    assert metrics.auroc([not a for a in labels], scores) == pytest.approx(1 - value)
    assert metrics.auroc(labels, [math.exp(b) for b in scores]) == pytest.approx(value)
