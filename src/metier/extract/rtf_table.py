"""Rows of an RTF table as cells: where rows say where their cells end, cells span the column lines of other rows."""

from dataclasses import dataclass, field

from metier.extract.raw import RawCell

_EDGE = 40  # twips within which edges of cells in different rows are one column line


@dataclass(slots=True)
class Row:
    """The texts of one row's cells, where its columns end, and which of them belong to the cell before."""

    texts: list[str] = field(default_factory=list)
    edges: list[int] = field(default_factory=list)
    joined: list[bool] = field(default_factory=list)
    header: bool = False


def cells_of(rows: list[Row]) -> list[RawCell]:
    """Cells in columns: where rows say where their cells end, a cell spans the lines of other rows inside it."""
    lines: list[int] = []
    for edge in sorted(edge for row in rows for edge in row.edges):
        if not lines or edge - lines[-1] > _EDGE:
            lines.append(edge)
    headed = any(row.header for row in rows)
    cells: list[RawCell] = []
    for number, row in enumerate(rows):
        column = 0
        for index, text in enumerate(row.texts):
            span = 1
            if len(row.edges) == len(row.texts):
                last = max(
                    (i for i, line in enumerate(lines) if line <= row.edges[index] + _EDGE), default=column
                )
                span = max(1, last + 1 - column)
            header = row.header if headed else number == 0 and len(rows) > 1
            if index < len(row.joined) and row.joined[index] and cells and cells[-1].row == number:
                cells[-1].column_span += span
            else:
                cells.append(RawCell(number, column, text, header, 1, span))
            column += span
    return cells
