import pytest
from hypothesis import given
from hypothesis import strategies as st

from metier.text import language
from metier.text.language import detect_language, german_or_english


@pytest.mark.parametrize(
    ("text", "expected"),
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
def test_the_language_of_a_text(text: str, expected: str) -> None:
    assert detect_language(text) == expected


def test_a_german_name_does_not_make_an_english_sentence_german() -> None:
    assert detect_language("Please send the invoice to Müller and Söhne in Köln.") == "en"


@given(st.text(st.characters(max_codepoint=127), max_size=80))
def test_words_in_ascii_are_the_words(text: str) -> None:
    assert language._ASCII_WORD.findall(text.lower()) == language._WORD.findall(text.lower())


def test_words_of_our_own_are_german_or_english() -> None:
    assert [german_or_english(language) for language in ("de", "en", "fr", "")] == ["de", "en", "en", "en"]
