import pytest

from metier.text.figure_asked import asks_figure, tells_figure


@pytest.mark.parametrize(
    "question",
    [
        "How many days of leave do I get?",
        "What would it cost us to leak a drawing?",
        "What was the revenue of Dosing Systems from April to June 2025?",
        "Which extension do I call about my car?",
        "Wie alt ist die älteste Kopie?",
        "Welche Durchwahl wähle ich, wenn es brennt?",
        "Wie hoch ist die Kaution?",
        "How long is the warranty?",
        "What is the weight of the pump?",
    ],
)
def test_what_only_a_figure_answers(question: str) -> None:
    assert asks_figure(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who pays how much?",
        "Where is the price list?",
        "When does the contract end?",
        "What costs are covered?",
        "How do I claim expenses?",
        "Is the pump heavier?",
        "Was ist im Preis enthalten?",
        "",
    ],
)
def test_other_questions_may_be_answered_by_words(question: str) -> None:
    assert not asks_figure(question)


@pytest.mark.parametrize(
    "text",
    [
        "Each breach costs a penalty of EUR 35,000.",
        "Two crates arrived damaged.",
        "Empty drums are taken back free of charge.",
        "Leere Fässer werden kostenlos zurückgenommen.",
        "Property: Weight; Value: 16.4; Unit: kg",
        "Der Vertrag läuft unbefristet.",
        "Name: A. Smith; Extension: 340",
    ],
)
def test_what_may_stand_for_a_figure(text: str) -> None:
    assert tells_figure(text, "How many?")


def test_neither_words_nor_a_date_are_a_figure_but_how_long_may_be_told_by_a_date() -> None:
    assert not tells_figure("Prices are given in the spare parts list.", "What does the kit cost?")
    assert not tells_figure("We deliver pumps of the type Tempora 40.", "Wie hoch ist die Leistung?")
    date = "The leave year runs from 1 April 2025."
    assert not tells_figure(date, "How many days may be carried over?")
    assert tells_figure(date, "How long does it run?")
