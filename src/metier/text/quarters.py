"""Quarters of a year: what is said of "Q2 2025" is not said of 2025."""

import re

from metier.text.dates import QUARTER_FORMS

_ASKED = re.compile(
    r"\bQ[1-4]\b|quarter|quartal|\bthree months\b|\bdrei monate|\b(?:from|between|von|zwischen) \w+ (?:to|and|bis|und) \w+ (?:19|20)\d\d\b",
    re.IGNORECASE,
)
_WHICH = re.compile(r"\b(?:which|what|welche[mnrs]?)\s+(?:\w+\s+)?(?:quarters?|quartale?n?)\b", re.IGNORECASE)
_HEAD = re.compile(
    r"^(?:Q[1-4]|[1-4]\. ?quartal|(?:first|second|third|fourth) quarter)(?: (?:19|20)\d\d)?$", re.IGNORECASE
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def asks_part(question: str) -> bool:
    """True for a question that names a quarter, or months of a year, or asks for quarters."""
    return bool(_ASKED.search(question))


def asks_quarter(question: str) -> bool:
    """True for a question of which quarter something was in: "In which quarter was revenue highest?"."""
    return bool(_WHICH.search(question))


def is_quarter(head: str) -> bool:
    """True for the head of a column that is a quarter and nothing else: "Q3", "Q3 2025", "3. Quartal"."""
    return bool(_HEAD.match(head.strip()))


def whole_years(question: str) -> frozenset[str]:
    """The years that a question names and asks about as a whole; none where it asks for parts of them."""
    return frozenset() if asks_part(question) else frozenset(_YEAR.findall(question))


def names_only_quarters(year: str, text: str) -> bool:
    """True for a text that names the year, and wherever it does, a quarter of it."""
    if year not in text:
        return False
    for form in QUARTER_FORMS:
        text = form.sub(" ", text)
    return year not in _YEAR.findall(text)
