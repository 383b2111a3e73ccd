"""Text that is in a PDF but not on its page as people see it: white on white, transparent, too small to read.

Words whose colour or size makes them suspect are compared with the drawn page; where nothing shows, they leave their blocks
and come as one block of kind "hidden" at the end of the page: kept, marked, and in no passage. (liteparse leaves out what
lies off the page; `raw.clean` what has no width.) It does not know black text under a picture, or drawn in the invisible
mode that scanners use for their text layer.
"""

from collections.abc import Sequence, Set
from functools import lru_cache

import pypdfium2

from metier.extract.align import Centres, align
from metier.extract.raw import RawBlock, RawPage, one_line
from metier.extract.reconcile import lines_of, union

# Each of red, green and blue at least this: white and what passes for it. Dark text is never suspected.
_WHITE = 0xF0
# Points; a 2-point line is a grey hair on paper.
_TINY = 2.0
# Difference of grey (of 255) within a word's box that an eye notices.
_CONTRAST = 24


def is_suspect(text: str, height: float, fill: str | None) -> bool:
    """True if the text may not show: white, transparent or tiny. `fill` is its colour as liteparse gives it (aarrggbb)."""
    if height < _TINY and any(char.isalnum() for char in text):
        return True
    return fill is not None and len(fill) == 8 and _is_pale(fill)


@lru_cache(maxsize=1024)  # a document has a handful
def _is_pale(colour: str) -> bool:
    alpha, *rgb = (int(colour[at : at + 2], 16) for at in (0, 2, 4, 6))
    return alpha == 0 or min(rgb) >= _WHITE


def hide(pdf: pypdfium2.PdfDocument, page: RawPage, blocks: Sequence[RawBlock]) -> list[RawBlock]:
    """The blocks without the words that do not show, and a block of kind "hidden" with them if there are any."""
    unseen = _unseen(pdf, page)
    if not unseen:
        return list(blocks)
    centres = Centres(page.words)
    kept = [rest for block in blocks if (rest := _without(block, page, centres, unseen))]
    lines = lines_of(page.words, sorted(unseen))
    text = "\n".join(" ".join(one_line(page.words[index].text) for index in line) for line in lines)
    rect = union([page.words[index].rect for index in unseen])
    return [*kept, RawBlock("hidden", text, page.number, rect=rect)]


def _unseen(pdf: pypdfium2.PdfDocument, page: RawPage) -> set[int]:
    """Of the page's suspects, those that leave no trace on the drawn page."""
    rects = {index: page.words[index].rect for index in page.suspects}
    unseen = {index for index, rect in rects.items() if rect[3] - rect[1] < _TINY}
    if len(unseen) == len(rects):
        return unseen
    try:
        picture = pdf[page.number - 1].render(scale=1, grayscale=True, may_draw_forms=False).to_numpy()
    except pypdfium2.PdfiumError:
        return set()  # what cannot be drawn is read as it stands
    for index in rects.keys() - unseen:
        x0, y0, x1, y1 = rects[index]
        seen = picture[max(0, int(y0)) : int(y1) + 1, max(0, int(x0)) : int(x1) + 1]
        if seen.size == 0 or int(seen.max()) - int(seen.min()) < _CONTRAST:
            unseen.add(index)
    return unseen


def _without(block: RawBlock, page: RawPage, centres: Centres, unseen: Set[int]) -> RawBlock | None:
    """The block without those words; None if nothing is left."""
    inside = centres.within(range(len(page.words)), block.rect)
    if block.added or unseen.isdisjoint(inside):
        return block
    if block.cells:
        for cell in block.cells:
            there = centres.within(inside, cell.rect)
            cell.text, used = _cut(cell.text, page, there, unseen)
            inside = [index for index in inside if index not in used]
        return block if any(cell.text.strip() for cell in block.cells) else None
    block.text, _ = _cut(block.text, page, inside, unseen)
    return block if block.text.strip() else None


def _cut(text: str, page: RawPage, inside: Sequence[int], unseen: Set[int]) -> tuple[str, set[int]]:
    """The text without the stretches that unseen words cover, and every word found in it."""
    matches = align(text, page.words, inside)
    out, at = "", 0
    for start, end, index in matches:
        if index in unseen and start >= at:
            out += text[at:start]
            at = end
    return out + text[at:], {index for _, _, index in matches}
