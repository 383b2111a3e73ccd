"""What was read, drawn on the picture of its page: blocks in the colour of their kind, table cells, reading order.

`marks_of` runs where the Document is, `draw_marks` in the child that renders the page.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from metier.types import Box, Document

COLOURS: Mapping[str, tuple[int, int, int]] = {
    "heading": (200, 30, 30),
    "paragraph": (40, 90, 200),
    "list_item": (20, 140, 140),
    "table": (20, 140, 40),
    "code": (120, 80, 30),
    "caption": (190, 110, 0),
    "header": (130, 130, 130),
    "footer": (130, 130, 130),
    "figure": (150, 40, 160),
}
_ORDER = (230, 80, 160)  # the line from block to block
_FILL, _CELL = 28, 120  # opacity of 255
_TEXT_POINTS = 7
# Labels of blocks that are less sure say how sure.
_UNSURE = 0.9


def marks_of(document: Document, page: int) -> list[dict[str, Any]]:
    """Blocks of one page in reading order, as data for `draw_marks`; those without a place are left out."""
    marks: list[dict[str, Any]] = []
    for block in document.blocks:
        if block.page != page or block.box is None:
            continue
        label = f"{len(marks) + 1} {block.kind}" + (f" {block.level}" if block.level else "")
        if block.confidence is not None and block.confidence < _UNSURE:
            label += f" {block.confidence:.0%}"
        cells = [[*_place(cell.box), float(cell.header)] for cell in block.cells if cell.box]
        marks.append({"kind": block.kind, "label": label, "box": _place(block.box), "cells": cells})
    return marks


def _place(box: Box) -> list[float]:
    return [box.x0, box.y0, box.x1, box.y1]


def draw_marks(picture: Image.Image, marks: Sequence[Mapping[str, Any]], scale: float) -> Image.Image:
    """The picture with the marks; `scale` is pixels per point."""
    base = picture.convert("RGBA")
    layer = Image.new("RGBA", base.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    font = ImageFont.load_default(max(8.0, _TEXT_POINTS * scale))
    thick = max(1, round(scale))
    centres: list[tuple[float, float]] = []
    for mark in marks:
        colour = COLOURS.get(str(mark["kind"]), (0, 0, 0))
        x0, y0, x1, y1 = _pixels(mark["box"], scale)
        draw.rectangle((x0, y0, x1, y1), fill=(*colour, _FILL), outline=(*colour, 255), width=thick)
        for *cell, header in mark["cells"]:
            fill = (*colour, 2 * _FILL) if header else None
            draw.rectangle(_pixels(cell, scale), fill=fill, outline=(*colour, _CELL), width=1)
        centres.append(((x0 + x1) / 2, (y0 + y1) / 2))
    if len(centres) > 1:
        draw.line(centres, fill=(*_ORDER, 140), width=thick)
    for mark in marks:  # labels last, so that no frame hides them
        colour = COLOURS.get(str(mark["kind"]), (0, 0, 0))
        x0, y0, *_ = _pixels(mark["box"], scale)
        left, top, right, bottom = draw.textbbox((x0, y0), str(mark["label"]), font=font, anchor="lb")
        moved = max(0.0, -top)  # a block at the very top has its label inside
        draw.rectangle((left - 1, top - 1 + moved, right + 1, bottom + 1 + moved), fill=(255, 255, 255, 210))
        draw.text((x0, y0 + moved), str(mark["label"]), fill=(*colour, 255), font=font, anchor="lb")
    return Image.alpha_composite(base, layer).convert("RGB")


def _pixels(box: Sequence[float], scale: float) -> tuple[float, float, float, float]:
    """The box in pixels, its corners in order."""
    x0, y0, x1, y1 = (value * scale for value in box)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
