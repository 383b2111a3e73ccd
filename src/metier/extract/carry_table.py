"""A table at the edge of a page goes on where words of the next page (or the one before) stand in its columns.

However few rows are left there: with the columns known, one is enough.
"""

from collections.abc import Sequence
from itertools import pairwise

from metier.extract.columns import RIVER, Region
from metier.extract.not_tables import why_none
from metier.extract.place_table import TablePage, grid_of, lines_of, looks_of, place
from metier.extract.printed import WORD_SPACE, Printed, Span, split_line
from metier.extract.raw import RawBlock
from metier.extract.rows import grid_rows

# Share of the page at its ends where running headers and footers stand.
_EDGE = 0.1
# One row of three columns, or two of two.
_LEAST_CARRIED = 4
# Rows of one table stand no farther apart than this, from top to top in sizes of the type.
_FAR_ROWS = 7.5


def carry_over(above: TablePage, below: TablePage) -> None:
    """Finds the few rows that a table has on the page after, or before: words in the columns of the other page's part."""
    last = _edge_table(above, bottom=True)
    first = _edge_table(below, bottom=False)
    if last is not None and first is not None:
        columns = len(_intervals(last)), len(_intervals(first))
        if columns[0] > columns[1] and any(first is own for own in below.ours):
            _carry(last, below, bottom=False, instead=first)
        elif columns[0] < columns[1] and any(last is own for own in above.ours):
            _carry(first, above, bottom=True, instead=last)
    elif last is not None:
        _carry(last, below, bottom=False)
    elif first is not None:
        _carry(first, above, bottom=True)


def _edge_table(here: TablePage, bottom: bool) -> RawBlock | None:
    """The table that nothing of the page's text stands below (or above)."""
    height = here.page.height
    flow = [
        block
        for block in here.blocks
        if block.rect
        and not block.added
        and _EDGE * height < (block.rect[1] + block.rect[3]) / 2 < (1 - _EDGE) * height
    ]
    if not flow:
        return None
    end = (
        max(flow, key=lambda b: b.rect[3] if b.rect else 0)
        if bottom
        else min(flow, key=lambda b: b.rect[1] if b.rect else 0)
    )
    return end if end.kind == "table" else None


def _carry(table: RawBlock, here: TablePage, bottom: bool, instead: RawBlock | None = None) -> None:
    """Puts a table of these columns at the edge of the page if lines stand there in them; `instead` of one with fewer."""
    columns = _intervals(table)
    if len(columns) < 2 or not here.blocks:
        return
    height = here.page.height
    rivers = [(a[1], b[0]) for a, b in pairwise(columns)]
    lines = [
        (number, _parted(line, rivers))
        for number, line in enumerate(here.lines)
        if number not in here.running
        and _EDGE / 2 * height < (line.top + line.bottom) / 2 < (1 - _EDGE / 2) * height
    ]
    matched: list[tuple[int, Printed]] = []
    for number, line in reversed(lines) if bottom else lines:
        if matched and abs(line.top - matched[-1][1].top) > _FAR_ROWS * line.size:
            break
        if _stands_in(columns, line):
            matched.append((number, line))
        elif matched or len(line.spans) > 1 or _EDGE * height < line.top < (1 - _EDGE) * height:
            break
    while matched and len(matched[-1][1].spans) < 2:
        matched.pop()
    if not any(len(line.spans) > 1 for _, line in matched):
        return
    matched.sort(key=lambda pair: pair[0])
    if instead is not None and instead.rect is not None:
        top, foot = matched[0][1].top, matched[-1][1].bottom
        if top > instead.rect[1] + 1 or foot < instead.rect[3] - 1:
            return
    region = Region([line for _, line in matched], columns, matched[0][0], matched[-1][0])
    rows = grid_rows(region)
    if len(rows) + len(columns) < _LEAST_CARRIED:
        return
    words = here.page.words
    if why_none(
        region,
        grid_of(region, rows, words),
        lines_of(region, words),
        looks_of(region, here.page),
        carried=True,
    ):
        return
    place(here, region, rows)


def _parted(line: Printed, rivers: Sequence[Span]) -> Printed:
    """The line divided at the rivers; whole if it has a mere space between words where the table has a wide one: a sentence."""
    parted = split_line(line, rivers)
    for left, right in pairwise(parted.spans):
        over = [river for river in rivers if left[1] <= river[1] and right[0] >= river[0]]
        widest = max((b - a for a, b in over), default=0.0)
        if right[0] - left[1] <= WORD_SPACE * line.size and widest > RIVER * line.size:
            return line
    return parted


def _intervals(table: RawBlock) -> list[Span]:
    """Where the columns of a table stand; [] if they are not apart."""
    spans: dict[int, Span] = {}
    for cell in table.cells:
        if cell.rect and cell.column_span == 1 and cell.text.strip():
            x0, x1 = spans.get(cell.column, (cell.rect[0], cell.rect[2]))
            spans[cell.column] = min(x0, cell.rect[0]), max(x1, cell.rect[2])
    ordered = [spans[column] for column in sorted(spans)]
    apart = all(a[1] < b[0] + 1 for a, b in pairwise(ordered))
    return ordered if apart else []


def _stands_in(columns: Sequence[Span], line: Printed) -> bool:
    """True if each stretch of the line starts or ends where a column does, or fills the middle of it."""
    slack = 0.35 * line.size
    used: set[int] = set()
    for x0, x1 in line.spans:
        fits = [
            number
            for number, (a, b) in enumerate(columns)
            if min(abs(x0 - a), abs(x1 - b), abs((x0 + x1) - (a + b)) / 2) <= slack
            and (number + 1 == len(columns) or x1 < columns[number + 1][0])
            and (number == 0 or x0 > columns[number - 1][1])
        ]
        if not fits or fits[0] in used:
            return False
        used.add(fits[0])
    return True
