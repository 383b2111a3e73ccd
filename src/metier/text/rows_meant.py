"""The rows of a table's passage that a question with conditions means."""

from collections.abc import Iterator
from functools import lru_cache

from metier.text.analyze import content_words
from metier.text.conditions import Conditions, met_by
from metier.text.context import context_text
from metier.text.grid import SEPARATOR
from metier.text.statements import Piece, column_heads, pieces
from metier.types import Passage

_SAME = 4  # letters of a stem from which a longer word that begins with it speaks of the same: Vertrag, Vertragsregister


def rows_meant(asked: Conditions, passage: Passage) -> list[tuple[Piece, float]]:
    """The rows that meet every condition, in their order, and how well (1 to 3: with the share of the question's words in the heads of what
    meets it, and above the table); none if the table speaks of other things than what is asked for."""
    if passage.kind != "table" or not _speaks_of(asked, passage):
        return []
    said = len(asked.words & _heading_words(passage)) / len(asked.words) if asked.words else 0.0
    return [(piece, worth + said) for piece, worth in _met(asked, passage) if worth]


def rows_failing(asked: Conditions, passage: Passage) -> frozenset[int]:
    """Where the rows begin that fail a condition: what they say is no answer."""
    if passage.kind != "table" or (asked.is_of_periods and not _speaks_of(asked, passage)):
        return frozenset()
    return frozenset(piece.start for piece, worth in _met(asked, passage) if worth == 0)


def _met(asked: Conditions, passage: Passage) -> Iterator[tuple[Piece, float | None]]:
    for piece in pieces(passage):
        if piece.is_row:
            row = passage.text[piece.start - passage.start : piece.end - passage.start]
            yield piece, met_by(asked, piece.header, row, passage.language)


def _speaks_of(asked: Conditions, passage: Passage) -> bool:
    """Whether title, headings, heads or cells name the thing that is asked for; of periods, whether its rows are such."""
    said = _first_head(passage) if asked.is_of_periods else _words(passage)
    return all(any(_is_same(thing, word) for word in said) for thing in asked.thing)


def _is_same(asked: str, said: str) -> bool:
    return said == asked or (len(asked) >= _SAME and said.startswith(asked))


def _first_head(passage: Passage) -> frozenset[str]:
    return frozenset(content_words(column_heads(passage).partition(SEPARATOR)[0], passage.language))


@lru_cache(maxsize=1 << 11)
def _heading_words(passage: Passage) -> frozenset[str]:
    """Those of title, headings and heads: the same for every part of a table."""
    above = " ".join((passage.place, column_heads(passage)))
    return frozenset(content_words(above, passage.language))


@lru_cache(maxsize=1 << 11)
def _words(passage: Passage) -> frozenset[str]:
    return frozenset(content_words(context_text(passage), passage.language))
