"""Table cells as text: one line per row, cells joined by " | ", each cell knowing where its text stands."""

from collections.abc import Sequence
from dataclasses import replace

from metier.extract.raw import RawCell, one_line

JOINT = " | "


def render_table(cells: Sequence[RawCell]) -> tuple[str, list[tuple[RawCell, int, int]]]:
    """The table's text, and each cell with its range in that text.

    A cell merged over rows is repeated in each of them (a row then says by itself what it is about); one merged over
    columns is written once. Rows without any text are left out.
    """
    rows: dict[int, list[RawCell]] = {}
    for cell in cells:
        text = one_line(cell.text)
        for offset in range(cell.row_span):
            span = 1 if offset else cell.row_span  # the first one says how many rows are one cell
            part = replace(cell, row=cell.row + offset, row_span=span, text=text)
            rows.setdefault(part.row, []).append(part)
    lines: list[str] = []
    placed: list[tuple[RawCell, int, int]] = []
    at = 0
    for row in sorted(rows):
        line = sorted(rows[row], key=lambda cell: cell.column)
        if not any(cell.text for cell in line):
            continue
        start = at
        for number, cell in enumerate(line):
            start += len(JOINT) if number else 0
            placed.append((cell, start, start + len(cell.text)))
            start += len(cell.text)
        lines.append(JOINT.join(cell.text for cell in line))
        at += len(lines[-1]) + 1
    return "\n".join(lines), placed


def grid_cells(rows: Sequence[Sequence[str]], header_rows: int) -> list[RawCell]:
    """Cells of a plain grid whose first `header_rows` rows are headers."""
    return [
        RawCell(row, column, text, header=row < header_rows)
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
    ]


def looks_like_header(rows: Sequence[Sequence[str]]) -> bool:
    """True if the first row names columns: mostly filled, no figures, all different, and more rows follow."""
    if len(rows) < 2:
        return False
    first = [text.strip() for text in rows[0]]
    filled = [text for text in first if text]
    if not filled or len(filled) < (len(first) + 1) // 2 or len(set(filled)) < len(filled):
        return False
    return not any(is_figure(text) for text in filled)


def is_figure(text: str) -> bool:
    """True if the text is an amount: more digits than letters, and not a lone year (which may head a column)."""
    digits = sum(map(str.isdigit, text))
    letters = sum(map(str.isalpha, text))
    year = len(text) == 4 and text.isdigit() and text[:2] in ("19", "20")
    return digits > letters and not year
