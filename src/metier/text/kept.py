"""Whether a question in other words still asks of the same things: every name and number is there, and no other."""

import re

from metier.text.analyze import fold
from metier.text.entities import names

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_POSSESSIVE = re.compile(r"['’]s$")


def keeps_names_and_numbers(question: str, other: str) -> bool:
    """True if both hold the same numbers and each holds the names of the other."""
    if sorted(_NUMBER.findall(question)) != sorted(_NUMBER.findall(other)):
        return False
    return _holds(other, question) and _holds(question, other)


def _holds(text: str, other: str) -> bool:
    folded = fold(text)
    return all(fold(_POSSESSIVE.sub("", name.text)) in folded for name in names(other))
