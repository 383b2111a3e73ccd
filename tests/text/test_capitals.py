import pytest

from metier.text.capitals import without_capitals


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MEASUREMENT OF DIELECTRIC CONSTANT", "measurement of dielectric constant"),
        ("WIE LANG IST DIE KÜNDIGUNGSFRIST?", "wie lang ist die kündigungsfrist?"),
        ("GEWICHT AX-100 IN KG", "gewicht ax-100 in kg"),
        ("What does DIN EN ISO mean?", "What does DIN EN ISO mean?"),
        ("DIN EN 10204", "DIN EN 10204"),  # two words: a name
        ("How long is the notice period?", "How long is the notice period?"),
        ("", ""),
        ("1 2 3", "1 2 3"),
    ],
)
def test_only_texts_typed_in_capitals_change(text: str, expected: str) -> None:
    assert without_capitals(text) == expected
