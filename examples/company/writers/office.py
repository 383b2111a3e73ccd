"""DOCX, XLSX and PPTX with fixed dates, so that the same document gives the same bytes."""

import datetime as dt
import io
import re
import zipfile

from docx import Document as open_docx
from openpyxl import Workbook
from openpyxl.styles import Font
from pptx import Presentation
from pptx.util import Cm, Pt

from examples.company.model import Block, Rendered

_EPOCH = dt.datetime(2026, 1, 5, 8, 0, 0)  # noqa: DTZ001  office formats store naive times
_NUMBER = re.compile(r"-?\d{1,9}(\.\d+)?")
_MODIFIED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def freeze(package: bytes) -> bytes:
    """The same zip package with every time stamp set to one fixed moment."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>2026-01-05T08:00:00Z\g<2>", content)
            entry = zipfile.ZipInfo(name, (2026, 1, 5, 8, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, content)
    return out.getvalue()


def write_docx(document: Rendered) -> bytes:
    """The document as a Word file with styled headings, real tables and a running header and footer."""
    word = open_docx()
    word.core_properties.title = document.title
    word.core_properties.author = document.meta.get("company", "")
    word.core_properties.created = word.core_properties.modified = _EPOCH
    section = word.sections[0]
    section.header.paragraphs[
        0
    ].text = f"{document.meta.get('company', '')} | {document.meta.get('header', document.title)}"
    section.footer.paragraphs[0].text = document.meta.get("footer", "")
    word.add_heading(document.title, 0)
    if document.meta.get("subtitle"):
        word.add_paragraph(document.meta["subtitle"], style="Subtitle")
    for block in document.blocks:
        match block.kind:
            case "heading":
                word.add_heading(block.text, min(block.level, 3))
            case "paragraph":
                word.add_paragraph(block.text)
            case "item":
                word.add_paragraph(block.text, style="List Bullet")
            case "table":
                table = word.add_table(rows=0, cols=len(block.rows[0]), style="Table Grid")
                for row in block.rows:
                    for cell, text in zip(table.add_row().cells, row, strict=True):
                        cell.text = text
            case "page_break":
                word.add_page_break()  # type: ignore[no-untyped-call]
            case "columns" | "single":
                pass
    return _saved(word)


def write_xlsx(document: Rendered) -> bytes:
    """The document as a workbook: one sheet per first-level heading, numbers as numbers."""
    book = Workbook()
    book.properties.title = document.title
    book.properties.creator = document.meta.get("company", "")
    book.properties.created = _EPOCH
    book.remove(book.active)
    sheet = None
    for block in document.blocks:
        if sheet is None or (block.kind == "heading" and block.level == 1):
            sheet = book.create_sheet(block.text[:31] if block.kind == "heading" else document.title[:31])
            sheet.append([document.title])
            sheet["A1"].font = Font(bold=True, size=14)
        elif block.kind == "table":
            for index, row in enumerate(block.rows):
                sheet.append([_value(text) for text in row])
                for cell in sheet[sheet.max_row]:
                    cell.font = Font(bold=index == 0)
            sheet.append([])
        elif block.text:
            sheet.append([block.text])
    if sheet is not None:
        for column in "ABCDEFGH":
            sheet.column_dimensions[column].width = 22
    return _saved(book)


def _value(text: str) -> object:
    if not _NUMBER.fullmatch(text) or (text.startswith("0") and len(text) > 1 and text[1] != "."):
        return text
    return float(text) if "." in text else int(text)


def write_pptx(document: Rendered) -> bytes:
    """The document as slides: a title slide, then one slide per heading."""
    deck = Presentation()
    deck.core_properties.title = document.title
    deck.core_properties.author = document.meta.get("company", "")
    deck.core_properties.created = deck.core_properties.modified = _EPOCH
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = document.title
    first.placeholders[1].text = document.meta.get("subtitle", document.meta.get("company", ""))
    slide = first
    for block in document.blocks:
        if block.kind == "heading":
            slide = deck.slides.add_slide(deck.slide_layouts[1])
            slide.shapes.title.text = block.text
        elif block.kind == "table":
            _slide_table(slide, block)
        elif block.text:
            frame = slide.placeholders[1].text_frame
            paragraph = frame.paragraphs[0] if not frame.text else frame.add_paragraph()
            paragraph.text = block.text
            paragraph.font.size = Pt(16)
    return _saved(deck)


def _slide_table(slide: object, block: Block) -> None:
    rows, columns = len(block.rows), len(block.rows[0])
    box = slide.shapes.add_table(rows, columns, Cm(1.5), Cm(10), Cm(22), Cm(rows * 0.9))  # type: ignore[attr-defined]
    for r, row in enumerate(block.rows):
        for c, text in enumerate(row):
            cell = box.table.cell(r, c)
            cell.text = text
            cell.text_frame.paragraphs[0].font.size = Pt(12)


def _saved(package: object) -> bytes:
    out = io.BytesIO()
    package.save(out)  # type: ignore[attr-defined]
    return freeze(out.getvalue())
