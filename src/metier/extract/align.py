"""Where the characters of a block stand on the page: matches a block's text to printed words.

Engines mend hyphenation, repeat merged headers and reorder columns, so text and printed words differ. Both are compared
without white space; a word that the text holds nowhere stays unmatched and is reported, so that nothing is lost silently.
"""

import re
from collections.abc import Sequence

from metier.extract.raw import RawWord, Rect, clean

Match = tuple[int, int, int]  # start and end in the text, index of the word

# How far ahead a word is looked for when text and page disagree; longer than any header repeated by an engine.
_WINDOW = 240
_HYPHENS = "-\u2010\u2011\u00ad"
# Engines straighten quotes and dashes, or do not: one character each, so that places stay.
_FOLD = str.maketrans(
    "\u2018\u2019\u201a\u201b`\u00b4\u201c\u201d\u201e\u2010\u2011\u2012\u2013\u2014\u2212",
    "''''''\"\"\"------",
)
# Printed boxes reach beyond the block's box by rounding and by italics.
_SLACK = 2.5


class Centres:
    """The middle of each word of a page, to find those inside a rectangle; made once for all blocks of the page."""

    def __init__(self, words: Sequence[RawWord]) -> None:
        self._x = [(word.rect[0] + word.rect[2]) / 2 for word in words]
        self._y = [(word.rect[1] + word.rect[3]) / 2 for word in words]

    def within(self, free: Sequence[int], rect: Rect | None) -> list[int]:
        """Of the word indexes `free`, those whose centre lies in the rectangle (all of them if there is none)."""
        if rect is None:
            return list(free)
        x0, y0, x1, y1 = rect[0] - _SLACK, rect[1] - _SLACK, rect[2] + _SLACK, rect[3] + _SLACK
        x, y = self._x, self._y
        return [index for index in free if y0 <= y[index] <= y1 and x0 <= x[index] <= x1]


def align(text: str, words: Sequence[RawWord], candidates: Sequence[int]) -> list[Match]:
    """Ranges of `text` for as many of the candidate words as it holds, in order of start.

    Linear in the common case; words out of order are placed in a second pass, where the text is still uncovered.
    """
    printed, plain = _printed(words, candidates)
    if text.split() == printed:  # four blocks of five: what is printed is what was read
        spans = (match.span() for match in _RUN.finditer(text))
        return [(start, end, index) for (start, end), index in zip(spans, candidates, strict=True)]
    positions = [at for match in _RUN.finditer(text) for at in range(*match.span())]
    squeezed = "".join(text.split()).translate(_FOLD)
    found: list[tuple[int, int, int]] = []
    missing: list[tuple[int, str]] = []
    at = 0
    for index, word in zip(candidates, plain, strict=True):
        if not word:
            continue
        if squeezed.startswith(word, at):  # nearly always
            start, at = at, at + len(word)
            found.append((start, at, index))
            continue
        span = _find_near(squeezed, word, at)
        if span is None:
            missing.append((index, word))
            continue
        found.append((*span, index))
        at = span[1]
    found += _place_missing(squeezed, missing, found)
    return sorted((positions[start], positions[end - 1] + 1, index) for start, end, index in found)


def straight(text: str) -> str:
    """The text with straight quotes and plain dashes, each character in its place."""
    return text if text.isascii() and "`" not in text else text.translate(_FOLD)


_RUN = re.compile(r"\S+")


def _printed(words: Sequence[RawWord], candidates: Sequence[int]) -> tuple[list[str], list[str]]:
    """The candidates' texts without white space, and the same folded."""
    texts = [words[index].text for index in candidates]
    whole = "".join(texts)
    if not whole.isascii() or not whole.isprintable() or " " in whole:
        texts = [_squeeze(text) for text in texts]
    elif "`" not in whole:  # the one ASCII character that is folded
        return texts, texts
    return texts, [text.translate(_FOLD) for text in texts]


def _squeeze(word: str) -> str:
    """The word without white space, as `clean` leaves it."""
    if word.isascii() and word.isprintable() and " " not in word:
        return word
    return "".join(clean(word).split())


def _find_near(squeezed: str, word: str, at: int) -> tuple[int, int] | None:
    """Where the word is after `at`, where it does not begin."""
    bare = word.rstrip(_HYPHENS)
    if bare and bare != word and squeezed.startswith(bare, at):
        return at, at + len(bare)
    # Short words occur everywhere, so only a near one may be the right one.
    window = _WINDOW if len(word) >= 4 else 4
    start = squeezed.find(word, at, at + window + len(word))
    return (start, start + len(word)) if start >= 0 else None


def _place_missing(
    squeezed: str, missing: Sequence[tuple[int, str]], found: Sequence[tuple[int, int, int]]
) -> list[tuple[int, int, int]]:
    if not missing:
        return []
    covered = bytearray(len(squeezed))
    for start, end, _ in found:
        covered[start:end] = b"\x01" * (end - start)
    placed = []
    last = 0
    for index, word in missing:
        for form in (word, word.rstrip(_HYPHENS)):
            start = _find_uncovered(squeezed, form, covered, last) if form else -1
            if start < 0 and form:
                start = _find_uncovered(squeezed, form, covered, 0)
            if start >= 0:
                end = start + len(form)
                covered[start:end] = b"\x01" * len(form)
                placed.append((start, end, index))
                last = end
                break
    return placed


def _find_uncovered(squeezed: str, word: str, covered: bytearray, at: int) -> int:
    start = squeezed.find(word, at)
    tries = 0
    while start >= 0 and tries < 50:  # a word printed fifty times in one block is a pattern, not a place
        if not any(covered[start : start + len(word)]):
            return start
        start = squeezed.find(word, start + 1)
        tries += 1
    return -1
