"""Texts that say the same: equal ones, and near copies that differ in the spelling or form of a few words.

Companies copy paragraphs and change one figure, one name, one "not" or "seller" for "buyer", and such texts must stay apart:
two texts are near copies only if nine tenths of their words agree, each of the others has a like one on the other side, and
none of these has a digit or a capital letter or is a negation. It does not know paraphrases, nor copies that are cut short.
"""

import re
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from metier.text.stopwords import NEGATIONS

_WORD: Final = re.compile(r"\w+")
_NEGATIONS: Final = frozenset().union(*NEGATIONS.values())
_DIFFERING: Final = 0.1  # of all words: what OCR and typing get wrong at worst
_ALIKE: Final = 0.8  # of the letters: keys, keyes; card, cards; not monthly, weekly
_LEAST_WORDS: Final = 12  # below, one differing word is a tenth of the text and may be all it says


class Copies:
    """Counts how often a text, or a near copy of it, was added."""

    def __init__(self, near: bool = True) -> None:
        self._near = near
        self._equal: dict[str, int] = {}  # text without its white space -> number of its group
        self._groups: list[frozenset[str]] = []  # words of each group's first text
        self._counts: list[int] = []
        self._by_word: dict[str, list[int]] = {}  # telling word -> groups that have it among theirs

    def add(self, text: str) -> int:
        """How many copies of the text were added before; counts this one."""
        plain = " ".join(text.split())
        group = self._equal.get(plain)
        if group is None:
            group = self._find(text) if self._near else None
            if group is None:
                group = self._new_group(text)
            self._equal[plain] = group
        self._counts[group] += 1
        return self._counts[group] - 1

    def _new_group(self, text: str) -> int:
        group = len(self._counts)
        self._counts.append(0)
        if self._near:
            words, telling = _words(text)
            self._groups.append(words)
            for word in telling:
                self._by_word.setdefault(word, []).append(group)
        return group

    def _find(self, text: str) -> int | None:
        """The first group whose first text is a near copy."""
        words, telling = _words(text)
        possible = dict.fromkeys(group for word in telling for group in self._by_word.get(word, ()))
        return next((group for group in sorted(possible) if _near(words, self._groups[group])), None)


def _near(one: frozenset[str], other: frozenset[str]) -> bool:
    large = max(len(one), len(other))
    if min(len(one), len(other)) < _LEAST_WORDS or abs(len(one) - len(other)) > _DIFFERING * large:
        return False
    ours, theirs = one - other, other - one
    if max(len(ours), len(theirs)) > _DIFFERING * large or any(map(_matters, ours | theirs)):
        return False
    return all(any(_same_word(word, found) for found in theirs) for word in ours) and all(
        any(_same_word(word, found) for found in ours) for word in theirs
    )


def _matters(word: str) -> bool:
    return word[0].isupper() or word in _NEGATIONS or any(character.isdigit() for character in word)


def _same_word(one: str, other: str) -> bool:
    """Spellings or forms of one word. Prefixes turn words around (paid, unpaid), so the first letters must agree."""
    return one[0] == other[0] and SequenceMatcher(None, one, other).ratio() >= _ALIKE


@lru_cache(maxsize=4096)  # the same few hundred passages come up again and again
def _words(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The words, and so many of them, longest first, that a near copy must have one of these among its own such words.

    Of sets that agree in all but d words, the first d + 1 in any common order overlap (prefix filtering, Bayardo et al.
    2007); long words are rare, so hardly any other text is looked at.
    """
    words = frozenset(_WORD.findall(text))
    most = int(_DIFFERING * len(words) / (1 - _DIFFERING)) + 2
    return words, tuple(sorted(sorted(words), key=len, reverse=True)[:most])
