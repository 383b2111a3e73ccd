import numpy as np
import pytest

from metier.generate.candidates import candidates
from metier.generate.quoting import MOST_STATEMENTS, best_of, compare, quote
from metier.generate.ranking import Ranker
from metier.text.vocabulary import count_terms
from metier.types import Query
from tests.builders import WordEmbedder, evidence, passage, table

WEIGHTS = {"bias": -3.0, "sentence_coverage": 4.0, "cosine_sentence": 4.0}
VOCABULARY = count_terms(["claim day", "pump store"])
RANKER = Ranker({"weights": WEIGHTS}, WordEmbedder(), lambda: VOCABULARY)


def options(*passages):
    return list(candidates(evidence(*passages)))


@pytest.mark.parametrize(
    ("chance", "shown"),
    [((0.5, 0.3, 0.2), 3), ((0.9, 0.1, 0.05), 1), ((0.8, 0.15, 0.05), 2)],
)
def test_what_is_far_less_likely_than_the_best_is_noise(chance, shown):
    items = options(
        passage("One is due.", "d1"), passage("Two are due.", "d2"), passage("Three are due.", "d3")
    )
    assert len(best_of(items, np.array(chance), MOST_STATEMENTS)) == shown


def test_one_place_is_not_said_twice():
    items = options(passage("One is due.", "d1"), passage("One is due.", "d2"))
    assert len(best_of(items, np.array([0.5, 0.5]), MOST_STATEMENTS)) == 1


def test_rows_of_other_things_do_not_stand_beside_the_row_that_is_asked_for():
    rows = "Pump | Head | Price\nOndara | single | 1750\nOndara | heated | 1965\nTempora | single | 1915"
    query = Query("What is the price of the Ondara with a single head?", "en")
    (said,) = quote(RANKER, query, options(table(rows))).said
    assert said[1] == "Pump: Ondara; Head: single; Price: 1750"
    both = Query("What are the prices of the pumps Ondara and Tempora?", "en")
    words = [text for _, text in quote(RANKER, both, options(table(rows))).said]
    assert any("Ondara" in text for text in words)
    assert any("Tempora" in text for text in words)


def test_every_part_of_a_question_is_quoted():
    items = options(passage("Claims are due in June.", "d1"), passage("The pump is stored dry.", "d2"))
    query = Query(
        "When are claims due and how is the pump stored?",
        "en",
        ("When are claims due?", "How is the pump stored?"),
    )
    chosen = quote(RANKER, query, items)
    assert [words for _, words in chosen.said] == ["Claims are due in June.", "The pump is stored dry."]
    assert chosen.sure == min(part.certain for part in chosen.ranked)


def test_a_comparison_says_one_of_each_side():
    items = options(table("Pump | Weight\nOndara | 12 kg\nTempora | 15 kg\nPulsano | 9 kg"))
    query = Query(
        "Which pump is heavier, Ondara or Tempora?", "en", ("Which pump, Ondara?", "Which pump, Tempora?")
    )
    said = [words for _, words in compare(RANKER, query, items).said]
    assert said == ["Pump: Ondara; Weight: 12 kg", "Pump: Tempora; Weight: 15 kg"]


def test_what_tells_another_kind_of_value_does_not_stand_beside_the_one_that_is_asked_for():
    items = options(
        passage("The pump weighs 12 kg.", "d1"),
        passage("The pump costs 900 euros.", "d2"),
    )
    said = quote(RANKER, Query("How heavy is the pump?", "en"), items).said
    assert [words for _, words in said] == ["The pump weighs 12 kg."]


def test_a_role_whose_holder_is_not_found_is_named_as_missing():
    items = options(passage("Business class must be agreed by the Chief Financial Officer.", "d1"))
    chosen = quote(RANKER, Query("Who, by name, must agree to business class?", "en"), items)
    assert chosen.notes == (
        "Who “Chief Financial Officer” is, and how to reach them, nothing that was found says.",
    )
    people = table("Name | Function\nRenate Uhlenbrock | Chief Financial Officer", "d2")
    found = options(passage("Business class must be agreed by the Chief Financial Officer.", "d1"), people)
    assert quote(RANKER, Query("Who, by name, must agree to business class?", "en"), found).notes == ()


def test_who_is_asked_for_by_office_is_told_by_the_row_alone():
    items = options(
        passage("The mentor is chosen by the Travel Officer.", "d1"),
        table("Name | Function | Extension\nAnn Quast | Travel Officer | 760", "d2"),
    )
    said = quote(RANKER, Query("Who is the Travel Officer?", "en"), items).said
    assert [words for _, words in said] == ["Name: Ann Quast; Function: Travel Officer; Extension: 760"]
