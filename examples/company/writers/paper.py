"""PDF: flowing pages with running headers, tables and columns, and scanned pages that are only a picture."""

import io
import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BalancedColumns,
    BaseDocTemplate,
    CondPageBreak,
    Frame,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from examples.company.markup import stable
from examples.company.model import Block, Rendered

_FACES = (("Helvetica", "Helvetica-Bold"), ("Times-Roman", "Times-Bold"), ("Helvetica", "Times-Bold"))
_INKS = ("#1f3a5f", "#5f1f2f", "#1f5f45", "#333333")
_MARGIN = 20 * mm
_CELL_MARGINS = 12.5  # points, left and right of a table's cell together
_GUTTER = 8 * mm
_SCAN_DPI = 200  # what office scanners default to, and enough for OCR


class _Whole(Paragraph):  # type: ignore[misc]
    """A paragraph that moves to the next frame rather than being split, so that a quote stays on one page."""

    def split(self, availWidth: float, availHeight: float) -> list[Any]:
        return []


def write_pdf(document: Rendered) -> bytes:
    """The document as PDF bytes: scanned if its layout says so, else with a text layer."""
    return _scan(document) if document.scanned else _typeset(document)


def _typeset(document: Rendered) -> bytes:
    choice = stable(document.id)
    face, bold = _FACES[choice % len(_FACES)]
    ink = colors.HexColor(_INKS[choice // 7 % len(_INKS)])
    width, height = A4
    inner = width - 2 * _MARGIN
    half = (inner - _GUTTER) / 2
    tall = height - 2 * _MARGIN - 8 * mm
    bottom = _MARGIN + 2 * mm
    out = io.BytesIO()
    template = BaseDocTemplate(
        out, pagesize=A4, title=document.title, author=document.meta.get("company", ""), invariant=1
    )
    decorate = partial(_decorate, document=document, face=face)
    frame = Frame(_MARGIN, bottom, inner, tall, 0, 0, 0, 0, id="body")
    template.addPageTemplates(PageTemplate("page", [frame], onPage=decorate))
    template.build(_flow(document, face, bold, ink, inner, half))
    return out.getvalue()


def _flow(
    document: Rendered, face: str, bold: str, ink: colors.Color, inner: float, half: float
) -> list[Any]:
    text = ParagraphStyle("text", fontName=face, fontSize=10, leading=13.5, spaceAfter=6)
    item = ParagraphStyle("item", parent=text, leftIndent=12, bulletIndent=2, spaceAfter=3)
    heads = {
        1: ParagraphStyle(
            "h1", fontName=bold, fontSize=14, leading=18, spaceBefore=10, spaceAfter=6, textColor=ink
        ),
        2: ParagraphStyle("h2", fontName=bold, fontSize=11.5, leading=15, spaceBefore=8, spaceAfter=4),
    }
    title = ParagraphStyle("title", fontName=bold, fontSize=19, leading=23, spaceAfter=4, textColor=ink)
    small = ParagraphStyle(
        "small", parent=text, fontSize=9, textColor=colors.HexColor("#555555"), spaceAfter=10
    )
    flow: list[Any] = [_Whole(escape(document.title), title)]
    if document.meta.get("subtitle"):
        flow.append(_Whole(escape(document.meta["subtitle"]), small))
    columns: list[Any] | None = None
    for block in document.blocks:
        if block.kind in ("columns", "single"):
            flow += _balanced(columns or [])
            columns = [] if block.kind == "columns" else None
            continue
        piece: list[Any] = []
        match block.kind:
            case "heading":
                piece = [CondPageBreak(28 * mm)] if columns is None else []
                piece.append(_Whole(escape(block.text), heads[min(block.level, 2)]))
            case "paragraph":
                piece = [_Whole(escape(block.text), text)]
            case "item":
                piece = [_Whole(escape(block.text), item, bulletText="\u2022")]
            case "table":
                room = inner if columns is None else half
                piece = [Spacer(1, 3), _table(block, face, bold, ink, room), Spacer(1, 8)]
            case "page_break":
                piece = [PageBreak()]
        (flow if columns is None else columns).extend(piece)
    return [*flow, *_balanced(columns or [])]


def _balanced(pieces: list[Any]) -> list[Any]:
    """The pieces set in two columns of about the same height."""
    return [BalancedColumns(pieces, nCols=2, innerPadding=_GUTTER)] if pieces else []


def _table(block: Block, face: str, bold: str, ink: colors.Color, room: float) -> Table:
    size = 8.5 if len(block.rows[0]) <= 5 else 7.5
    cell = ParagraphStyle("cell", fontName=face, fontSize=size, leading=size + 2.5)
    head = ParagraphStyle("head", parent=cell, fontName=bold, textColor=colors.white)
    columns = max(len(row) for row in block.rows)
    longest = [max(len(row[c]) if c < len(row) else 1 for row in block.rows) for c in range(columns)]
    weights = [min(max(n, 6), 34) for n in longest]
    widths = _wide_enough(
        [room * weight / sum(weights) for weight in weights],
        [_longest_word(block.rows, column, bold, size) for column in range(columns)],
    )
    body = [
        [Paragraph(escape(text), head if index == 0 else cell) for text in row]
        for index, row in enumerate(block.rows)
    ]
    style = [
        ("BACKGROUND", (0, 0), (-1, 0), ink),
        ("GRID", (0, 0), (-1, -1), 0.4, colors.HexColor("#999999")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.white, colors.HexColor("#f3f3f3")]),
    ]
    return Table(body, colWidths=widths, repeatRows=1, splitInRow=0, style=TableStyle(style), hAlign="LEFT")


def _longest_word(rows: Sequence[Sequence[str]], column: int, face: str, size: float) -> float:
    """How wide the column's longest word is set, with the margins of its cell."""
    words = [word for row in rows if column < len(row) for word in row[column].split()]
    return max((stringWidth(word, face, size) for word in words), default=0.0) + _CELL_MARGINS


def _wide_enough(widths: Sequence[float], least: Sequence[float]) -> list[float]:
    """The widths, where a column is narrower than its longest word at the cost of those that have room."""
    spare = [max(0.0, width - needed) for width, needed in zip(widths, least, strict=True)]
    lacking = sum(max(0.0, needed - width) for width, needed in zip(widths, least, strict=True))
    if not lacking or lacking > sum(spare):
        return list(widths)
    return [
        max(width, needed) - lacking * room / sum(spare)
        for width, needed, room in zip(widths, least, spare, strict=True)
    ]


def _decorate(canvas: Canvas, template: BaseDocTemplate, document: Rendered, face: str) -> None:
    width, height = A4
    canvas.saveState()
    canvas.setFont(face, 8)
    canvas.setFillColor(colors.HexColor("#666666"))
    canvas.drawString(_MARGIN, height - 12 * mm, document.meta.get("company", ""))
    canvas.drawRightString(width - _MARGIN, height - 12 * mm, document.meta.get("header", document.title))
    canvas.line(_MARGIN, height - 14 * mm, width - _MARGIN, height - 14 * mm)
    page = "Seite" if document.language == "de" else "Page"
    canvas.drawString(_MARGIN, 10 * mm, document.meta.get("footer", ""))
    canvas.drawRightString(width - _MARGIN, 10 * mm, f"{page} {template.page}")
    canvas.restoreState()


def _scan(document: Rendered) -> bytes:
    picture = _picture(document)
    stored = io.BytesIO()
    picture.save(stored, "JPEG", quality=70)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.drawImage(ImageReader(io.BytesIO(stored.getvalue())), 0, 0, *A4)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _picture(document: Rendered) -> Image.Image:
    """One grey A4 page, a little crooked and dusty. Raises ValueError if the text does not fit on it."""
    wide, high = (round(side / 72 * _SCAN_DPI) for side in A4)
    page = Image.new("L", (wide, high), 250)
    draw = ImageDraw.Draw(page)
    fonts = Path(reportlab.__file__).parent / "fonts"  # Bitstream Vera comes with reportlab
    plain = ImageFont.truetype(str(fonts / "Vera.ttf"), 30)
    strong = ImageFont.truetype(str(fonts / "VeraBd.ttf"), 36)
    left, y = 170, 160
    for block in (Block("heading", document.title, 1), *document.blocks):
        if block.kind == "table":
            y = _scan_table(draw, block, plain, left, y, wide - 2 * left)
            continue
        font = strong if block.kind == "heading" else plain
        text = f"- {block.text}" if block.kind == "item" else block.text
        for line in _wrap(draw, text, font, wide - 2 * left):
            draw.text((left, y), line, font=font, fill=25)
            y += 44
        y += 22
    if y > high - 120:
        raise ValueError(
            f"{document.uri}: the scanned page overflows by {y - high + 120} pixels; shorten the text"
        )
    dust = random.Random(stable(document.id))
    for _ in range(260):
        page.putpixel((dust.randrange(wide), dust.randrange(high)), dust.randrange(90, 200))
    return page.rotate(
        0.35 if stable(document.id) % 2 else -0.3, resample=Image.Resampling.BICUBIC, fillcolor=250
    )


def _scan_table(
    draw: ImageDraw.ImageDraw, block: Block, font: ImageFont.FreeTypeFont, left: int, y: int, room: int
) -> int:
    columns = len(block.rows[0])
    step = room // columns
    for row in block.rows:
        for column, text in enumerate(row):
            draw.rectangle((left + column * step, y, left + (column + 1) * step, y + 54), outline=60)
            draw.text((left + column * step + 10, y + 9), text, font=font, fill=25)
        y += 54
    return y + 30


def _wrap(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, room: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, font=font) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
