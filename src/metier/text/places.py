"""Character ranges of a document as boxes on its pages: what a highlight is drawn from."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from metier.types import Box, Document, Page, Word

# Words are on one line if they share at least this part of the lower one's height.
_SAME_LINE = 0.5
# Neighbours further apart than this many line heights stand in different columns or cells.
_WIDEST_GAP = 3.0


def boxes_for(document: Document, start: int, end: int) -> tuple[Box, ...]:
    """Boxes that cover `document.text[start:end]`, one per printed line, in reading order.

    Where words have no boxes (office formats), those of the table cells, else of the blocks; () if there are none.
    """
    if end <= start:
        return ()
    boxes: list[Box] = []
    for page in document.pages:
        if page.end <= start or page.start >= end:
            continue
        words = _words(page, start, end)
        boxes += merge_lines([word.box for word in words]) if words else _larger(document, page, start, end)
    return tuple(boxes)


def page_of(document: Document, position: int) -> int:
    """The page (1-based) on which the character stands; 1 if the document has no pages."""
    at = bisect_right(document.pages, position, key=lambda page: page.start) - 1
    # A page without text starts where another does.
    while at > 0 and document.pages[at].end == document.pages[at].start:
        at -= 1
    return document.pages[at].number if at >= 0 else 1


def _words(page: Page, start: int, end: int) -> list[Word]:
    # Words are sorted by start, and none is longer than a line; a word that reaches into the range starts at most
    # 200 characters before it.
    starts = page.words.starts()
    first, last = bisect_left(starts, start - 200), bisect_left(starts, end)
    return [word for at in range(first, last) if (word := page.words[at]).end > start]


def _larger(document: Document, page: Page, start: int, end: int) -> Iterator[Box]:
    for block in document.blocks:
        if block.page != page.number or block.end <= start or block.start >= end:
            continue
        cells = [cell.box for cell in block.cells if cell.box and cell.start < end and cell.end > start]
        if cells:
            yield from cells
        elif block.box:
            yield block.box


def merge_lines(boxes: list[Box]) -> list[Box]:
    """Neighbouring boxes on one line as one box; the order stays."""
    merged: list[Box] = []
    for box in boxes:
        if merged and (joined := _join(merged[-1], box)):
            merged[-1] = joined
        else:
            merged.append(box)
    return merged


def _join(a: Box, b: Box) -> Box | None:
    """One box for both if they are neighbours on a line, upright or sideways."""
    if a.page != b.page:
        return None
    union = Box(a.page, min(a.x0, b.x0), min(a.y0, b.y0), max(a.x1, b.x1), max(a.y1, b.y1))
    across = (a.x0, a.x1, b.x0, b.x1, a.y0, a.y1, b.y0, b.y1)
    down = (a.y0, a.y1, b.y0, b.y1, a.x0, a.x1, b.x0, b.x1)
    if _in_line(*across):
        return union
    return union if _sideways(a) and _sideways(b) and _in_line(*down) else None


def _sideways(box: Box) -> bool:
    """Words that run up or down the page are taller than wide; so is an upright "I", which rarely stands on another."""
    return box.y1 - box.y0 > 1.2 * (box.x1 - box.x0)


def _in_line(a0: float, a1: float, b0: float, b1: float, c0: float, c1: float, d0: float, d1: float) -> bool:
    """True if a and b are near along the line, and c and d, their extents across it, overlap."""
    thickness = min(c1 - c0, d1 - d0)
    overlap = min(c1, d1) - max(c0, d0)
    if thickness <= 0 or overlap < _SAME_LINE * thickness:
        return False
    gap = max(a0, b0) - min(a1, b1)
    return -0.5 * min(a1 - a0, b1 - b0) <= gap <= _WIDEST_GAP * thickness
