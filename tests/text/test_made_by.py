"""Who asks who made something is told of somebody."""

import pytest

from metier.text.made_by import asks_maker, names_somebody


@pytest.mark.parametrize(
    "question",
    [
        "Who wrote the travel policy?",
        "Who are the authors of the FreeFEM user manual?",
        "Which people developed Tarn?",
        "Who is the maintainer of the package?",
        "Who was the manual written by?",
        "By whom was the policy developed?",
        "Who has written the minutes?",
        "Von wem stammt das Paket tarn?",
        "Wer hat die Anleitung geschrieben?",
    ],
)
def test_these_ask_who_made_it(question: str) -> None:
    assert asks_maker(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who approves a new supplier?",
        "Wer genehmigt Urlaub?",
        "What did the author say?",
        "Who wants to know?",
        "Who must be told when a mistake was made?",
        "Who approves an order that purchasing created?",
        "Wer zahlt, wenn das Angebot nicht rechtzeitig erstellt wird?",
    ],
)
def test_these_do_not(question: str) -> None:
    assert not asks_maker(question)


def test_somebody_is_named_beside_what_the_question_names() -> None:
    asked = "Who wrote the Sensitivity Analysis Toolbox for Dynare?"
    assert names_somebody("Marco Ratto, Joint Research Centre", asked)
    assert names_somebody("It was compiled by Ilse van Bromberg.", asked)
    assert not names_somebody("The Sensitivity Analysis Toolbox for DYNARE is a set of routines.", asked)
    assert not names_somebody("AUTHORS: the authors are, in alphabetical order:", asked)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who maintains the fire extinguishers?", "The extinguishers are maintained by an outside firm."),
        ("Who wrote the safety policy?", "The policy comes from the quality department."),
        ("Wer betreut die Webseite?", "Die Webseite wird von der Redaktion gepflegt."),
        ("Wer hat das Handbuch erstellt?", "Zuständig ist die Personalabteilung."),
    ],
)
def test_a_part_of_the_company_is_somebody(question: str, text: str) -> None:
    assert asks_maker(question)
    assert names_somebody(text, question)
