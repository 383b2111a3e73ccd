import time

import numpy as np
import pytest

from metier.evaluate.metrics import ndcg
from metier.retrieve.mixture import ConvexMixer, mixer_of
from metier.specialize.mixture import LEAST, Judged, best_convex, fit_mixture
from metier.text.vocabulary import Vocabulary
from metier.types import Hit, Query
from tests.builders import passage

DOCS = [passage(f"words {name}", name, title="") for name in "abcdefghijklmnopqrstuvwxyz"]


def judged(
    count: int,
    good: str,
    bad: str,
    noise: float = 0.1,
    words: str = "which rules hold for leave",
    seed: int = 3,
) -> list[Judged]:
    """Questions whose one relevant passage the `good` leg ranks high and the `bad` one anywhere."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        right = int(rng.integers(len(DOCS)))
        scores = {good: rng.random(len(DOCS)) * noise, bad: rng.random(len(DOCS))}
        scores[good][right] += 0.08
        rankings = {name: _ranked(values) for name, values in scores.items()}
        rows.append(Judged(f"{words} {number}", Query(words, "en"), rankings, {DOCS[right].id: 1.0}))
    return rows


def _ranked(values: np.ndarray) -> list[Hit]:
    hits = [Hit(doc, float(value)) for doc, value in zip(DOCS, values, strict=True)]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))[:15]


EVEN = {"keyword": 1.0, "static": 1.0}


def test_a_useless_leg_gets_next_to_nothing() -> None:
    fit = fit_mixture(judged(100, "keyword", "static"), EVEN, per_document=6)
    assert fit.release["weights"]["keyword"] >= 0.8
    assert fit.release["per_document"] == 6
    assert fit.release["fitted"] == fit.n == 100
    assert fit.legs["keyword"] > fit.legs["static"]
    assert fit.held_out is not None
    assert fit.held_out.value >= fit.legs["keyword"] - 0.03


def test_what_it_counts_is_what_the_mixer_returns() -> None:
    rows = judged(40, "static", "keyword", noise=0.3)
    weights = best_convex(rows, list(EVEN))
    mixer = ConvexMixer(weights, 9)

    def value(mix: ConvexMixer) -> float:
        got = [([e.passage.id for e in mix.mix(row.query, row.rankings, 99)], row.relevance) for row in rows]
        return float(np.mean([ndcg(ids, relevance, 10) for ids, relevance in got]))

    others = [value(ConvexMixer({"keyword": w, "static": 1 - w}, 9)) for w in np.linspace(0, 1, 21)]
    assert value(mixer) == pytest.approx(max(others))
    fit = fit_mixture(rows, EVEN, per_document=9)
    assert value(mixer_of(fit.release, Vocabulary)) >= fit.legs["static"] - 0.005


def test_the_same_questions_give_the_same_weights_in_any_order() -> None:
    rows = judged(60, "keyword", "static")
    assert fit_mixture(rows, EVEN, 6).release == fit_mixture(rows[::-1], EVEN, 6).release


def test_too_few_questions_leave_the_cold_start() -> None:
    rows = judged(LEAST - 1, "keyword", "static")
    rows.append(Judged("nothing is right", Query("x"), rows[0].rankings, {"a": 0.0}))
    fit = fit_mixture(rows, {"keyword": 0.5, "static": 1.5}, 6)
    assert fit.release["weights"] == {"keyword": 0.25, "static": 0.75}
    assert "fitted" not in fit.release
    assert fit.held_out is None
    assert "too few" in fit.note
    assert fit_mixture([], {}, 6).release["weights"] == {}


def test_few_questions_move_the_weights_less_than_many() -> None:
    few, many = (fit_mixture(judged(n, "keyword", "static"), EVEN, 6) for n in (LEAST, 200))
    assert few.release["weights"]["keyword"] <= many.release["weights"]["keyword"]


def test_where_mixing_harms_only_the_best_leg_is_used() -> None:
    """Two kinds of fold that want opposite weights: chosen without its own fold, each comes out wrong."""
    rows = judged(30, "keyword", "static", noise=0.0)
    fit = fit_mixture(rows, EVEN, 6)
    assert fit.held_out is not None
    assert fit.held_out.value >= max(fit.legs.values()) - 0.005


def test_a_class_gets_its_own_weights_only_if_they_carry_over() -> None:
    codes = judged(120, "keyword", "static", words="weight of AX-100", seed=5)
    plain = judged(
        120, "static", "keyword", words="which rules decide whether staff may carry over leave", seed=6
    )
    fit = fit_mixture([*codes, *plain], EVEN, 6)
    assert fit.release["classes"]["plain"]["static"] > 0.7
    assert "own weights for plain" in fit.note
    alike = fit_mixture(judged(120, "keyword", "static", words="weight of AX-100"), EVEN, 6)
    assert "classes" not in alike.release


def test_eight_hundred_questions_take_seconds_at_most() -> None:
    rows = judged(800, "keyword", "static")
    before = time.process_time()
    fit_mixture(rows, EVEN, 6)
    assert time.process_time() - before < 5  # about one second on an idle core


def test_grades_count() -> None:
    rankings = {"keyword": [Hit(DOCS[0], 2.0), Hit(DOCS[1], 1.0)]}
    rows = [Judged(str(n), Query("x"), rankings, {DOCS[0].id: 1.0, DOCS[1].id: 3.0}) for n in range(LEAST)]
    fit = fit_mixture(rows, {"keyword": 1.0}, 6)
    expected = ndcg([DOCS[0].id, DOCS[1].id], rows[0].relevance, 10)
    assert fit.legs["keyword"] == pytest.approx(expected)


def with_kin(count: int, relevant: int) -> list[Judged]:
    """Questions whose relevant passages share words with one another; the legs find one of them for sure, and the others
    among all the rest."""
    rng = np.random.default_rng(11)
    kin = [
        passage(f"wing lift drag flutter {'abcdefgh'[n] * 4}", f"kin{n}", title="") for n in range(relevant)
    ]
    rest = [
        passage(f"{word * 3} {word * 4} {word * 5}", f"rest{word}", title="") for word in "ijklmnopqrstuvwxyz"
    ]
    rows = []
    for number in range(count):
        scores = {doc: float(rng.random()) for doc in (*kin[1:], *rest)} | {kin[0]: 1.5}
        ranked = sorted((Hit(doc, score) for doc, score in scores.items()), key=lambda hit: -hit.score)
        grades = {doc.id: 1.0 for doc in kin}
        rows.append(Judged(f"q{number}", Query("wing"), {"keyword": ranked}, grades))
    return rows


def test_candidates_vouch_for_one_another_where_relevant_passages_are_alike() -> None:
    fit = fit_mixture(with_kin(40, relevant=5), {"keyword": 1.0}, 6)
    assert fit.release["neighbours"] >= 0.3
    assert fit.held_out is not None
    assert fit.held_out.value > fit.legs["keyword"]


def test_where_one_passage_is_relevant_vouching_must_prove_itself() -> None:
    assert "neighbours" not in fit_mixture(judged(60, "keyword", "static"), EVEN, 6).release
