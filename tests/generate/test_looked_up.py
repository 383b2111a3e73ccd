import pytest

from metier.generate.candidates import candidates
from metier.generate.looked_up import looked_up
from tests.builders import evidence, passage, table

TICKETS = "Priority | Example | Reaction\n1 | whole site offline | 15 minutes\n2 | a department cannot work | 1 hour"
QUARTERS = (
    "Quarter | Orders | Capex\n2024 Q2 | 28,000 | 900\n2024 Q3 | 31,291 | 1,262\n2025 Q3 | 30,010 | 1,400"
)
MODELS = "Model | Head | Price EUR\nOndara 25 | single | 1,750\nOndara 25 | twin | 3,370\nOndara 60 | single | 1,795"
SHEET = "Property | Value | Unit\nWeight | 16.4 | kg\nPower consumption | 180 | W\nMaximum flow | 40 | l/h"


def row(question: str, *tables: str, title: str = "Manual Tempora 40") -> str:
    found = looked_up(
        question, "en", list(candidates(evidence(*(table(one, title=title) for one in tables))))
    )
    return found.text if found else ""


@pytest.mark.parametrize(
    ("question", "rows", "says"),
    [
        ("What is the reaction time for a priority 2 ticket?", TICKETS, "Reaction: 1 hour"),
        ("How much capex was there in the third quarter of 2024?", QUARTERS, "Capex: 1,262"),
        ("What is the price of the single Ondara 25?", MODELS, "Price EUR: 1,750"),
        ("What is the weight of the Tempora 40?", SHEET, "Value: 16.4"),
        ("How many watts does the Tempora 40 draw?", SHEET, "Value: 180"),
    ],
)
def test_a_row_named_by_its_cells_and_a_column_by_its_head(question: str, rows: str, says: str) -> None:
    assert says in row(question, rows)


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("What is the price of the Ondara 25?", MODELS),  # two rows say different things
        ("What is the reaction time for a priority 3 ticket?", TICKETS),  # no such row
        ("How much capex was there in the third quarter of 2023?", QUARTERS),
        ("What EBIT was there in the third quarter of 2024?", QUARTERS),  # no such column
        ("What is the weight of the Ondara 25?", SHEET),  # of another thing
        ("How many watts does the Ondara 25 draw?", SHEET),
        ("How many watts does a hair dryer draw?", SHEET),  # of nothing that is named
        ("Which hall is the machine with reaction priority 2 in?", TICKETS),  # asks for something else
    ],
)
def test_nothing_is_looked_up_where_the_words_do_not_fit(question: str, rows: str) -> None:
    assert row(question, rows) == ""


def test_sentences_are_not_looked_up() -> None:
    found = list(candidates(evidence(passage("The reaction to tickets of priority 2 takes 1 hour."))))
    assert looked_up("What is the reaction time for a priority 2 ticket?", "en", found) is None
