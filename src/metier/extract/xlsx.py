"""XLSX, XLS and ODS: each sheet a page, each filled region a table (or, if one column wide, text)."""

import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from metier.extract.detect import ODS, XLS, XLSX, detect
from metier.extract.number_format import Formats, sheet_formats, shown
from metier.extract.raw import RawBlock, RawCell, RawDocument, RawPage, Unreadable
from metier.extract.tables import looks_like_header
from metier.extract.zip_guard import guard
from metier.text.sheets import cell_name

Grid = list[list[str]]
Merges = Mapping[tuple[int, int], tuple[int, int]]  # top left position -> rows, columns


@dataclass(frozen=True, slots=True)
class _Region:
    """A filled rectangle of a sheet, in sheet coordinates."""

    top: int
    left: int
    rows: Grid


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """Every sheet in workbook order; hidden ones are read too, labelled so."""
    media_type = detect(path, str(request["uri"]))
    if media_type != XLS:
        guard(path)
    engine = f"python-calamine {importlib.metadata.version('python-calamine')}"
    raw = RawDocument(media_type if media_type in (XLS, ODS) else XLSX, engine, [], [])
    try:
        with CalamineWorkbook.from_path(path) as book:
            formats = sheet_formats(path) if media_type == XLSX else {}
            for meta in book.sheets_metadata:
                number = len(raw.pages) + 1
                hidden = " (hidden sheet)" if meta.visible != SheetVisibleEnum.Visible else ""
                raw.pages.append(RawPage(number, label=meta.name + hidden))
                if meta.typ != SheetTypeEnum.WorkSheet:
                    raw.warnings.append(f"sheet {meta.name}: a chart or macro sheet is not read")
                    continue
                blocks = _sheet(book.get_sheet_by_name(meta.name), formats.get(meta.name, {}), number)
                if blocks:
                    raw.blocks += [RawBlock("heading", meta.name, number, 1), *blocks]
    except PasswordError:
        raise Unreadable("encrypted", "the workbook needs a password; save it without one") from None
    except (CalamineError, OSError, ValueError) as error:
        if "password" in str(error).lower():
            raise Unreadable("encrypted", "the workbook needs a password; save it without one") from None
        raise Unreadable(
            "corrupt", f"not a workbook inside ({str(error)[:200]}); open and save it again"
        ) from None
    return raw


def _sheet(sheet: CalamineSheet, formats: Formats, page: int) -> list[RawBlock]:
    values = sheet.to_python(skip_empty_area=True)
    top, left = sheet.start or (0, 0)
    grid = [
        [
            shown(value, formats.get((top + r, left + c), "")) if value != "" else ""
            for c, value in enumerate(row)
        ]
        for r, row in enumerate(values)
    ]
    merges = {a: (b[0] - a[0] + 1, b[1] - a[1] + 1) for a, b in sheet.merged_cell_ranges or ()}
    blocks: list[RawBlock] = []
    for region in regions(grid, top, left):
        blocks += _region_blocks(region, merges, page)
    return blocks


def regions(grid: Grid, top: int = 0, left: int = 0) -> list[_Region]:
    """Filled rectangles: rows divided by empty rows, then columns by empty columns, trimmed.

    A part after a blank row that has the columns of the part before and no header of its own continues it.
    """
    found: list[_Region] = []
    for start, end in _runs([any(row) for row in grid]):
        band = grid[start:end]
        width = max(len(row) for row in band)
        filled = [any(column < len(row) and row[column] for row in band) for column in range(width)]
        for first, last in _runs(filled):
            rows = [[row[c] if c < len(row) else "" for c in range(first, last)] for row in band]
            inside = [number for number, row in enumerate(rows) if any(row)]
            rows = rows[inside[0] : inside[-1] + 1]
            region = _Region(top + start + inside[0], left + first, rows)
            before = found[-1] if found else None
            if before and _continues(before, region):
                gap = region.top - before.top - len(before.rows)
                blank = [[""] * len(rows[0])] * gap
                found[-1] = _Region(before.top, before.left, before.rows + blank + rows)
            else:
                found.append(region)
    return found


def _continues(before: _Region, region: _Region) -> bool:
    same = before.left == region.left and len(before.rows[0]) == len(region.rows[0]) > 1
    near = region.top - before.top - len(before.rows) == 1
    return same and near and looks_like_header(before.rows) and not looks_like_header(region.rows)


def _runs(filled: Sequence[bool]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for index, full in enumerate(filled):
        if full and runs and runs[-1][1] == index:
            runs[-1] = (runs[-1][0], index + 1)
        elif full:
            runs.append((index, index + 1))
    return runs


def _region_blocks(region: _Region, merges: Merges, page: int) -> list[RawBlock]:
    if len(region.rows[0]) == 1:
        return [
            RawBlock("paragraph", row[0], page, anchor=cell_name(region.top + at, region.left))
            for at, row in enumerate(region.rows)
            if row[0]
        ]
    blocks: list[RawBlock] = []
    rows, top = region.rows, region.top
    for level in range(2, 2 + _titles(rows)):  # a title, then what it is counted in, then the column names
        blocks.append(RawBlock("heading", rows[0][0], page, level, anchor=cell_name(top, region.left)))
        rows, top = rows[1:], top + 1
        while rows and not any(rows[0]):
            rows, top = rows[1:], top + 1
    cells = _cells(rows, top, region.left, merges)
    return [*blocks, RawBlock("table", page=page, cells=cells, anchor=cell_name(top, region.left))]


_MOST_TITLES = 3


def _titles(rows: Grid) -> int:
    """How many lone texts in the first cell stand above something wider; empty rows between do not count."""
    count = 0
    for row in rows:
        filled = sum(map(bool, row))
        if filled == 1 and row[0] and not row[0][:1].isdigit() and len(row) > 1:
            count += 1
        elif filled:
            return count if count <= _MOST_TITLES else 0
    return 0  # nothing wider comes: a list, not titles


def _cells(rows: Grid, top: int, left: int, merges: Merges) -> list[RawCell]:
    headers = _header_rows(rows, top, left, merges)
    cells: list[RawCell] = []
    covered: set[tuple[int, int]] = set()
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            if (r, c) in covered:
                continue
            down, across = merges.get((top + r, left + c), (1, 1))
            down, across = min(down, len(rows) - r), min(across, len(row) - c)
            covered |= {(r + i, c + j) for i in range(down) for j in range(across)}
            cells.append(RawCell(r, c, text, r < headers, down, across))
    return cells


def _header_rows(rows: Grid, top: int, left: int, merges: Merges) -> int:
    """0, 1, or 2 where merged group names stand above the column names."""
    grouped = any((top, left + c) in merges and merges[top, left + c][1] > 1 for c in range(len(rows[0])))
    if grouped and looks_like_header(rows[1:]):
        return 2
    return 1 if looks_like_header(rows) else 0
