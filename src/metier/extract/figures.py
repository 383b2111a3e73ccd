"""Figures of a document: regions of its pages with pictures or drawings, their captions, and where they stand in the text.

What a table covers, what returns on page after page (a letterhead) and scanned pages are none.
"""

from collections import Counter
from collections.abc import Sequence

from metier.extract.attach import is_figure_caption
from metier.extract.raw import Rect
from metier.types import Block, Box, Document, Figure, Page

MOST = 50  # of one document: a catalogue of 500 pictures is not described picture by picture
_NEAR = 40.0  # points from a figure to its caption: two lines and some space
_LONGEST_CAPTION = 400  # characters
_SAME = 0.5  # share of the smaller box that two have in common if they are one figure, or a table
_RETURNS = 3  # pages with the same box: a letterhead
_SCAN = 0.8  # share of a page that was read from its picture
_SCANNED_WORDS = 60  # of a picture as a document: with more it is a page of text
_FURNITURE = ("header", "footer", "hidden")


def figures_of(document: Document, regions: Sequence[tuple[int, Rect]]) -> list[Figure]:
    """The figures in order of pages; `regions` are those that the file draws, besides what the document calls figures."""
    pages = {page.number: page for page in document.pages}
    known = [block.box for block in document.blocks if block.kind == "figure" and block.box]
    tables = [block.box for block in document.blocks if block.kind == "table" and block.box]
    drawn = [Box(page, *(round(value, 1) for value in rect)) for page, rect in regions]
    boxes = list(known)
    for box in drawn:
        if not any(_shared(box, other) >= _SAME for other in (*boxes, *tables)):
            boxes.append(box)
    places = Counter(_place(box) for box in boxes)
    kept = [
        box
        for box in boxes
        if places[_place(box)] < _RETURNS and box.page in pages and not _is_scan(box, pages[box.page])
    ]
    kept.sort(key=lambda box: (box.page, box.y0, box.x0))
    return [
        _figure(document, number, box, pages[box.page]) for number, box in enumerate(kept[:MOST], start=1)
    ]


def picture_figures(document: Document) -> list[Figure]:
    """A picture as a document: each of its pages is a figure, unless it is a page of text."""
    return [
        _figure(document, page.number, Box(page.number, 0, 0, page.width, page.height), page)
        for page in document.pages[:MOST]
        if len(document.text[page.start : page.end].split()) <= _SCANNED_WORDS
    ]


def _figure(document: Document, number: int, box: Box, page: Page) -> Figure:
    identity = f"{document.id}.f{number}"
    blocks = [item for item in document.blocks if item.page == page.number and item.kind not in _FURNITURE]
    if (block := _caption(document, box, blocks)) is not None:
        words = " ".join(document.text[block.start : block.end].split())
        return Figure(identity, document.id, box, words, block.start, block.end)
    above = [item for item in blocks if item.box and item.box.y0 < box.y1]
    stands = max(above, key=lambda item: item.end) if above else blocks[0] if blocks else None
    start, end = (stands.start, stands.end) if stands else (page.start, page.end)
    return Figure(identity, document.id, box, "", start, end)


def _caption(document: Document, box: Box, blocks: Sequence[Block]) -> Block | None:
    """The nearest block above or below that says it is one."""
    tables = {item.id for item in blocks if item.kind == "table"}
    near = [
        (gap, block.order, block)
        for block in blocks
        if block.box is not None
        and block.belongs_to not in tables
        and block.kind != "table"
        and block.end - block.start <= _LONGEST_CAPTION
        and (block.kind == "caption" or is_figure_caption(document.text[block.start : block.end]))
        and (gap := _gap(box, block.box)) <= _NEAR
    ]
    return min(near)[2] if near else None


def _gap(a: Box, b: Box) -> float:
    if min(a.x1, b.x1) <= max(a.x0, b.x0):
        return float("inf")
    return max(0.0, b.y0 - a.y1, a.y0 - b.y1)


def _shared(a: Box, b: Box) -> float:
    """Share of the smaller box that both cover."""
    if a.page != b.page:
        return 0.0
    width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    smaller = min((box.x1 - box.x0) * (box.y1 - box.y0) for box in (a, b))
    return max(0.0, width) * max(0.0, height) / smaller if smaller > 0 else 0.0


def _place(box: Box) -> tuple[int, ...]:
    return tuple(round(value / 5) for value in (box.x0, box.y0, box.x1, box.y1))


def _is_scan(box: Box, page: Page) -> bool:
    covers = (box.x1 - box.x0) * (box.y1 - box.y0) >= _SCAN * page.width * page.height
    return page.ocr is not None and covers
