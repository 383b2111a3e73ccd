"""Which language a text is written in, by its stop words.

Knows en, de, fr, es, it, nl. It does not know other languages (it answers "" or the nearest relative) and it cannot
tell the language of a text without function words, such as a part list.
"""

import re
from collections import defaultdict
from functools import lru_cache
from typing import Literal

from metier.text.stopwords import NEGATIONS, STOP_WORDS

LANGUAGE_NAMES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
}
SAMPLE_CHARACTERS = 4000  # a page; more text changes nothing and costs time on every document

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_ASCII_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")  # finds the same in small ASCII letters in half the time

# Letters, endings and words of content that only one of the languages uses: they decide headings and short questions,
# which may hold no stop word at all.
_GERMAN = re.compile(
    r"ß|ä|ö|ü|(?:ung|ungen|heit|keit|schaft|schaften|tigkeit|zeit|recht|gesetz|richtlinie|vertrag|pflicht|tage?n?|"
    r"frist|kosten|gebühr|antrag|auftrag|mitarbeiter)s?$"
)
_ENGLISH = re.compile(
    r"[a-z]{2}(?:tion|tions|ing|ment|ments|ness|ity|ies|able|ship|ance|ence|ously|ally)$|th$|gh|wh|'s$"
)
_SPECIAL: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("de", _GERMAN),
    ("en", _ENGLISH),
    ("es", re.compile(r"ñ|ción(?:es)?$|[áíóú]")),
    ("fr", re.compile(r"[àâçèêëîïôœùû]|eux$|eaux$")),
    ("it", re.compile(r"zion[ei]$|[àèìòù]$|gli")),
    ("nl", re.compile(r"ij|aa[a-z]|heid$")),
)


def _weights() -> dict[str, tuple[tuple[str, float], ...]]:
    languages: dict[str, list[str]] = defaultdict(list)
    for language, words in STOP_WORDS.items():
        for word in words | NEGATIONS.get(language, frozenset()):
            languages[word].append(language)
    # a word of three languages says a third as much for each
    return {
        word: tuple((language, 1 / len(found)) for language in found) for word, found in languages.items()
    }


_WEIGHTS = _weights()
# less than half a stop word of its own: "Müller" alone must not turn an English page German
_SPECIAL_WEIGHT = 0.34


@lru_cache(maxsize=1 << 16)  # the words of a page are mostly those of the page before
def _told(word: str) -> tuple[tuple[str, float], ...]:
    """Languages that the word speaks for, and how much."""
    return _WEIGHTS.get(word) or tuple(
        (language, _SPECIAL_WEIGHT) for language, pattern in _SPECIAL if pattern.search(word)
    )


def detect_language(text: str) -> str:
    """ISO 639-1 code of the language of `text` ("en", "de", "fr", "es", "it", "nl"), "" if nothing tells."""
    sample = text[:SAMPLE_CHARACTERS].replace("’", "'").lower()
    words = (_ASCII_WORD if sample.isascii() else _WORD).findall(sample)
    score: dict[str, float] = defaultdict(float)
    for told in map(_told, words):
        for language, weight in told:
            score[language] += weight
    if not score:
        return ""
    ranked = sorted(score.items(), key=lambda item: (-item[1], item[0]))
    best, value = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    # A tie tells nothing; neither does one hint in a long list of names and codes.
    if value - second < 0.1 or value < 0.02 * len(words):
        return ""
    return best


def german_or_english(language: str) -> Literal["de", "en"]:
    """The one of the two in which rules and words of our own meet a text of this language."""
    return "de" if language == "de" else "en"
