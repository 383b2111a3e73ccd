from metier.generate.candidates import candidates
from metier.generate.joining import joins, spoken_of
from tests.builders import evidence, passage, table

STORE = table("Product | Room | Litres\nRinsol | C-112 | 2000\nEmulgo | C-107 | 1200", "store")
QUESTION = "What flash point does the product in room C-112 have?"


def options(*passages):
    return list(candidates(evidence(*passages)))


def test_a_row_that_holds_what_is_named_leads_to_what_it_is_about():
    (join,) = joins(QUESTION, "en", options(STORE))
    assert (join.key, join.question) == ("Rinsol", "What flash point does the product in room Rinsol have?")
    sheet = passage("The flash point is 74 degrees.", "sheet", title="Safety Data Sheet Rinsol")
    other = passage("The flash point is 61 degrees.", "other", title="Safety Data Sheet Emulgo")
    (found,) = spoken_of(join, options(STORE, sheet, other))
    assert found.passage.document == "sheet"


def test_nothing_is_followed_from_sentences_figures_or_what_the_question_names():
    assert joins(QUESTION, "en", options(passage("Rinsol is kept in room C-112."))) == []
    assert joins(QUESTION, "en", options(table("Litres | Room\n2000 | C-112"))) == []
    assert joins("Is Rinsol in room C-112 flammable?", "en", options(STORE)) == []
    assert joins("What is stored here?", "en", options(STORE)) == []
