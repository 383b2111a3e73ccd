from dataclasses import replace
from datetime import date

import pytest

from metier.rerank.features import FEATURES, FeatureReranker, reranker_of
from metier.rerank.versions import Versions
from metier.text.vocabulary import count_terms
from metier.types import Entry, Query, State
from tests.builders import evidence, passage

VOCABULARY = count_terms(["claim day", "pump store", "travel claim"])


def entry(identity, uri, version_date):
    return Entry(identity, uri, "", "", State.LIVE, title="Travel Policy", version_date=version_date)


LIVE = {
    "old": entry("old", "policies/archive/travel-policy-v1.pdf", "2022-01-01"),
    "new": entry("new", "policies/travel-policy-v2.pdf", "2025-01-01"),
}
VERSIONS = Versions(lambda: LIVE, lambda: date(2026, 1, 1))
OLD = passage("Claims are due within 60 days.", "old", version_date="2022-01-01")
NEW = passage("Claims are due within 30 days.", "new", version_date="2025-01-01")


def rerank(query, *passages, weights=None, prefer=()):
    weights = weights or {"mixture": 1.0, "coverage": 1.0, "superseded": -2.0, "preferred": 5.0}
    return FeatureReranker(weights, lambda: VOCABULARY, VERSIONS, prefer).rerank(
        Query(query, "en"), evidence(*passages), 10
    )


def test_the_version_in_force_comes_first_and_the_old_one_is_labelled():
    found = rerank("When are claims due?", OLD, NEW)
    assert [item.passage.document for item in found] == ["new", "old"]
    assert found[1].superseded_by == "policies/travel-policy-v2.pdf"
    assert set(FEATURES) <= set(found[0].scores)


def test_who_asks_for_the_old_year_gets_it():
    found = rerank("When were claims due in 2022?", OLD, NEW)
    assert found[0].passage.document == "old"
    assert found[0].superseded_by  # still said


def test_more_of_the_question_is_better():
    found = rerank(
        "When are claims due?", passage("The pump is stored.", "a"), passage("Claims are due soon.", "b")
    )
    assert found[0].passage.document == "b"


def test_preferred_documents_come_first_in_their_order():
    a, b, c = (passage("Claims.", name) for name in "abc")
    found = rerank("claims", a, b, c, prefer=("c.txt", "b.*"))
    assert [item.passage.document for item in found] == ["c", "b", "a"]


def learned(query, signals, *passages, prefer=()):
    weights = {"mixture": 1.0, "coverage": 0.5, "superseded": -2.0, "preferred": 5.0}
    reranker = FeatureReranker(weights, lambda: VOCABULARY, VERSIONS, prefer, learned=signals)
    return reranker.rerank(Query(query, "en"), evidence(*passages), 10)


def test_learned_weights_order_and_are_shown():
    a, b = passage("The pump is stored.", "a"), passage("Claims are due soon.", "b")
    found = learned("When are claims due?", {"coverage": 3.0}, a, b)
    assert [item.passage.document for item in found] == ["b", "a"]
    assert found[0].scores["learned"] == 3.0  # last of the mixture's order, the whole question covered
    assert set(FEATURES) <= set(found[0].scores)


def test_no_learned_weight_keeps_the_order_of_the_mixture_but_not_old_versions():
    a, b = passage("The pump is stored.", "a"), passage("Claims are due soon.", "b")
    assert [item.passage.document for item in learned("claims due", {}, a, b)] == ["a", "b"]
    assert [item.passage.document for item in learned("claims due", {}, OLD, NEW)] == ["new", "old"]
    assert [item.passage.document for item in learned("claims", {}, a, b, prefer=("b.*",))] == ["b", "a"]


def test_learned_scores_keep_the_range_the_generator_knows():
    passages = [passage(f"Claims {'are due ' * n}", f"p{n}") for n in range(4)]
    by_hand = rerank("When are claims due?", *passages, weights={"mixture": 1.0, "coverage": 0.5})
    found = learned("When are claims due?", {"length": 9.0}, *passages)
    assert [item.score for item in found] == [item.score for item in by_hand]
    assert [item.passage.document for item in found] == ["p3", "p2", "p1", "p0"]


def test_no_evidence_gives_none():
    assert learned("claims", {"coverage": 1.0}) == []


def test_a_release_says_whether_its_weights_are_learned():
    a, b = passage("The pump is stored.", "a"), passage("Claims are due soon.", "b")
    hand = {"weights": {"mixture": 1.0, "coverage": 3.0}}
    for part, first in (
        (hand, "b"),
        (hand | {"signals": {}}, "a"),
        (hand | {"signals": {"coverage": 3.0}}, "b"),
    ):
        found = reranker_of(part, lambda: VOCABULARY, VERSIONS).rerank(
            Query("When are claims due?", "en"), evidence(a, b), 10
        )
        assert found[0].passage.document == first


def test_words_tell_less_the_larger_the_corpus_and_scores_keep_their_range():
    """What the mixture has first wins over the passage that holds the question's words where many hold them by chance."""
    first, covering = passage("The pump is stored.", "a"), passage("Claims are due soon.", "b")
    weights = {"mixture": 1.0, "coverage": 0.6}
    mixed = [
        replace(item, score=score) for item, score in zip(evidence(first, covering), (0.9, 0.6), strict=True)
    ]
    query = Query("When are claims due?", "en")

    def among(passages):
        known = replace(VOCABULARY, passages=passages)
        return FeatureReranker(weights, lambda: known, VERSIONS).rerank(query, mixed, 10)

    assert [item.passage.document for item in among(3)] == ["b", "a"]
    assert [item.passage.document for item in among(10_000)] == ["b", "a"]
    assert [item.passage.document for item in among(20_000)] == ["a", "b"]
    everything = replace(mixed[1], score=1.0)
    for passages in (3, 20_000):
        known = replace(VOCABULARY, passages=passages)
        (found,) = FeatureReranker(weights, lambda known=known: known, VERSIONS).rerank(
            query, [everything], 1
        )
        assert found.score == pytest.approx(1.6)
