"""From what the question names to what stands beside it."""

from collections.abc import Callable

from metier.retrieve.bridging import bridges
from metier.types import Need, Query
from tests.builders import evidence, passage, table

CONTRACT = passage(
    "Under this agreement Brookvale Breweries Ltd (the Customer) buys dosing pumps of the type Ondara 25 and the cleaning "
    "agent Descalit. Carola Fenwick signs for Brookvale Breweries."
)


def called(*names: str) -> Callable[[str], bool]:
    return lambda name: name in names


def test_names_beside_the_questions_own_take_its_place() -> None:
    query = Query("How loud is the machine that Brookvale Breweries buys?", "en")
    found = bridges(query, evidence(CONTRACT), called("Ondara 25", "Descalit"))
    assert found == (
        Need("How loud is the machine that Ondara 25 buys?", "Ondara 25"),
        Need("How loud is the machine that Descalit buys?", "Descalit"),
    )


def test_what_the_question_says_of_it_comes_first() -> None:
    query = Query("How is the cleaning agent for Brookvale Breweries stored?", "en")
    found = bridges(query, evidence(CONTRACT), called("Ondara 25", "Descalit"))
    assert [need.about for need in found] == ["Descalit", "Ondara 25"]


def test_names_that_no_document_is_called_by_are_not_followed() -> None:
    query = Query("How loud is the machine that Brookvale Breweries buys?", "en")
    assert bridges(query, evidence(CONTRACT), called("Ondara 25")) == (
        Need("How loud is the machine that Ondara 25 buys?", "Ondara 25"),
    )


def test_without_a_name_beside_it_more_is_looked_for_on_the_name_itself() -> None:
    query = Query("How loud is the machine that Brookvale Breweries buys?", "en")
    far = passage("Brookvale Breweries pays within 30 days.")
    assert bridges(query, evidence(far), called()) == (Need("Brookvale Breweries", "Brookvale Breweries"),)


def test_a_question_that_names_nothing_leads_nowhere() -> None:
    assert bridges(Query("how long is the notice period?", "en"), evidence(CONTRACT), lambda name: True) == ()


def test_words_that_others_write_small_are_no_names() -> None:
    other = passage("The customer pays. Each customer has a number.", "d2")
    query = Query("What does Brookvale Breweries buy?", "en")
    found = bridges(query, evidence(CONTRACT, other), called("Customer", "Descalit"))
    assert [need.about for need in found] == ["Descalit"]


def test_rows_are_left_to_who_knows_their_columns() -> None:
    rows = table("Customer | Pump\nBrookvale Breweries | Ondara 25")
    query = Query("How loud is the pump of Brookvale Breweries?", "en")
    assert [need.about for need in bridges(query, evidence(rows), called("Ondara 25"))] == [
        "Brookvale Breweries"
    ]


def test_german_nouns_before_a_name_do_not_hide_it() -> None:
    contract = passage(
        "Die Nordtal Chemie liefert der Brauerei Hirschgrund Dosierpumpen des Typs Tempora 40.", language="de"
    )
    query = Query("Welche Leistung hat die Pumpe der Brauerei Hirschgrund?", "de")
    found = bridges(query, evidence(contract), called("Tempora 40", "GmbH"))
    assert [need.about for need in found] == ["Tempora 40"]


def test_at_most_three_names_are_followed() -> None:
    text = "Brookvale Breweries buys Ondara 25, Pulsano 60, Tempora 40 and Hydrapol 80."
    query = Query("How loud are the pumps of Brookvale Breweries?", "en")
    assert len(bridges(query, evidence(passage(text)), lambda name: True)) == 3
