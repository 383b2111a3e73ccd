"""Running headers, footers and page numbers: blocks at the edge of a page that several pages share."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

from metier.extract.raw import RawBlock, RawPage, one_line

_Edge = Literal["header", "footer"]
# Share of the page height at either end in which furniture stands. 0.1 of A4 is 3 cm; text starts at 2-2.5 cm.
_BAND = 0.1
# Same place: half a line apart at most.
_SAME_Y = 6.0
# Longer blocks are text that happens to start on top of a page.
_LONGEST = 200

_PAGE_NUMBER = re.compile(
    r"(?:[-–—|\s]*(?:page|seite|p\.|s\.|página|pagina)?\s*)?"
    r"(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:/|of|von|de|di|sur)\s*\d{1,4})?[-–—|\s]*",
    re.IGNORECASE,
)


def mark_unless_all(blocks: Sequence[RawBlock], pages: Sequence[RawPage]) -> None:
    """As `mark_furniture`, but for files that are nothing else: labels and slides whose only text stands at the edge."""
    before = [(block, block.kind, block.level) for block in blocks]
    mark_furniture(blocks, pages)
    if all(block.kind in ("header", "footer") for block in blocks if block.cells or block.text.strip()):
        for block, kind, level in before:  # an engine may have called it so, too
            block.kind, block.level = ("paragraph", 0) if kind in ("header", "footer") else (kind, level)


def mark_furniture(blocks: Sequence[RawBlock], pages: Sequence[RawPage]) -> None:
    """Gives repeated blocks at page edges, and lone page numbers there, the kind "header" or "footer".

    Digits are ignored in the comparison. On two pages a text must be on both, on more it must be on at least three
    (left and right pages often differ), so that a title page alone loses nothing.
    """
    heights = {page.number: page.height for page in pages}
    seen: dict[tuple[_Edge, str], list[tuple[int, float, RawBlock]]] = defaultdict(list)
    for block in blocks:
        edge = _edge(block, heights.get(block.page, 0.0))
        if not edge or block.kind in ("table", "hidden") or block.rect is None:
            continue
        text = one_line(block.text)
        if not text or len(text) > _LONGEST:
            continue
        if _PAGE_NUMBER.fullmatch(text) and re.search(r"\d|^[ivxlc]+$", text, re.IGNORECASE):
            block.kind, block.level = edge, 0
        else:
            seen[edge, re.sub(r"\d+", "#", text).casefold()].append((block.page, block.rect[1], block))
    needed = 2 if len(pages) == 2 else 3
    for (edge, _), places in seen.items():
        for _, y, block in places:
            if len({page for page, other, _ in places if abs(other - y) <= _SAME_Y}) >= needed:
                block.kind, block.level = edge, 0


def _edge(block: RawBlock, height: float) -> _Edge | None:
    if block.rect is None or height <= 0:
        return None
    if block.rect[3] <= height * _BAND:
        return "header"
    if block.rect[1] >= height * (1 - _BAND):
        return "footer"
    return None
