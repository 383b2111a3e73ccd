import pytest

from metier.text.several_asked import asks_every, asks_steps


@pytest.mark.parametrize(
    "question",
    [
        "How do I set up two-factor authentication?",
        "How can we connect from home?",
        "What do I have to do when there is a fire?",
        "What needs to be done after an accident?",
        "Wie richte ich die Anmeldung ein?",
        "Was ist bei einem Brand zu tun?",
        "Was muss ich tun, wenn ich krank bin?",
    ],
)
def test_steps_are_asked_for(question: str) -> None:
    assert asks_steps(question)


@pytest.mark.parametrize(
    "question",
    [
        "How long do I have to wait?",
        "How much does it cost?",
        "Wie lange habe ich Zeit?",
        "Wie viel Urlaub habe ich?",
        "Wie hoch ist die Miete?",
        "What is the notice period?",
        "Was kostet das Essen?",
    ],
)
def test_a_value_is_no_step(question: str) -> None:
    assert not asks_steps(question)


@pytest.mark.parametrize(
    "question",
    [
        "Which customers have a discount?",
        "Which contracts end in 2026?",
        "Which retention periods are there?",
        "What payment terms do we have?",
        "What are the salary bands?",
        "List the machines of hall 2",
        "Welche Aufbewahrungsfristen gibt es?",
        "Welche Kunden haben einen Rabatt?",
        "Was sind die Ziele?",
        "Wie hoch sind die Mieten?",
    ],
)
def test_all_of_a_kind_are_asked_for(question: str) -> None:
    assert asks_every(question)


@pytest.mark.parametrize(
    "question",
    [
        "Which customer has the highest discount?",
        "What is the discount of Northgate?",
        "What address does the bank have?",
        "What was the sales of loans in 2017?",
        "Which supplier delivers faster, Polymer Works or Hansa Motoren?",
        "What notice period applies to the agreement?",
        "Wie hört es sich an, wenn alle die Halle verlassen müssen?",
        "What are the respective values of rent and energy?",
        "Which process was stopped?",
        "Welche Pumpe ist schwerer?",
        "Which is cheaper, A or B?",
    ],
)
def test_one_of_a_kind_is_not_all(question: str) -> None:
    assert not asks_every(question)
