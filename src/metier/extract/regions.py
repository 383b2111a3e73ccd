"""Where pictures and drawings stand on the pages of a PDF; runs in the child process, for files that nobody trusts.

Marks of a page (pictures, and lines and shapes smaller than the page) that lie near one another are one region, if there is a picture
among them or there are many. It does not know tables, whose rules are lines: `figures` leaves out what a table covers.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from metier.extract.pdf_pdfium import opened, shown_box
from metier.extract.raw import Rect, Unreadable

_CELL = 9.0  # points: parts of one drawing stand nearer to one another than the lines of a text, drawings farther apart
_MARKS = 8  # lines and shapes that make a drawing: a frame or two rules have fewer
_BACKGROUND = 0.8  # share of the page that is its background if a shape covers it
_MOST_OBJECTS = (
    20_000  # of one page that are looked at: maps and outlined text have more than anybody can use
)
_MOST_SQUARES = (
    1_000_000  # that marks of one page touch: a second of a core, ten times what a plan of a house takes
)
_LEAST_SIDE, _LEAST_SHARE = 48.0, 0.02  # points, and share of the page: icons and logos are smaller


def regions(path: Path) -> list[tuple[int, Rect]]:
    """(page, box as displayed) of each region, page by page from the top. Raises Unreadable."""
    pdf = opened(path)
    if pdf is None:
        raise Unreadable("no_picture", "pdfium cannot open it, so its figures are not looked for")
    try:
        return [(number, rect) for number in range(1, len(pdf) + 1) for rect in _of_page(pdf, number)]
    finally:
        pdf.close()


def _of_page(pdf: pypdfium2.PdfDocument, number: int) -> list[Rect]:
    try:
        page = pdf[number - 1]
        width, height = page.get_size()
        marks = list(_marks(page, width, height))
    except pypdfium2.PdfiumError:
        return []
    found = [
        _around(group)
        for group in _near(marks)
        if any(picture for _, picture in group) or len(group) >= _MARKS
    ]
    large = [rect for rect in found if _is_large(rect, width * height)]
    return sorted(large, key=lambda rect: (rect[1], rect[0]))


def _marks(page: pypdfium2.PdfPage, width: float, height: float) -> Iterator[tuple[Rect, bool]]:
    """Boxes of pictures and of what is drawn, on the page; True for pictures."""
    kinds = (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_SHADING)
    for count, item in enumerate(page.get_objects(filter=kinds, max_depth=4)):
        if count >= _MOST_OBJECTS:
            return
        x0, y0, x1, y1 = shown_box(page, item.get_bounds(), width, height)
        rect = max(0.0, x0), max(0.0, y0), min(width, x1), min(height, y1)
        is_picture = item.type == pdfium.FPDF_PAGEOBJ_IMAGE
        is_there = rect[0] < rect[2] + 1 and rect[1] < rect[3] + 1
        if is_there and (is_picture or _area(rect) < _BACKGROUND * width * height):
            yield rect, is_picture


def _near(marks: Sequence[tuple[Rect, bool]]) -> list[list[tuple[Rect, bool]]]:
    """The marks by the connected squares of the page that they touch."""
    parent = list(range(len(marks)))

    def root(mark: int) -> int:
        while parent[mark] != mark:
            parent[mark] = parent[parent[mark]]
            mark = parent[mark]
        return mark

    owner: dict[tuple[int, int], int] = {}
    squares = _MOST_SQUARES
    for mark, (rect, _) in enumerate(marks):
        left, top, right, bottom = (int(value // _CELL) for value in rect)
        squares -= (right + 2 - left) * (bottom + 2 - top)
        if squares < 0:
            break
        for square in ((x, y) for x in range(left, right + 2) for y in range(top, bottom + 2)):
            parent[root(mark)] = root(owner.setdefault(square, mark))
    groups: dict[int, list[tuple[Rect, bool]]] = {}
    for mark, item in enumerate(marks):
        groups.setdefault(root(mark), []).append(item)
    return list(groups.values())


def _around(group: Sequence[tuple[Rect, bool]]) -> Rect:
    x0, y0, x1, y1 = zip(*(rect for rect, _ in group), strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def _is_large(rect: Rect, page: float) -> bool:
    return min(rect[2] - rect[0], rect[3] - rect[1]) >= _LEAST_SIDE and _area(rect) >= _LEAST_SHARE * page


def _area(rect: Rect) -> float:
    return max(0.0, rect[2] - rect[0]) * max(0.0, rect[3] - rect[1])
