"""Puts paragraphs together again that an engine gave line by line (liteparse does so beside tables and columns)."""

import re
from collections.abc import Sequence

from metier.extract.raw import RawBlock, Rect

# Lines of a paragraph start at the same place, but for an indented first line.
_SAME_LEFT = 3.0
# Gap between lines as a share of the line height: boxes include ascent and descent, so lines of one paragraph touch.
_GAP = 0.35
# A line that ends before this share of the paragraph's width was ended by its author.
_FULL = 0.85
_ENDS = re.compile(r"[.!?:;…][\"'”’»)\]]*$")


def join_lines(blocks: Sequence[RawBlock]) -> list[RawBlock]:
    """The blocks, where a paragraph that stops mid-sentence takes in the ones that carry it on right below."""
    joined: list[RawBlock] = []
    last_line: Rect | None = None  # of the paragraph at the end of `joined`; None if that is something else
    for block in blocks:
        before = joined[-1] if joined else None
        if before and before.rect and block.rect and last_line and _carries_on(before, last_line, block):
            glue = before.text[:-1] if _half_word(before.text, block.text) else before.text + " "
            before.text = glue + block.text
            a, b = before.rect, block.rect
            before.rect = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
        else:
            joined.append(block)
        last_line = block.rect if block.kind == "paragraph" else None
    return joined


def _carries_on(before: RawBlock, last: Rect, block: RawBlock) -> bool:
    if block.kind != "paragraph" or before.kind != "paragraph" or block.rect is None or before.rect is None:
        return False
    if _ENDS.search(before.text) or not before.text or not block.text:
        return False
    height = min(last[3] - last[1], block.rect[3] - block.rect[1])
    gap = block.rect[1] - last[3]
    if not -0.6 * height <= gap <= _GAP * height or abs(block.rect[0] - before.rect[0]) > _SAME_LEFT:
        return False
    width = max(before.rect[2], block.rect[2]) - before.rect[0]
    return last[2] - before.rect[0] >= _FULL * width


def _half_word(before: str, after: str) -> bool:
    return before.endswith("-") and len(before) > 1 and before[-2].isalpha() and after[:1].islower()
