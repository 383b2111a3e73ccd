"""Tables without rules: printed lines whose gaps stand in the same places become rows of cells.

liteparse reads such tables as paragraphs, one for each row, each column, or all of it. The words with their boxes say more: `columns` finds
lines that share white space, `rows` what their rows are, `not_tables` keeps text in columns out of it. A table goes on at the
head of the next page where words stand in its columns, however few rows are left there.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from metier.extract.align import Centres
from metier.extract.columns import Printed, Region, Span, over_columns, printed_lines, regions, split_line
from metier.extract.not_tables import Looks, why_none
from metier.extract.raw import RawBlock, RawCell, RawPage, RawWord, Rect, one_line
from metier.extract.rows import GridRow, grid_rows, text_of
from metier.extract.structure.split import cut_text
from metier.extract.structure.style import face
from metier.extract.tables import looks_like_header

# Header lines above the first row, whose cells may stand over several columns.
_MOST_HEADERS = 3
# A header stands this near, in sizes of the type or in the widest gap of the table; the end of a cell in sizes of the type.
_NEAR, _WIDEST, _INSIDE = 1.6, 1.3, 0.7
# Lines that overlap by this share of the type are of one row.
_OVER = 0.15
# A table of the engine that holds this share of a region's words is the table: the engine sees the rules.
_SAME = 0.97
# On so many pages a number counts on with them.
_RUNNING = 3
# Share of the page at its ends where running headers and footers stand.
_EDGE = 0.1
_SYMBOLS = re.compile(r"cmmi|cmsy|cmex|msam|msbm|math|symbol|stix.*(?:math|size)", re.IGNORECASE)


import os
DEBUG=os.environ.get("TABDEBUG")
@dataclass(slots=True)
class _Page:
    """A page while its tables are looked for."""

    page: RawPage
    blocks: list[RawBlock]
    lines: list[Printed]
    ours: list[RawBlock] = field(default_factory=list)  # tables put there
    running: set[int] = field(default_factory=set)  # lines that carry the page's number


def tabulate(pages: Sequence[RawPage], blocks: Sequence[RawBlock]) -> list[RawBlock]:
    """The blocks, in order, with tables in place of what the engine read where one is printed; no word is lost."""
    by_page: dict[int, list[RawBlock]] = defaultdict(list)
    for block in blocks:
        by_page[block.page].append(block)
    seen: list[_Page] = []
    for page in pages:
        here = _Page(page, by_page.pop(page.number, []), printed_lines(page.words, frozenset(page.suspects)))
        seen.append(here)
    _mark_running(seen)
    for here in seen:
        if here.blocks and sum(len(line.spans) > 1 for line in here.lines) > 1:
            _find(here)
    for above, below in zip(seen, seen[1:], strict=False):
        if below.page.number == above.page.number + 1:
            _carry_over(above, below)
    return [block for here in seen for block in here.blocks] + [b for rest in by_page.values() for b in rest]


def _mark_running(seen: Sequence[_Page]) -> None:
    """Finds the first and last lines that carry the page's number: they begin or end in what counts on with the pages."""
    for edge in (0, -1):
        off: dict[int, list[_Page]] = defaultdict(list)
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


def _find(here: _Page) -> None:
    """Puts the tables of one page in the place of what the engine read there."""
    for region in regions(here.lines, _bars(here)):
        wide = _with_ends(region, here.lines, here.running)
        rows = grid_rows(wide)
        if why:=why_none(wide, _grid(wide, rows, here.page.words), _lines(wide, here.page.words), _looks(wide, here.page)):
            if DEBUG: print("  NO",here.page.number,why,[round(x) for x in _around(wide)],len(wide.lines),len(wide.columns))
            continue
        ok=_place(here, wide, rows)
        if DEBUG: print("  YES" if ok else "  ENGINE",here.page.number,[round(x) for x in _around(wide)],len(rows),len(wide.lines),len(wide.columns))


def _bars(here: _Page) -> set[int]:
    """Lines that no table goes over: titles that stand alone."""
    titles = [block.rect for block in here.blocks if block.kind == "heading" and block.rect]
    return here.running | {
        number
        for number, line in enumerate(here.lines)
        if len(line.spans) == 1
        and any(
            rect[1] - 1 <= (line.top + line.bottom) / 2 <= rect[3] + 1 and rect[0] - 1 <= line.spans[0][0] <= rect[2]
            for rect in titles
        )
    }


def _with_ends(region: Region, lines: Sequence[Printed], running: Collection[int]) -> Region:
    """The region with header lines that stand over several columns, and the last lines of the cells at its foot."""
    first, last = region.first, region.last
    rivers = [(a[1], b[0]) for a, b in pairwise(region.columns)]
    widest = max(below.top - above.bottom for above, below in pairwise(region.lines))
    while first > 0 and region.first - first < _MOST_HEADERS and first - 1 not in running:
        line = lines[first - 1]
        near = max(_NEAR * line.size, _WIDEST * widest)
        if lines[first].top - line.bottom > near or not over_columns(region, line):
            break
        first -= 1
    while first > 0 and lines[first].top < lines[first - 1].bottom - _OVER * lines[first].size and _within(region, lines[first - 1]):
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


def _within(region: Region, line: Printed) -> bool:
    """True if each stretch of the line stands in one column."""
    slack = 0.5 * line.size
    return all(
        x0 >= region.columns[column][0] - slack and x1 <= region.columns[column][1] + slack
        for (x0, x1), column in zip(line.spans, region.filled(line), strict=True)
    )


def _grid(region: Region, rows: Sequence[GridRow], words: Sequence[RawWord]) -> list[list[str]]:
    return [
        [text_of(row.slots[column], words) if column in row.slots else "" for column in range(len(region.columns))]
        for row in rows
    ]


def _lines(region: Region, words: Sequence[RawWord]) -> list[list[str]]:
    """The printed lines by columns."""
    lines = []
    for line in region.lines:
        texts = [""] * len(region.columns)
        for part, column in zip(line.parts, region.filled(line), strict=True):
            text = " ".join(one_line(words[index].text) for index in part)
            texts[column] = f"{texts[column]} {text}".strip()
        lines.append(texts)
    return lines


def _looks(region: Region, page: RawPage) -> Looks:
    x0, y0, x1, y1 = _around(region)
    total = mono = symbols = 0
    for run in page.runs:
        if y0 <= (run.rect[1] + run.rect[3]) / 2 <= y1 and run.rect[2] > x0 and run.rect[0] < x1:
            total += len(run.text)
            mono += len(run.text) if face(run.font).mono else 0
            symbols += len(run.text) if _SYMBOLS.search(run.font) else 0
    return Looks(mono / total, symbols / total) if total else Looks()


def _around(region: Region) -> Rect:
    return (
        min(line.spans[0][0] for line in region.lines),
        min(line.top for line in region.lines),
        max(line.spans[-1][1] for line in region.lines),
        max(line.bottom for line in region.lines),
    )


def _place(here: _Page, region: Region, rows: Sequence[GridRow]) -> bool:
    """Puts the table where the first of its words was; False if the engine has it as a table already."""
    words = here.page.words
    taken = {index for line in region.lines for part in line.parts for index in part}
    centres = Centres(words)
    inside = [set(centres.within(range(len(words)), block.rect)) for block in here.blocks]
    for block, held in zip(here.blocks, inside, strict=True):
        common = len(held & taken)
        if block.kind != "table" or not common or any(block is own for own in here.ours):
            continue
        columns = len({cell.column for cell in block.cells if cell.text.strip()})
        left = printed_lines(words, held.symmetric_difference(range(len(words))) | taken)
        if any(len(line.spans) > 1 for line in left) or (common >= _SAME * len(taken) and columns >= len(region.columns) - 1):
            return False
    table = _table(here.page, region, rows)
    blocks: list[RawBlock] = []
    at: int | None = None
    for block, held in zip(here.blocks, inside, strict=True):
        if block.added or not held & taken:
            blocks.append(block)
            continue
        before, after = _rest(block, held, taken, words, table)
        blocks += before
        if at is None:
            at = len(blocks)
        blocks += after
    blocks.insert(_by_place(blocks, table) if at is None else at, table)
    here.blocks = blocks
    here.ours.append(table)
    return True


def _by_place(blocks: Sequence[RawBlock], table: RawBlock) -> int:
    assert table.rect
    return next(
        (number for number, block in enumerate(blocks) if block.rect and block.rect[1] >= table.rect[3] - 1), len(blocks)
    )


def _rest(
    block: RawBlock, held: set[int], taken: set[int], words: Sequence[RawWord], table: RawBlock
) -> tuple[list[RawBlock], list[RawBlock]]:
    """What of the block is not in the table, above it and below it."""
    left = held - taken
    if not any(char.isalnum() for index in left for char in words[index].text):
        return [], []
    if block.kind == "table":
        kept = [cell for cell in block.cells if cell.rect is None or not _covers(table.rect, cell.rect)]
        text = "\n".join(one_line(cell.text) for cell in kept if cell.text.strip())
        return ([replace(block, kind="paragraph", text=text, cells=[])] if text else []), []
    pieces: list[tuple[bool, list[int]]] = []
    for line in printed_lines([words[index] for index in sorted(held)]):
        back = sorted(held)
        for part in line.parts:
            for place in part:
                index = back[place]
                if pieces and pieces[-1][0] == (index in taken):
                    pieces[-1][1].append(index)
                else:
                    pieces.append((index in taken, [index]))
    printed = ["".join(words[index].text for index in piece) for _, piece in pieces]
    texts = cut_text(block.text, printed) or [
        " ".join(one_line(words[index].text) for index in piece) for _, piece in pieces
    ]
    parts: tuple[list[RawBlock], list[RawBlock]] = [], []
    assert table.rect
    for (inside, piece), text in zip(pieces, texts, strict=True):
        if inside or not text.strip():
            continue
        rects = [words[index].rect for index in piece]
        rect = (min(r[0] for r in rects), min(r[1] for r in rects), max(r[2] for r in rects), max(r[3] for r in rects))
        below = (rect[1] + rect[3]) / 2 > (table.rect[1] + table.rect[3]) / 2
        kind = block.kind if not parts[below] and not below else "paragraph"
        parts[below].append(replace(block, kind=kind, level=block.level if kind == "heading" else 0, text=text, rect=rect))
    return parts


def _covers(rect: Rect | None, other: Rect) -> bool:
    x, y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return rect is not None and rect[0] - 1 <= x <= rect[2] + 1 and rect[1] - 1 <= y <= rect[3] + 1


def _table(page: RawPage, region: Region, rows: Sequence[GridRow]) -> RawBlock:
    texts = _grid(region, rows, page.words)
    headers = _headers(page, region, rows, texts)
    cells = []
    for number, row in enumerate(rows):
        for column in range(len(region.columns)):
            slot = row.slots.get(column)
            if slot is None:
                if not any(s.column < column < s.column + s.span for s in row.slots.values()):
                    cells.append(RawCell(number, column, "", number < headers))
                continue
            rects = [page.words[index].rect for line in slot.lines for index in line]
            rect = (min(r[0] for r in rects), min(r[1] for r in rects), max(r[2] for r in rects), max(r[3] for r in rects))
            cells.append(
                RawCell(number, column, texts[number][column], number < headers, column_span=slot.span, rect=rect)
            )
    return RawBlock("table", page=page.number, rect=_around(region), cells=cells)


def _headers(page: RawPage, region: Region, rows: Sequence[GridRow], texts: Sequence[Sequence[str]]) -> int:
    """How many rows at the top name columns: those in bold over others that are not, else the first if it reads like names."""
    bold = [_bold(page, row) for row in rows]
    count = next((number for number, heavy in enumerate(bold) if not heavy), len(rows))
    if 0 < count <= _MOST_HEADERS and sum(bold) <= max(count, len(rows) // 2):
        return count
    return int(looks_like_header(texts))


def _bold(page: RawPage, row: GridRow) -> bool:
    """True if all that stands in the row is bold."""
    top, bottom = min(line.top for line in row.lines), max(line.bottom for line in row.lines)
    left = min(line.spans[0][0] for line in row.lines)
    right = max(line.spans[-1][1] for line in row.lines)
    runs = [
        run
        for run in page.runs
        if top <= (run.rect[1] + run.rect[3]) / 2 <= bottom and run.rect[2] > left and run.rect[0] < right
    ]
    return bool(runs) and all(face(run.font).bold for run in runs)


def _carry_over(above: _Page, below: _Page) -> None:
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


def _edge_table(here: _Page, bottom: bool) -> RawBlock | None:
    """The table that nothing of the page's text stands below (or above)."""
    height = here.page.height
    flow = [
        block
        for block in here.blocks
        if block.rect and not block.added and _EDGE * height < (block.rect[1] + block.rect[3]) / 2 < (1 - _EDGE) * height
    ]
    if not flow:
        return None
    end = max(flow, key=lambda b: b.rect[3] if b.rect else 0) if bottom else min(flow, key=lambda b: b.rect[1] if b.rect else 0)
    return end if end.kind == "table" else None


def _carry(table: RawBlock, here: _Page, bottom: bool, instead: RawBlock | None = None) -> None:
    """Puts a table of these columns at the edge of the page if lines stand there in them; `instead` of one with fewer."""
    columns = _intervals(table)
    if len(columns) < 2 or not here.blocks:
        return
    height = here.page.height
    rivers = [(a[1], b[0]) for a, b in pairwise(columns)]
    lines = [
        (number, split_line(line, rivers))
        for number, line in enumerate(here.lines)
        if number not in here.running and _EDGE / 2 * height < (line.top + line.bottom) / 2 < (1 - _EDGE / 2) * height
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
    if why_none(region, _grid(region, rows, words), _lines(region, words), _looks(region, here.page), carried=True):
        return
    _place(here, region, rows)


# One row of three columns, or two of two.
_LEAST_CARRIED = 4
# Rows of one table stand no farther apart than this, from top to top in sizes of the type.
_FAR_ROWS = 5.0


def _intervals(table: RawBlock) -> list[Span]:
    """Where the columns of a table stand; [] if they are not apart."""
    spans: dict[int, Span] = {}
    for cell in table.cells:
        if cell.rect and cell.column_span == 1 and cell.text.strip():
            x0, x1 = spans.get(cell.column, (cell.rect[0], cell.rect[2]))
            spans[cell.column] = min(x0, cell.rect[0]), max(x1, cell.rect[2])
    ordered = [spans[column] for column in sorted(spans)]
    apart = all(a[1] < b[0] + 1 for a, b in zip(ordered, ordered[1:], strict=False))
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
