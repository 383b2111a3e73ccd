import pytest

from metier.text.passage_terms import asked_terms, coverage, covered, passage_terms, rarity
from metier.text.vocabulary import Vocabulary, count_terms
from metier.types import Query
from tests.builders import passage

VOCABULARY = count_terms(["claim day", "pump store", "travel claim"])


def test_a_passage_is_read_in_order_by_sentence_and_under_its_headings():
    held = passage_terms(
        passage("Claims are due. Pumps are stored.", title="Travel", heading_path=("Claims",))
    )
    assert held.terms == ("claim", "due", "pump", "store")
    assert held.sentences == (frozenset({"claim", "due"}), frozenset({"pump", "store"}))
    assert held.heading == {"travel", "claim"}
    assert held.everything() == {"travel", "claim", "due", "pump", "store"}


def test_what_is_searched_besides_is_asked_too():
    assert asked_terms(Query("When are claims due?", "en", rewrites=("travel claims",)), "en") == (
        "claim", "due", "travel", "claim")  # fmt: skip


def test_coverage_counts_rare_terms_more():
    assert coverage({"claim", "pump"}, {"pump"}, VOCABULARY) > coverage(
        {"claim", "pump"}, {"claim"}, VOCABULARY
    )
    assert coverage(set(), {"x"}, VOCABULARY) == 0.0
    assert rarity(["claim", "claim"], VOCABULARY) == pytest.approx(2 * VOCABULARY.idf("claim"))


def test_what_is_covered_is_the_coverage() -> None:
    vocabulary = Vocabulary(10, {"pump": 2, "valve": 7})
    wanted = frozenset({"pump", "valve", "rotor"})
    share = covered(wanted, vocabulary)
    for found in (frozenset({"pump", "hose"}), wanted, frozenset[str]()):
        assert share(found) == coverage(wanted, found, vocabulary)
    assert covered(frozenset(), vocabulary)(wanted) == 0.0
