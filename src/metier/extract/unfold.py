"""Running text comes out of a table that the structure engine drew around it.

Two tables one below the other with columns of text between them look like one table to it, whose widest row holds all of that
text, the lines of both columns mixed. Such a row ends the table: what stands in its place are the cheap engine's blocks there,
which follows the columns, and the rows below it are a table of their own.
"""

from collections.abc import Sequence

from metier.extract.raw import RawBlock, RawCell, Rect

_LONG = 30  # words of a row with one cell over all columns, from which it is no heading or note of the table
_HELD = 0.6  # share of the row's words that the cheap engine's blocks there must hold


def unfold(blocks: Sequence[RawBlock], cheap: Sequence[RawBlock]) -> list[RawBlock]:
    """The blocks of one page, tables without rows of running text; `cheap` is the other engine's reading of the page."""
    return [part for block in blocks for part in (_parts(block, cheap) if block.cells else [block])]


def _parts(table: RawBlock, cheap: Sequence[RawBlock]) -> list[RawBlock]:
    rows = sorted({cell.row for cell in table.cells})
    columns = max(cell.column + cell.column_span for cell in table.cells)
    out: list[RawBlock] = []
    kept: list[int] = []
    for row in rows:
        text = _text_of(table, row, columns)
        region = _region(table, row) if text else None
        inside = _within(cheap, region) if region else []
        if not inside or _words(inside) < _HELD * len(text.split()):
            kept.append(row)
            continue
        out += [*_table(table, kept), *inside]
        kept = []
    return [*out, *_table(table, kept)] if out else [table]


def _text_of(table: RawBlock, row: int, columns: int) -> str:
    """The text of a row that is one cell over all columns, and long; else ""."""
    cells = [cell for cell in table.cells if cell.row == row]
    is_whole = len(cells) == 1 and columns > 1 and cells[0].column_span == columns and cells[0].row_span == 1
    return cells[0].text if is_whole and len(cells[0].text.split()) >= _LONG else ""


def _region(table: RawBlock, row: int) -> Rect | None:
    """Between the printed words of the rows above and those of the rows below, over the width of the table."""
    if table.rect is None:
        return None
    above = [cell.rect[3] for cell in table.cells if cell.rect and cell.row < row]
    below = [cell.rect[1] for cell in table.cells if cell.rect and cell.row > row]
    left, top, right, bottom = table.rect
    return left, max([top, *above]), right, min([bottom, *below])


def _within(cheap: Sequence[RawBlock], region: Rect) -> list[RawBlock]:
    """The blocks of running text whose middle lies in the region, in their order."""
    left, top, right, bottom = region
    found = []
    for block in cheap:
        if block.rect is None or block.cells or block.added:
            continue
        x, y = (block.rect[0] + block.rect[2]) / 2, (block.rect[1] + block.rect[3]) / 2
        if left <= x <= right and top <= y <= bottom:
            found.append(block)
    return found


def _words(blocks: Sequence[RawBlock]) -> int:
    return sum(len(block.text.split()) for block in blocks)


def _table(table: RawBlock, rows: Sequence[int]) -> list[RawBlock]:
    """These rows as a table of their own, without columns that are empty in all of them; [] of no rows."""
    cells = [cell for cell in table.cells if cell.row in rows]
    if not cells:
        return []
    starts = sorted({cell.column for cell in cells})
    new_row = {row: place for place, row in enumerate(rows)}
    moved = [
        RawCell(
            new_row[cell.row], starts.index(cell.column), cell.text, cell.header or new_row[cell.row] == 0,
            min(cell.row_span, len(rows) - new_row[cell.row]),
            sum(cell.column <= start < cell.column + cell.column_span for start in starts), cell.rect,
        )
        for cell in cells
    ]  # fmt: skip
    boxes = [cell.rect for cell in cells if cell.rect]
    if not boxes or table.rect is None:
        return [RawBlock("table", page=table.page, rect=table.rect, cells=moved, continues=table.continues)]
    top, bottom = min(box[1] for box in boxes), max(box[3] for box in boxes)
    rect = (table.rect[0], top, table.rect[2], bottom)
    return [
        RawBlock("table", page=table.page, rect=rect, cells=moved, continues=table.continues and rows[0] == 0)
    ]
