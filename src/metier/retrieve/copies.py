"""Texts that say the same: equal ones, and near copies that differ in the spelling or form of a few words.

Companies copy paragraphs and change one figure, one name, one "not" or "seller" for "buyer", and such texts must stay apart:
two texts are near copies only if nine tenths of their words agree, each of the others has a like one on the other side, and
none of these has a digit or a capital letter or is a negation. It does not know paraphrases, nor copies that are cut short.
"""

import re
import string
import sys
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from metier.text.stopwords import NEGATIONS

_WORD: Final = re.compile(r"\w+")
_ASCII_WORDS: Final = bytes(
    byte if chr(byte).isalnum() or byte == ord("_") else ord(" ") for byte in range(128)
) + bytes(128)
_NEGATIONS: Final = frozenset().union(*NEGATIONS.values())
_DIFFERING: Final = 0.1  # of all words: what OCR and typing get wrong at worst
_ALIKE: Final = 0.8  # of the letters: keys, keyes; card, cards; not monthly, weekly
_UNMARKED: Final = bytes(set(range(128)) - set((string.ascii_uppercase + string.digits).encode()))
_LEAST_WORDS: Final = 12  # below, one differing word is a tenth of the text and may be all it says


class Copies:
    """Counts how often a text, or a near copy of it, was added."""

    def __init__(self, near: bool = True) -> None:
        self._least = _LEAST_WORDS if near else sys.maxsize  # words from which near copies count
        self._known: dict[str, int] = {}  # text -> number of its group
        self._firsts: dict[
            frozenset[int], list[tuple[int, str]]
        ] = {}  # groups and their first texts, by marks
        self._counts: list[int] = []

    def add(self, text: str) -> int:
        """How many copies of the text were added before; counts this one."""
        group = self._known.get(text)
        if group is None:
            group = self._known[text] = self._group(text)
        self._counts[group] += 1
        return self._counts[group] - 1

    def _group(self, text: str) -> int:
        """The first group whose first text is an equal one or a near copy, or a new one."""
        firsts = self._firsts.setdefault(_marks(text), [])
        for group, first in firsts:
            if self._is_copy(text, first):
                return group
        firsts.append((len(self._counts), text))
        self._counts.append(0)
        return len(self._counts) - 1

    def _is_copy(self, text: str, other: str) -> bool:
        ours, theirs = _words(text), _words(other)
        if min(len(ours), len(theirs)) >= self._least:
            return _near(ours, theirs)
        return ours == theirs and text.split() == other.split()


def _near(one: frozenset[str], other: frozenset[str]) -> bool:
    most = _DIFFERING * max(len(one), len(other))
    if abs(len(one) - len(other)) > most or min(len(one), len(other)) < _LEAST_WORDS:
        return False
    lacking = 0
    for word in one:  # of texts that are not alike, a fifth is looked at until this is plain
        lacking += word not in other
        if lacking > most:
            return False
    ours, theirs = one - other, other - one
    if len(theirs) > most or any(map(_matters, ours | theirs)):
        return False
    return all(any(_same_word(word, found) for found in theirs) for word in ours) and all(
        any(_same_word(word, found) for found in ours) for word in theirs
    )


def _matters(word: str) -> bool:
    return word in _NEGATIONS or any(character.isupper() or character.isdigit() for character in word)


def _same_word(one: str, other: str) -> bool:
    """Spellings or forms of one word. Prefixes turn words around (paid, unpaid), so the first letters must agree."""
    return one[0] == other[0] and SequenceMatcher(None, one, other).ratio() >= _ALIKE


def _marks(text: str) -> frozenset[int]:
    """The ASCII capitals and digits that occur. Near copies have the same, since words that have one must agree: so most
    texts are told apart before their words are looked at, in a twentieth of the time."""
    return frozenset(text.encode("ascii", "ignore").translate(None, _UNMARKED))


@lru_cache(maxsize=4096)  # the same few hundred passages come up again and again
def _words(text: str) -> frozenset[str]:
    if text.isascii():
        return frozenset(text.encode().translate(_ASCII_WORDS).decode().split())
    return frozenset(_WORD.findall(text))
