from decimal import Decimal

import pytest

from metier.text.quantities import quantities, same_quantity


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("10-15 days", "en", [("10", "days"), ("15", "days")]),
        ("zwischen 3 und 5 Jahren", "de", [("3", "years"), ("5", "years")]),
        ("$5 million", "en", [("5000000", "USD")]),
        ("EUR 1.000,50", "de", [("1000.50", "EUR")]),
        ("1,000.50 euros", "en", [("1000.50", "EUR")]),
        ("5 Mio. EUR", "de", [("5000000", "EUR")]),
        ("T€ 500", "de", [("500000", "EUR")]),
        ("$1.2m", "en", [("1200000", "USD")]),
        ("2 Billionen Euro", "de", [("2000000000000", "EUR")]),
        ("12,5 %", "de", [("12.5", "%")]),
        ("a 30-day notice", "en", [("30", "days")]),
        ("10 Arbeitstage", "de", [("10", "workdays")]),
        ("two weeks", "en", [("2", "weeks")]),
        ("dreimonatige Frist", "de", [("3", "months")]),
        ("ein Monat", "de", [("1", "months")]),
        ("-5 °C", "en", [("-5", "°C")]),
        ("20 mm x 30 mm", "en", [("20", "mm"), ("30", "mm")]),
        ("1,200 employees", "en", [("1200", "")]),
        ("um 14:30 Uhr", "de", [("870", "clock")]),
        ("at 5 p.m.", "en", [("1020", "clock")]),
        ("on 1 March 2025", "en", []),
        ("the 3rd item", "en", []),
        ("im 3. Absatz", "de", []),
        ("one of them, ein Mitarbeiter", "en", []),
        ("AX-4711/B and IP 10.1.2.3", "en", []),
        ("", "en", []),
    ],
)
def test_quantities(text: str, language: str, expected: list[tuple[str, str]]) -> None:
    assert [(found.value, found.unit) for found in quantities(text, language)] == [
        (Decimal(value), unit) for value, unit in expected
    ]


def test_references_are_marked() -> None:
    assert [found.kind for found in quantities("see section 4 and § 7.2 for 5 days", "en")] == [
        "reference",
        "reference",
        "duration",
    ]


def one(text: str, language: str = "en"):  # type: ignore[no-untyped-def]
    return quantities(text, language)[0]


@pytest.mark.parametrize(
    ("first", "second", "rounding", "same"),
    [
        ("12 months", "1 year", False, True),
        ("14 days", "2 weeks", False, True),
        ("30 days", "1 month", False, False),
        ("10 days", "10 workdays", False, False),
        ("5 kg", "5000 g", False, True),
        ("5 EUR", "5 USD", False, False),
        ("4.2 million", "4,213,000", True, True),
        ("4.2 million", "4,313,000", True, False),
        ("4,213,000", "4.2 million", True, False),
        ("4.2 million", "4,213,000", False, False),
        ("0.15 %", "0.15 %", False, True),
    ],
)
def test_same_quantity(first: str, second: str, rounding: bool, same: bool) -> None:
    assert same_quantity(one(first), one(second), rounding) is same


def test_ranges_in_text_keep_their_places() -> None:
    text = "Delivery takes 10 bis 15 Tage."
    assert [text[found.start : found.end] for found in quantities(text, "de")] == ["10", "15 Tage"]


def test_what_is_found_may_be_changed_and_is_found_again() -> None:
    quantities("two weeks", "en").clear()
    assert len(quantities("two weeks", "en")) == 1
