import pytest

from metier.text.language import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The contract may be terminated with three months' notice.", "en"),
        ("Der Vertrag kann mit einer Frist von drei Monaten gekündigt werden.", "de"),
        ("Wie viele Urlaubstage habe ich?", "de"),
        ("How much is it?", "en"),
        ("Was ist die Frist?", "de"),
        ("Kündigungsfrist", "de"),
        ("Quelle est la durée du contrat ?", "fr"),
        ("¿Cuál es el plazo de entrega?", "es"),
        ("Qual è la durata del contratto?", "it"),
        ("Wat is de opzegtermijn van het contract?", "nl"),
        ("AX-4711/B 12 34.5", ""),
        ("", ""),
    ],
)
def test_the_language_of_a_text(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_a_german_name_does_not_make_an_english_sentence_german() -> None:
    assert detect_language("Please send the invoice to Müller and Söhne in Köln.") == "en"
