"""The same names and numbers, in whatever words."""

import pytest

from metier.text.kept import keeps_names_and_numbers


@pytest.mark.parametrize(
    ("question", "other", "same"),
    [
        (
            "When is there no meat in Derby's canteen?",
            "On which days is the canteen in Derby meatless?",
            True,
        ),
        ("Wie lang muss ein Kennwort sein?", "What is the minimum length of a password?", True),
        ("Which pump is heavier, the Ondara 25 or the Tempora 40?", "Which pump is heavier?", False),
        ("How long was machine 4 idle in week 9?", "How long was machine 4 out of order?", False),
        ("How long must a password be?", "Must a password have 16 characters?", False),
        ("May I work from Toronto?", "May I work from another country?", False),
        ("What is my limit?", "What is the spending limit at Castellan Foods?", False),
    ],
)
def test_names_and_numbers(question: str, other: str, same: bool) -> None:
    assert keeps_names_and_numbers(question, other) is same
