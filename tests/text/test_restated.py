import pytest

from metier.text.restated import is_of_period, restated


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
        ("What was revenue from April to June 2025?", "What was revenue in Q2 2025?"),
        ("What was revenue in the third quarter of 2024?", "What was revenue in Q3 2024?"),
        ("What was revenue in the first three months of 2025?", "What was revenue in Q1 2025?"),
        ("Revenue for the three months ended March 31, 2025?", "Revenue in Q1 2025?"),
        ("Wie hoch war der Umsatz im 3. Quartal 2025?", "Wie hoch war der Umsatz in Q3 2025?"),
        ("Wie hoch war der Umsatz zwischen Oktober und Dezember?", "Wie hoch war der Umsatz in Q4?"),
    ],
)
def test_a_measure_is_asked_for_by_its_noun_and_a_quarter_by_its_number(question: str, told: str) -> None:
    assert restated(question) == told


@pytest.mark.parametrize(
    "question",
    [
        "How high is the allowance?",
        "Who weighs the goods?",
        "What costs are covered?",
        "How much leave do I get?",
        "What was revenue from January to June 2025?",
        "Is the office open in March?",
        "Which quarter was the best?",
        "",
    ],
)
def test_other_questions_have_no_other_words(question: str) -> None:
    assert restated(question) is None


def test_a_text_of_another_quarter_or_year_is_not_of_the_period() -> None:
    told = restated("What was revenue in the first quarter of 2026?")
    assert told is not None
    assert is_of_period(told, "Segment: Group; Q1 2026: 5")
    assert is_of_period(told, "Quarter: 2026 Q1; Revenue: 5")
    assert not is_of_period(told, "Segment: Group; Q1 2025: 5")
    assert not is_of_period(told, "Segment: Group; 2026: 5")
    assert is_of_period("What is the weight of the pump?", "Weight: 5 kg")
