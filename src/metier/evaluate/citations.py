"""Do citations point where the gold evidence stands? By quote, so that page numbers and re-extraction do not matter."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from metier.evaluate.matching import fold

# Share of the shorter quote's words that must be common. Among the gold quotes of the example company, 8 of the 558
# pairs of different quotes from one document overlap at 0.5, 2 at 0.6 (rows of one price list), none at 0.8; what a
# citation cut short or re-extracted loses stays well below 0.4.
OVERLAP = 0.6


_WORD = re.compile(
    r"\d+(?:[.,]\d+)*|[^\W\d_]+"
)  # a number is one word: rows of a price list differ in little else


class Quote(Protocol):
    """A stretch of one document: citations and gold evidence alike."""

    @property
    def uri(self) -> str: ...

    @property
    def quote(self) -> str: ...


def quotes_overlap(one: str, other: str) -> bool:
    """True if the quotes share most words of the shorter one, in order where they are short.

    Up to three words (a table cell, a name) must stand unbroken in the longer quote; an empty quote overlaps nothing.
    """
    a, b = _words(one), _words(other)
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if not short:
        return False
    if len(short) <= 3:
        n = len(short)
        return any(long[i : i + n] == short for i in range(len(long) - n + 1))
    return sum((Counter(short) & Counter(long)).values()) >= OVERLAP * len(short)


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


def points_at(cited: Quote, gold: Quote) -> bool:
    """True if the citation overlaps the gold evidence in the same document."""
    return cited.uri == gold.uri and quotes_overlap(cited.quote, gold.quote)


def citation_hits(cited: Sequence[Quote], gold: Sequence[Quote]) -> tuple[int, int]:
    """How many citations point at some gold evidence, and how many gold quotes are pointed at by some citation.

    Over len(cited) and len(gold) these are citation precision and recall; sum them over cases before dividing.
    """
    good = sum(any(points_at(citation, quote) for quote in gold) for citation in cited)
    covered = sum(any(points_at(citation, quote) for citation in cited) for quote in gold)
    return good, covered
