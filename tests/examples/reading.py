"""The text of generated files, read with the plain libraries: what a reader sees, white space normalised."""

import csv
import email
import email.policy
import io
from pathlib import Path

import docx
import lxml.html
import openpyxl
import pptx
import pypdfium2


def read_pages(path: Path) -> list[str]:
    """The text of each page; one page for formats without pages. Table rows are their cells joined by a space."""
    reader = {
        "pdf": _pdf,
        "docx": _docx,
        "xlsx": _xlsx,
        "pptx": _pptx,
        "html": _html,
        "eml": _eml,
        "csv": _csv,
    }
    pages = reader.get(path.suffix[1:], lambda p: [p.read_text("utf-8").replace("|", " ")])(path)
    return [" ".join(page.split()) for page in pages]


def _pdf(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def _docx(path: Path) -> list[str]:
    word = docx.Document(str(path))
    rows = [" ".join(cell.text for cell in row.cells) for table in word.tables for row in table.rows]
    return ["\n".join([*(paragraph.text for paragraph in word.paragraphs), *rows])]


def _xlsx(path: Path) -> list[str]:
    book = openpyxl.load_workbook(path)
    rows = [row for sheet in book for row in sheet.iter_rows(values_only=True)]
    return ["\n".join(" ".join(str(value) for value in row if value is not None) for row in rows)]


def _pptx(path: Path) -> list[str]:
    shapes = [shape for slide in pptx.Presentation(str(path)).slides for shape in slide.shapes]
    return ["\n".join(shape.text_frame.text for shape in shapes if shape.has_text_frame)]


def _html(path: Path) -> list[str]:
    return [_markup_text(path.read_text("utf-8"))]


def _markup_text(markup: str) -> str:
    return " ".join(map(str, lxml.html.fromstring(markup).itertext()))


def _eml(path: Path) -> list[str]:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return [body.get_content()]


def _csv(path: Path) -> list[str]:
    text = path.read_text("utf-8-sig")
    delimiter = ";" if text.count(";") > text.count(",") else ","
    return ["\n".join(" ".join(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter))]
