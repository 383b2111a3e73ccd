"""Puts a table that was found in printed lines in the place of what the engine read there; no word is lost."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from metier.extract.align import Centres
from metier.extract.columns import Region
from metier.extract.not_tables import Looks
from metier.extract.printed import Printed, printed_lines
from metier.extract.raw import RawBlock, RawCell, RawPage, RawWord, Rect, one_line
from metier.extract.rows import GridRow, text_of
from metier.extract.structure.split import cut_text
from metier.extract.structure.style import face
from metier.extract.tables import looks_like_header

# Rows in bold at the top that name columns: more are a table in bold.
_MOST_HEADERS = 3
# A table of the engine that holds this share of a region's words is the table: the engine sees the rules.
_SAME = 0.97
_SYMBOLS = re.compile(r"cmmi|cmsy|cmex|msam|msbm|math|symbol|stix.*(?:math|size)", re.IGNORECASE)


@dataclass(slots=True)
class TablePage:
    """A page while its tables are looked for."""

    page: RawPage
    blocks: list[RawBlock]
    lines: list[Printed]
    ours: list[RawBlock] = field(default_factory=list)  # tables put there
    running: set[int] = field(default_factory=set)  # lines that carry the page's number


def grid_of(region: Region, rows: Sequence[GridRow], words: Sequence[RawWord]) -> list[list[str]]:
    return [
        [
            text_of(row.slots[column], words) if column in row.slots else ""
            for column in range(len(region.columns))
        ]
        for row in rows
    ]


def lines_of(region: Region, words: Sequence[RawWord]) -> list[list[str]]:
    """The printed lines by columns."""
    lines = []
    for line in region.lines:
        texts = [""] * len(region.columns)
        for part, column in zip(line.parts, region.filled(line), strict=True):
            text = " ".join(one_line(words[index].text) for index in part)
            texts[column] = f"{texts[column]} {text}".strip()
        lines.append(texts)
    return lines


def looks_of(region: Region, page: RawPage) -> Looks:
    x0, y0, x1, y1 = around(region)
    total = mono = symbols = 0
    for run in page.runs:
        if y0 <= (run.rect[1] + run.rect[3]) / 2 <= y1 and run.rect[2] > x0 and run.rect[0] < x1:
            total += len(run.text)
            mono += len(run.text) if face(run.font).mono else 0
            symbols += len(run.text) if _SYMBOLS.search(run.font) else 0
    return Looks(mono / total, symbols / total) if total else Looks()


def around(region: Region) -> Rect:
    return (
        min(line.spans[0][0] for line in region.lines),
        min(line.top for line in region.lines),
        max(line.spans[-1][1] for line in region.lines),
        max(line.bottom for line in region.lines),
    )


def place(here: TablePage, region: Region, rows: Sequence[GridRow]) -> bool:
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
        if any(len(line.spans) > 1 for line in left) or (
            common >= _SAME * len(taken) and columns >= len(region.columns) - 1
        ):
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
    blocks.insert(_byplace(blocks, table) if at is None else at, table)
    here.blocks = blocks
    here.ours.append(table)
    return True


def _byplace(blocks: Sequence[RawBlock], table: RawBlock) -> int:
    assert table.rect
    return next(
        (number for number, block in enumerate(blocks) if block.rect and block.rect[1] >= table.rect[3] - 1),
        len(blocks),
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
        rect = (
            min(r[0] for r in rects),
            min(r[1] for r in rects),
            max(r[2] for r in rects),
            max(r[3] for r in rects),
        )
        below = (rect[1] + rect[3]) / 2 > (table.rect[1] + table.rect[3]) / 2
        kind = block.kind if not parts[below] and not below else "paragraph"
        parts[below].append(
            replace(block, kind=kind, level=block.level if kind == "heading" else 0, text=text, rect=rect)
        )
    return parts


def _covers(rect: Rect | None, other: Rect) -> bool:
    x, y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return rect is not None and rect[0] - 1 <= x <= rect[2] + 1 and rect[1] - 1 <= y <= rect[3] + 1


def _table(page: RawPage, region: Region, rows: Sequence[GridRow]) -> RawBlock:
    texts = grid_of(region, rows, page.words)
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
            rect = (
                min(r[0] for r in rects),
                min(r[1] for r in rects),
                max(r[2] for r in rects),
                max(r[3] for r in rects),
            )
            cells.append(
                RawCell(
                    number, column, texts[number][column], number < headers, column_span=slot.span, rect=rect
                )
            )
    return RawBlock("table", page=page.number, rect=around(region), cells=cells)


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
