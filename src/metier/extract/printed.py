"""Printed words as lines: their stretches, and how lines are divided and put together. Geometry alone: no text is read here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from operator import itemgetter
from statistics import median

from metier.extract.raw import RawWord

Span = tuple[float, float]  # from left to right
_Placed = tuple[float, int, float, float, float, float]  # twice the middle, place among the words, box
_from_left = itemgetter(2)

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
    placed: list[_Placed] = []  # by their middles, then as they were given
    for index, word in enumerate(words):
        x0, top, x1, bottom = word.rect
        if bottom > top and x1 > x0 and index not in skip:
            placed.append((top + bottom, index, x0, top, x1, bottom))
    placed.sort()
    found: list[Printed] = []
    row: list[_Placed] = []
    above = below = -inf
    for here in placed:  # compared by hand: this is looked at for every word of every page
        top, bottom = here[3], here[5]
        shared = (below if below < bottom else bottom) - (above if above > top else top)
        lower, own = below - above, bottom - top
        if row and shared > 0.5 * (lower if lower < own else own):
            row.append(here)
            above, below = min(above, top), max(below, bottom)
            continue
        if row:
            found.append(_printed(row, above, below))
        row, above, below = [here], top, bottom
    if row:
        found.append(_printed(row, above, below))
    return found


def _printed(row: list[_Placed], top: float, bottom: float) -> Printed:
    size = max(1.0, median([here[5] - here[3] for here in row]))
    row.sort(key=_from_left)
    line = Printed(top, bottom, size, [(here[2], here[4]) for here in row])
    spans, parts = line.spans, line.parts
    space, start, end = WORD_SPACE * size, 0.0, -inf
    for _, index, x0, _, x1, _ in row:
        if x0 - end <= space:
            end = x1 if x1 > end else end
            spans[-1] = start, end
            parts[-1].append(index)
        else:
            start, end = x0, x1
            spans.append((x0, x1))
            parts.append([index])
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
