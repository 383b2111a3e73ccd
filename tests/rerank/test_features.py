from dataclasses import replace
from datetime import date

import pytest

from metier.rerank.features import FEATURES, Echoing, FeatureReranker, reranker_of
from metier.rerank.versions import Versions
from metier.store.releases import RELEASE_0, read_parts
from metier.text.echo import ECHO
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


# --- as far as the documents echo the question ----------------------------------------------------------------------

BY_HAND = {"mixture": 1.0, "coverage": 0.6, "heading": 0.4, "superseded": -0.5}


HALF = Echoing(words=0.5)


def echoing(echo, mixed, echoing=HALF, query="When are claims due?", signals=None):
    told = mixed if echo is None else [replace(item, scores={ECHO: echo}) for item in mixed]
    reranker = FeatureReranker(BY_HAND, lambda: VOCABULARY, VERSIONS, (), signals, echoing)
    return reranker.rerank(Query(query, "en"), told, 10)


def scored(*pairs):
    return [
        replace(item, score=score)
        for item, (_, score) in zip(evidence(*(p for p, _ in pairs)), pairs, strict=True)
    ]


def test_words_count_half_where_the_documents_echo_the_question():
    """Everything holds the words there, so what the mixture has first stays first; scores keep their range."""
    mixed = scored((passage("The pump is stored.", "a"), 0.9), (passage("Claims are due soon.", "b"), 0.5))
    assert [item.passage.document for item in echoing(0.0, mixed)] == ["b", "a"]
    assert [item.passage.document for item in echoing(1.0, mixed)] == ["a", "b"]
    assert echoing(None, mixed)[0].score == echoing(0.0, mixed)[0].score, "a mixture that follows nothing"
    assert echoing(1.0, mixed, None)[0].score == echoing(0.0, mixed)[0].score, "a release without"
    whole = scored((passage("Claims are due.", "a", title="Claims due"), 1.0))
    assert {round(echoing(echo, whole)[0].score, 9) for echo in (0.0, 0.3, 1.0)} == {2.0}


def test_candidates_vouch_for_one_another_as_far_as_there_is_an_echo():
    wing, soup, drag = (
        passage("the lift of a swept wing at high speed", "wing", title=""),
        passage("boil potatoes with salt", "soup", title=""),
        passage("lift and drag of a swept wing", "drag", title=""),
    )
    mixed = scored((wing, 1.0), (soup, 0.3), (drag, 0.2))
    vouched = Echoing(neighbours=0.4)

    def order(echo):
        return [item.passage.document for item in echoing(echo, mixed, vouched, "flow")]

    assert order(0.0) == ["wing", "soup", "drag"]
    assert order(1.0) == ["wing", "drag", "soup"]
    told = {item.passage.document: item.scores["mixture"] for item in echoing(1.0, mixed, vouched, "flow")}
    assert told["drag"] == pytest.approx(0.6 * 0.2 + 0.4 * 1.0), "the wing alone is like it"
    assert told["soup"] == pytest.approx(0.6 * 0.3), "nothing is"
    assert echoing(1.0, [], vouched) == []


def test_what_was_learnt_follows_no_echo():
    mixed = scored((passage("The pump is stored.", "a"), 0.9), (passage("Claims are due soon.", "b"), 0.5))
    whole, half = (echoing(echo, mixed, Echoing(0.5, 0.5), signals={"coverage": 0.1}) for echo in (0.0, 1.0))
    assert [(item.passage.id, item.score) for item in whole] == [
        (item.passage.id, item.score) for item in half
    ]


def test_release_0_says_how_far():
    part = read_parts(RELEASE_0)["reranker"]
    mixed = scored(
        (passage("The pump is stored.", "a", title=""), 0.5), (passage("Claims are due.", "b", title=""), 0.5)
    )

    def ahead(echo):
        told = [replace(item, scores={ECHO: echo}) for item in mixed]
        found = reranker_of(part, lambda: VOCABULARY, VERSIONS).rerank(
            Query("When are claims due?", "en"), told, 10
        )
        return found[0].score - found[1].score

    assert ahead(0.0) == pytest.approx(1.2)
    assert ahead(1.0) == pytest.approx(1.2 / 2 * 2.6 / 1.8), "half of the words, and all of it larger"
