"""Texts that say the same: equal ones, and near copies that differ in nothing a reader would care about.

Companies copy paragraphs and change one figure, one name or one "not", and such texts must stay apart: two texts are near
copies only if nine tenths of their words agree and no differing word has a digit or a capital letter or is a negation.
It does not know paraphrases, and German texts that differ in a noun are never copies.
"""

import re
from functools import lru_cache
from typing import Final

from metier.text.stopwords import NEGATIONS

_WORD: Final = re.compile(r"\w+")
_NEGATIONS: Final = frozenset().union(*NEGATIONS.values())
_DIFFERING: Final = (
    0.1  # of all words: page breaks, typing errors and reworded endings; 20% joined other sentences
)
_LEAST_WORDS: Final = 12  # below, one differing word is a tenth of the text and may be all it says


class Copies:
    """Counts how often a text, or a near copy of it, was added."""

    def __init__(self, near: bool = True) -> None:
        self._near = near
        self._equal: dict[str, int] = {}  # text without its white space -> number of its group
        self._groups: list[frozenset[str]] = []  # words of each group's first text
        self._counts: list[int] = []

    def count(self, text: str) -> int:
        """How many copies were added before."""
        group = self._find(text)
        return 0 if group is None else self._counts[group]

    def add(self, text: str) -> None:
        """Counts the text."""
        group = self._find(text)
        if group is None:
            group = len(self._groups)
            self._groups.append(_words(text))
            self._counts.append(0)
        self._equal[_plain(text)] = group
        self._counts[group] += 1

    def _find(self, text: str) -> int | None:
        plain = _plain(text)
        if plain in self._equal or not self._near:
            return self._equal.get(plain)
        words = _words(text)
        near = (number for number, other in enumerate(self._groups) if _near(words, other))
        return next(near, None)


def _near(one: frozenset[str], other: frozenset[str]) -> bool:
    large = max(len(one), len(other))
    allowed = _DIFFERING * large
    if min(len(one), len(other)) < _LEAST_WORDS or abs(len(one) - len(other)) > allowed:
        return False
    differing = one ^ other
    return len(differing) <= allowed and not any(_matters(word) for word in differing)


def _matters(word: str) -> bool:
    return word[0].isupper() or word in _NEGATIONS or any(character.isdigit() for character in word)


@lru_cache(maxsize=4096)  # the same few hundred passages come up again and again
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


def _plain(text: str) -> str:
    return " ".join(text.split())
