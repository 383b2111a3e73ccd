from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metier.text.dates import dates, days


@pytest.mark.parametrize(
    ("text", "language", "value", "precision"),
    [
        ("on 2025-03-01.", "en", date(2025, 3, 1), "day"),
        ("am 01.03.2025.", "de", date(2025, 3, 1), "day"),
        ("1 March 2025", "en", date(2025, 3, 1), "day"),
        ("March 1st, 2025", "en", date(2025, 3, 1), "day"),
        ("1. März 2025", "de", date(2025, 3, 1), "day"),
        ("31.12.25", "de", date(2025, 12, 31), "day"),
        ("3/4/2025", "en", date(2025, 3, 4), "day"),
        ("3/4/2025", "de", date(2025, 4, 3), "day"),
        ("3/14/2025", "de", date(2025, 3, 14), "day"),
        ("03/2025", "", date(2025, 3, 1), "month"),
        ("im Dezember 2024", "de", date(2024, 12, 1), "month"),
        ("Q3 2024", "", date(2024, 7, 1), "quarter"),
        ("the third quarter of 2024", "en", date(2024, 7, 1), "quarter"),
        ("im 2. Quartal 2024", "de", date(2024, 4, 1), "quarter"),
        ("FY 2024", "", date(2024, 1, 1), "year"),
        ("FY24", "", date(2024, 1, 1), "year"),
        ("im Geschäftsjahr 2023/24", "de", date(2023, 1, 1), "year"),
        ("since 1999", "en", date(1999, 1, 1), "year"),
    ],
)
def test_one_date(text: str, language: str, value: date, precision: str) -> None:
    (found,) = dates(text, language)
    assert (found.value, found.precision) == (value, precision)


@pytest.mark.parametrize(
    "text",
    ["1.2.3", "31.02.2025", "10.1.2.3", "2000 employees", "of 2000 employees", "AX-2024", "in 2000 EUR", ""],
)
def test_no_date(text: str) -> None:
    assert dates(text) == []


def test_ranges_and_places() -> None:
    text = "valid from 01.01.2024 to 31.12.2024; see 1 May 2023"
    found = dates(text, "en")
    assert [text[span.start : span.end] for span in found] == ["01.01.2024", "31.12.2024", "1 May 2023"]


def test_days_without_a_year_only_on_request() -> None:
    assert dates("bis zum 31. Dezember", "de") == []
    (found,) = dates("bis zum 31. Dezember", "de", yearless=True)
    assert (found.value.month, found.value.day, found.precision) == (12, 31, "yearless")


_PIECES = [
    "12",
    "3",
    "2024",
    "March",
    "31.12.2025",
    "2025-03-01",
    "4/5/2024",
    "Q3",
    "FY",
    ".",
    "-",
    "/",
    "of",
    "1st",
    ",",
]


@given(
    st.lists(st.sampled_from(_PIECES), max_size=12), st.sampled_from(["", " "]), st.sampled_from(["en", "de"])
)
def test_days_are_the_dates_that_name_a_day(pieces: list[str], joint: str, language: str) -> None:
    text = joint.join(pieces)
    assert days(text, language) == [span for span in dates(text, language) if span.precision == "day"]


def test_a_figure_at_the_end_of_an_english_sentence_is_no_day() -> None:
    assert dates("Income was 4.2.", "en", yearless=True) == []
    assert [span.value.month for span in dates("Der Termin ist am 4.2.", "de", yearless=True)] == [2]
    assert [span.value.day for span in dates("Due by 31.12. at the latest", "en", yearless=True)] == [31]
