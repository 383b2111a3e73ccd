import pytest

from metier.text.quarters import asks_part, names_only_quarters, whole_years


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("Quarter: 2024 Q4; EBIT: 1839", True),
        ("Group revenue; Q2 2024: 22,711", True),
        ("in the second quarter of 2024", True),
        ("im 3. Quartal 2024", True),
        ("Group revenue; Q1: 21,730; Q4: 23,377; 2024: 89,384", False),
        ("Q4 2024: 5; 2024: 20", False),
        ("Revenue in 2024 was higher.", False),
        ("Revenue in Q4 2023", False),
    ],
)
def test_what_is_said_of_a_quarter_is_not_said_of_its_year(text: str, only: bool) -> None:
    assert names_only_quarters("2024", text) is only


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("What was EBIT in Q2 2024?", True),
        ("Which quarter of 2024 was the best?", True),
        ("What was revenue from April to June 2024?", True),
        ("Wie hoch war der Umsatz im dritten Quartal?", True),
        ("By how much did revenue grow from 2024 to 2025?", False),
        ("What was EBIT in 2024?", False),
    ],
)
def test_who_asks_for_a_part_of_a_year(question: str, part: bool) -> None:
    assert asks_part(question) is part
    assert bool(whole_years(question)) is not part
