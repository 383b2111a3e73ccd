"""A passage -> the smallest pieces that can answer: sentences, and table rows read out with their headers.

Nothing is invented: a sentence is quoted, a row becomes "header: value" pairs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metier.text.sentences import split_sentences
from metier.types import Passage

_CELLS = " | "  # how the text of a table row separates its cells


@dataclass(frozen=True, slots=True)
class Piece:
    """One sentence or row; `start:end` is where it stands in the document's text."""

    text: str
    start: int
    end: int
    header: str = ""  # of a row: the table's header row
    is_row: bool = False


def pieces(passage: Passage) -> list[Piece]:
    """All pieces of the passage, in reading order."""
    spans = split_sentences(passage.text, passage.language)
    if passage.kind == "table":
        return list(_rows(passage, spans))
    return [
        Piece(" ".join(passage.text[start:end].split()), passage.start + start, passage.start + end)
        for start, end in spans
    ]


def place_words(passage: Passage) -> str:
    """Where the passage stands, in words: its title and the two innermost headings, without a table's header row."""
    headings = [heading for heading in passage.heading_path if _CELLS not in heading]
    return " > ".join(dict.fromkeys((passage.title, *headings[-2:])))


def _rows(passage: Passage, spans: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    header, first = _header(passage, spans)
    columns = header.split(_CELLS)
    for start, end in spans[first:]:
        text = read_row(columns, passage.text[start:end].split(_CELLS))
        yield Piece(text, passage.start + start, passage.start + end, header, True)


def _header(passage: Passage, spans: Sequence[tuple[int, int]]) -> tuple[str, int]:
    """The header row's text and the index of the first body row."""
    if passage.heading_path and _CELLS in passage.heading_path[-1]:
        return passage.heading_path[-1], 0
    if len(spans) < 2:
        return "", 0
    return passage.text[slice(*spans[0])], 1


def read_row(columns: Sequence[str], cells: Sequence[str]) -> str:
    """The row as a reader would say it: "Product: AX-100; Price: 120 EUR". Without a fitting header, cells as they are."""
    cells = [" ".join(cell.split()) for cell in cells]
    if len(columns) != len(cells) or len(cells) < 2:
        return "; ".join(cell for cell in cells if cell)
    pairs = zip((" ".join(column.split()) for column in columns), cells, strict=True)
    return "; ".join(f"{column}: {cell}" if column else cell for column, cell in pairs if cell)
