"""The lines of a region as rows of cells: which printed lines are one row, and which stretch stands in which column."""

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from metier.extract.columns import Region
from metier.extract.printed import Printed
from metier.extract.raw import RawWord, one_line

# Lines that overlap by more than this share of the type belong to one row: cells that are centred beside taller ones.
_OVERLAP = 0.15
# Gaps between rows are wider than gaps inside by this much of the type, where rows can be told by their gaps.
_WIDER = 0.22
# Where rows are told by gaps, nearly each begins in the first column.
_ANCHORED = 0.75


@dataclass(slots=True)
class Slot:
    """One cell: the columns that it stands over, and its words line by line."""

    column: int
    span: int
    lines: list[list[int]] = field(default_factory=list)


@dataclass(slots=True)
class GridRow:
    """One row: its printed lines and its cells."""

    lines: list[Printed]
    slots: dict[int, Slot]


def grid_rows(region: Region) -> list[GridRow]:
    """The region's rows from the top.

    Lines that overlap are one row. Where gaps are of two widths, the wider ones divide rows. Otherwise a line that leaves the first column
    empty carries on the row above, if what it holds carries on cells there.
    """
    bands = _bands(region)
    groups = _by_gaps(region, bands) or _by_first_column(region, bands)
    return [_row(region, [line for band in group for line in band]) for group in groups]


def _bands(region: Region) -> list[list[Printed]]:
    bands: list[list[Printed]] = []
    bottom = 0.0
    for line in region.lines:
        if bands and bottom - line.top > _OVERLAP * line.size:
            bands[-1].append(line)
            bottom = max(bottom, line.bottom)
        else:
            bands.append([line])
            bottom = line.bottom
    return bands


def _columns(region: Region, band: Sequence[Printed]) -> set[int]:
    return {column for line in band for column in region.filled(line)}


def _by_gaps(region: Region, bands: Sequence[list[Printed]]) -> list[list[list[Printed]]] | None:
    """Rows where the gaps between lines are of two kinds and the wider ones come before lines of the first column."""
    if len(bands) < 3:
        return None
    size = median(line.size for line in region.lines)
    gaps = [
        min(line.top for line in below) - max(line.bottom for line in above)
        for above, below in itertools.pairwise(bands)
    ]
    ordered = sorted(gaps)
    jumps = [(b - a, (a + b) / 2) for a, b in itertools.pairwise(ordered)]
    jump, at = max(jumps)
    if jump < _WIDER * size:
        return None
    groups = [[bands[0]]]
    for band, gap in zip(bands[1:], gaps, strict=True):
        if gap > at:
            groups.append([band])
        else:
            groups[-1].append(band)
    if not any(len(group) > 1 for group in groups) or len(groups) < 2:
        return None
    starts = sum(any(0 in _columns(region, band) for band in group) for group in groups)
    again = sum(sum(0 in _columns(region, band) for band in group) > 1 for group in groups)
    alike = [_columns(region, band) for group in groups for band in group[1:]]
    whole = sum(len(columns) >= max(2, len(region.columns) - 1) for columns in alike)
    if starts < _ANCHORED * len(groups) or again > len(groups) // 3 or whole > len(alike) // 3:
        return None  # wider gaps set off groups of rows
    return groups


def _by_first_column(region: Region, bands: Sequence[list[Printed]]) -> list[list[list[Printed]]]:
    groups: list[list[list[Printed]]] = []
    above: set[int] = set()
    for band in bands:
        here = _columns(region, band)
        if groups and 0 not in here and here < above:
            groups[-1].append(band)
        else:
            groups.append([band])
            above = here
    return groups


def _row(region: Region, lines: Sequence[Printed]) -> GridRow:
    starts = [x0 for x0, _ in region.columns]
    row = GridRow(sorted(lines, key=lambda line: line.top), {})
    for line in row.lines:
        here: dict[int, list[int]] = {}
        for (_, x1), part, column in zip(line.spans, line.parts, region.filled(line), strict=True):
            last = max(column, bisect_left(starts, x1 - 0.01) - 1)
            slot = row.slots.setdefault(column, Slot(column, 1))
            slot.span = max(slot.span, last - column + 1)
            here.setdefault(column, []).extend(part)
        for column, words in here.items():
            row.slots[column].lines.append(words)
    for column in sorted(row.slots):  # a cell goes no further than the next one
        following = min((other for other in row.slots if other > column), default=len(region.columns))
        row.slots[column].span = min(row.slots[column].span, following - column)
    return row


def text_of(slot: Slot, words: Sequence[RawWord]) -> str:
    """The cell's text; a word that was divided at the end of a line is mended."""
    text = ""
    for line in slot.lines:
        following = " ".join(one_line(words[index].text) for index in line)
        if len(text) > 1 and text.endswith("-") and text[-2].isalpha() and following[:1].islower():
            text = text[:-1] + following
        else:
            text = f"{text} {following}" if text else following
    return text
