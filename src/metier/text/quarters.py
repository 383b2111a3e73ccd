"""Quarters of a year: what is said of "Q2 2025" is not said of 2025."""

import re

_ASKED = re.compile(
    r"\bQ[1-4]\b|quarter|quartal|\bthree months\b|\bdrei monate|\b(?:from|between|von|zwischen) \w+ (?:to|and|bis|und) \w+ (?:19|20)\d\d\b",
    re.IGNORECASE,
)
_ORDINAL = r"(?:[1-4](?:st|nd|rd|th|\.)|first|second|third|fourth|erste\w*|zweite\w*|dritte\w*|vierte\w*)"
_YEAR = r"(?:19|20)\d\d"
_OF_A_YEAR = re.compile(
    rf"(?:\bQ[1-4]|\b{_ORDINAL}\s+(?:quarter|quartals?)(?:\s+(?:of|des\s+jahres))?)[\s/'-]*{_YEAR}|\b{_YEAR}[\s/-]*Q[1-4]\b",
    re.IGNORECASE,
)


def asks_part(question: str) -> bool:
    """True for a question that names a quarter, or months of a year, or asks for quarters."""
    return bool(_ASKED.search(question))


def whole_years(question: str) -> frozenset[str]:
    """The years that a question names and asks about as a whole; none where it asks for parts of them."""
    return frozenset() if asks_part(question) else frozenset(re.findall(rf"\b{_YEAR}\b", question))


def names_only_quarters(year: str, text: str) -> bool:
    """True for a text that names the year, and wherever it does, a quarter of it."""
    return year in text and not re.search(rf"\b{year}\b", _OF_A_YEAR.sub(" ", text))
