import pytest

from metier.generate.bridge import asks_for, bridge, first_step, reaches_nobody
from metier.generate.candidates import candidates
from tests.builders import evidence, passage, table

DIRECTORY = table(
    "Name | Function | Extension\nRenate Uhlenbrock | Chief Financial Officer | 267\nHenrik Hellweg | Travel Desk | 377",
    "directory",
)
POLICY = passage("Business class requires the consent of the Chief Financial Officer.", "policy")


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Which extension does the travel desk have?", "contact"),
        ("Wie lautet die Durchwahl der Personalabteilung?", "contact"),
        ("Who, by name, approves business class?", "person"),
        ("Wie heißt der Energiemanager?", "person"),
        ("Which number do I call about my car?", "contact"),
        ("Wen rufe ich an? Bitte den Namen.", "person"),
        ("How long is the notice period?", ""),
        ("What does a retired mobile phone cost?", ""),
    ],
)
def test_what_is_asked_for(question, kind):
    assert asks_for(question) == kind


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What is the extension of the person responsible for travel?", "who is responsible for travel?"),
        ("What's the name of the colleague who books trains?", "who books trains?"),
        (
            "It burns. What's the name of the person I should call?",
            "It burns. who is the person I should call?",
        ),
        ("Whoever holds the budget: what's their extension?", "who holds the budget?"),
        ("By name: who signs?", "who signs?"),
        ("Who runs the desk? Please give the name.", "Who runs the desk?"),
        ("Wie heißt die Kollegin, die Reisen bucht?", "wer Reisen bucht?"),
        ("Bei wem (Name) melde ich mich?", "Bei wem melde ich mich?"),
        ("Which extension does the travel desk have?", "Which extension does the travel desk have?"),
        ("By name", "By name"),
    ],
)
def test_the_first_step_asks_who_it_is(question, first):
    assert first_step(question) == first


def test_a_figure_beside_a_role_is_no_contact():
    budget = table("Area | Budget | Responsible\nResearch | 3790 | Head of Research", "budget")
    options = list(candidates(evidence(budget)))
    found, missing = bridge("What is the extension of whoever is responsible?", "en", options[0], options)
    assert found is None
    assert missing == ("Head of Research",)


def test_a_role_leads_to_the_row_of_the_person():
    options = list(candidates(evidence(POLICY, DIRECTORY)))
    found, missing = bridge("Who, by name, must agree to business class?", "en", options[0], options)
    assert found is not None
    assert "Renate Uhlenbrock" in found.text
    assert missing == ()


def test_what_is_not_there_is_named_for_a_search():
    options = list(candidates(evidence(POLICY)))
    found, missing = bridge(
        "Give me the extension of who must agree to business class.", "en", options[0], options
    )
    assert found is None
    assert missing == ("Chief Financial Officer",)


def test_an_answer_that_holds_the_contact_needs_no_second_step():
    options = list(candidates(evidence(passage("Call the service desk on extension 555."), DIRECTORY)))
    assert bridge("What is the extension of the service desk?", "en", options[0], options) == (None, ())


def test_other_questions_are_left_alone():
    options = list(candidates(evidence(POLICY, DIRECTORY)))
    assert bridge("What does business class require?", "en", options[0], options) == (None, ())


def test_a_row_that_names_the_person_lacks_nothing():
    (row,) = (item for item in candidates(evidence(DIRECTORY)) if "Uhlenbrock" in item.text)
    assert bridge("Who is the chief financial officer?", "en", row, [row]) == (None, ())


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("Brookvale Ltd is looked after by Carola Fenwick.", ()),
        ("The consent of the Chief Financial Officer is required.", ("Chief Financial Officer",)),
        ("Ask the Travel Desk.", ("Travel Desk",)),
    ],
)
def test_a_sentence_that_names_somebody_lacks_nobody_and_a_role_is_nobody(text, roles):
    (one,) = candidates(evidence(passage(text, "d")))
    assert bridge("Who is the contact, by name?", "en", one, [one]) == (None, roles)


def test_a_number_to_call_is_asked_for_and_nothing_holds_one():
    rule, row, *_ = candidates(evidence(passage("Fires are forbidden in all halls.", "d"), DIRECTORY))
    assert reaches_nobody("Which extension do I call when I see flames?", [rule])
    assert not reaches_nobody("Which extension do I call when I see flames?", [rule, row])
    assert not reaches_nobody("What is forbidden in the halls?", [rule])
