import pytest

from metier.text.understand import understand
from metier.types import Turn

HISTORY = (Turn("How long is the notice period?", "Six weeks."),)


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("Which pump is heavier, Ondara 25 or Tempora 40?", ("Ondara 25", "Tempora 40")),
        ("Welches Produkt hat den höheren Flammpunkt, Rinsolan oder Descalit?", ("Rinsolan", "Descalit")),
        ("Was EBIT better in 2024 or in 2025?", ("in 2024", "in 2025")),
        ("What is the difference between the list of 2025 and the list of 2026?", ("2025", "2026")),
    ],
)
def test_each_side_of_a_comparison_is_searched(question, sides):
    query = understand(question)
    assert query.text == question
    assert len(query.rewrites) == 2
    for rewrite, side in zip(query.rewrites, sides, strict=True):
        assert side in rewrite


@pytest.mark.parametrize(
    "question",
    [
        "How long is the notice period?",
        "Can I pay by card or cash when I travel for a very long time abroad?",
        "?",
        "",
    ],
)
def test_a_plain_question_stands_for_itself_or_ends_in_short_sides(question):
    query = understand(question)
    assert query.rewrites == () or len(query.rewrites) == 2


def test_several_questions_are_several_parts():
    query = understand("How long is the notice period? Who signs the employment contract?")
    assert query.rewrites == ("How long is the notice period?", "Who signs the employment contract?")


def test_a_follow_up_is_completed_from_the_conversation():
    assert understand("And for managers?", HISTORY).rewrites == (
        "How long is the notice period? And for managers?",
    )
    assert (
        understand("Is it the same in Derby?", HISTORY)
        .rewrites[0]
        .startswith("How long is the notice period?")
    )


def test_a_complete_question_does_not_lean_on_the_conversation():
    question = "How many days of annual leave does a full-time employee in Derby get every year?"
    assert understand(question, HISTORY).rewrites == ()
