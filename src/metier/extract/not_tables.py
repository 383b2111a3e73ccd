"""What stands in columns and is no table: columns of text, lists, contents pages, indexes, formulas, listings.

Each test is about what is written, not where. They are on the careful side: text wrongly taken for a table is cut to pieces, while a table that is
not seen is still there as lines.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median

from metier.extract.columns import Region, aligned
from metier.extract.tables import is_figure

# Rows that make a table: of two columns more, as two things stand side by side by chance.
_ROWS, _ROWS_OF_TWO = 3, 4
# So many titles with their pages are a contents page.
_ENTRIES = 3
# Share of the places that hold something; drawings with words in them leave more empty.
_FILLED, _FILLED_FEW, _FEW = 0.5, 0.7, 4
# Columns whose lines start, end or have their middle at one place: columns of chance do not.
_ALIGNED = 0.55
# A column of running text: letters to a line, share of the lines that fill it.
_PROSE_LETTERS, _PROSE_FULL = 22, 0.5
# A column of code: letters to a line, share of signs; a column of names of commands is shorter.
_CODE_LETTERS, _CODE, _SIGNS = 16, 0.1, "{}\\;=<>_@#[]"
# Of two columns one may be text, but not in several lines to a row: then it is a term with its explanation.
_WRAPPED_LETTERS, _WRAPPED = 18, 1.25
_MARKER = re.compile(
    r"(?:[•◦▪‣●○■□–—\-*·➢✓o+]|\[?\(?(?:\d{1,3}|[a-zA-Z]|[ivxlc]{1,6})\s?[.):\]]|\[[^\]]{1,12}\]|\(?\d{1,3}\))$"
)
_BULLET = re.compile(r"[•◦▪‣●○■□➢◮►▶✓*–-]\s?\w")
_PAGE = re.compile(r"(?:[A-Z]-?)?(?:\d{1,4}|[ivxlc]{1,6})$")
_LEADERS = re.compile(r"(?:[.·]\s?){4,}|…{2,}")
_INDEXED = re.compile(
    r"[^\d,]*[^\W\d_]{2,}.*,\s+(?:\d{1,4}|[ivxlc]+)(?:[-–]\d{1,4})?(?:,\s*\d{1,4}(?:[-–]\d{1,4})?)*,?$"
)
_PAGES = re.compile(r"\d{1,4}(?:[-–]\d{1,4})?(?:,\s+\d{1,4}(?:[-–]\d{1,4})?)+,?$")
_SECTION = re.compile(r"(?:[A-Z]|\d{1,2})(?:\.\d{1,2})*\.?$")
_WORDLIKE = re.compile(r"[^\W\d_]{2,}|\d")
_NUMBERED = re.compile(r"(?:[A-Z]|\d{1,3})(?:\.\d{1,3})*\.?\s|(?:[A-Z]|\d{1,3})(?:\.\d{1,3})*\.?$")


@dataclass(frozen=True, slots=True)
class Looks:
    """What the type of a region's lines says: shares of its characters."""

    mono: float = 0.0
    symbols: float = 0.0  # fonts of mathematics


def why_none(
    region: Region,
    grid: Sequence[Sequence[str]],
    lines: Sequence[Sequence[str]],
    looks: Looks,
    carried: bool = False,
) -> str:
    """Why the region is no table, "" if it is one. `grid` are its rows; `lines` are its printed lines, by columns too.

    `carried` says that its columns are those of a table on the page before or after: then few rows are enough.
    """
    width = len(region.columns)
    full = [row for row in grid if sum(bool(text) for text in row) > 1]
    if not carried and len(full) < (_ROWS if width > 2 else _ROWS_OF_TWO):
        return "few rows"
    least = _FILLED if len(grid) > _FEW else _FILLED_FEW
    if not carried and sum(bool(text) for row in grid for text in row) < least * width * len(grid):
        return "sparse"
    if looks.mono > 0.5:
        return "listing"
    columns = [[row[column] for row in lines if row[column]] for column in range(width)]
    if _formulas(grid, looks):
        return "formulas"
    if _code(columns):
        return "listing"
    if _list(grid, columns):
        return "list"
    if _contents(grid, lines, 1 if carried else _ENTRIES):
        return "contents"
    if _index(columns):
        return "index"
    if _texts(region, columns, len(grid)):
        return "text"
    if not carried and any(
        aligned(region, column) < _ALIGNED and not _figures(columns[column]) for column in range(width)
    ):
        return "not aligned"
    return ""


def _figures(column: Sequence[str]) -> bool:
    return sum(map(is_figure, column)) >= 0.6 * len(column)


def _formulas(grid: Sequence[Sequence[str]], looks: Looks) -> bool:
    cells = [text for row in grid for text in row if text]
    wordless = sum(_WORDLIKE.search(text) is None for text in cells)
    return wordless > 0.4 * len(cells) or looks.symbols > 0.35


def _list(grid: Sequence[Sequence[str]], columns: Sequence[Sequence[str]]) -> bool:
    """Marks or numbers, and what they count; in a third column at most a few notes."""
    cells = [text for column in columns for text in column]
    if sum(_BULLET.match(text) is not None for text in cells) >= 0.6 * len(cells):
        return True
    used = [column for column in columns if len(column) > 0.3 * len(grid)]
    if len(used) != 2 or used[0] is not columns[0]:
        return False
    first = columns[0]
    return sum(_MARKER.match(text) is not None for text in first) >= 0.6 * len(first) or _counts(first)


def _counts(column: Sequence[str]) -> bool:
    """True if the column is 1, 2, 3."""
    numbers = [int(text) for text in column if text.isdecimal()]
    steps = sum(b - a == 1 for a, b in pairwise(numbers))
    return len(numbers) >= 0.8 * len(column) and len(numbers) > 1 and steps >= 0.8 * (len(numbers) - 1)


def _code(columns: Sequence[Sequence[str]]) -> bool:
    """True if a column of some length is written in the signs of programs."""
    for column in columns:
        text = "".join(column)
        long = len(text) > _CODE_LETTERS * len(column)
        if long and sum(text.count(sign) for sign in _SIGNS) > _CODE * len(text):
            return True
    return False


def _contents(grid: Sequence[Sequence[str]], lines: Sequence[Sequence[str]], least: int) -> bool:
    """Titles and the pages that they are on: the last column counts on, and no other one holds figures."""
    texts = [" ".join(text for text in row if text) for row in lines]
    if sum(_LEADERS.search(text) is not None for text in texts) >= 0.3 * len(texts):
        return True
    columns = [[row[column] for row in lines if row[column]] for column in range(len(grid[0]))]
    rising = [_pages(column, least) or _sections(column, least) for column in columns]
    between = [text for column, pages in zip(columns, rising, strict=True) if not pages for text in column]
    if (
        not between
        or not _pages(columns[-1], least)
        or sum(map(_amount, between)) > 0.3 * max(1, len(between))
    ):
        return False
    numbered = sum(_NUMBERED.match(text) is not None for text in texts)
    return sum(rising) > 1 or len(columns[-1]) >= 5 or numbered >= 0.5 * len(texts)


def _amount(text: str) -> bool:
    return is_figure(text) and not text.startswith("[") and "/" not in text


def _pages(column: Sequence[str], least: int) -> bool:
    """True if the column is numbers of pages: `least` and more that rise."""
    pages = [int(text) for text in column if text.isdecimal()]
    if len(pages) < least or sum(_PAGE.match(text) is not None for text in column) < 0.8 * len(column):
        return False
    return sum(a <= b for a, b in pairwise(pages)) >= 0.9 * (len(pages) - 1)


def _sections(column: Sequence[str], least: int) -> bool:
    """True if the column is numbers of sections: 2, 2.1, A.3."""
    return len(column) >= min(2, least) and sum(
        _SECTION.match(text) is not None for text in column
    ) >= 0.8 * len(column)


def _index(columns: Sequence[Sequence[str]]) -> bool:
    """Words with the pages that they are on, in columns."""
    if any(
        sum(_PAGES.match(text) is not None for text in column) >= 0.4 * len(column)
        for column in columns
        if column
    ):
        return True
    entries = [text for column in columns for text in column]
    return sum(_INDEXED.match(text) is not None for text in entries) >= 0.4 * len(entries)


def _texts(region: Region, columns: Sequence[Sequence[str]], rows: int) -> bool:
    """Columns of running text side by side, or one with marks, terms or notes beside it."""
    prose = [_prose(region, column, texts) for column, texts in enumerate(columns)]
    if sum(prose) > 1:
        return sum(prose) >= len(columns) - 1 or rows < 3
    if len(columns) > 2:
        return False
    long = [mean(map(len, column)) >= _WRAPPED_LETTERS for column in columns if column]
    if any(long) and max(map(len, columns)) > _WRAPPED * rows:
        return True  # a term or a note, and the lines that explain it
    flow = [_flowing(column) for column in columns]
    if all(lower for lower, _ in flow) or any(divided for _, divided in flow):
        return True
    return any(prose) and (prose[0] or len(columns[0]) < 0.6 * len(columns[1]))


def _flowing(column: Sequence[str]) -> tuple[bool, bool]:
    """Whether its lines carry on sentences, and whether they divide words."""
    lower = sum(text[:1].islower() for text in column)
    divided = sum(len(text) > 2 and text[-1] == "-" and text[-2].isalpha() for text in column)
    return lower >= 0.3 * len(column), divided > 0.12 * len(column) and divided > 1


def _prose(region: Region, column: int, texts: Sequence[str]) -> bool:
    """True if the column's lines are long and fill it, as a paragraph's do."""
    if len(texts) < 3 or mean(map(len, texts)) < _PROSE_LETTERS:
        return False
    x0, x1 = region.columns[column]
    ends = []
    for line in region.lines:
        inside = [
            span for span, place in zip(line.spans, region.filled(line), strict=True) if place == column
        ]
        if inside:
            ends.append(inside[-1][1])
    slack = 2 * median(line.size for line in region.lines)
    full = sum(end > x1 - slack - 0.1 * (x1 - x0) for end in ends)
    lower = sum(text[:1].islower() for text in texts)
    return full >= _PROSE_FULL * len(ends) or lower >= 0.4 * len(texts)
