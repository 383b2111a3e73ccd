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
        ("Comparing Alma and Berta: which one is louder?", ("Alma", "Berta")),
        (
            "Is the ceiling higher in Norway or in the Faroes and Iceland?",
            ("Norway", "the Faroes and Iceland"),
        ),
        ("Ist die Halle von Ost Bau oder die von West Bau teurer?", ("Ost Bau", "West Bau")),
        ("Um wie viel Euro stieg der Preis von 2025 auf 2026?", ("2025", "2026")),
        ("Um wie viel ist das Fass 2026 teurer als 2025?", ("2026", "2025")),
        ("Was EBIT better last year or this year?", ("last year", "this year")),
        ("Is the Tempora 40 cheaper than the Ondara 25?", ("Tempora 40", "Ondara 25")),
        ("Ist die Tempora 40 schwerer als die Pulsano 60?", ("Tempora 40", "Pulsano 60")),
    ],
)
def test_each_side_of_a_comparison_is_searched(question, sides):
    query = understand(question)
    assert query.text == question
    assert query.compares
    assert len(query.rewrites) == 2
    for rewrite, side in zip(query.rewrites, sides, strict=True):
        assert side in rewrite


def test_the_question_is_kept_but_for_the_other_side():
    assert understand("Is the Ondara 60 or the Hydrapol 25 the heavier one?").rewrites == (
        "Is the Ondara 60 the heavier one? How heavy is Ondara 60?",
        "Is the Hydrapol 25 the heavier one? How heavy is Hydrapol 25?",
    )
    assert understand("Ist die Halle in Bonn oder in Köln teurer?").rewrites == (
        "Ist die Halle in Bonn teurer? Was kostet Bonn?",
        "Ist die Halle in Köln teurer? Was kostet Köln?",
    )
    assert understand("Does Alpha or Beta have the longer shelf life?").rewrites == (
        "Does Alpha have the longer shelf life?",
        "Does Beta have the longer shelf life?",
    )
    assert understand("Is it stronger at 230 or 400 volts?").rewrites == (
        "Is it stronger at 230 volts?",
        "Is it stronger at 400 volts?",
    )


@pytest.mark.parametrize(
    "question",
    [
        "How long is the notice period?",
        "Can I pay by card or cash when I travel for a very long time abroad?",
        "How many days off do I get for a marriage or civil partnership?",
        "Wie hoch war der Umsatz von Juli bis September 2025?",
        "What did the region sell between 2024 and 2025?",
        "Who pays more than a Manager?",
        "What happens when it gets hotter than Halls allow, and why?",
        "?",
        "or",
        "",
    ],
)
def test_what_compares_nothing_stands_for_itself(question):
    query = understand(question)
    assert query.rewrites == ()
    assert not query.compares


def test_several_questions_are_several_parts():
    query = understand("How long is the notice period? Who signs the employment contract?")
    assert query.parts == ("How long is the notice period?", "Who signs the employment contract?")
    assert query.rewrites == ()
    assert not query.compares


def test_what_asks_nothing_belongs_to_the_question_before_it():
    query = understand("How long is the notice period and who signs the contract? By name, please.")
    assert query.parts == ("How long is the notice period?", "Who signs the contract? By name, please")


def test_no_more_parts_than_are_answered():
    query = understand(" ".join(f"How long is notice period {number}?" for number in range(9)))
    assert len(query.parts) == 4


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


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        (
            "Which customer has to pay sooner, Northgate or Brookvale?",
            "Within how many days does Northgate pay?",
        ),
        (
            "Welcher Kunde muss eher zahlen, Hirschgrund oder Lautertal?",
            "Binnen wie vieler Tage zahlt Hirschgrund?",
        ),
        ("Which cleaner keeps longer, Emulgin or Fettlos?", "What is the shelf life of Emulgin?"),
        (
            "Which pump may be stored in its box longer, Ondara or Tempora?",
            "For how many months may Ondara be stored?",
        ),
    ],
)
def test_what_is_longer_or_sooner_is_asked_for_each_side(question: str, asked: str) -> None:
    first, _ = understand(question).rewrites
    assert first.endswith(asked)


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        (
            "What is the budget for IT in 2026 compared to 2025?",
            ("What is the budget for IT in 2026?", "What is the budget for IT in 2025?"),
        ),
        (
            "Wie hat sich der Umsatz 2025 gegenüber 2024 verändert?",
            ("Wie hat sich der Umsatz 2025 verändert?", "Wie hat sich der Umsatz 2024 verändert?"),
        ),
        (
            "Is the kit dearer in 2026 than in 2025?",
            ("Is the kit dearer in 2026?", "Is the kit dearer in 2025?"),
        ),
    ],
)
def test_two_years_are_the_sides_of_what_is_compared(question: str, sides: tuple[str, ...]) -> None:
    assert understand(question).rewrites == sides
