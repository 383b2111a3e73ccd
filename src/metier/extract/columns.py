"""The columns that white space makes of printed lines: runs of lines that may be a table. Geometry alone: no text is read here."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from statistics import median

from metier.extract.printed import SAME_PLACE, WORD_SPACE, Printed, Span, split_line

# White space through all lines of a table is at least this wide between columns. Word processors leave 1.0 and more, LaTeX 1.2;
# a space of a typewriter face is 0.6 to 0.75.
RIVER = 0.85
# Lines farther apart, in sizes of the type and in the widest gap of the region (or the type) so far, are not one table.
_FAR, _FARTHER = 4.0, 1.7
# Columns may stand as near as words (word processors leave no more beside the widest cell): then in so many lines, and in nearly
# all that reach over, a word starts (or ends) at one place.
_NARROW = 0.2
_NARROW_LINES, _NARROW_SHARE, _NARROW_LEAST = 5, 0.85, 0.15
# Where as many of the divided lines are divided by wide gaps, too, a line without any is a sentence.
_WIDE_SHARE = 0.7
# Lines so near to one with a wide gap are looked at.
_NEAR_LINES = 2
# Fewer lines, and no more cells beside others than this, are no table (`not_tables` asks for rows).
_LEAST_LINES, _LEAST_WORTH = 3, 2
# Starts tried after one that leads somewhere: a first line that is wider than its columns hides them.
_TRIED = 4


@dataclass(slots=True)
class Region:
    """Lines one below the other, and the columns that they leave white space between."""

    lines: list[Printed]
    columns: list[Span]
    first: int  # place of its first line among the page's
    last: int  # and of its last

    def filled(self, line: Printed) -> list[int]:
        """For each stretch of the line the column that it begins in."""
        return _filled(self.columns, line)


def regions(lines: Sequence[Printed], bars: Collection[int] = ()) -> list[Region]:
    """Runs of lines that share columns, from the top, none over another; `bars` are lines that no run goes over.

    Of the runs from one line on, the one with the most cells beside others counts: a line that closes columns ends it unless
    what comes after is worth more.
    """
    return _search(lines, 0, len(lines), bars, _near_gaps(lines))


def _search(
    lines: Sequence[Printed], at: int, end: int, bars: Collection[int], near: Collection[int]
) -> list[Region]:
    """The regions among lines `at` to `end`."""
    found: list[Region] = []
    while at < end:
        best, value = None, _LEAST_WORTH
        until = end
        for start in range(at, end):
            if start >= until:
                break
            if start not in near or start in bars or not _may_start(lines, start):
                continue
            worth, region = _run(lines[:end], start, bars, near, value)
            if region is not None:
                best, value = region, worth
                until = min(until, start + _TRIED)
        if best is None:
            break
        if best.first - at > 1:  # what stands above it
            found += _search(lines, at, best.first, bars, near)
        found.append(best)
        at = best.last + 1
    return found


def _near_gaps(lines: Sequence[Printed]) -> set[int]:
    """Lines with a wide gap, and those near one: nothing else is looked at. One wide gap alone is no table."""
    wide = [number for number, line in enumerate(lines) if len(line.spans) > 1]
    near: set[int] = set()
    for place, number in enumerate(wide):
        others = wide[max(0, place - 1) : place] + wide[place + 1 : place + 2]
        if any(abs(other - number) <= 2 * _NEAR_LINES for other in others):
            near.update(range(number - _NEAR_LINES, number + _NEAR_LINES + 1))
    return near


def _may_start(lines: Sequence[Printed], number: int) -> bool:
    """True if the line, or one of the two below it, has a wide gap."""
    return len(lines[number].words) > 1 and any(len(line.spans) > 1 for line in lines[number : number + 3])


def _run(
    lines: Sequence[Printed], start: int, bars: Collection[int], near: Collection[int], least: int
) -> tuple[int, Region | None]:
    """The best run that starts there, and the number of its cells that stand beside another; none if these are not more than `least`."""
    columns: list[Span] = []
    best: tuple[int, Region | None] = least, None
    gaps: list[float] = []
    number = start
    while number < len(lines):
        line = lines[number]
        if number > start:
            gap = line.top - lines[number - 1].bottom
            widest = max(line.size, *gaps) if len(gaps) > 1 else _FAR * line.size
            if number in bars or number not in near or gap > _FAR * line.size or gap > _FARTHER * widest:
                break
            gaps.append(gap)
        wider, closed = _with(columns, line.words, _NARROW * line.size)
        if closed:
            best = _better(best, _worth(lines, start, number, columns, best[0]))
        if len(wider) < 2:
            return best
        columns = wider
        number += 1
    return _better(best, _worth(lines, start, number, columns, best[0]))


def _better(one: tuple[int, Region | None], other: tuple[int, Region | None]) -> tuple[int, Region | None]:
    return other if other[0] > one[0] else one


def _worth(
    lines: Sequence[Printed], start: int, end: int, white: Sequence[Span], least: int
) -> tuple[int, Region | None]:
    """Lines start to end as a region, and how many of its cells stand beside another; `white` are its words run together.

    (0, None) where these cannot be more than `least`.

    Lines that white space divides by chance alone (a caption, a sentence) are none of it: then its longest part without them counts.
    """
    inside = lines[start:end]
    if len(inside) < _LEAST_LINES or len(inside) * (len(white) - 1) <= least:
        return 0, None
    size = median(line.size for line in inside)
    river = RIVER * size
    if len(inside) < _NARROW_LINES and not any(b[0] - a[1] >= river for a, b in pairwise(white)):
        return 0, None
    columns = list(white[:1])
    for before, span in pairwise(white):
        if span[0] - before[1] >= river or _straight(before, span, inside, SAME_PLACE * size):
            columns.append(span)
        else:
            columns[-1] = columns[-1][0], span[1]
    if len(columns) < 2 or len(inside) * (len(columns) - 1) <= least:
        return 0, None
    rivers = [(a[1], b[0]) for a, b in pairwise(columns)]
    parted = [split_line(line, rivers) for line in inside]
    places = [_filled(columns, line) for line in parted]
    edges = _edges(len(columns), parted, places)
    wide = sum(len(line.spans) > 1 for line in inside) >= _WIDE_SHARE * sum(
        len(line.spans) > 1 for line in parted
    )
    torn = [
        number
        for number, (line, filled) in enumerate(zip(parted, places, strict=True))
        if (wide and len(inside[number].spans) == 1 < len(line.spans)) or _torn(edges, line, filled)
    ]
    if torn:
        ends = [-1, *torn, len(parted)]
        length, first = max((b - a - 1, a + 1) for a, b in pairwise(ends))
        if length < 2:
            return 0, None
        return _again(lines, start + first, start + first + length, least)
    beside = [len(set(filled)) - 1 for filled in places]
    full = [number for number, count in enumerate(beside) if count]
    if len(full) < 2:
        return 0, None
    if full[-1] - full[0] + 1 < len(parted):  # lines at its ends that stand in one column
        return _again(lines, start + full[0], start + full[-1] + 1, least)
    return sum(beside), Region(parted, columns, start, end - 1)


def _again(lines: Sequence[Printed], start: int, end: int, least: int) -> tuple[int, Region | None]:
    """`_worth` of fewer lines, whose words leave more white."""
    white: list[Span] = []
    for line in lines[start:end]:
        white, _ = _with(white, line.words, _NARROW * line.size)
    return _worth(lines, start, end, white, least)


def _edges(columns: int, lines: Sequence[Printed], places: Sequence[Sequence[int]]) -> list[Span]:
    """For each column where most of its cells start and where most of them end; `places` are those of the lines' stretches."""
    starts: list[list[float]] = [[] for _ in range(columns)]
    ends: list[list[float]] = [[] for _ in range(columns)]
    for line, filled in zip(lines, places, strict=True):
        for (x0, x1), column in zip(line.spans, filled, strict=True):
            starts[column].append(x0)
            ends[column].append(x1)
    return [(_mode(a), _mode(b)) for a, b in zip(starts, ends, strict=True)]


def _mode(values: Sequence[float]) -> float:
    """The middle of the half point that holds most values; nan without any."""
    count = Counter([round(2 * value) for value in values])
    if len(count) < 2:
        return next(iter(count)) / 2 if count else float("nan")
    at = count.get  # a Counter looks up what it lacks by calling a function
    return max(count, key=lambda key: at(key, 0) + at(key - 1, 0) + at(key + 1, 0)) / 2


def _torn(edges: Sequence[Span], line: Printed, filled: Sequence[int]) -> bool:
    """True if the line is divided at a mere space between words that stands at no edge of a column."""
    slack = 2 * SAME_PLACE * line.size
    for (left, right), (a, b) in zip(pairwise(line.spans), pairwise(filled), strict=True):
        if right[0] - left[1] > WORD_SPACE * line.size:
            continue
        if not (abs(left[1] - edges[a][1]) <= slack or abs(right[0] - edges[b][0]) <= slack):
            return True
    return False


def _straight(before: Span, after: Span, lines: Sequence[Printed], slack: float) -> bool:
    """True if narrow white space is none by chance: in nearly all of many lines a word starts, or ends, at one place beside it."""
    left: list[float] = []
    right: list[float] = []
    for line in lines if len(lines) >= _NARROW_LINES else ():
        words = line.words  # by where they begin
        at = bisect_left(words, (after[0] - 0.01, -inf))
        if at == len(words) or words[at][0] > after[1]:
            continue
        first, last = bisect_left(words, (before[0] - 0.01, -inf)), bisect_right(words, (before[1], inf))
        if first < last:
            left.append(max(x1 for _, x1 in words[first:last]))
            right.append(words[at][0])
    enough = max(_NARROW_LINES, _NARROW_SHARE * len(left), _NARROW_LEAST * len(lines))
    return bool(left) and max(_most_together(left, slack), _most_together(right, slack)) >= enough


def _with(columns: Sequence[Span], spans: Sequence[Span], river: float) -> tuple[list[Span], bool]:
    """The columns with these stretches in them, and whether two became one; what comes nearer than a river becomes one."""
    starts = [x0 for x0, _ in columns]
    outside = [
        span
        for span in spans
        if not ((at := bisect_right(starts, span[0])) and span[1] <= columns[at - 1][1])
    ]
    if not outside and all(b[0] - a[1] >= river for a, b in pairwise(columns)):
        return list(columns), False
    merged: list[Span] = []
    closed = False
    left, right = -inf, -inf
    old = False  # whether the last one holds a column
    for x0, x1, column in sorted([(a, b, True) for a, b in columns] + [(a, b, False) for a, b in outside]):
        if x0 - right < river:
            right = max(right, x1)
            closed = closed or (column and old)
            old = old or column
        else:
            if merged or right > left:
                merged.append((left, right))
            left, right, old = x0, x1, column
    if right > left:
        merged.append((left, right))
    return merged, closed


def _filled(columns: Sequence[Span], line: Printed) -> list[int]:
    starts = [x0 for x0, _ in columns]
    return [max(0, bisect_right(starts, x0 + 0.01) - 1) for x0, _ in line.spans]


def over_columns(region: Region, line: Printed) -> bool:
    """True if the line has several stretches, each in a column or over whole columns, and its gaps lie over gaps there: a header."""
    if len(line.spans) < 2:
        return False
    rivers = [(a[1], b[0]) for a, b in pairwise(region.columns)]
    slack = SAME_PLACE * line.size
    for left, right in pairwise(line.spans):
        if not any(left[1] <= x1 + slack and right[0] >= x0 - slack for x0, x1 in rivers):
            return False
    return all(_over(region.columns, span, line.size) for span in line.spans)


def _over(columns: Sequence[Span], span: Span, size: float) -> bool:
    """True if the stretch reaches over one column, or from the start of one, or in the middle, over several."""
    first = next((number for number, column in enumerate(columns) if column[1] > span[0]), len(columns) - 1)
    last = next(
        (number for number, column in enumerate(columns[first:], first) if column[1] >= span[1] - size),
        len(columns) - 1,
    )
    if columns[last][0] > span[1] and last > first:
        last -= 1
    left, right = columns[first][0], columns[last][1]
    if span[0] < (columns[first - 1][1] if first else left - size):
        return False
    if span[1] > (columns[last + 1][0] if last + 1 < len(columns) else right + 3 * size):
        return False
    return (
        first == last
        or abs(span[0] - left) <= 0.5 * size
        or abs(span[0] + span[1] - left - right) <= 2 * size
    )


def aligned(region: Region, column: int) -> float:
    """Share of the column's lines that start, end or have their middle at the same place: the best of the three."""
    ends: list[Span] = []
    for line in region.lines:
        inside = [
            span for span, place in zip(line.spans, region.filled(line), strict=True) if place == column
        ]
        if inside:
            ends.append((inside[0][0], inside[-1][1]))
    if not ends:
        return 0.0
    slack = 0.25 * median(line.size for line in region.lines)
    edges = ([a for a, _ in ends], [b for _, b in ends], [(a + b) / 2 for a, b in ends])
    return max(_most_together(values, slack) for values in edges) / len(ends)


def _most_together(values: Sequence[float], slack: float) -> int:
    """The largest number of values within `slack` of each other's."""
    ordered = sorted(values)
    best = first = 0
    for last, value in enumerate(ordered):
        while value - ordered[first] > slack:
            first += 1
        best = max(best, last - first + 1)
    return best
