"""Two columns of text that an engine read across: their lines are told apart again, left column first.

Seen where headings or paragraphs of both columns begin at one height. A gutter is a strip that no printed word crosses, beside
lines of running text on both sides. What stands in rows (labels and values, tables without rules) has short sides or sides
whose lines end where they want to; it is left as it is.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from statistics import median

from metier.extract.pdf_pdfium import paragraphs_of_lines
from metier.extract.raw import RawBlock, RawPage, RawWord, Rect, one_line
from metier.extract.reconcile import lines_of, union

_NARROWEST = 8.0  # points: a gutter
_LEAST_LINES = 4  # printed on both sides of it
_LEAST_WORDS = 4  # in the middle one of a side's lines
_LEAST_WIDTH = 0.2  # of the page: each side
_RUNNING = 0.25  # share of a side's lines that must go on in small letters
_LARGER = 1.2  # of the text's height, from which a line of its own is a heading
_HEADING_WORDS = 14
_TEXT = frozenset({"paragraph", "heading", "list_item"})
_BULLET = re.compile(r"[•▪◦●○■□‣·–-]$|\(?\d{1,2}[.)]$")

_Line = list[RawWord]


@dataclass(frozen=True, slots=True)
class _Gutter:
    """`x` runs between the columns from `top` to `bottom`."""

    x: float
    top: float
    bottom: float


def columns_apart(blocks: Sequence[RawBlock], page: RawPage) -> list[RawBlock]:
    """The blocks of the page, those that reach over a gutter read column by column."""
    wide = [block for block in blocks if _may_cross(block, page)]
    if not wide:
        return list(blocks)
    boxes = [block.rect for block in wide if block.rect]
    low, high = min(box[1] for box in boxes), max(box[3] for box in boxes)
    tables = [block.rect for block in blocks if block.cells and block.rect]
    low, high = 2 * (low - 1), 2 * (high + 1)
    inside = [
        place
        for place, word in enumerate(page.words)
        if low <= word.rect[1] + word.rect[3] <= high
        and not (tables and any(_holds(table, word) for table in tables))
    ]
    lines = [[page.words[place] for place in line] for line in lines_of(page.words, inside)]
    found = list(blocks)
    for gutter in _gutters(lines, page.width):
        found = _apart(found, page, gutter)
    return found


def _may_cross(block: RawBlock, page: RawPage) -> bool:
    if block.kind not in _TEXT or block.rect is None or block.added or block.cells:
        return False
    left, _, right, _ = block.rect
    return (
        left < page.width / 2 < right
        and right - left >= 2 * _LEAST_WIDTH * page.width
        and len(block.text.split()) > 3
    )


def _middle(word: RawWord) -> float:
    return (word.rect[1] + word.rect[3]) / 2


def _holds(rect: Rect, word: RawWord) -> bool:
    x = (word.rect[0] + word.rect[2]) / 2
    return rect[0] <= x <= rect[2] and rect[1] <= _middle(word) <= rect[3]


# --- gutters --------------------------------------------------------------------------------------------------------


def _gutters(lines: Sequence[_Line], width: float) -> Iterable[_Gutter]:
    """The gutters beside these printed lines, from the top; each spans lines that follow one another."""
    first = 0
    free = [_free(line) for line in lines]
    ends = [_ends(line) for line in lines]
    while first < len(lines):
        strip = _first_strip(lines[first], width)
        last = first
        while strip and last + 1 < len(lines) and (narrower := _beside(free[last + 1], strip)):
            strip, last = narrower, last + 1
        if strip and _both_sides(ends[first : last + 1], sum(strip) / 2):
            run = lines[first : last + 1]
            if all(_is_text(side, width) for side in _sides(run, sum(strip) / 2)):
                bottom = max(word.rect[3] for line in run for word in line)
                yield _Gutter(sum(strip) / 2, min(word.rect[1] for word in run[0]), bottom)
                first = last
        first += 1


def _ends(line: _Line) -> tuple[float, float]:
    """Where the first and the last of its words end."""
    ends = [word.rect[2] for word in line]
    return min(ends), max(ends)


def _both_sides(ends: Sequence[tuple[float, float]], x: float) -> bool:
    """True if enough of the lines have words on either side: `_sides` need not be made of a page in one column."""
    return (
        sum(first <= x for first, _ in ends) >= _LEAST_LINES
        and sum(last > x for _, last in ends) >= _LEAST_LINES
    )


def _first_strip(line: _Line, width: float) -> tuple[float, float] | None:
    """Where a gutter may run beside this line: its widest gap in the middle half of the page, or else what a line of one
    column leaves free of that half; None of a line over both columns."""
    gaps = [
        (before.rect[2], after.rect[0])
        for before, after in pairwise(line)
        if before.rect[2] < 0.75 * width and after.rect[0] > 0.25 * width
    ]
    left, right = max(gaps, key=lambda gap: gap[1] - gap[0], default=(0.0, 0.0))
    if right - left >= _NARROWEST:
        return left, right
    start, end = line[0].rect[0], max(word.rect[2] for word in line)
    if end < 0.75 * width and (start + end) / 2 < width / 2:
        return end, width
    return (0.0, start) if start > 0.25 * width else None


def _free(line: _Line) -> list[tuple[float, float]]:
    """Where a gutter could pass the line: beside it and in its wide gaps."""
    edges = [(-inf, line[0].rect[0]), (max(word.rect[2] for word in line), inf)]
    gaps = [(before.rect[2], after.rect[0]) for before, after in pairwise(line)]
    return edges + [(left, right) for left, right in gaps if right - left >= _NARROWEST]


def _beside(free: Sequence[tuple[float, float]], strip: tuple[float, float]) -> tuple[float, float] | None:
    """The widest part of the strip that is free; None if too little is left."""
    widest, found = _NARROWEST, None
    for left, right in free:
        left, right = max(strip[0], left), min(strip[1], right)
        if right - left >= widest and (found is None or right - left > widest):
            widest, found = right - left, (left, right)
    return found


def _sides(lines: Sequence[_Line], x: float) -> tuple[list[_Line], list[_Line]]:
    left = [[word for word in line if word.rect[2] <= x] for line in lines]
    right = [[word for word in line if word.rect[2] > x] for line in lines]
    return [line for line in left if line], [line for line in right if line]


def _is_text(lines: Sequence[_Line], width: float) -> bool:
    """True for lines of running text: wide, of several words, many going on in the middle of a sentence."""
    if len(lines) < _LEAST_LINES:
        return False
    reach = max(word.rect[2] for line in lines for word in line) - min(line[0].rect[0] for line in lines)
    running = sum(line[0].text[:1].islower() for line in lines) / len(lines)
    return reach >= _LEAST_WIDTH * width and median(map(len, lines)) >= _LEAST_WORDS and running >= _RUNNING


# --- reading --------------------------------------------------------------------------------------------------------


def _apart(blocks: Sequence[RawBlock], page: RawPage, gutter: _Gutter) -> list[RawBlock]:
    """The blocks with those beside the gutter in the order of its columns; as they are if none reaches over it."""
    beside = [block for block in blocks if _is_beside(block, gutter)]
    whole = [block for block in beside if block.rect and not block.rect[0] < gutter.x < block.rect[2]]
    taken = {place for block in whole for place in _places(block, page)}
    columns: tuple[list[RawBlock], list[RawBlock]] = ([], [])
    is_mixed = False
    for block in beside:
        places = [] if block in whole else [place for place in _places(block, page) if place not in taken]
        sides = _sides(
            [[page.words[place] for place in line] for line in lines_of(page.words, places)], gutter.x
        )
        if not all(sides):
            columns[block.rect is not None and (block.rect[0] + block.rect[2]) / 2 > gutter.x].append(block)
            continue
        is_mixed = True
        taken.update(places)
        for column, lines in zip(columns, sides, strict=True):
            column += _pieces(block, lines)
    if not is_mixed:
        return list(blocks)
    place = next(number for number, block in enumerate(blocks) if block in beside)
    rest = [block for block in blocks[place:] if block not in beside]
    ordered = [block for column in columns for block in _carried_on(column)]
    return [*blocks[:place], *ordered, *rest]


def _carried_on(column: Sequence[RawBlock]) -> list[RawBlock]:
    """The blocks of a column from the top; one that begins in a small letter right below one that does not end is its rest."""
    out: list[RawBlock] = []
    for block in sorted(column, key=lambda item: item.rect[1] if item.rect else 0.0):
        last = out[-1] if out else None
        is_rest = block.kind == "paragraph" and block.text[:1].islower()
        if (
            last
            and last.kind != "heading"
            and is_rest
            and last.text[-1:] not in ".!?:;"
            and last.rect
            and block.rect
        ):
            out[-1] = RawBlock(
                last.kind, f"{last.text} {block.text}", last.page, last.level, union([last.rect, block.rect])
            )
        else:
            out.append(block)
    return out


def _is_beside(block: RawBlock, gutter: _Gutter) -> bool:
    if block.kind not in _TEXT or block.rect is None or block.added or block.cells:
        return False
    middle = (block.rect[1] + block.rect[3]) / 2
    return gutter.top - 1 <= middle <= gutter.bottom + 1


def _places(block: RawBlock, page: RawPage) -> list[int]:
    """The printed words that stand in the block's box."""
    return [place for place, word in enumerate(page.words) if block.rect and _holds(block.rect, word)]


def _pieces(block: RawBlock, lines: Sequence[_Line]) -> list[RawBlock]:
    """The lines of one column as paragraphs, list items and headings."""
    if not lines:
        return []
    size = median(word.rect[3] - word.rect[1] for line in lines for word in line)
    if block.kind == "heading":
        (piece,) = paragraphs_of_lines([[word for line in lines for word in line]], block.page)
        return [RawBlock("heading", one_line(piece.text), block.page, block.level, piece.rect)]
    found: list[RawBlock] = []
    run: list[_Line] = []
    for line in lines:
        large = median(word.rect[3] - word.rect[1] for word in line) >= _LARGER * size
        if run and (large or _BULLET.search(line[0].text)):
            found += _paragraphs(run, block.page)
            run = []
        if large and len(line) <= _HEADING_WORDS:
            (piece,) = paragraphs_of_lines([line], block.page)
            found.append(RawBlock("heading", one_line(piece.text), block.page, 2, piece.rect))
        else:
            run.append(line)
    return [*found, *_paragraphs(run, block.page)]


def _paragraphs(lines: Sequence[_Line], page: int) -> list[RawBlock]:
    found = paragraphs_of_lines(list(lines), page)
    for block in found:
        block.text = one_line(block.text)
        if _BULLET.search(block.text.split(" ", 1)[0]) and " " in block.text:
            block.kind = "list_item"
    return found
