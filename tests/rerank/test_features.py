from datetime import date

from metier.rerank.features import FEATURES, FeatureReranker, coverage
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


def test_coverage_counts_rare_terms_more():
    assert coverage({"claim", "pump"}, {"pump"}, VOCABULARY) > coverage(
        {"claim", "pump"}, {"claim"}, VOCABULARY
    )
    assert coverage(set(), {"x"}, VOCABULARY) == 0.0
