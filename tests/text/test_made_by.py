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
