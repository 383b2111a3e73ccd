import pytest

from metier.text.extent import is_of_the_whole, is_scope

SCOPE = "This policy applies to all employees who travel on business."


def test_a_scope_answers_only_who_asks_for_it() -> None:
    assert is_scope(SCOPE, "Who approves a business trip?")
    assert is_scope("Diese Richtlinie gilt für alle Beschäftigten.", "Wer genehmigt Dienstreisen?")
    assert not is_scope(SCOPE, "To whom does the travel policy apply?")
    assert not is_scope(SCOPE, "What is the scope of the travel policy?")
    assert not is_scope("Diese Richtlinie gilt für alle.", "Für wen gilt die Richtlinie?")


@pytest.mark.parametrize(
    "text", ["The line manager approves the trip.", "These pumps are sold in boxes of ten."]
)
def test_other_sentences_are_no_scope(text: str) -> None:
    assert not is_scope(text, "Who approves a business trip?")


def test_the_whole_is_not_one_of_its_parts() -> None:
    assert is_of_the_whole("The group had 635 employees.", "How many people work in Liberec?")
    assert is_of_the_whole("Der Konzernumsatz betrug 87 Mio. EUR.", "Welchen Umsatz erzielte Liberec?")
    assert not is_of_the_whole("The group had 635 employees.", "How many employees did the group have?")
    assert not is_of_the_whole("Liberec has 117 employees.", "How many people work in Liberec?")
