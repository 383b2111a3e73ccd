"""Do citations point where the gold evidence stands? By quote, so that page numbers and re-extraction do not matter."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from metier.evaluate.matching import fold

# Share of the shorter quote's words that must be common. Among the gold quotes of the example company, 8 of the 558
# pairs of different quotes from one document overlap at 0.5, 2 at 0.6 (rows of one price list), none at 0.8; what a
# citation cut short or re-extracted loses stays well below 0.4.
OVERLAP = 0.6

# A document may say the same thing twice ("Group revenue amounted to EUR 87,737 thousand" and a table row): a quote that
# states the gold answer itself needs to share less.
OVERLAP_WITH_ANSWER = 0.4


_WORD = re.compile(
    r"\d+(?:[.,]\d+)*|[^\W\d_]+"
)  # a number is one word: rows of a price list differ in little else


class Quote(Protocol):
    """A stretch of one document: citations and gold evidence alike."""

    @property
    def uri(self) -> str: ...

    @property
    def quote(self) -> str: ...


def quotes_overlap(one: str, other: str, least: float = OVERLAP) -> bool:
    """True if the quotes share at least this part of the words of the shorter one.

    Up to three words (a table cell, a name) must stand unbroken in the longer quote; an empty quote overlaps nothing.
    """
    a, b = _words(one), _words(other)
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if not short:
        return False
    if len(short) <= 3:
        n = len(short)
        return any(long[i : i + n] == short for i in range(len(long) - n + 1))
    return sum((Counter(short) & Counter(long)).values()) >= least * len(short)


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


def points_at(cited: Quote, gold: Quote, states_answer: bool = False) -> bool:
    """True if the citation overlaps the gold evidence in the same document; less overlap will do if it `states_answer`."""
    least = OVERLAP_WITH_ANSWER if states_answer else OVERLAP
    return cited.uri == gold.uri and quotes_overlap(cited.quote, gold.quote, least)


def citation_hits(
    cited: Sequence[Quote], gold: Sequence[Quote], states_answer: Callable[[str], bool] = lambda quote: False
) -> tuple[int, int]:
    """How many citations point at some gold evidence, and how many gold quotes are pointed at by some citation.

    Over len(cited) and len(gold) these are citation precision and recall; sum them over cases before dividing.
    `states_answer(quote)` tells whether a quote holds the gold answer by itself.
    """
    told = [states_answer(citation.quote) for citation in cited]
    pairs = list(zip(cited, told, strict=True))
    good = sum(any(points_at(citation, quote, says) for quote in gold) for citation, says in pairs)
    covered = sum(any(points_at(citation, quote, says) for citation, says in pairs) for quote in gold)
    return good, covered
