import numpy as np

from metier.generate.candidates import candidates
from metier.generate.sides import about, best_pair, says_whose, side_words
from tests.builders import evidence, passage, table


def options(*passages):
    return list(candidates(evidence(*passages)))


def test_a_side_is_what_only_its_part_of_the_question_names():
    one, other = "Which pump is heavier, the Ondara 25?", "Which pump is heavier, the Pulsano 60?"
    assert side_words(one, other, "en") == side_words("Ondara 25", "", "en")


def test_candidates_of_a_side_name_it_themselves_or_by_their_title():
    found = options(
        passage("The Ondara weighs 12 kg.", "d1"),
        passage("Weight is 15 kg.", "d2", title="Manual Pulsano"),
        passage("Weight is 9 kg.", "d3", title="Manual Tempora"),
    )
    assert [item.passage.document for item in about(side_words("Pulsano", "Ondara", "en"), found)] == ["d2"]
    assert [item.passage.document for item in about(side_words("Ondara", "Pulsano", "en"), found)] == ["d1"]
    assert about(side_words("Unknown", "Ondara", "en"), found) == found


def test_the_pair_says_the_same_of_both_even_where_another_is_a_little_likelier():
    ones = options(table("Feature | Value\nWeight | 12 kg\nNoise | 61 dB", "d1"))
    others = options(table("Feature | Value\nWeight | 15 kg\nColour | blue", "d2"))
    pair = best_pair([(ones, np.array([0.4, 0.45])), (others, np.array([0.4, 0.45]))])
    assert [item.text for item in pair] == ["Feature: Weight; Value: 12 kg", "Feature: Weight; Value: 15 kg"]


def test_one_statement_is_no_pair():
    (both,) = options(passage("The Ondara weighs 12 kg, the Pulsano 15 kg.", "d1"))
    assert best_pair([([both], np.array([0.9])), ([both], np.array([0.9]))]) is None
    assert best_pair([([], np.array([])), ([both], np.array([0.9]))]) is None


def test_whose_value_it_is_stands_in_front_where_only_the_title_says_it():
    (row,) = options(passage("Weight is 15 kg.", "d2", title="Manual Pulsano"))
    assert says_whose(row, side_words("Pulsano", "", "en")) == "Manual Pulsano: Weight is 15 kg."
    assert says_whose(row, side_words("Tempora", "", "en")) == "Weight is 15 kg."
    (named,) = options(passage("The Pulsano weighs 15 kg.", "d2", title="Manual Pulsano"))
    assert says_whose(named, side_words("Pulsano", "", "en")) == "The Pulsano weighs 15 kg."


def test_rows_of_one_thing_belong_together():
    ones = options(table("Article | Price 2025\n10-T | 2,890\n10-S | 1,510", "d1"))
    others = options(table("Article | Price 2026\n10-S | 1,750", "d2"))
    pair = best_pair([(ones, np.array([0.5, 0.4])), (others, np.array([0.5]))])
    assert [item.text for item in pair] == [
        "Article: 10-S; Price 2025: 1,510",
        "Article: 10-S; Price 2026: 1,750",
    ]
