from datetime import date
from decimal import Decimal

import pytest

from metier.text.conditions import day_of, met_by, read_cells, read_conditions, value_of


def day(text: str) -> Decimal:
    return Decimal(date.fromisoformat(text).toordinal())


@pytest.mark.parametrize(
    ("question", "language", "least", "most", "unit"),
    [
        ("Which contracts are above 100,000 EUR?", "en", 100_000, None, "EUR"),
        ("List all products with a price under €50", "en", None, 50, "EUR"),
        ("Which projects cost between 10 and 20 million euros?", "en", 10_000_000, 20_000_000, "EUR"),
        ("Which customers have a discount of at least 10 %?", "en", 10, None, "%"),
        ("Welche Pumpen wiegen mehr als 100 kg?", "de", 100, None, "kg"),
        ("Welche Teile kosten höchstens 1.200 Euro?", "de", None, 1200, "EUR"),
    ],
)
def test_a_comparison_with_a_quantity(
    question: str, language: str, least: int | None, most: int | None, unit: str
) -> None:
    asked = read_conditions(question, language)
    assert asked is not None
    [condition] = asked.each
    assert (condition.least, condition.most, condition.unit) == (least, most, unit)


@pytest.mark.parametrize(
    ("question", "language", "least", "most"),
    [
        ("Which contracts end in 2026?", "en", "2026-01-01", "2026-12-31"),
        ("Which framework agreements expire before 2027?", "en", None, "2026-12-31"),
        ("Welche Verträge enden 2026?", "de", "2026-01-01", "2026-12-31"),
        ("Which certificates expire before March 2026?", "en", None, "2026-02-28"),
        ("Which contracts start after 30 June 2025?", "en", "2025-07-01", None),
        ("Which gauges were calibrated by Q1 2025?", "en", None, "2025-03-31"),
        ("Which contracts start between 1 January 2024 and 30 June 2025?", "en", "2024-01-01", "2025-06-30"),
    ],
)
def test_a_time_in_which_something_happens(
    question: str, language: str, least: str | None, most: str | None
) -> None:
    asked = read_conditions(question, language)
    assert asked is not None
    [condition] = asked.each
    assert condition.is_day
    assert condition.least == (day(least) if least else None)
    assert condition.most == (day(most) if most else None)


@pytest.mark.parametrize(
    "question",
    [
        "What was revenue in 2024?",  # a period, no condition
        "Which segments grew in 2024?",
        "Who approves orders above EUR 50,000?",  # one row, by its range
        "Which manager approves orders above EUR 50,000?",
        "How many years did net income exceed $30,000 thousand?",
        "How many employees did the group have at the end of 2025?",
        "By how many euros did the pump become more expensive from 2025 to 2026?",
        "How long is the notice period?",
        "Which contracts are there?",
        "",
    ],
)
def test_what_asks_nothing_of_values_has_no_conditions(question: str) -> None:
    assert read_conditions(question, "en") is None


HEADER = "Partner | Start | End | Value (TEUR) | Weight | Discount"
ROW = "Nordwind | 2024-01-01 | 31 December 2026 | 120 | 0.4 t | 12 %"


def test_cells_are_read_with_what_their_heads_say() -> None:
    cells = read_cells(HEADER, ROW)
    partner, start, end, value, weight, discount = (value_of(cell, head, "en") for head, cell in cells)
    assert partner is start is end is None
    assert [day_of(cell, "en") for _, cell in cells[:3]] == [None, day("2024-01-01"), day("2026-12-31")]
    assert (value, weight, discount) == ((120_000, "EUR"), (Decimal("0.4"), "t"), (12, "%"))
    assert value_of("1,540", "Price 2026 EUR", "en") == (1540, "EUR")
    assert value_of("0,45", "Preis je Stück", "de") == (Decimal("0.45"), "pieces")
    assert value_of("as agreed with the customer in section 4 of it", "Price", "en") is None
    assert read_cells("A | B", "x | y | z") == []


@pytest.mark.parametrize(
    ("question", "is_met"),
    [
        ("Which contracts are above 100,000 EUR?", True),
        ("Which contracts are above EUR 120,000?", False),  # above is not at least
        ("Which contracts are of at least EUR 120,000?", True),
        ("Which contracts end in 2026?", True),
        ("Which contracts start in 2026?", False),  # another column
        ("Which contracts with a value above EUR 100,000 end in 2027?", False),
        ("Which goods have a weight above 300 kg?", True),  # tonnes
        ("Which contracts are above 100,000 USD?", False),
        ("Which contracts have a value above 100?", True),  # no unit is said, but the column is
        ("Which contracts are above 100?", False),  # neither
    ],
)
def test_a_row_meets_all_conditions_or_none(question: str, is_met: bool) -> None:
    asked = read_conditions(question, "en")
    assert asked is not None
    assert bool(met_by(asked, HEADER, ROW, "en")) is is_met


def test_a_row_that_says_nothing_of_a_condition_fails_none() -> None:
    asked = read_conditions("Which contracts with a value above EUR 100,000 end in 2026?", "en")
    assert asked is not None
    assert met_by(asked, "Partner | End", "A | 2026-03-31", "en") is None
    assert met_by(asked, "Partner | End", "A | 2027-03-31", "en") == 0


def test_the_column_that_is_named_decides() -> None:
    asked = read_conditions("Which parts have a purchase price below 50 EUR?", "en")
    assert asked is not None
    header = "Part | Purchase price EUR | Sales price EUR"
    assert (met_by(asked, header, "A | 40 | 90", "en") or 0) > 1
    assert not met_by(asked, header, "B | 60 | 45", "en")
