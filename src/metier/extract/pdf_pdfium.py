"""PDF through pdfium alone: the fallback reader with word boxes, and pictures of pages.

Lines come from the order in which the file draws them and paragraphs from the gaps between; no tables, no headings.
"""

import ctypes
import importlib.metadata
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from metier.extract.raw import RawBlock, RawPage, RawWord, Rect, Unreadable

# Device units per point: page-to-device conversion returns whole numbers.
_FINE = 100
# A line belongs to the paragraph above if the gap is at most this share of the line height.
_LEADING = 0.8
# The longest side of a picture in pixels: 12,000 x 12,000 at 3 bytes is 432 MB.
_LONGEST_SIDE = 6000


def engine() -> str:
    """Name and version."""
    return f"pypdfium2 {importlib.metadata.version('pypdfium2')}"


# What pdfium gives for a hyphen at the end of a line.
_DIVIDED, _BREAKS, _SPACE = 2, (10, 13), 32


def opened(path: Path) -> pypdfium2.PdfDocument | None:
    """The file in pdfium, to be closed by the caller; None if pdfium cannot open it."""
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return None


def read_pages(pdf: pypdfium2.PdfDocument, numbers: Iterable[int]) -> tuple[list[RawPage], list[RawBlock]]:
    """The pages with these numbers (1-based), and their blocks."""
    pages, blocks = [], []
    for number in numbers:
        page, found = read_page(pdf, number)
        pages.append(page)
        blocks += found
    return pages, blocks


def read_page(pdf: pypdfium2.PdfDocument, number: int) -> tuple[RawPage, list[RawBlock]]:
    """One page (1-based) and its paragraphs; an unreadable page is one of size 0 without blocks."""
    try:
        page = pdf[number - 1]
    except pypdfium2.PdfiumError:
        return RawPage(number), []
    width, height = page.get_size()
    raw = RawPage(number, width, height)
    try:
        lines = _lines(page, width, height)
        if _sideways(lines) and (rotation := page.get_rotation()):
            # Shown sideways because the page is turned: its text is in order before turning.
            page.set_rotation(0)
            text_page = page.get_textpage()
            page.set_rotation(rotation)
            lines = _lines(page, width, height, text_page)
    except pypdfium2.PdfiumError:
        lines = []
    raw.words = [word for line in lines for word in line]
    return raw, paragraphs_of_lines(lines, number)


def _sideways(lines: list[list[RawWord]]) -> bool:
    """True if most of the longer words are taller than wide."""
    words = [word.rect for line in lines for word in line if len(word.text) > 2]
    tall = sum(rect[3] - rect[1] > rect[2] - rect[0] for rect in words)
    return tall > len(words) / 2


def joined_words(
    page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage, wanted: Callable[[str], bool]
) -> list[tuple[str, list[Rect]]]:
    """The wanted words of a page as pdfium's text has them, with a box for each printed line that they stand on.

    Unlike in `read_page` a word that is divided at a line's end is one, and letters without a name are left out of it.
    """
    width, height = page.get_size()
    code_at, raw = pdfium.FPDFText_GetUnicode, text_page.raw  # looked up once, not for every character
    codes = [code_at(raw, index) for index in range(text_page.count_chars())]
    found = []
    for lines in _divided_words(codes):
        text = _paired("".join(chr(codes[index]) for line in lines for index in line))
        if wanted(text):
            boxes = [_union([text_page.get_charbox(i, loose=True) for i in line]) for line in lines]
            found.append((text, [shown_box(page, box, width, height) for box in boxes]))
    return found


def _divided_words(codes: Sequence[int]) -> list[list[list[int]]]:
    """The places of the characters of each word, line by line."""
    words: list[list[list[int]]] = []
    word: list[list[int]] = [[]]
    divided = False
    for index, code in enumerate([*codes, _SPACE]):
        if 32 < code < 127:  # nearly always
            divided = False
            word[-1].append(index)
            continue
        if divided and code in _BREAKS:
            continue
        divided = code == _DIVIDED
        if divided:
            word.append([])
        elif 31 < code < 0x110000 and not chr(code).isspace():
            word[-1].append(index)
        elif code in (*_BREAKS, 9) or code > 31:
            if any(word):
                words.append([line for line in word if line])
            word = [[]]
    return words


def _lines(
    page: pypdfium2.PdfPage, width: float, height: float, text_page: pypdfium2.PdfTextPage | None = None
) -> list[list[RawWord]]:
    text_page = text_page or page.get_textpage()
    count = text_page.count_chars()
    lines: list[list[RawWord]] = [[]]
    text, rects = "", []
    for index in range(count):
        char = _char(pdfium.FPDFText_GetUnicode(text_page, index))
        if not char.isspace():
            text += char
            rects.append(shown_box(page, text_page.get_charbox(index, loose=True), width, height))
            continue
        if text:
            lines[-1].append(RawWord(_paired(text), _union(rects)))
            text, rects = "", []
        if char in "\r\n" and lines[-1]:
            lines.append([])
    if text:
        lines[-1].append(RawWord(_paired(text), _union(rects)))
    return [line for line in lines if line]


def _char(code: int) -> str:
    """The character; pdfium gives 2 for a hyphen at a line end and 0 for what has no Unicode."""
    if code == _DIVIDED:
        return "-"
    return chr(code) if 31 < code < 0x110000 or code in (9, 10, 13) else " "


def _paired(text: str) -> str:
    """Characters beyond the basic plane come from pdfium as two halves."""
    return (
        text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    )


def shown_box(page: pypdfium2.PdfPage, box: Rect, width: float, height: float) -> Rect:
    """A box in PDF user space (origin bottom left, before rotation) as it stands on the displayed page."""
    corners = []
    x, y = ctypes.c_int(), ctypes.c_int()
    for a, b in ((box[0], box[1]), (box[2], box[3])):
        pdfium.FPDF_PageToDevice(page, 0, 0, round(width * _FINE), round(height * _FINE), 0, a, b, x, y)
        corners.append((x.value / _FINE, y.value / _FINE))
    (x0, y0), (x1, y1) = corners
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _union(rects: list[Rect]) -> Rect:
    return (
        min(rect[0] for rect in rects),
        min(rect[1] for rect in rects),
        max(rect[2] for rect in rects),
        max(rect[3] for rect in rects),
    )


def paragraphs_of_lines(lines: list[list[RawWord]], page: int) -> list[RawBlock]:
    """Paragraphs of lines in reading order: lines that stand close below one another are one."""
    blocks: list[RawBlock] = []
    last: Rect | None = None
    for line in lines:
        rect = _union([word.rect for word in line])
        text = " ".join(word.text for word in line)
        joined = last is not None and blocks and _continues(last, rect)
        if joined and blocks[-1].rect is not None:
            before = blocks[-1].text
            # A hyphen at the end of a line before a small letter joins two halves of a word.
            glue = before[:-1] + text if before.endswith("-") and text[:1].islower() else f"{before} {text}"
            blocks[-1].text, blocks[-1].rect = glue, _union([blocks[-1].rect, rect])
        else:
            blocks.append(RawBlock("paragraph", text, page, rect=rect))
        last = rect
    return blocks


def _continues(above: Rect, below: Rect) -> bool:
    """True if two lines are set as one paragraph: below one another (or, for sideways text, beside), close by."""
    sideways = (above[3] - above[1]) > 2 * (above[2] - above[0])
    if sideways:
        gap = max(below[0] - above[2], above[0] - below[2])
        size, overlap = above[2] - above[0], min(above[3], below[3]) - max(above[1], below[1])
    else:
        gap = below[1] - above[3]
        size, overlap = above[3] - above[1], min(above[2], below[2]) - max(above[0], below[0])
    return -size < gap < _LEADING * size and overlap > 0


def picture_share(pdf: pypdfium2.PdfDocument, number: int) -> float:
    """Share of the page (0-1) that its largest picture covers; outlines drawn as paths count as one picture."""
    try:
        page = pdf[number - 1]
        left, bottom, right, top = page.get_cropbox()
        area = max(1.0, (right - left) * (top - bottom))
        share, paths = 0.0, 0
        for item in page.get_objects(max_depth=4):
            if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
                x0, y0, x1, y1 = item.get_bounds()
                share = max(share, min(1.0, abs((x1 - x0) * (y1 - y0)) / area))
            paths += item.type == pdfium.FPDF_PAGEOBJ_PATH
    except pypdfium2.PdfiumError:
        return 0.0
    # Text turned into outlines has a path per letter: a line of it has more than any frame or chart axis.
    return max(share, 1.0 if paths > 400 else 0.0)


def draw_page(pdf: pypdfium2.PdfDocument, number: int, scale: float) -> bytes:
    """PNG bytes of one page (1-based), `scale` pixels per point. Raises Unreadable."""
    out = io.BytesIO()
    picture_of_page(pdf, number, scale).save(out, "PNG", compress_level=1)
    return out.getvalue()


def picture_of_page(pdf: pypdfium2.PdfDocument, number: int, scale: float) -> Image.Image:
    """As `draw_page`, as a picture."""
    if not 1 <= number <= len(pdf):
        raise Unreadable("no_picture", f"there is no page {number}; the document has {len(pdf)}")
    page = pdf[number - 1]
    scale = min(scale, _LONGEST_SIDE / max(page.get_size()))
    picture: Image.Image = page.render(scale=scale).to_pil()
    return picture


def draw(source: Path | bytes, number: int, scale: float) -> Image.Image:
    """As `picture_of_page`, for a file or its bytes. Raises Unreadable."""
    try:
        pdf = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        raise Unreadable("no_picture", f"the PDF cannot be drawn ({error})") from None
    try:
        return picture_of_page(pdf, number, scale)
    except pypdfium2.PdfiumError as error:
        raise Unreadable("no_picture", f"page {number} cannot be drawn ({error})") from None
    finally:
        pdf.close()
