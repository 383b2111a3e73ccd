"""The row that a question means cell by cell: "What is the reaction time for a priority 2 ticket?".

A row is meant if the question says all the words of one of its cells, and what stands over another; where a row is no more than a
label and its value ("Weight: 16.4 kg"), if the row and its place say all that is asked, or if it alone tells the kind of value that is
asked for. The chance of a candidate does not see that cells fit words, so such a row is surer than its chance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from metier.generate.candidates import Candidate
from metier.generate.scoring import tells_kind
from metier.text.analyze import content_set, content_words
from metier.text.asked_kind import asked_kinds
from metier.text.dates import dates
from metier.text.entities import names
from metier.text.numbers import has_digit
from metier.text.restated import restated
from metier.text.table_question import asked_nouns
from metier.text.units import UNITS

_MOSTLY = 0.6  # share of the question's words that the row and its place must say
_YEAR = 4  # digits: what needs no head beside it to be named
_PAIR = 3  # cells at the most of a row that is a label and its value, with its unit
_VALUE_HEADS = frozenset({"value", "values", "wert", "werte", "amount", "betrag"})
_EVERYWHERE = frozenset(
    {"money", "percent", "duration", "date", "clock", "contact"}
)  # kinds that many rows tell


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as the words of one language."""

    words: frozenset[str]
    # of these, names, numbers, dates and the thing that is asked for: nothing else is meant
    exact: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a row fits: words of the question that name it or stand over the cell, share of the question that is said, the cell."""

    named: int
    said: float
    value: str


def looked_up(question: str, language: str, options: Sequence[Candidate]) -> Candidate | None:
    """The row that the question, in the words of tables, means; None if there is none, or several that say different things."""
    question = restated(question) or question
    about = list(_about(question, language, options))
    fits = [(item, fit) for item, asked in about if (fit := _fit(item, asked))]
    if not fits:
        return _only_of_its_kind(question, [item for item, asked in about if asked.exact])
    best = max((fit.named, fit.said) for _, fit in fits)
    first = [(item, fit) for item, fit in fits if (fit.named, fit.said) == best]
    return first[0][0] if len({fit.value for _, fit in first}) == 1 else None


def _about(question: str, language: str, options: Sequence[Candidate]) -> Iterator[tuple[Candidate, _Asked]]:
    """The rows that with their place say all that nothing else can be meant by, each with the question in their language."""
    for item in options:
        if len(item.cells) > 1:
            asked = _asked(question, language, item.language or language)
            if not _unsaid(asked, item) & asked.exact:
                yield item, asked


@lru_cache(maxsize=32)  # each row of each language is compared with it
def _asked(question: str, language: str, spoken: str) -> _Asked:
    words = content_set(question, spoken)
    spans = [span.text for span in names(question, language)]
    spans += [question[span.start : span.end] for span in dates(question, language)]
    exact = frozenset[str]().union(*(content_words(text, spoken) for text in spans))
    return _Asked(words, exact.union(filter(has_digit, words), asked_nouns(question, spoken)))


def _unsaid(asked: _Asked, item: Candidate) -> frozenset[str]:
    """The words of the question that neither the row nor its place says."""
    return asked.words - item.words - item.context_words


def _fit(item: Candidate, asked: _Asked) -> _Fit | None:
    """How the cells of the row fit; None if the question does not name it, or not one of them."""
    unsaid = _unsaid(asked, item)
    said = 1 - len(unsaid) / max(1, len(asked.words))
    names_row: set[str] = set()
    others: list[tuple[str, frozenset[str], str]] = []
    for head, value in item.cells:
        words, above = (content_set(text, item.language) for text in (value, head))
        if words and words <= asked.words and (above & asked.words or _names_by_itself(value)):
            names_row |= words | (above & asked.words)
        elif not (_is_unit(head) or _is_unit(value)):
            others.append((head, above, value))
    if not names_row or said < _MOSTLY:
        return None
    if len(item.cells) <= _PAIR and len(others) == 1 and others[0][0].strip().casefold() in _VALUE_HEADS:
        return None if unsaid else _Fit(len(names_row), said, others[0][2])
    over = [
        (len((above & asked.words) - names_row), value)
        for _, above, value in others
        if not any(map(has_digit, above - asked.words))
    ]
    most = max((count for count, _ in over), default=0)
    chosen = [value for count, value in over if count == most]
    return _Fit(len(names_row) + most, said, chosen[0]) if most and len(chosen) == 1 else None


def _only_of_its_kind(question: str, rows: Sequence[Candidate]) -> Candidate | None:
    """The row that alone tells watts, where the watts of something are asked for."""
    if not asked_kinds(question) - _EVERYWHERE:
        return None
    telling = [item for item in rows if tells_kind(question, item)]
    return telling[0] if len({item.text for item in telling}) == 1 else None


def _names_by_itself(value: str) -> bool:
    """False for a bare number, which names a row only together with its head: "priority 2"."""
    return not value.strip().isdigit() or len(value.strip()) == _YEAR


def _is_unit(text: str) -> bool:
    return text.strip() in UNITS or text.strip().casefold() in ("unit", "einheit")
