import pytest

from metier.text.clauses import clauses


@pytest.mark.parametrize(
    ("sentence", "language", "expected"),
    [
        ("It costs 5 EUR.", "en", ["It costs 5 EUR."]),
        ("Red, green and blue lamps are sold.", "en", ["Red, green and blue lamps are sold."]),
        (
            "The lodge opens at nine, and late guests ring the night bell.",
            "en",
            ["The lodge opens at nine,", "and late guests ring the night bell."],
        ),
        (
            "By default, and only there, the old list is sorted.",
            "en",
            ["By default, and only there, the old list is sorted."],
        ),
        (
            "Das Paket kennt alle Vorwahlen, weil das Amt die Liste veröffentlicht.",
            "de",
            ["Das Paket kennt alle Vorwahlen,", "weil das Amt die Liste veröffentlicht."],
        ),
        (
            "Old: it is short; new rules apply to all guests.",
            "en",
            ["Old: it is short; new rules apply to all guests."],
        ),
    ],
)
def test_clauses(sentence: str, language: str, expected: list[str]) -> None:
    assert list(clauses(sentence, language)) == expected
