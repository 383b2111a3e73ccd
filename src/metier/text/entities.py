"""Names, acronyms and codes in a text, without a dictionary.

English capitals mark names; German ones mark every noun, so there a lone capitalised word counts only with a title, a
legal form or an unusual shape. Places have their own module. A lone German name without such a sign is missed.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from metier.text.analyze import content_set
from metier.text.dates import dates
from metier.text.language import detect_language
from metier.text.sentences import split_sentences
from metier.text.stopwords import NEGATIONS, STOP_WORDS, words
from metier.text.units import CURRENCIES_BEFORE, UNITS

NameKind = Literal["name", "organisation", "acronym", "code"]


@dataclass(frozen=True, slots=True)
class NameSpan:
    """One name, acronym or code and its range in the text."""

    text: str
    kind: NameKind
    start: int
    end: int


_LEGAL = r"(?:GmbH(?:\s*&\s*Co\.?\s*KG)?|AG|SE|KGaA|KG|OHG|UG|eG|e\.\s?V\.|Inc\.?|Ltd\.?|LLC|LLP|plc|PLC|Corp\.?|S\.A\.|B\.V\.|N\.V\.|S\.p\.A\.|&\s*Co\.?(?:\s*KG)?)"
_TITLE = words("mr mrs ms miss dr prof herr herrn frau sir lady president director dipl-ing")
_CAPITAL = r"[A-ZÄÖÜÀ-Þ][^\W\d_]*(?:['’-][^\W\d_]+)*"
_LINK = r"\s+(?:of|de|del|della|da|di|van|van\s+der|von|von\s+der|zu|la|le|&)"
_RUN = re.compile(
    rf"\b(?:(?:Dr|Prof|Mr|Mrs|Ms|St)\.\s+)*{_CAPITAL}(?:(?:{_LINK})?\s+(?:[A-Z]\.\s+)?{_CAPITAL})*(?:,?\s+{_LEGAL}(?!\w))?"
)
_ACRONYM = re.compile(r"\b(?=[A-ZÄÖÜ0-9&-]*[A-ZÄÖÜ]{2})[A-ZÄÖÜ][A-ZÄÖÜ0-9]*(?:[&-][A-ZÄÖÜ0-9]+)*s?\b")
_CODE = re.compile(r"\b(?=[\w./-]*\d)(?=[\w./-]*[A-Za-zÄÖÜ])[A-Za-zÄÖÜ0-9]+(?:[-_/.][A-Za-zÄÖÜ0-9]+)*\b")
_MIXED = re.compile(r"\b[^\W\d_]*[a-z][A-Z][^\W\d_]*\b")  # LanceDB, iPhone
_LEGAL_END = re.compile(_LEGAL + r"$")
_QUANTITY_CODE = re.compile(r"\d+(?:[.,]\d+)*(?:st|nd|rd|th|er|ern|[a-zA-Zµ²³%]{1,4}|-[a-zäöü]+)$")
_WORD = re.compile(r"[^\s]+")
_MONTHS_DAYS = words(
    "january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday januar februar märz mai juni juli oktober dezember montag dienstag mittwoch "
    "donnerstag freitag samstag sonntag section article clause chapter table figure page absatz artikel abschnitt "
    "kapitel seite tabelle anlage i"
)

_WHEN = words("anfang mitte ende beginn")  # stand beside any noun: "im Werk Mitte März"


def names(text: str, language: str = "") -> list[NameSpan]:
    """Names of people, organisations and products, acronyms and codes of `text`, in order, none inside another."""
    return list(_names(text, language))


# a question and its sentences are looked at by many rules, and come up again and again
@lru_cache(maxsize=1 << 13)
def _names(text: str, language: str) -> tuple[NameSpan, ...]:
    language = language or detect_language(text)
    taken = [(span.start, span.end) for span in dates(text, language)]
    found: list[NameSpan] = []

    def add(kind: NameKind, start: int, end: int) -> None:
        if start < end and not any(start < other_end and other < end for other, other_end in taken):
            taken.append((start, end))
            found.append(NameSpan(text[start:end], kind, start, end))

    for match in _CODE.finditer(text):
        if not _QUANTITY_CODE.fullmatch(match.group()):
            add("code", *match.span())
    starts = {start for start, _ in split_sentences(text, language)}
    for match in _RUN.finditer(text):
        kind_range = _name(text, match, language, starts)
        if kind_range:
            add(*kind_range)
    for match in _ACRONYM.finditer(text):
        if match.group() not in UNITS and match.group() not in CURRENCIES_BEFORE:  # EUR, GB
            add("acronym", *match.span())
    for match in _MIXED.finditer(text):
        add("name", *match.span())
    return tuple(sorted(found, key=lambda span: span.start))


@lru_cache(maxsize=1 << 14)
def name_words(text: str, language: str) -> frozenset[str]:
    """The words of the names in a text, as stems."""
    named = " ".join(span.text for span in names(text, language))
    return content_set(named, language) & content_set(text, language)


def _name(
    text: str, match: re.Match[str], language: str, starts: set[int]
) -> tuple[NameKind, int, int] | None:
    start = match.start()
    # "The Acme Group", "Die Nordwind GmbH": the article or other small word in front does not belong to the name
    small = STOP_WORDS["en"] | STOP_WORDS["de"] | NEGATIONS["en"] | NEGATIONS["de"]
    pieces = [(start + piece.start(), start + piece.end()) for piece in _WORD.finditer(match.group())]
    titled = False
    while pieces:
        low = text[slice(*pieces[0])].lower().rstrip(".")
        if low in _TITLE:
            titled = True
        elif low not in small and low not in _MONTHS_DAYS:
            break
        pieces.pop(0)
    while pieces and text[slice(*pieces[-1])].lower() in small:
        pieces.pop()
    if not pieces:
        return None
    name = text[pieces[0][0] : pieces[-1][1]]
    if _LEGAL_END.search(name) and len(pieces) > 1:
        return _organisation(text, pieces, language)
    if name.isupper() and len(name) > 1 and len(pieces) == 1:
        return None  # an acronym, or a heading in capitals
    if titled:
        return "name", pieces[0][0], pieces[-1][1]
    if language == "de":
        if text[: pieces[0][0]].rstrip()[-1:].isdigit():
            return None  # "27 Tage Urlaub"
        if any(text[slice(*piece)].lower() in _WHEN for piece in pieces):
            return None  # "der Konzern Ende 2025"
        # Two nouns in a row are rare in German ("Anna Weber"); three or more are a heading or a list.
        plain = [piece for piece in pieces if text[slice(*piece)][:1].isupper()]
        return (
            ("name", pieces[0][0], pieces[-1][1])
            if 2 <= len(plain) <= 3 and pieces[0][0] not in starts
            else None
        )
    if len(pieces) == 1 and pieces[0][0] in starts:
        return None
    return "name", pieces[0][0], pieces[-1][1]


def _organisation(text: str, pieces: list[tuple[int, int]], language: str) -> tuple[NameKind, int, int]:
    # German nouns before a company's name are not part of it, but cannot be told apart: at most three words are kept.
    legal = _LEGAL_END.search(text[pieces[0][0] : pieces[-1][1]])
    cut = pieces[0][0] + (legal.start() if legal else 0)
    before = [piece for piece in pieces if piece[0] < cut]
    kept = before[-3:] if language == "de" else before
    return "organisation", (kept or pieces)[0][0], pieces[-1][1]
