import pytest

from metier.text.numbered import numbered, of_another_number


@pytest.mark.parametrize(
    ("question", "text", "other"),
    [
        ("How high were scope 3 emissions?", "Emissions of scope 1 and 2 fell to 4,770 tonnes.", True),
        ("How high were scope 2 emissions?", "Emissions of scope 1 and 2 fell to 4,770 tonnes.", False),
        ("Reaction time of a priority 2 ticket?", "Priority: 1; Reaction: 15 minutes", True),
        ("Reaction time of a priority 2 ticket?", "Priority: 2; Reaction: 1 hour", False),
        ("What is done in step 3?", "Steps 2 to 4 are done by the shift leader.", False),
        ("Was darf in Halle 1 stehen?", "Zwischen Tor 1 und Halle 2 dürfen keine Paletten stehen.", True),
        ("Was darf in Halle 1 stehen?", "Paletten stehen im Lager.", False),
        ("How many people work here?", "Scope 1 and 2", False),
        ("What is the type of contract in 2025?", "Type 7", False),
    ],
)
def test_another_number_is_another_thing(question: str, text: str, other: bool) -> None:
    assert of_another_number(question, text) is other


def test_a_range_has_what_lies_between() -> None:
    assert numbered("gates 3-5") == {("gate", 3), ("gate", 4), ("gate", 5)}
