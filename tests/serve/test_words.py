import re
from pathlib import Path

import pytest

import metier.serve
from metier.serve.words import LANGUAGES, choose, words
from metier.types import Outcome, State


def test_both_languages_have_the_same_words_and_places() -> None:
    english, german = words("en"), words("de")
    assert set(english) == set(german)
    for key, text in english.items():
        assert text
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", german[key])), key


def test_every_word_the_scripts_ask_for_exists_and_none_is_idle() -> None:
    folder = Path(metier.serve.__file__).parent
    files = [*folder.glob("static/*.js"), *folder.glob("templates/*.html"), *folder.glob("*.py")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files if path.name != "words.py")
    asked = set(re.findall(r"\bt\(\s*\"(\w+)\"", source)) | set(re.findall(r"\bw\.(\w+)", source))
    assert asked
    assert asked <= set(words("en"))
    # States and outcomes are looked up by the names the API gives them.
    given = {state.value for state in State} | {f"outcome_{outcome.value}" for outcome in Outcome}
    idle = {key for key in words("en") if not re.search(rf"[\"'.]{key}\b", source)} - given
    assert not idle


@pytest.mark.parametrize(
    ("header", "fallback", "language"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "en", "de"),
        ("en;q=0.5, de;q=0.7", "en", "de"),
        ("fr, en;q=0.1", "de", "en"),
        ("fr", "de", "de"),
        ("", "de", "de"),
        ("", "fr", "en"),
        ("de;q=zero,*", "en", "en"),
        ("de;q=0", "en", "en"),
    ],
)
def test_the_language_is_the_readers(header: str, fallback: str, language: str) -> None:
    assert choose(header, fallback) == language
    assert language in LANGUAGES
