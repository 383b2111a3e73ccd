"""Names of spreadsheet cells, and character ranges of a document as ranges of cells."""

import re

from metier.types import Block, Document

_NAME = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")


def cell_name(row: int, column: int) -> str:
    """ "B4" for (3, 1); both are 0-based."""
    letters, left = "", column + 1
    while left:
        left, rest = divmod(left - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def cell_position(name: str) -> tuple[int, int]:
    """(row, column), 0-based, of "B4". Raises ValueError."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} names no cell")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]) - 1, column - 1


def cells_for(document: Document, start: int, end: int) -> str:
    """Sheet and cells that hold `document.text[start:end]`, e.g. "Prices!B4:D4"; "" if it stands in no spreadsheet.

    Of a range over several tables the first one's cells.
    """
    for block in document.blocks:
        if not block.anchor or block.end <= start or block.start >= end:
            continue
        label = next((page.label for page in document.pages if page.number == block.page), "")
        sheet = label.removesuffix(" (hidden sheet)")
        quoted = sheet if re.fullmatch(r"\w+", sheet) else "'" + sheet.replace("'", "''") + "'"
        return f"{quoted}!{_span(block, start, end)}" if sheet else _span(block, start, end)
    return ""


def _span(block: Block, start: int, end: int) -> str:
    top, left = cell_position(block.anchor)
    cells = [cell for cell in block.cells if cell.start < end and cell.end > start]
    if not cells:
        return block.anchor
    first = cell_name(top + min(cell.row for cell in cells), left + min(cell.column for cell in cells))
    last = cell_name(
        top + max(cell.row + cell.row_span for cell in cells) - 1,
        left + max(cell.column + cell.column_span for cell in cells) - 1,
    )
    return first if first == last else f"{first}:{last}"
