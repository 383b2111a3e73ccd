"""Blocks as structure sees them: one look each, with their printed lines, titles taken out of the tables around them."""

from collections import defaultdict
from dataclasses import dataclass

from metier.extract.raw import RawBlock, RawDocument
from metier.extract.structure.prose import as_prose
from metier.extract.structure.split import split_block, split_table
from metier.extract.structure.style import Body, Line, body_of, lines_by_block, lines_of


@dataclass(slots=True)
class Piece:
    """A block, or a part of one, with its printed lines; parts know their block, and what stood between them in its text."""

    block: RawBlock
    lines: list[Line]
    origin: RawBlock
    glue: str = " "


def prepare(raw: RawDocument, cut: bool = True) -> list[Piece]:
    """The document's blocks in order, cut where their look changes, each with its lines; no text is lost."""
    by_page: dict[int, list[RawBlock]] = defaultdict(list)
    for block in raw.blocks:
        by_page[block.page].append(block)
    pages = {page.number: page for page in raw.pages}
    pairs = [
        (block, lines)
        for number, blocks in by_page.items()
        for block, lines in zip(blocks, lines_by_block(pages[number], blocks), strict=True)
    ]
    if not cut:
        return [Piece(block, lines, block) for block, lines in pairs]
    body = body_of(lines for block, lines in pairs if block.kind in ("paragraph", "list_item", "heading"))
    return [
        Piece(part, found, block, _glue(block.text, part.text) if block.text else " ")
        for block, lines in pairs
        for part, found in _pieces(block, lines, body)
    ]


def _glue(whole: str, part: str) -> str:
    """The space that stands before the part in the whole text; "" inside a word whose hyphen was mended."""
    at = whole.find(part) if part else -1
    if at <= 0:
        return " "
    return whole[at - 1] if whole[at - 1].isspace() else ""


def _pieces(block: RawBlock, lines: list[Line], body: Body) -> list[tuple[RawBlock, list[Line]]]:
    if block.kind != "table":
        return split_block(block, lines)
    if (text := as_prose(block, lines)) is not None:
        return split_block(text, lines)
    parts = split_table(block, [run for line in lines for run in line.runs], body)
    if parts is None:
        return [(block, lines)]
    free = [run for line in lines for run in line.runs]
    found = []
    for part, known in parts:
        if known or part.rect is None:
            found.append((part, known))
            continue
        x0, y0, x1, y1 = part.rect
        inside = [
            r
            for r in free
            if x0 - 1 <= r.rect[0] <= x1 + 1 and y0 - 1 <= (r.rect[1] + r.rect[3]) / 2 <= y1 + 1
        ]
        found.append((part, lines_of(inside)))
    return found
