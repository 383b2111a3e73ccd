import pytest

from metier.text.personal import iban_valid, luhn_valid, personal_data


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Write to Anna.Weber@acme.co.uk.", "email", "anna.weber@acme.co.uk"),
        ("IBAN DE89 3704 0044 0532 0130 00 BIC", "iban", "DE89370400440532013000"),
        ("card 4111 1111 1111 1111 please", "credit_card", "4111111111111111"),
        ("Tel. 0231 4711-12", "phone", "0231471112"),
        ("+49 (0) 231 471100", "phone", "+490231471100"),
        ("call (555) 123-4567 now", "phone", "5551234567"),
        ("SSN 123-45-6789", "national_id", "123456789"),
        ("IdNr 86 095 742 719", "national_id", "86095742719"),
        ("RVNR 15 070649 C 103", "national_id", "15070649c103"),
        ("AHV 756.9217.0769.85", "national_id", "7569217076985"),
        ("NINO AB 12 34 56 C", "national_id", "ab123456c"),
        ("host 192.168.1.10 is", "ip_address", "192.168.1.10"),
        ("geboren am 12.03.1980 in", "birth_date", "12031980"),
    ],
)
def test_one_piece(text: str, kind: str, value: str) -> None:
    (span,) = personal_data(text)
    assert (span.kind, span.value) == (kind, value)


@pytest.mark.parametrize(
    "text",
    [
        "Part 4711-0815 costs 1.000,50 EUR",
        "am 01.03.2025 um 14:30 Uhr",
        "IBAN DE89 3704 0044 0532 0130 01",
        "card 4111 1111 1111 1112",
        "revenue of 12,345,678 in 2019 and 2020",
        "version 1.2.3 of ISO 9001-2015",
        "999.1.1.1",
        "",
    ],
)
def test_what_only_looks_like_it(text: str) -> None:
    assert personal_data(text) == []


def test_published_check_numbers() -> None:
    assert iban_valid("GB82 WEST 1234 5698 7654 32")  # the registry's own example
    assert not iban_valid("GB82 WEST 1234 5698 7654 23")
    assert luhn_valid("79927398713")  # the example of the patent
    assert not luhn_valid("79927398710")


def test_the_range_covers_the_number_and_no_more() -> None:
    text = "IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFF"
    (span,) = personal_data(text)
    assert text[span.start : span.end] == "DE89 3704 0044 0532 0130 00"
