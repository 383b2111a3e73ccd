"""From what a question names to what it asks about: "the product in room C-107" -> the row of C-107 -> its data sheet.

A question that names a thing by a cell of some row ("C-107") is asked again with the row's first cell in its place, of the
text that speaks of that. Rows only: what a sentence puts beside a name is searched by further steps of retrieval, but too often
not what is meant (docs/design/extractive.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from metier.generate.candidates import Candidate
from metier.generate.sides import names_it
from metier.text.analyze import content_set, fold
from metier.text.entities import names

_MOST = 2  # rows that are followed
_LONGEST = 5  # words of a first cell that is a name


@dataclass(frozen=True, slots=True)
class Join:
    """A row that holds what the question names, and the question asked of what the row is about."""

    row: Candidate
    question: str
    key: str


def joins(question: str, language: str, options: Sequence[Candidate]) -> list[Join]:
    """The rows to follow, in the order of the options, one for each first cell."""
    named = [span.text for span in names(question, language) if len(span.text) > 2]
    found: dict[str, Join] = {}
    for item in options if named else ():
        values = [value for _, value in item.cells]
        for name in named:
            if any(fold(value) == fold(name) for value in values[1:]) and _is_new(values[0], question):
                asked = question.replace(name, values[0])
                found.setdefault(values[0], Join(item, asked, values[0]))
    return list(found.values())[:_MOST]


def _is_new(key: str, question: str) -> bool:
    """True for a name that the question does not hold already; figures and sentences are no names."""
    is_name = any(character.isalpha() for character in key) and len(key.split()) <= _LONGEST
    return is_name and fold(key) not in fold(question)


def spoken_of(join: Join, options: Sequence[Candidate]) -> list[Candidate]:
    """The options that speak of the row's first cell, by their words or by where they stand; not the row itself."""
    return [
        item
        for item in options
        if item.key != join.row.key and names_it(content_set(join.key, item.language), item)
    ]
