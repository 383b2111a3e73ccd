from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metier.text.numbers import has_digit, number_term, parse_number, reads_as_year, written_step


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("1.000,50", "", "1000.50"),
        ("1,000.50", "", "1000.50"),
        ("1.000", "de", "1000"),
        ("1.000", "en", "1.000"),
        ("1,000", "en", "1000"),
        ("1,000", "de", "1.000"),
        ("1.000", "", "1000"),
        ("0,125", "", "0.125"),
        ("1.234.567", "en", "1234567"),
        ("1'000", "de", "1000"),
        ("3,5", "en", "3.5"),
        ("12", "", "12"),
        ("01.03.2025", "de", None),
        ("1.2.3", "en", None),
        ("1,00.5", "en", None),
    ],
)
def test_parse_number(text: str, language: str, value: str | None) -> None:
    assert parse_number(text, language) == (None if value is None else Decimal(value))


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_both_marks_mean_the_same(value: Decimal) -> None:
    english = f"{value:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert parse_number(english, "en") == parse_number(german, "de") == value


def test_one_spelling_per_value() -> None:
    assert number_term(Decimal("1000.50")) == "1000.5"
    assert number_term(Decimal("100")) == "100"


def test_the_last_written_digit() -> None:
    assert written_step("4.2", Decimal("4.2")) == Decimal("0.1")
    assert written_step("1,000", Decimal(1000)) == 1
    assert written_step("1.50", Decimal("1.50")) == Decimal("0.01")


def test_figures_and_years_are_told_from_words() -> None:
    assert [has_digit(word) for word in ("ax4711b", "12", "pump", "")] == [True, True, False, False]
    assert [reads_as_year(word) for word in ("1999", "2026", "1850", "20261", "2.026")] == [
        True,
        True,
        False,
        False,
        False,
    ]
