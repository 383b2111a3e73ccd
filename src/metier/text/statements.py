"""A passage -> the smallest pieces that can answer: sentences, and table rows read out with their headers.

Nothing is invented: a sentence is quoted, a row becomes "header: value" pairs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from metier.text.grid import SEPARATOR, Line, read_grid
from metier.text.sentences import split_sentences
from metier.types import Citation, Evidence, Passage


@dataclass(frozen=True, slots=True)
class Piece:
    """One sentence or row; `start:end` is where it stands in the document's text."""

    text: str
    start: int
    end: int
    header: str = ""  # of a row: the table's header row
    is_row: bool = False
    cells: tuple[
        tuple[str, str], ...
    ] = ()  # of a row: (head of the column, cell), "" for a column without a head


@lru_cache(maxsize=1 << 11)  # some 10 MB: the same few hundred passages come up again and again
def pieces(passage: Passage) -> tuple[Piece, ...]:
    """All pieces of the passage, in reading order."""
    spans = split_sentences(passage.text, passage.language)
    if passage.kind == "table":
        return tuple(_rows(passage, spans))
    return tuple(
        Piece(" ".join(passage.text[start:end].split()), passage.start + start, passage.start + end)
        for start, end in spans
    )


def place_words(passage: Passage) -> str:
    """Where the passage stands, in words: its title and the two innermost headings, without a table's header row."""
    headings = [heading for heading in passage.heading_path if SEPARATOR not in heading]
    return " > ".join(dict.fromkeys((passage.title, *headings[-2:])))


def in_place(passage: Passage, text: str) -> str:
    """A sentence or row of the passage as models are shown it: where it stands, and what it says."""
    return f"{place_words(passage)}: {text}"


def _rows(passage: Passage, spans: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    columns, first = _columns(passage, spans)
    header = SEPARATOR.join(columns)
    for start, end in spans[first:]:
        cells = _named(columns, _line(passage.text, start, end).split(SEPARATOR))
        yield Piece(_told(cells), passage.start + start, passage.start + end, header, True, cells)


def column_heads(passage: Passage) -> str:
    """What stands over the columns of a table's passage, on one line; "" of a table without a header."""
    return SEPARATOR.join(_columns(passage, split_sentences(passage.text, passage.language))[0])


def _columns(passage: Passage, spans: Sequence[tuple[int, int]]) -> tuple[list[str], int]:
    """The head of each column, and the index of the first row below the header."""
    header, first = _header(passage, spans)
    if first:
        grid = read_grid([Line(_line(passage.text, start, end), start, end) for start, end in spans])
        if grid is not None and len(grid.top) > 1:
            # heads over heads: "Years ended December 31" over "2019 | 2018"
            return [grid.caption, *grid.heads], len(grid.top)
    return header.split(SEPARATOR), first


def _header(passage: Passage, spans: Sequence[tuple[int, int]]) -> tuple[str, int]:
    """The header row's text and the index of the first body row."""
    if passage.heading_path and SEPARATOR in passage.heading_path[-1]:
        return passage.heading_path[-1], 0
    if len(spans) < 2:
        return "", 0
    return _line(passage.text, *spans[0]), 1


def _line(text: str, start: int, end: int) -> str:
    """The span with the empty cells of its line around it, though no sentence begins or ends with them. Of a row that
    holds several sentences each stays by itself."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    last = last if last >= 0 else len(text)
    is_empty = [not part.strip(" |") for part in (text[first:start], text[end:last])]
    return text[first if is_empty[0] else start : last if is_empty[1] else end]


def read_row(columns: Sequence[str], cells: Sequence[str]) -> str:
    """The row as a reader would say it: "Product: AX-100; Price: 120 EUR". Without a fitting header, cells as they are."""
    return _told(_named(columns, cells))


def _named(columns: Sequence[str], cells: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """(head, cell) of every cell that is not empty, without heads where there is none for each."""
    cells = [" ".join(cell.split()) for cell in cells]
    if len(columns) != len(cells) or len(cells) < 2:
        columns = [""] * len(cells)
    pairs = zip((" ".join(column.split()) for column in columns), cells, strict=True)
    return tuple((column, cell) for column, cell in pairs if cell)


def _told(cells: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"{column}: {cell}" if column else cell for column, cell in cells)


def holding(citation: Citation, evidence: Sequence[Evidence]) -> Passage | None:
    """The passage that the citation is of; None if it was not retrieved."""
    return next((item.passage for item in evidence if item.passage.holds(citation)), None)
