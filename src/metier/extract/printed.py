"""Printed words as lines: their stretches, and how lines are divided and put together. Geometry alone: no text is read here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from metier.extract.raw import RawWord

Span = tuple[float, float]  # from left to right

# Words nearer than this, in sizes of the type, stand in one cell: justified lines stretch a space to half a size.
WORD_SPACE = 0.5
# A place is the same within this, in sizes of the type.
SAME_PLACE = 0.12


@dataclass(slots=True)
class Printed:
    """One printed line: its words from the left in stretches that no wide gap divides, and where these stand."""

    top: float
    bottom: float
    size: float  # about that of the type
    words: list[Span]
    spans: list[Span] = field(default_factory=list)
    parts: list[list[int]] = field(default_factory=list)  # the words of each span


def printed_lines(words: Sequence[RawWord], skip: Collection[int] = ()) -> list[Printed]:
    """The words as lines from top to bottom. Words without extent and those in `skip` are left out."""
    order = sorted(
        (
            index
            for index, word in enumerate(words)
            if index not in skip and word.rect[3] > word.rect[1] and word.rect[2] > word.rect[0]
        ),
        key=lambda index: words[index].rect[1] + words[index].rect[3],
    )
    rows: list[list[int]] = []
    edges: list[tuple[float, float]] = []
    for index in order:
        _, top, _, bottom = words[index].rect
        if rows:
            above, below = edges[-1]
            if min(below, bottom) - max(above, top) > 0.5 * min(below - above, bottom - top):
                rows[-1].append(index)
                edges[-1] = min(above, top), max(below, bottom)
                continue
        rows.append([index])
        edges.append((top, bottom))
    return [_printed(words, row, *edge) for row, edge in zip(rows, edges, strict=True)]


def _printed(words: Sequence[RawWord], row: list[int], top: float, bottom: float) -> Printed:
    size = max(1.0, median(words[index].rect[3] - words[index].rect[1] for index in row))
    row.sort(key=lambda index: words[index].rect[0])
    line = Printed(top, bottom, size, [(words[index].rect[0], words[index].rect[2]) for index in row])
    for index in row:
        x0, _, x1, _ = words[index].rect
        if line.spans and x0 - line.spans[-1][1] <= WORD_SPACE * size:
            line.spans[-1] = line.spans[-1][0], max(line.spans[-1][1], x1)
            line.parts[-1].append(index)
        else:
            line.spans.append((x0, x1))
            line.parts.append([index])
    return line


def as_one(lines: Sequence[Printed]) -> Printed:
    """Lines that overlap, one row of a table, as if printed on one line."""
    if len(lines) == 1:
        return lines[0]
    spans = sorted((span, part) for line in lines for span, part in zip(line.spans, line.parts, strict=True))
    merged: list[Span] = []
    parts: list[list[int]] = []
    for (x0, x1), part in spans:
        if merged and x0 < merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], x1)
            parts[-1] = parts[-1] + part
        else:
            merged.append((x0, x1))
            parts.append(list(part))
    top, bottom = min(line.top for line in lines), max(line.bottom for line in lines)
    # each stretch is one word: nothing in it can be divided any more
    return Printed(top, bottom, lines[0].size, list(merged), merged, [[part[0]] for part in parts])


def split_line(line: Printed, rivers: Sequence[Span]) -> Printed:
    """The line with its stretches divided between two words where one of these white spaces lies."""
    spans: list[Span] = []
    parts: list[list[int]] = []
    first = 0
    slack = SAME_PLACE * line.size
    for span, part in zip(line.spans, line.parts, strict=True):
        places = line.words[first : first + len(part)]
        first += len(part)
        inside = [river for river in rivers if river[1] > span[0] and river[0] < span[1]]
        cuts = {cut for river in inside if (cut := _cut_at(places, river, slack)) is not None}
        if not cuts:
            spans.append(span)
            parts.append(part)
            continue
        at = 0
        for cut in [*sorted(cuts), len(part)]:
            spans.append((places[at][0], max(x1 for _, x1 in places[at:cut])))
            parts.append(part[at:cut])
            at = cut
    return Printed(line.top, line.bottom, line.size, line.words, spans, parts)


def _cut_at(places: Sequence[Span], river: Span, slack: float) -> int | None:
    """Before which word of the stretch the white space ends; None if it lies in no gap between two."""
    fits = [
        (abs(right[0] - river[1]), place)
        for place, (left, right) in enumerate(pairwise(places), start=1)
        if left[1] <= river[1] + slack and right[0] >= river[0] - slack
    ]
    return min(fits)[1] if fits else None
