"""Two engines' readings of one page become one: roles and order of the structure engine, characters of the page itself.

A region that the structure engine calls a picture or a formula gets the words printed in it. Words that no block holds are
placed by `assemble`, so no word of the text layer is lost here.
"""

from collections.abc import Sequence

from metier.extract.align import Centres
from metier.extract.raw import RawBlock, RawCell, RawPage, RawWord, Rect, one_line
from metier.extract.retext import retext
from metier.extract.unfold import unfold

# The structure engine is believed if it places at least this share of the printed words; on the tuning half it places 0.96 to 1.
_LEAST_COVERED = 0.6
# A block that lies in the box of a form field by this share is what was typed into it.
_INSIDE = 0.6


def reconcile(cheap: Sequence[RawBlock], costly: Sequence[RawBlock], page: RawPage) -> list[RawBlock]:
    """The page's blocks; the cheap engine's alone if the other's do not fit the page."""
    blocks, free = _in_print(costly, page.words)
    if len(free) > (1 - _LEAST_COVERED) * len(page.words):
        return list(cheap)
    added = [block for block in cheap if block.added]
    blocks = unfold(blocks, cheap)
    said = [block for block in blocks if block.cells or block.text.strip()]
    return [block for block in said if not any(_inside(block.rect, other.rect) for other in added)] + added


def _inside(rect: Rect | None, other: Rect | None) -> bool:
    """True if most of the first box lies in the second."""
    if rect is None or other is None:
        return False
    width, height = (
        min(rect[2], other[2]) - max(rect[0], other[0]),
        min(rect[3], other[3]) - max(rect[1], other[1]),
    )
    return width > 0 and height > 0 and width * height > _INSIDE * area(rect)


def _in_print(blocks: Sequence[RawBlock], words: Sequence[RawWord]) -> tuple[list[RawBlock], list[int]]:
    """The blocks in the page's own characters, and the words that none of them holds."""
    free, centres = list(range(len(words))), Centres(words)
    out: dict[int, RawBlock] = {}
    regions: list[int] = []
    # Small blocks first: a large box may contain a caption's words as well.
    for place in sorted(range(len(blocks)), key=lambda index: area(blocks[index].rect)):
        block = blocks[place]
        if not block.cells and not block.text:
            regions.append(place)
            continue
        inside = centres.within(free, block.rect)
        out[place], used = _block_in_print(block, words, inside)
        free = [index for index in free if index not in used]
    for place in regions:
        block = blocks[place]
        inside = centres.within(free, block.rect)
        text = "\n".join(
            " ".join(one_line(words[index].text) for index in line) for line in lines_of(words, inside)
        )
        out[place] = RawBlock(block.kind, text, block.page, block.level, block.rect)
        used = set(inside)
        free = [index for index in free if index not in used]
    return [out[place] for place in range(len(blocks))], free


def _block_in_print(
    block: RawBlock, words: Sequence[RawWord], inside: Sequence[int]
) -> tuple[RawBlock, set[int]]:
    if not block.cells:
        text, used = retext(block.text, words, inside)
        return RawBlock(block.kind, text, block.page, block.level, block.rect), used
    cells: list[RawCell] = []
    free = list(inside)
    taken: set[int] = set()
    for cell in block.cells:
        text, used = retext(cell.text, words, free)
        rect = union([words[index].rect for index in used]) if used else None
        cells.append(RawCell(cell.row, cell.column, text, cell.header, cell.row_span, cell.column_span, rect))
        taken |= used
        free = [index for index in free if index not in used]
    return RawBlock("table", page=block.page, rect=block.rect, cells=cells), taken


def lines_of(words: Sequence[RawWord], indexes: Sequence[int]) -> list[list[int]]:
    """The words of a region as printed lines from the top, each from the left."""
    rects = {index: words[index].rect for index in indexes}
    lines: list[list[int]] = []
    above = below = (
        0.0  # of the word before; compared by hand: this is looked at for every word of most pages
    )
    for index in sorted(indexes, key=lambda index: rects[index][1] + rects[index][3]):
        _, top, _, bottom = rects[index]
        shared = (below if below < bottom else bottom) - (above if above > top else top)
        last, own = below - above, bottom - top
        if lines and shared > 0.5 * (last if last < own else own):
            lines[-1].append(index)
        else:
            lines.append([index])
        above, below = top, bottom
    for line in lines:
        if len(line) > 1:
            line.sort(key=lambda index: rects[index][0])
    return lines


def area(rect: Rect | None) -> float:
    """In square points; infinite without a box."""
    return float("inf") if rect is None else (rect[2] - rect[0]) * (rect[3] - rect[1])


def union(rects: Sequence[Rect]) -> Rect:
    """The smallest box around all."""
    return (
        min(rect[0] for rect in rects),
        min(rect[1] for rect in rects),
        max(rect[2] for rect in rects),
        max(rect[3] for rect in rects),
    )
