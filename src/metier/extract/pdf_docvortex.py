"""PDF through docvortex, the structure engine: roles of blocks, tables with merged cells, reading order of columns.

Optional (`pip install metier[structure]`) and slow (11 pages per CPU-second), so only pages that need it come here. It
is run inside this process, by its analyzer alone: `docvortex.parse` would start processes of its own to draw pictures.
Its text is not used as it stands: `reconcile` takes the characters from the page's own words.
"""

import importlib
import importlib.metadata
import importlib.util
import io
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import lxml.html
import pypdfium2

from metier.extract.docvortex_shortcuts import apply as shorten
from metier.extract.raw import RawBlock, RawCell, RawPage, Rect, clean
from metier.types import BlockKind

# docvortex's block types; what is missing here is text.
_KINDS: Mapping[str, BlockKind] = {
    "doc_title": "heading",
    "paragraph_title": "heading",
    "caption": "caption",
    "header": "header",
    "footer": "footer",
    "page_number": "footer",
    "code": "code",
    "image": "figure",
    "chart": "figure",
    "table": "table",
}
# Spans larger than this are nonsense: no printed table has so many columns.
_MOST_SPAN = 200


@cache
def available() -> bool:
    """True if docvortex is installed."""
    return importlib.util.find_spec("docvortex") is not None


@cache
def engine() -> str:
    """Name and version, "" if it is not installed."""
    return f"docvortex {importlib.metadata.version('docvortex')}" if available() else ""


def read_pages(path: Path, pdf: pypdfium2.PdfDocument, pages: Sequence[RawPage]) -> dict[int, list[RawBlock]]:
    """Blocks of the given pages in reading order; a block whose text is "" names a region without saying what is in it.

    Raises what docvortex raises (anything); the caller has another engine's reading of the same pages.
    """
    whole = len(pages) == len(pdf)
    found = _analyze(path.read_bytes() if whole else _only(pdf, [page.number for page in pages]))
    return {page.number: _blocks(raw, page) for page, raw in zip(pages, found, strict=True)}


def _analyze(data: bytes) -> list[list[dict[str, Any]]]:
    _silence()
    models = importlib.import_module("docvortex.analyzers.native")
    documents = importlib.import_module("docvortex.document.pdf")
    importlib.import_module("docvortex.analyzers.native.pdf.pipeline")
    shorten()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        document = documents.PDFDocument(data)
        try:
            pages: list[list[dict[str, Any]]] = models.PdfModel().predict(document)
        finally:
            document.close()
    return pages


@cache
def _silence() -> None:
    """docvortex reports to standard error through loguru; a child has nobody there to read it."""
    importlib.import_module("loguru").logger.disable("docvortex")


def _only(pdf: pypdfium2.PdfDocument, numbers: Sequence[int]) -> bytes:
    """A PDF of these pages (1-based) alone."""
    part = pypdfium2.PdfDocument.new()
    try:
        part.import_pages(pdf, [number - 1 for number in numbers])
        out = io.BytesIO()
        part.save(out)
        return out.getvalue()
    finally:
        part.close()


def _blocks(found: Sequence[Mapping[str, Any]], page: RawPage) -> list[RawBlock]:
    blocks = []
    for item in found:
        rect = _rect(item["bbox"], page)
        kind = _KINDS.get(str(item["type"]), "paragraph")
        if kind == "table":
            cells = table_cells(item["content"]) if isinstance(item["content"], str) else []
            blocks.append(
                RawBlock("table" if cells else "paragraph", page=page.number, rect=rect, cells=cells)
            )
            continue
        text = "" if kind == "figure" else _text(item.get("content"))
        level = {"doc_title": 1, "paragraph_title": 2}.get(str(item["type"]), 0)
        blocks.append(RawBlock(kind, text, page.number, level, rect))
    return blocks


def _rect(box: Sequence[float], page: RawPage) -> Rect:
    """Shares of the displayed page in points."""
    x0, y0, x1, y1 = box
    return x0 * page.width, y0 * page.height, x1 * page.width, y1 * page.height


def _text(content: Any) -> str:
    """The text of nested spans."""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        return _text(content.get("content"))
    if isinstance(content, Sequence):
        return "".join(_text(part) for part in content)
    return ""


def table_cells(markup: str) -> list[RawCell]:
    """Cells of an HTML table, its first row as header; [] if there is none in it."""
    taken: set[tuple[int, int]] = set()
    cells: list[RawCell] = []
    for row, line in enumerate(lxml.html.fromstring(f"<div>{markup}</div>").iter("tr")):
        column = 0
        for cell in line.iterchildren("td", "th"):
            while (row, column) in taken:
                column += 1
            rows, columns = _span(cell.get("rowspan")), _span(cell.get("colspan"))
            taken |= {(row + down, column + right) for down in range(rows) for right in range(columns)}
            text = clean("".join(str(part) for part in cell.itertext()))
            header = row == 0 or cell.tag == "th"
            cells.append(RawCell(row, column, text, header, rows, columns))
            column += columns
    return cells


def _span(stated: str | None) -> int:
    return min(_MOST_SPAN, max(1, int(stated))) if stated and stated.isdigit() else 1
