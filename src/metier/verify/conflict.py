"""Conflicts: another document in force says the same sentence with another number, date or sense.

Compared are sentences of running text that share nearly all of their words, numbers left out: rows of tables say nothing
without their heads, and sentences that say it in other words are not recognised. A document that the question does
not mean is no conflict: one whose title and headings lack a word of the question that the cited one's have ("the Acme
contract"), or one that names somebody else in the sentence itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from metier.text.analyze import content_set, content_words
from metier.text.dates import dates
from metier.text.negation import negated, polarity
from metier.text.quantities import Quantity, quantities, same_quantity
from metier.text.sentences import split_sentences
from metier.types import Citation, Conflict, Evidence, Passage, Query, Statement

ALIKE = 0.75  # share of all words of both sentences that both hold
LEAST = 3  # words that both hold; two are a heading or a label
_MOST = 3  # conflicts of one answer; more are not read
_LONGEST = 60  # words of a sentence that is compared

_Difference = tuple[str, str]  # what either side says


def conflicts(query: Query, statements: Sequence[Statement], evidence: Sequence[Evidence]) -> list[Conflict]:
    """What other documents of the evidence say otherwise, each with both sources and their dates."""
    found: dict[tuple[str, str], Conflict] = {}  # by the documents of both sides
    for statement in statements:
        for citation in statement.citations:
            for other, start, end, difference in _contradicting(query, citation, evidence):
                if (sides := (citation.document, other.document)) not in found:
                    against = other.cite(f"x{len(found) + 1}", start, end)
                    found[sides] = _conflict(statement, citation, against, difference)
    return list(found.values())[:_MOST]


def _contradicting(
    query: Query, citation: Citation, evidence: Sequence[Evidence]
) -> Iterator[tuple[Passage, int, int, _Difference]]:
    """The sentences of other documents (passage, start, end) that say otherwise than what is cited, and how."""
    own = next((item for item in evidence if item.passage.holds(citation)), None)
    if own is None or own.superseded_by or own.passage.kind == "table":
        return
    for said in _said(citation.quote, own.passage.language):
        for other in _others(query, own.passage, evidence):
            for start, end, saying in _like(said, other):
                if difference := _difference(said, saying):
                    yield other, start, end, difference


@dataclass(frozen=True, slots=True)
class _Saying:
    """One sentence taken apart."""

    text: str
    words: frozenset[str]  # without those that are numbers
    quantities: tuple[Quantity, ...]
    days: frozenset[str]
    negated: bool


def _difference(one: _Saying, other: _Saying) -> _Difference | None:
    """What the two say differently, None if they agree or speak of different things."""
    shared, together = one.words & other.words, one.words | other.words
    ours, theirs = polarity(one.text), polarity(other.text)
    turned = sum(ours[axis] != theirs[axis] for axis in ours.keys() & theirs.keys())
    # a word for its opposite ("allowed", "prohibited") is two words that only one side holds
    if len(shared) < LEAST or len(shared) < ALIKE * (len(together) - 2 * turned):
        return None
    for left in one.quantities:
        for right in other.quantities:
            if left.kind != right.kind or left.kind == "reference" or (left.unit == "") != (right.unit == ""):
                continue
            if _stated(left, other.quantities) or _stated(right, one.quantities):
                continue
            return one.text[left.start : left.end], other.text[right.start : right.end]
    if one.days and other.days and not one.days & other.days:
        return min(one.days), min(other.days)
    if (one.negated != other.negated) != (turned % 2 == 1):
        return one.text, other.text
    return None


def _stated(quantity: Quantity, among: Sequence[Quantity]) -> bool:
    return any(same_quantity(quantity, other, rounding=True) for other in among)


def _others(query: Query, own: Passage, evidence: Sequence[Evidence]) -> Iterator[Passage]:
    asked = content_set(query.text, query.language)
    meant = asked & _place(own)
    for item in evidence:
        passage = item.passage
        if passage.document == own.document or item.superseded_by or passage.kind == "table":
            continue
        if meant <= _place(passage) | content_set(passage.text, passage.language):
            yield passage


def _place(passage: Passage) -> frozenset[str]:
    return content_set(passage.place, passage.language)


def _like(said: _Saying, passage: Passage) -> Iterator[tuple[int, int, _Saying]]:
    """The sentences of the passage that share most words with `said`: only those are worth taking apart."""
    for start, end, words in _sentences(passage):
        if len(said.words & words) >= max(LEAST, ALIKE / 2 * len(said.words)):
            for saying in _said(passage.text[start:end], passage.language):
                yield passage.start + start, passage.start + end, saying


@lru_cache(maxsize=512)
def _sentences(passage: Passage) -> tuple[tuple[int, int, frozenset[str]], ...]:
    return tuple(
        (start, end, content_set(passage.text[start:end], passage.language))
        for start, end in split_sentences(passage.text, passage.language)
    )


@lru_cache(maxsize=512)
def _said(text: str, language: str) -> tuple[_Saying, ...]:
    """The sentence taken apart, if it is one that can be compared."""
    if not LEAST <= len(text.split()) <= _LONGEST or " | " in text:
        return ()
    found = tuple(item for item in quantities(text, language) if item.value != Decimal(1))
    days = dates(text, language)
    taken = [(item.start, item.end) for item in found] + [(day.start, day.end) for day in days]
    rest = "".join(
        " " if any(start <= place < end for start, end in taken) else character
        for place, character in enumerate(text)
    )
    words = frozenset(word for word in content_words(rest, language) if not word.isdigit())
    full = frozenset(span.value.isoformat() for span in days if span.precision == "day")
    return (_Saying(text, words, found, full, negated(text, language)),)


def _conflict(
    statement: Statement, citation: Citation, against: Citation, difference: _Difference
) -> Conflict:
    sides = (
        f"{_source(one)}: “{' '.join(says.split())}”"
        for one, says in zip((citation, against), difference, strict=True)
    )
    return Conflict(statement.text, (citation, against), " ≠ ".join(sides))


def _source(citation: Citation) -> str:
    name = citation.title or citation.uri
    return f"{name} ({citation.version_date})" if citation.version_date else name
