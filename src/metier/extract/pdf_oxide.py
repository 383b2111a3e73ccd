"""PDF through pdf_oxide: the last engine, for files whose structure neither pdfium nor qpdf can follow.

It looks for objects where the file's own index of them is lost. Words and paragraphs; no tables, no headings.
"""

import contextlib
import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pdf_oxide import PdfDocument

from metier.extract.detect import PDF
from metier.extract.pdf_pdfium import paragraphs_of_lines
from metier.extract.raw import RawDocument, RawPage, RawWord, Rect, Unreadable

# A file that claims more is broken in this very number; reading by ranges is for files that pdfium opens.
_MOST_PAGES = 2_000
_A4 = (0.0, 0.0, 595.0, 842.0)
# pdf_oxide gives the box from the base line up; descenders reach a fifth of the font size below.
_DESCENT = 0.2


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """Pages, words and paragraphs. Raises Unreadable "corrupt" if no page can be opened."""
    engine = f"pdf_oxide {importlib.metadata.version('pdf_oxide')}"
    raw = RawDocument(PDF, engine, [], [])
    try:
        document = PdfDocument(str(path))
        count = min(int(document.page_count()), _MOST_PAGES)
    except (RuntimeError, ValueError, OSError) as error:
        raise Unreadable(
            "corrupt", f"no engine can open it ({str(error)[:200]}); print it anew as PDF"
        ) from None
    first, last = request.get("pages") or (1, count)
    for number in range(first, min(last, count) + 1):
        page, lines = _page(document, number)
        raw.pages.append(page)
        raw.blocks += paragraphs_of_lines(lines, number)
    if not raw.pages:
        raise Unreadable("corrupt", "there is no page in it; print it anew as PDF")
    raw.warnings.append("the file is damaged and was read by the last engine that could; text may be missing")
    return raw


def _page(document: Any, number: int) -> tuple[RawPage, list[list[RawWord]]]:
    """The page and its words line by line; one that cannot be read is empty."""
    box, rotation = _A4, 0
    with contextlib.suppress(RuntimeError, ValueError, TypeError):
        media = document.page_media_box(number - 1) or _A4
        box = document.page_crop_box(number - 1) or media
        rotation = int(document.page_rotation(number - 1) or 0) % 360
        if rotation == 180:  # it turns these pages itself, within the media box, each line as one piece
            wide, high = media[0] + media[2], media[1] + media[3]
            box, rotation = (wide - box[2], high - box[3], wide - box[0], high - box[1]), 0
    lines: list[list[RawWord]] = []
    try:
        found = document.extract_text_lines(number - 1)
    except (RuntimeError, ValueError, TypeError):
        found = []
    for line in found:
        words = [
            RawWord(word.text, shown(word.bbox, box, rotation)) for word in line.words if word.text.strip()
        ]
        if words:
            lines.append(words)
    width, height = box[2] - box[0], box[3] - box[1]
    if rotation in (90, 270):
        width, height = height, width
    return RawPage(number, width, height, words=[word for line in lines for word in line]), lines


def shown(bbox: Rect, box: Rect, rotation: int) -> Rect:
    """A box (x, base line, width, height in user space) as it stands on the displayed page, from its top left."""
    x0, base, width, height = bbox
    y0 = base - _DESCENT * height
    left, bottom, right, top = x0 - box[0], y0 - box[1], x0 - box[0] + width, y0 - box[1] + height
    across, up = box[2] - box[0], box[3] - box[1]
    if rotation == 90:  # clockwise: what was at the bottom is now at the left
        return bottom, left, top, right
    if rotation == 270:
        return up - top, across - right, up - bottom, across - left
    return left, up - top, right, up - bottom
