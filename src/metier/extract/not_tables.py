"""What stands in columns and is no table: columns of text, lists, contents pages, indexes, formulas, listings.

Each test is about what is written, not where. They are on the careful side: text wrongly taken for a table is cut to pieces, while a table that is
not seen is still there as lines.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

from metier.extract.columns import Region, aligned
from metier.extract.tables import is_figure

# Rows that make a table: of two columns more, as two things stand side by side by chance.
_ROWS, _ROWS_OF_TWO = 3, 4
# Share of the places that hold something.
_FILLED = 0.5
# Columns whose lines start, end or have their middle at one place: columns of chance do not.
_ALIGNED = 0.55
# A column of running text: letters to a line, share of the lines that fill it.
_PROSE_LETTERS, _PROSE_FULL = 22, 0.5
_MARKER = re.compile(
    r"(?:[•◦▪‣●○■□–—\-*·➢✓o+]|\[?\(?(?:\d{1,3}|[a-zA-Z]|[ivxlc]{1,6})[.):\]]|\[[^\]]{1,12}\]|\(?\d{1,3}\))$"
)
_PAGE = re.compile(r"(?:[A-Z]-?)?(?:\d{1,4}|[ivxlc]{1,6})$")
_LEADERS = re.compile(r"(?:[.·]\s?){4,}|…{2,}")
_INDEXED = re.compile(r"[^\d,]*[^\W\d_]{2,}.*,\s+(?:\d{1,4}|[ivxlc]+)(?:[-–]\d{1,4})?(?:,\s*\d{1,4}(?:[-–]\d{1,4})?)*,?$")
_WORDLIKE = re.compile(r"[^\W\d_]{2,}|\d")
_NUMBERED = re.compile(r"(?:[A-Z]|\d{1,3})(?:\.\d{1,3})*\.?\s|(?:[A-Z]|\d{1,3})(?:\.\d{1,3})*\.?$")


@dataclass(frozen=True, slots=True)
class Looks:
    """What the type of a region's lines says: shares of its characters."""

    mono: float = 0.0
    symbols: float = 0.0  # fonts of mathematics


def why_none(
    region: Region, grid: Sequence[Sequence[str]], lines: Sequence[Sequence[str]], looks: Looks
) -> str:
    """Why the region is no table, "" if it is one. `grid` are its rows; `lines` are its printed lines, by columns too."""
    width = len(region.columns)
    full = [row for row in grid if sum(bool(text) for text in row) > 1]
    if len(full) < (_ROWS if width > 2 else _ROWS_OF_TWO):
        return "few rows"
    if sum(bool(text) for row in grid for text in row) < _FILLED * width * len(grid):
        return "sparse"
    if looks.mono > 0.7:
        return "listing"
    columns = [[row[column] for row in lines if row[column]] for column in range(width)]
    if _formulas(grid, looks):
        return "formulas"
    if _list(grid, columns):
        return "list"
    if _contents(grid):
        return "contents"
    if _index(columns):
        return "index"
    if _texts(region, columns, len(grid)):
        return "text"
    if any(aligned(region, column) < _ALIGNED and not _figures(columns[column]) for column in range(width)):
        return "not aligned"
    return ""


def _figures(column: Sequence[str]) -> bool:
    return sum(map(is_figure, column)) >= 0.6 * len(column)


def _formulas(grid: Sequence[Sequence[str]], looks: Looks) -> bool:
    cells = [text for row in grid for text in row if text]
    wordless = sum(_WORDLIKE.search(text) is None for text in cells)
    return wordless > 0.4 * len(cells) or looks.symbols > 0.35


def _list(grid: Sequence[Sequence[str]], columns: Sequence[Sequence[str]]) -> bool:
    """Marks or numbers, and what they count."""
    if len(columns) != 2 or not columns[0]:
        return False
    first = columns[0]
    if sum(_MARKER.match(text) is not None for text in first) >= 0.6 * len(first):
        return True
    counted = [int(text) for text in first if text.isdigit()]
    steps = sum(b - a == 1 for a, b in zip(counted, counted[1:], strict=False))
    return len(counted) >= 0.8 * len(first) and steps >= 0.8 * (len(counted) - 1)


def _contents(grid: Sequence[Sequence[str]]) -> bool:
    """Titles and the pages that they are on."""
    texts = [" ".join(text for text in row if text) for row in grid]
    if sum(_LEADERS.search(text) is not None for text in texts) >= 0.3 * len(texts):
        return True
    last = [row[-1] for row in grid if row[-1]]
    if len(last) < 0.6 * len(grid) or sum(_PAGE.match(text) is not None for text in last) < 0.9 * len(last):
        return False
    pages = [int(text) for text in last if text.isdigit()]
    rising = sum(a <= b for a, b in zip(pages, pages[1:], strict=False))
    if len(pages) < 3 or rising < 0.95 * (len(pages) - 1):
        return False
    numbered = sum(_NUMBERED.match(text) is not None for text in texts)
    steps = {b - a for a, b in zip(pages, pages[1:], strict=False)}
    counts = len(steps) == 1  # 1, 2, 3: a column that counts
    return not counts and (numbered >= 0.5 * len(texts) or len(pages) >= 6 and len(grid[0]) == 2)


def _index(columns: Sequence[Sequence[str]]) -> bool:
    """Words with the pages that they are on, in columns."""
    entries = [text for column in columns for text in column]
    return sum(_INDEXED.match(text) is not None for text in entries) >= 0.4 * len(entries)


def _texts(region: Region, columns: Sequence[Sequence[str]], rows: int) -> bool:
    """Columns of running text side by side, or one with marks, terms or notes beside it."""
    prose = [_prose(region, column, texts) for column, texts in enumerate(columns)]
    if sum(prose) > 1:
        return sum(prose) >= len(columns) - 1 or rows < 3
    if not any(prose) or len(columns) > 2:
        return False
    place = prose.index(True)
    return place == 0 or len(columns[place]) > 1.6 * rows or len(columns[1 - place]) < 0.6 * len(columns[place])


def _prose(region: Region, column: int, texts: Sequence[str]) -> bool:
    """True if the column's lines are long and fill it, as a paragraph's do."""
    if len(texts) < 3 or mean(map(len, texts)) < _PROSE_LETTERS:
        return False
    x0, x1 = region.columns[column]
    ends = []
    for line in region.lines:
        inside = [span for span, place in zip(line.spans, region.filled(line), strict=True) if place == column]
        if inside:
            ends.append(inside[-1][1])
    slack = 2 * median(line.size for line in region.lines)
    full = sum(end > x1 - slack - 0.1 * (x1 - x0) for end in ends)
    lower = sum(text[:1].islower() for text in texts)
    return full >= _PROSE_FULL * len(ends) or lower >= 0.4 * len(texts)
