"""The two sides of a comparison: which candidates speak of which side, and which two of them belong together.

"Which pump is heavier, A or B?" is answered by two statements that say the same of A and of B. What it does not know:
a side that its document calls by another name.
"""

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from metier.generate.candidates import Candidate
from metier.generate.scoring import lacks_acronym
from metier.text.analyze import content_set
from metier.text.asked_kind import asked_acronyms

_PAIRED = 8  # candidates per side that are tried with one another
_FIGURE = re.compile(r"\d")
_ALIKE = 1.0  # what being worded alike is worth, in log-odds: two rows of one name against two sentences that share nothing


def side_words(part: str, other: str, language: str) -> frozenset[str]:
    """The words that only this part of the question holds: the name of its side."""
    return content_set(part, language) - content_set(other, language)


def about(words: frozenset[str], options: Sequence[Candidate]) -> list[Candidate]:
    """The options that name the side, in their own words or by where they stand; all of them if none does."""
    return [item for item in options if names_it(words, item)] or list(options)


def fitting(question: str, options: Sequence[Candidate]) -> Sequence[Candidate]:
    """The options for a side that say the acronym of the question, if any does; a part that only asks for one side may lack it."""
    acronyms = asked_acronyms(question)
    return [item for item in options if not lacks_acronym(acronyms, item)] or options


def names_it(words: frozenset[str], item: Candidate) -> bool:
    """True if the candidate holds all the words itself or in its title and headings."""
    return words <= item.words | item.context_words


def best_pair(
    sides: Sequence[tuple[Sequence[Candidate], NDArray[np.float64]]],
) -> tuple[Candidate, Candidate] | None:
    """One candidate of each side, by their chances and by how alike they are; None if a side has nothing.

    Each side: its candidates and the chance of each, best first.
    """
    (ones, chance_one), (others, chance_other) = sides
    best: tuple[float, Candidate, Candidate] | None = None
    for one, first in zip(ones[:_PAIRED], chance_one, strict=False):
        for other, second in zip(others[:_PAIRED], chance_other, strict=False):
            if one.key == other.key or one.text == other.text:
                continue
            alike = likeness(one, other) + _is_one_row(one, other)
            score = math.log(first + 1e-6) + math.log(second + 1e-6) + _ALIKE * alike
            if best is None or score > best[0]:
                best = score, one, other
    return best[1:] if best else None


def says_whose(item: Candidate, words: frozenset[str]) -> str:
    """The candidate's text, with the title of its document in front if only that names the side."""
    return (
        item.text
        if words <= item.words or not words <= item.context_words
        else f"{item.passage.title}: {item.text}"
    )


def likeness(one: Candidate, other: Candidate) -> float:
    """Share of their words that both have, figures left out; nothing unless both hold a figure to compare."""
    if not (_FIGURE.search(one.text) and _FIGURE.search(other.text)):
        return 0.0
    first, second = one.plain_words, other.plain_words
    together = first | second
    return len(first & second) / len(together) if together else 0.0


def _is_one_row(one: Candidate, other: Candidate) -> bool:
    """True for the rows of one thing in two tables, as of two years: their first cells are equal."""
    is_row = one.is_row and other.is_row
    return is_row and one.text.partition(";")[0] == other.text.partition(";")[0]
