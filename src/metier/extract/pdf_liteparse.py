"""PDF through liteparse: blocks in reading order, table cells, and a box for every word."""

import importlib.metadata
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from liteparse import LiteParse
from liteparse.types import (
    AnnotationRect,
    FormField,
    LayoutBlock,
    LayoutCell,
    ParsedPage,
    ParseError,
    TextItem,
)

from metier.extract.detect import PDF
from metier.extract.hidden import is_suspect
from metier.extract.lines import join_lines
from metier.extract.raw import (
    RawBlock,
    RawCell,
    RawDocument,
    RawPage,
    RawRun,
    RawWord,
    Rect,
    accented,
    clean,
    one_line,
)
from metier.extract.tables import looks_like_header
from metier.extract.tabulate import tabulate

__all__ = ["ParseError", "read"]

_ENGINE = f"liteparse {importlib.metadata.version('liteparse')}"


# Annotations whose contents are written by people for people; links, widgets and pop-ups are not.
_WRITTEN = frozenset(
    ["text", "freetext", "highlight", "underline", "squiggly", "strikeout", "stamp", "caret", "ink"]
)


def read(path: Path, pages: Sequence[int] | None = None) -> RawDocument:
    """Everything liteparse reads (of pages first to last, 1-based), page errors as warnings. Raises ParseError."""
    # bytes, not the path: liteparse tells formats by the name's ending, and kept bytes have none
    result = _parse(_parser(f"{pages[0]}-{pages[1]}" if pages else None), path.read_bytes())
    raw = RawDocument(PDF, _ENGINE, [], [])
    for page in result.pages:
        label = page.page_label if page.page_label and page.page_label != str(page.page_num) else ""
        here = RawPage(page.page_num, page.width, page.height, label)
        raw.pages.append(here)
        if _add_text(here, page.text_items):
            here.words, here.suspects = [], []
            # read with its letters out of order; without blocks pdfium reads the page
            continue
        raw.blocks += _blocks(page, here.words) + _filled_in(page) + _comments(page)
    raw.blocks = join_lines(tabulate(raw.pages, raw.blocks))
    raw.warnings += [f"page {error.page_num}: not read ({error.message})" for error in result.page_errors]
    known = {page.number for page in raw.pages}
    raw.pages += [RawPage(error.page_num) for error in result.page_errors if error.page_num not in known]
    raw.pages.sort(key=lambda page: page.number)
    return raw


def _parse(parser: LiteParse, data: bytes) -> Any:
    """A ParseResult, or what liteparse makes one of: the same names, without a value for each of 300 words and their
    twenty properties, which are a fifth of the time. Raises ParseError."""
    native = getattr(parser, "_native", None)
    if native is None:
        return parser.parse(data)
    try:
        return native.parse_bytes(data)
    except Exception as error:  # as liteparse itself does
        raise ParseError(str(error)) from error


def _add_text(page: RawPage, items: Sequence[TextItem]) -> bool:
    """Gives the page its words, the places of those that may not show, and its upright text with fonts.

    True if most of the page's text does not run from left to right as displayed.
    """
    words, turned, length = page.words, 0, 0
    for item in items:
        text, x, y, rotation = accented(item.text), item.x, item.y, item.rotation % 360
        length += len(text)
        turned += len(text) if 45 < rotation < 315 else 0
        first = len(words)
        for word in item.words:
            left, top, said = word.x, word.y, word.text
            said = said if said.isascii() else accented(said)
            words.append(RawWord(said, (left, top, left + word.width, top + word.height)))
        height = item.height
        if is_suspect(text, height, item.fill_color):
            page.suspects += range(first, len(words))
        if not 5 < rotation < 355 and text.strip():
            size, mark = _size(item.font_size, height), item.mcid
            rect = (x, y, x + item.width, y + height)
            page.runs.append(RawRun(text, rect, item.font_name or "", size, -1 if mark is None else mark))
    return turned > 0.5 * length


@lru_cache(maxsize=2)
def _parser(pages: str | None = None) -> LiteParse:
    """One for all documents of this process (and the newest range of pages): it keeps nothing of them."""
    return LiteParse(
        ocr_enabled=False,
        extract_blocks=True,
        emit_word_boxes=True,
        quiet=True,
        image_mode="off",
        continue_on_page_error=True,
        keep_headers_footers=True,
        extract_links=False,
        extract_form_fields=True,
        extract_annotations=True,
        extract_text_metadata=True,  # colours: 7% slower
        num_workers=1,
        target_pages=pages,
    )


def _size(size: float | None, height: float) -> float:
    """Points. Some producers set everything in size 1 and scale it: then the height of the letters' box must do."""
    return size if size and 3 <= size <= 300 else height


def _blocks(page: ParsedPage, words: Sequence[RawWord]) -> list[RawBlock]:
    printed = "".join(word.text for word in words)
    blocks = []
    for block in page.blocks or ():
        if raw := _block(block, page.page_num, printed):
            blocks.append(raw)
    return blocks


def _filled_in(page: ParsedPage) -> list[RawBlock]:
    """What people typed into a form: it is drawn on the page, but no part of its text."""
    blocks = []
    for field in page.form_fields or ():
        name, value = one_line(field.alternate_name or field.name or ""), clean(field.value or "").strip()
        kind = _type(field)
        if kind in ("checkbox", "radiobutton", "radio", "check_box", "radio_button"):
            value = "yes" if field.checked else ""
        if value and kind not in ("pushbutton", "push_button", "signature"):
            text = f"{name}: {value}" if name else value
            blocks.append(RawBlock("paragraph", text, page.page_num, rect=_rect(field.rect), added=True))
    return blocks


def _type(field: FormField) -> str:
    """Its kind in small letters; what liteparse makes values of has another name for it."""
    return str(getattr(field, "field_type", None) or field.type).lower()


def _comments(page: ParsedPage) -> list[RawBlock]:
    """Notes and typewriter text that people put onto the page."""
    blocks = []
    for note in page.annotations or ():
        text = clean(note.contents or "").strip()
        if text and note.subtype.lower().replace("_", "") in _WRITTEN:
            shown = text if note.subtype.lower().replace("_", "") == "freetext" else f"Comment: {text}"
            blocks.append(RawBlock("paragraph", shown, page.page_num, rect=_rect(note.rect), added=True))
    return blocks


def _block(block: LayoutBlock, page: int, printed: str) -> RawBlock | None:
    rect = _rect(block.bbox)
    if block.kind == "table":
        return RawBlock("table", page=page, rect=rect, cells=_cells(block, printed))
    if block.kind in ("code", "grid_fallback"):
        return RawBlock("code", accented("\n".join(block.lines or ())), page, rect=rect)
    text = plain(block.text or "", printed)
    if block.kind == "heading":
        return RawBlock("heading", text, page, block.level or 1, rect)
    if block.kind == "list_item":
        return RawBlock("list_item", f"{block.marker} {text}" if block.marker else text, page, rect=rect)
    return RawBlock("paragraph", text, page, rect=rect) if text.strip() else None


def _cells(block: LayoutBlock, printed: str) -> list[RawCell]:
    """Cells of header and body. A run of equal neighbours without boxes of their own is one merged cell."""
    cells: list[RawCell] = []
    lines = [*([block.header] if block.header else ()), *(block.rows or ())]
    headed = bool(block.header) or looks_like_header([[cell.text for cell in line] for line in lines])
    for row, line in enumerate(lines):
        for column, cell in enumerate(line):
            text = plain(cell.text, printed)
            before = cells[-1] if cells and cells[-1].row == row else None
            if before and text and before.text == text and _same_box(before.rect, cell):
                before.column_span += 1
                continue
            cells.append(RawCell(row, column, text, header=headed and row == 0, rect=_rect(cell.bbox)))
    return cells


def _same_box(rect: Rect | None, cell: LayoutCell) -> bool:
    """True if the cell is a copy of the one before: engines repeat merged cells, printing does not."""
    other = _rect(cell.bbox)
    return other is None or rect is None or max(abs(a - b) for a, b in zip(rect, other, strict=True)) < 1.0


def _rect(box: AnnotationRect | None) -> Rect | None:
    return None if box is None else (box.x, box.y, box.x + box.width, box.y + box.height)


_MARKS = re.compile(r"\\([\\*_~`$<>#|\[\]])|\*+|~~")
_FORMULA = re.compile(r"\$([^$\n]+)\$")
_RAISED = re.compile(r"\s?[\^_]\{([^{}]*)\}")


# liteparse tears kerned figures apart: "10 .1%" for a printed 10.1%.
_TORN = re.compile(r"(?<=\d) (?=[.,]\d)")


def plain(text: str, printed: str) -> str:
    """The text without liteparse's Markdown marks; `printed` is every character the page prints.

    Marks that the page prints itself (an asterisk, a dollar sign) are escaped by liteparse and stay.
    """
    if "$" not in printed:
        text = _FORMULA.sub(lambda match: _RAISED.sub(r"\1", match[1]), text)
    if "\\" in text or "*" in text or "~~" in text:
        literal = "*" in printed and "\\*" not in text
        text = _MARKS.sub(
            lambda match: match[1] or (match[0] if literal and len(match[0]) == 1 else ""), text
        )
    return accented(_TORN.sub("", text.replace("<br>", " ")))
