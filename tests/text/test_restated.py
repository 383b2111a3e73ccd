import pytest

from metier.text.restated import restated


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("How much does the Ondara 25 weigh?", "What is the weight of the Ondara 25?"),
        ("How heavy are the valves", "What is the weight of the valves?"),
        ("What does a diaphragm kit cost?", "What is the price of a diaphragm kit?"),
        ("How expensive is the kit?", "What is the price of the kit?"),
        ("How loud is the pump?", "What is the sound pressure level of the pump?"),
        ("Wie schwer ist die Tempora 40?", "Welches Gewicht hat die Tempora 40?"),
        ("Wie viel wiegt die Pumpe?", "Welches Gewicht hat die Pumpe?"),
        ("Was kostet der Bausatz?", "Welchen Preis hat der Bausatz?"),
        ("Wie laut ist die Pumpe?", "Welchen Schalldruckpegel hat die Pumpe?"),
    ],
)
def test_a_measure_is_asked_for_by_its_noun(question: str, told: str) -> None:
    assert restated(question) == told


@pytest.mark.parametrize(
    "question",
    [
        "How high is the allowance?",
        "Who weighs the goods?",
        "What costs are covered?",
        "How much leave do I get?",
        "",
    ],
)
def test_other_questions_have_no_other_words(question: str) -> None:
    assert restated(question) is None
