"""PPTX: each slide a page with its title, text, tables, charts' figures and the speaker's notes."""

import importlib.metadata
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PackageNotFoundError

from metier.extract.detect import PPTX
from metier.extract.raw import RawBlock, RawCell, RawDocument, RawPage, Rect, Unreadable
from metier.extract.strict import transitional
from metier.extract.tables import grid_cells
from metier.extract.zip_guard import guard

_EMU_PER_POINT = 12700
_FURNITURE = (PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.DATE)
_DRAWING_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_DRAWING_PARAGRAPH = "{http://schemas.openxmlformats.org/drawingml/2006/main}p"


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """Slides as pages in points; hidden slides are read too, labelled so."""
    guard(path)
    try:
        source = transitional(path)
        deck = Presentation(str(source) if isinstance(source, Path) else source)
        slides = list(deck.slides)
    except (
        PackageNotFoundError,
        KeyError,
        ValueError,
        AttributeError,
        zipfile.BadZipFile,
        etree.XMLSyntaxError,
    ) as error:
        raise Unreadable("corrupt", f"not a presentation inside ({error}); open and save it again") from None
    width, height = (deck.slide_width or 0) / _EMU_PER_POINT, (deck.slide_height or 0) / _EMU_PER_POINT
    engine = f"python-pptx {importlib.metadata.version('python-pptx')}"
    raw = RawDocument(PPTX, engine, [], [], title=deck.core_properties.title or "")
    for number, slide in enumerate(slides, start=1):
        blocks = list(_slide(slide, number))
        title = next((block.text for block in blocks if block.kind == "heading"), "")
        hidden = slide._element.get("show") == "0"
        raw.pages.append(RawPage(number, width, height, title + (" (hidden slide)" if hidden else "")))
        raw.blocks += blocks
        if not blocks and any(shape.shape_type == 13 for shape in slide.shapes):  # MSO_SHAPE_TYPE.PICTURE
            raw.warnings.append(
                f"slide {number}: only a picture, which is not read; export the deck as PDF and turn OCR on"
            )
    return raw


def _slide(slide: Any, number: int) -> Iterator[RawBlock]:
    title = slide.shapes.title
    if title is not None and title.has_text_frame and title.text_frame.text.strip():
        text = title.text_frame.text.replace("\x0b", " ")
        yield RawBlock("heading", text, number, 1, _rect(title))
    for shape in _in_order(slide.shapes):
        if title is None or shape.shape_id != title.shape_id:
            yield from _shape(shape, number)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text.strip()
        if notes:
            yield RawBlock("paragraph", f"Notes: {notes}", number)


def _in_order(shapes: Any) -> list[Any]:
    """Top to bottom in bands of half an inch, then left to right: drawing order is the author's history."""
    band = 457200
    return sorted(shapes, key=lambda s: ((s.top or 0) // band, s.left or 0))


def _shape(shape: Any, number: int) -> Iterator[RawBlock]:
    if hasattr(shape, "shapes"):  # a group
        for inner in _in_order(shape.shapes):
            yield from _shape(inner, number)
    elif getattr(shape, "has_table", False) and shape.has_table:
        yield RawBlock("table", page=number, rect=_rect(shape), cells=_cells(shape.table))
    elif getattr(shape, "has_chart", False) and shape.has_chart:
        yield from _chart(shape, number)
    elif shape.has_text_frame:
        yield from _text(shape, number)
    else:
        yield from _diagram(shape, number)


def _text(shape: Any, number: int) -> Iterator[RawBlock]:
    placeholder = shape.placeholder_format.type if shape.is_placeholder else None
    for paragraph in shape.text_frame.paragraphs:
        text = "".join(_paragraph_texts(paragraph._p)).strip()
        if not text:
            continue
        if placeholder in _FURNITURE:
            yield RawBlock("footer", text, number, rect=_rect(shape))
        else:
            listed = placeholder in (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT) or paragraph.level > 0
            yield RawBlock("list_item" if listed else "paragraph", text, number, rect=_rect(shape))


def _paragraph_texts(element: Any) -> Iterator[str]:
    """Text of runs, fields and breaks; python-pptx leaves out fields."""
    for child in element.iter():
        if child.tag == _DRAWING_TEXT:
            yield child.text or ""
        elif child.tag.endswith("}br"):
            yield "\n"


def _cells(table: Any) -> list[RawCell]:
    header = bool(table.first_row) and len(table.rows) > 1
    cells = []
    for row, line in enumerate(table.rows):
        for column, cell in enumerate(line.cells):
            if cell.is_spanned:
                continue
            down, across = (cell.span_height, cell.span_width) if cell.is_merge_origin else (1, 1)
            cells.append(RawCell(row, column, cell.text_frame.text, header and row == 0, down, across))
    return cells


def _chart(shape: Any, number: int) -> Iterator[RawBlock]:
    """The chart's figures as a table: people ask for numbers, not for bars."""
    chart = shape.chart
    try:
        plots = list(chart.plots)
    except (
        ValueError
    ):  # python-pptx knows no 3D, surface or stock charts; their cached points are there all the same
        yield from _points(chart, number)
        return
    if chart.has_title and chart.chart_title.has_text_frame and chart.chart_title.text_frame.text.strip():
        yield RawBlock("caption", chart.chart_title.text_frame.text, number, rect=_rect(shape))
    for plot in plots:
        try:
            names = [series.name for series in plot.series]
            rows = [["", *names]]
            columns = [list(series.values) for series in plot.series]
            for index, category in enumerate(plot.categories):
                values = [column[index] if index < len(column) else None for column in columns]
                rows.append([str(category), *("" if value is None else f"{value:g}" for value in values)])
        except (AttributeError, KeyError, ValueError, TypeError):
            continue  # scatter charts and charts without cached data have no categories
        yield RawBlock("table", page=number, rect=_rect(shape), cells=grid_cells(rows, 1))


_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def _points(chart: Any, number: int) -> Iterator[RawBlock]:
    """A table of the points cached in the chart's XML: one row per category, one column per series."""
    names, columns = [""], []
    categories: list[str] = []
    for series in chart._chartSpace.iter(_CHART + "ser"):
        parts = {name: _cached(series.find(_CHART + name)) for name in ("tx", "cat", "val")}
        names.append(" ".join(parts["tx"]))
        columns.append(parts["val"])
        categories = categories or parts["cat"]
    rows = [names]
    for index, category in enumerate(categories):
        rows.append([category, *(column[index] if index < len(column) else "" for column in columns)])
    if len(rows) > 1:
        yield RawBlock("table", page=number, cells=grid_cells(rows, 1))


def _cached(element: Any) -> list[str]:
    return [] if element is None else [value.text or "" for value in element.iter(_CHART + "v")]


def _diagram(shape: Any, number: int) -> Iterator[RawBlock]:
    """Text of SmartArt, which lies in a part of its own."""
    ids = shape._element.iter("{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds")
    for element in ids:
        key = element.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm")
        if key not in shape.part.rels:
            continue
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        root = etree.fromstring(shape.part.rels[key].target_part.blob, parser)
        for paragraph in root.iter(_DRAWING_PARAGRAPH):
            if text := "".join(part.text or "" for part in paragraph.iter(_DRAWING_TEXT)).strip():
                yield RawBlock("list_item", text, number, rect=_rect(shape))


def _rect(shape: Any) -> Rect | None:
    sizes = (shape.left, shape.top, shape.width, shape.height)
    if any(size is None for size in sizes):
        return None
    left, top, width, height = (size / _EMU_PER_POINT for size in sizes)
    return left, top, left + width, top + height
