"""How likely it is that the cheap engine got a page wrong: what the structure engine is asked for.

Three signs, all from the cheap engine's own blocks: tables (the grid may be wrong), blocks that lie over one another (text
of two columns or of a picture mixed up), and pages with few words (slides, charts).
"""

from collections.abc import Sequence
from itertools import combinations

from metier.extract.raw import RawBlock, RawPage, Rect

# Two boxes lie over one another if the common area is more than this share of the smaller one (lines touch by less) and
# more than this share of the page. Thresholds from the tuning half, see docs/design/extraction.md.
_OVER, _OVER_PAGE = 0.1, 0.01
# A page with fewer words than this is a slide, a chart or a title page, whose order no text flow gives.
_FEW_WORDS = 40
# More blocks than this are not compared pair by pair: such a page is a table or a drawing anyway.
_MOST_BLOCKS = 400


def doubt(page: RawPage, blocks: Sequence[RawBlock]) -> float:
    """0 (plain text) to 1 for the cheap engine's reading of a page; 0 for a page without words."""
    if not page.words:
        return 0.0
    return max(
        _tables(blocks),
        _overlaps(blocks, page.width * page.height),
        0.5 if len(page.words) < _FEW_WORDS else 0.0,
    )


def _tables(blocks: Sequence[RawBlock]) -> float:
    return 1.0 if any(block.kind == "table" for block in blocks) else 0.0


def _overlaps(blocks: Sequence[RawBlock], page: float) -> float:
    rects = [block.rect for block in blocks if block.rect is not None]
    if len(rects) > _MOST_BLOCKS:
        return 1.0
    over = sum(_over(a, b) for a, b in combinations(rects, 2))
    return 0.8 if over > _OVER_PAGE * page else 0.0


def _over(a: Rect, b: Rect) -> float:
    """The area that two boxes share; 0 if it is a small part of both."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return width * height if width * height > _OVER * smaller else 0.0
