import math

import numpy as np
import pytest
from scipy.optimize import minimize

from metier.evaluate.metrics import ndcg
from metier.rerank.features import reranker_of
from metier.rerank.versions import Versions
from metier.retrieve.mixture import ConvexMixer
from metier.specialize.mixture import LEAST, Judged
from metier.specialize.reranker import RerankerFit, _Pools, _weights, fit_reranker
from metier.text.vocabulary import Vocabulary, count_terms
from metier.types import Hit, Passage, Query
from tests.builders import passage

WORDS = ["wing", "lift", "drag", "flow", "heat", "shock", "wave", "noise", "panel", "jet", "flutter", "gas"]
VOCABULARY = count_terms([f"{one} {other}" for one in WORDS for other in WORDS if one < other])
RELEASED = {"mixture": 1.0, "coverage": 0.6, "superseded": -0.5, "preferred": 0.3}
MIXER = ConvexMixer({"keyword": 1.0}, 30, collapse=False)


def judged(count: int, tells: bool, seed: int = 5, first: float = 0.0) -> list[Judged]:
    """Questions of two words, ranked by chance, but for a share of relevant passages that is `first`; if it `tells`, the
    relevant passage is the one with both words."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        one, other = rng.choice(WORDS, 2, replace=False)
        docs = [_passage(rng.choice(WORDS, 2, replace=False), f"q{number}d{n}") for n in range(14)]
        docs.append(_passage((one, other), f"q{number}right"))
        order = rng.permutation(len(docs)).tolist()
        if tells and rng.random() < first:
            order = [len(docs) - 1, *(place for place in order if place != len(docs) - 1)]
        ranked = [Hit(docs[place], float(len(docs) - rank)) for rank, place in enumerate(order)]
        right = docs[-1].id if tells else docs[int(rng.integers(len(docs)))].id
        rows.append(Judged(f"q{number}", Query(f"{one} {other}", "en"), {"keyword": ranked}, {right: 1.0}))
    return rows


def _passage(words: object, name: str) -> Passage:
    return passage(f"On {' and '.join(map(str, words))}.", name, title="")  # type: ignore[call-overload]


def fit(rows: list[Judged]) -> RerankerFit:
    return fit_reranker(rows, MIXER, VOCABULARY, RELEASED, wide=20)


def value(release: object, rows: list[Judged]) -> float:
    """Mean nDCG@10 of the product's reranker with this release's weights."""
    versions = Versions(dict, lambda: None)  # type: ignore[arg-type, return-value]
    reranker = reranker_of(release, lambda: VOCABULARY, versions)  # type: ignore[arg-type]
    out = []
    for row in rows:
        found = reranker.rerank(row.query, MIXER.mix(row.query, row.rankings, 20), 20)
        out.append(ndcg([item.passage.id for item in found], row.relevance, 10))
    return float(np.mean(out))


def test_what_tells_the_relevant_passage_is_learned_and_carries_over() -> None:
    made = fit(judged(80, tells=True))
    assert made.release["fitted"] == made.n == 80
    assert made.gain is not None
    assert made.gain.low > 0.1
    assert max(made.release["signals"], key=made.release["signals"].get) in {
        "coverage",
        "best_sentence",
        "proximity",
    }
    fresh = judged(40, tells=True, seed=6)
    assert value(made.release, fresh) > value({"weights": RELEASED, "signals": {}}, fresh) + 0.2
    assert made.release["weights"] == RELEASED


def test_where_nothing_tells_next_to_nothing_is_lost() -> None:
    made = fit(judged(60, tells=False))
    fresh = judged(60, tells=False, seed=9)
    assert value(made.release, fresh) > value({"weights": RELEASED, "signals": {}}, fresh) - 0.03


def test_too_few_questions_leave_the_order_of_the_mixture() -> None:
    made = fit(judged(LEAST - 1, tells=True))
    assert made.release["signals"] == {}
    assert "fitted" not in made.release
    assert made.gain is None
    assert "too few" in made.note
    assert fit([]).n == 0


def test_few_questions_move_the_order_less_than_many() -> None:
    few, many = (fit(judged(n, tells=True, first=0.6)).release["signals"]["coverage"] for n in (LEAST, 150))
    assert 0 < few < many


def test_the_same_questions_give_the_same_weights_in_any_order() -> None:
    rows = judged(40, tells=True)
    assert fit(rows).release == fit(rows[::-1]).release


def test_what_the_legs_did_not_find_teaches_nothing() -> None:
    rows = [Judged(f"q{n}", Query("wing", "en"), {"keyword": []}, {"x": 1.0}) for n in range(LEAST)]
    made = fit(rows)
    assert made.release["signals"] == {}
    assert made.mixture is not None
    assert made.mixture.value == 0.0


def test_newton_finds_the_least_loss() -> None:
    """Against scipy's general minimiser on the same convex loss."""
    rng = np.random.default_rng(2)
    mixture, table = rng.random((30, 8)), rng.random((30, 8, 3))
    gains = (rng.random((30, 8)) < 0.2) * rng.integers(1, 3, (30, 8)).astype(float)
    gains[:, 0] += gains.sum(axis=1) == 0
    there = np.ones((30, 8), dtype=bool)
    there[::2, 6:], gains[::2, 6:] = False, 0.0
    gains[::2, 1] += 1.0
    pools = _Pools(mixture, table, gains, there, np.ones(30), 10)
    share = gains / gains.sum(axis=1, keepdims=True)

    def loss(theta: np.ndarray) -> float:
        total = 0.5 * 1e-3 * theta[0] ** 2 + 0.5 * 10.0 * (theta[1:] ** 2).sum()
        for row in range(30):
            scores = (theta[0] * mixture[row] + table[row] @ theta[1:])[there[row]]
            total -= share[row][there[row]] @ (scores - math.log(np.exp(scores).sum()))
        return float(total)

    best = minimize(loss, np.array([1.0, 0, 0, 0]), method="BFGS", options={"gtol": 1e-7}).x
    assert _weights(pools, 10.0) == pytest.approx(best[1:] / max(best[0], 1.0), abs=2e-3)


def test_an_empty_vocabulary_is_no_error() -> None:
    rows = judged(LEAST, tells=True)
    assert fit_reranker(rows, MIXER, Vocabulary(), RELEASED, wide=20).n == LEAST
