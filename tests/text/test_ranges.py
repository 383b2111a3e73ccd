from decimal import Decimal

import pytest

from metier.text.ranges import asked_amounts, range_of


@pytest.mark.parametrize(
    ("cell", "language", "inside", "outside"),
    [
        ("above 2,500 up to 20,000", "en", ("2501", "20000"), ("2500", "20001")),
        ("above 120,000", "en", ("120001",), ("120000",)),
        ("up to 5,000", "en", ("5000", "1"), ("5001",)),
        ("more than 8 hours", "en", ("9",), ("8",)),
        ("10 to 24 years", "en", ("10", "24"), ("9", "25")),
        ("über 500 bis 1.000", "de", ("501", "1000"), ("500", "1001")),
        ("ab 100 Stück", "de", ("100",), ("99",)),
        ("unter 18", "de", ("17",), ("18",)),
        ("25 and more", "en", ("25", "99"), ("24",)),
        ("EUR 10 to EUR 20", "en", ("15",), ("21",)),
    ],
)
def test_what_falls_into_a_range(cell, language, inside, outside):
    found = range_of(cell, language)
    assert found is not None
    assert all(Decimal(value) in found for value in inside)
    assert not any(Decimal(value) in found for value in outside)


@pytest.mark.parametrize(
    "cell", ["25", "1,750", "6379-20", "MM-204", "Ondara 25", "full calendar day", "2026-01-14", ""]
)
def test_what_is_no_range(cell):
    assert range_of(cell, "en") is None


def test_amounts_that_are_asked_about():
    assert asked_amounts("Who approves an order of EUR 32,000?", "en") == (Decimal(32000),)
    assert asked_amounts("Wer genehmigt eine Bestellung über 50.000 EUR?", "de") == (Decimal(50000),)
    assert asked_amounts("What does the Ondara 25 cost in 2026?", "en") == ()
