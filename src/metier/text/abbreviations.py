"""Abbreviations that texts explain themselves: "earnings before interest and taxes (EBIT)", "EBIT (earnings before ...)".

First by initials; else by the algorithm of Schwartz and Hearst (2003, Pacific Symposium on Biocomputing 8): the letters of the
short form are looked for in the words before it from right to left, the first one at the beginning of a word. What is explained
nowhere is not known.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from metier.text.analyze import content_words

_BRACKETS = re.compile(r"\s\(([^()\n]{2,80})\)")
_BEFORE = 160  # characters before the bracket that can be a long form: ten words and more
_SHORT = re.compile(r"[A-ZÄÖÜ][\w&/-]{1,9}")
_ACRONYM = re.compile(r"\b[A-ZÄÖÜ][A-ZÄÖÜ0-9&-]{1,9}\b")
_WORD = re.compile(r"[^\W_]+")
_SMALL = frozenset(
    ["and", "of", "the", "for", "to", "in", "und", "der", "die", "das", "des", "von", "für", "vor"]
)
_CAPITALS = 2  # that a short form has at least: "Supplier" in brackets is a role, no abbreviation


@lru_cache(maxsize=1 << 13)  # passages that come up again and again
def explained(text: str) -> tuple[tuple[str, str], ...]:
    """(short form, long form) for each abbreviation that the text explains, in order."""
    found: list[tuple[str, str]] = []
    for match in _BRACKETS.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()].rpartition("\n")[2]
        inside = match[1].strip().strip("\"'“”„")
        if not before.strip():
            continue
        if _is_short(inside):
            if long := _long_form(inside, before):
                found.append((inside, long))
        elif (
            _is_short(short := before.split()[-1])
            and (long := _long_form(short, inside))
            and len(long) == len(inside)
        ):
            found.append((short, long))
    return tuple(found)


def spelled_out(question: str, texts: Iterable[str]) -> str | None:
    """The question with its abbreviations in full as the texts explain them, else with the short form of what it says in full; None
    if they explain nothing of it."""
    pairs = dict(pair for text in texts for pair in explained(text))
    if not pairs:
        return None
    told = _ACRONYM.sub(lambda match: pairs.get(match.group(), match.group()), question)
    if told != question:
        return told
    low = question.lower()
    for short, long in pairs.items():
        at = low.find(long.lower())
        if at >= 0 and short not in question and len(content_words(long)) > 1:
            return question[:at] + short + question[at + len(long) :]
    return None


def says_acronym(acronym: str, near: str) -> bool:
    """True if the folded text has the folded acronym, or words that it abbreviates: "earnings before interest and taxes", of long
    ones also with others after the first word ("earned 5 million before interest and taxes")."""
    if acronym in near:
        return True
    words = (match.group() for match in _WORD.finditer(near))
    initials = "".join(word[0] for word in words if word not in _SMALL and not word[0].isdigit())
    if acronym in initials:
        return True
    rest = re.escape(acronym[1:])
    return len(acronym) > 3 and re.search(rf"{re.escape(acronym[0])}.{{0,3}}{rest}", initials) is not None


def _by_initials(letters: list[str], before: str) -> str:
    """The words at the end that begin with these letters, small words between them left out; "" if they do not."""
    starts = [match.start() for match in _WORD.finditer(before) if match.group().lower() not in _SMALL]
    if len(starts) < len(letters):
        return ""
    own = starts[-len(letters) :]
    return before[own[0] :] if [before[at].lower() for at in own] == letters else ""


def _is_short(text: str) -> bool:
    return bool(_SHORT.fullmatch(text)) and sum(letter.isupper() for letter in text) >= _CAPITALS


def _long_form(short: str, before: str) -> str:
    """The words at the end of `before` that the short form abbreviates, "" if none do."""
    words = before.split()
    before = " ".join(words[-min(len(short) + 5, 2 * len(short)) :])
    letters = [letter.lower() for letter in short if letter.isalnum()]
    if by_initials := _by_initials(letters, before):
        return by_initials
    place = len(before) - 1
    for number, letter in reversed(list(enumerate(letters))):
        while place >= 0 and (
            before[place].lower() != letter or (number == 0 and place > 0 and before[place - 1].isalnum())
        ):
            place -= 1
        if place < 0:
            return ""
        place -= 1
    long = before[before.rfind(" ", 0, place + 1) + 1 :]
    return long if len(long.split()) > 1 or "-" in long or len(long) > 2 * len(short) else ""
