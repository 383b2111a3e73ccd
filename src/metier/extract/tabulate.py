"""Tables without rules: printed lines whose gaps stand in the same places become rows of cells.

liteparse reads such tables as paragraphs, one for each row, each column, or all of it. The words with their boxes say more: `columns` finds
lines that share white space, `rows` what their rows are, `not_tables` keeps text in columns out of it. A table goes on at the
head of the next page where words stand in its columns, however few rows are left there.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import pairwise

from metier.extract.carry_table import carry_over
from metier.extract.columns import Region, over_columns, regions
from metier.extract.not_tables import why_none
from metier.extract.place_table import TablePage, grid_of, lines_of, looks_of, place
from metier.extract.printed import Printed, as_one, printed_lines, split_line
from metier.extract.raw import RawBlock, RawPage
from metier.extract.rows import grid_rows

# Header lines above the first row, whose cells may stand over several columns.
_MOST_HEADERS = 3
# A header stands this near, in sizes of the type or in the widest gap of the table; the end of a cell in sizes of the type.
_NEAR, _WIDEST, _INSIDE = 1.6, 1.3, 0.7
# A header at the top of a page stands this near.
_NEAR_TOP = 6.5
# Lines that overlap by this share of the type are of one row.
_OVER = 0.15
# On so many pages a number counts on with them.
_RUNNING = 3


def tabulate(pages: Sequence[RawPage], blocks: Sequence[RawBlock]) -> list[RawBlock]:
    """The blocks, in order, with tables in place of what the engine read where one is printed; no word is lost."""
    by_page: dict[int, list[RawBlock]] = defaultdict(list)
    for block in blocks:
        by_page[block.page].append(block)
    seen: list[TablePage] = []
    for page in pages:
        here = TablePage(
            page, by_page.pop(page.number, []), printed_lines(page.words, frozenset(page.suspects))
        )
        seen.append(here)
    _mark_running(seen)
    for here in seen:
        if here.blocks and sum(len(line.spans) > 1 for line in here.lines) > 1:
            _find(here)
    for above, below in pairwise(seen):
        if below.page.number == above.page.number + 1:
            carry_over(above, below)
    return [block for here in seen for block in here.blocks] + [b for rest in by_page.values() for b in rest]


def _mark_running(seen: Sequence[TablePage]) -> None:
    """Finds the first and last lines that carry the page's number: they begin or end in what counts on with the pages."""
    for edge in (0, -1):
        off: dict[int, list[TablePage]] = defaultdict(list)
        for here in seen:
            if here.lines:
                parts = here.lines[edge].parts
                for index in {parts[0][0], parts[-1][-1]}:
                    text = here.page.words[index].text
                    if text.isdecimal() and len(text) < 5:
                        off[int(text) - here.page.number].append(here)
        for pages in off.values():
            if len(pages) >= _RUNNING:
                for here in pages:
                    here.running.add(edge % len(here.lines))


def _find(here: TablePage) -> None:
    """Puts the tables of one page in the place of what the engine read there."""
    for region in regions(here.lines, _bars(here)):
        wide = _with_ends(region, here.lines, here.running)
        rows = grid_rows(wide)
        words = here.page.words
        if not why_none(wide, grid_of(wide, rows, words), lines_of(wide, words), looks_of(wide, here.page)):
            place(here, wide, rows)


def _bars(here: TablePage) -> set[int]:
    """Lines that no table goes over: titles that stand alone."""
    titles = [block.rect for block in here.blocks if block.kind == "heading" and block.rect]
    return here.running | {
        number
        for number, line in enumerate(here.lines)
        if len(line.spans) == 1
        and any(
            rect[1] - 1 <= (line.top + line.bottom) / 2 <= rect[3] + 1
            and rect[0] - 1 <= line.spans[0][0] <= rect[2]
            for rect in titles
        )
    }


def _with_ends(region: Region, lines: Sequence[Printed], running: Collection[int]) -> Region:
    """The region with header lines that stand over several columns, and the last lines of the cells at its foot."""
    first, last = region.first, region.last
    rivers = [(a[1], b[0]) for a, b in pairwise(region.columns)]
    widest = max(below.top - above.bottom for above, below in pairwise(region.lines))
    for _ in range(_MOST_HEADERS):
        band = _band_above(lines, first, running)
        if not band:
            break
        line = as_one([lines[number] for number in band])
        gap = lines[first].top - line.bottom
        near = max(_NEAR * line.size, _WIDEST * widest)
        if band[0] == _first_line(running):
            # a header printed again: some producers leave a row's height below it
            near = max(near, _NEAR_TOP * line.size)
        if gap > near or not over_columns(region, line):
            break
        first = band[0]
    while (
        first > 0
        and lines[first].top < lines[first - 1].bottom - _OVER * lines[first].size
        and _within(region, lines[first - 1])
    ):
        first -= 1
    filled = set(region.filled(lines[last]))
    while last + 1 < len(lines) and last + 1 not in running:
        line = lines[last + 1]
        if line.top - lines[last].bottom > _INSIDE * line.size or not _within(region, line):
            break
        here = set(region.filled(line))
        over = line.top < lines[last].bottom - _OVER * line.size
        if not over and (0 in here or not here <= filled):
            break
        last += 1
    above = [split_line(line, rivers) for line in lines[first : region.first]]
    below = [split_line(line, rivers) for line in lines[region.last + 1 : last + 1]]
    return Region([*above, *region.lines, *below], region.columns, first, last)


def _band_above(lines: Sequence[Printed], first: int, running: Collection[int]) -> list[int]:
    """The line above, with those that it overlaps."""
    band: list[int] = []
    at = first - 1
    while at >= 0 and at not in running:
        if band and lines[band[0]].top > lines[at].bottom - _OVER * lines[at].size:
            break
        band.insert(0, at)
        at -= 1
    return band


def _first_line(running: Collection[int]) -> int:
    """The first line of a page's text."""
    at = 0
    while at in running:
        at += 1
    return at


def _within(region: Region, line: Printed) -> bool:
    """True if each stretch of the line stands in one column."""
    slack = 0.5 * line.size
    return all(
        x0 >= region.columns[column][0] - slack and x1 <= region.columns[column][1] + slack
        for (x0, x1), column in zip(line.spans, region.filled(line), strict=True)
    )
