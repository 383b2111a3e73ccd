import numpy as np
import pytest

from metier.rerank.signals import Pool, relative, signal_names, signals
from metier.text.vocabulary import count_terms
from metier.types import Evidence, Query
from tests.builders import evidence, passage

VOCABULARY = count_terms(["wing lift", "wing drag", "potato salt"])
NEAR = passage("The wing lift of a swept plane is known.", "near", title="Wing lift")
FAR = passage(
    "The wing was made of wood and painted in the year before the war. Much later somebody measured its lift.",
    "far",
    title="Notes on aircraft and their makers",
)
OTHER = passage("Boil potatoes with salt.", "other", title="Cooking")
QUERY = Query("wing lift", "en")


def told(name, *passages, query=QUERY):
    return signals(Pool(query, evidence(*passages), VOCABULARY), (name,))[:, 0].tolist()


def test_every_signal_is_finite_and_small_for_any_pool():
    names = signal_names(("keyword", "static"))
    empty = passage("", "empty", title="")
    for passages in ((), (NEAR,), (empty,), (empty, empty), (NEAR, FAR, OTHER, empty)):
        for query in (QUERY, Query(""), Query("?!", "xx")):
            table = signals(Pool(query, evidence(*passages), VOCABULARY), names)
            assert table.shape == (len(passages), len(names))
            assert np.all(np.isfinite(table))
            assert np.abs(table).max(initial=0.0) <= 1.0


def test_a_leg_counts_by_its_place_in_the_pool_and_nothing_where_it_is_silent():
    pool = [
        Evidence(NEAR, 1.0, {"keyword": 30.0}, {"keyword": 1}),
        Evidence(FAR, 0.9, {"keyword": 20.0}, {"keyword": 3}),
        Evidence(OTHER, 0.1),
    ]
    names = ("score:keyword", "rank:keyword", "score:absent", "rank:absent", "no such signal")
    assert signals(Pool(QUERY, pool, VOCABULARY), names) == pytest.approx(
        np.array([[1, 1, 0, 0, 0], [0, 0.5, 0, 0, 0], [0, 0, 0, 0, 0]])
    )


def test_scores_of_another_scale_give_the_same_signals():
    def table(factor, shift):
        pool = [Evidence(item, shift + factor * (3 - place), {"keyword": shift + factor * (5 - place)}, {"keyword": 1 + place})
                for place, item in enumerate((NEAR, FAR, OTHER))]  # fmt: skip
        return signals(Pool(QUERY, pool, VOCABULARY), signal_names(("keyword",)))

    assert table(1.0, 0.0) == pytest.approx(table(250.0, -40.0))


def test_agreement_needs_every_leg():
    pool = [
        Evidence(NEAR, 1.0, {"a": 2.0, "b": 2.0}, {"a": 1, "b": 1}),
        Evidence(FAR, 0.5, {"a": 1.0}, {"a": 2}),
        Evidence(OTHER, 0.5, {"b": 1.0}, {"b": 2}),
    ]
    assert signals(Pool(QUERY, pool, VOCABULARY), ("agreement",))[:, 0].tolist() == [1.0, 0.0, 0.0]


def test_words_that_stand_together_count_as_near():
    near, far, other = told("proximity", NEAR, FAR, OTHER)
    assert near == 1.0
    assert far < 0.2
    assert other == 0.0
    assert told("proximity", passage("a wing of great lift", "b"))[0] == pytest.approx(1 - 1 / 8)


def test_a_heading_about_nothing_else_has_the_larger_share():
    assert told("heading_share", NEAR, FAR, OTHER) == [1.0, 0.0, 0.0]


def test_lengths_are_relative_to_the_median():
    short, middle, long = (passage("word " * n, f"p{n}") for n in (5, 50, 50_000))
    assert told("length", short, middle, long) == pytest.approx([-1.0, 0.0, 1.0], abs=0.2)


def test_what_is_like_the_first_candidates_stands_out():
    wings = [
        passage(f"wing lift drag {word}", word, title="") for word in ("swept", "thin", "thick", "delta")
    ]
    values = told("like_first_3", *wings[:3], OTHER, wings[3])
    assert values[4] > values[3]
    assert told("neighbours", *wings[:3], OTHER, wings[3])[3] == 0.0


def test_relative():
    assert relative([]).tolist() == []
    assert relative([2.0, 2.0]).tolist() == [1.0, 1.0]
    assert relative([1.0, 3.0, 2.0]).tolist() == [0.0, 1.0, 0.5]
