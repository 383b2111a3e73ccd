from dataclasses import replace

from metier.generate.candidates import candidates
from metier.generate.joining import bridged, joins, spoken_of
from metier.types import Need, Query
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


def test_a_thing_beside_what_is_named_is_asked_about_with_what_puts_them_together():
    contract = passage(
        "Brookvale Ltd buys dosing pumps of the type Ondara 25 from us.", "c", title="Contract V-1"
    )
    manual = passage("The sound pressure level is 61 dB(A).", "m", title="Operating Manual Ondara 25")
    other = passage("The sound pressure level is 64 dB(A).", "o", title="Operating Manual Tempora 40")
    again = Need("How loud is the pump that Ondara 25 buys?", "Ondara 25")
    query = Query("How loud is the pump that Brookvale Ltd buys?", "en", bridges=(again,))
    (found,) = bridged(query, options(contract, manual, other))
    assert found.question == again.search
    assert [item.passage.document for item in found.about] == ["c", "m"]
    assert found.link is not None
    assert found.link.passage.document == "c"
    (alone,) = bridged(query, options(manual, other))
    assert alone.link is None
    assert list(bridged(query, options(other))) == []
    assert list(bridged(replace(query, bridges=()), options(contract, manual))) == []
