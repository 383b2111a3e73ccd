"""Titles that the numbers tell: 3.1.4 between the headings 3.1.3 and 3.1.5 is one, whatever its words look like.

The models doubt long titles, questions, and labels that come again under every section ("Requirements", "Results"); a number that
goes on from a heading's says more. It must be one that no other block has, on a line that stands out from the text, in a look
that several such numbers share.
"""

from collections import Counter
from collections.abc import Sequence

from metier.extract.structure.features import Described, ends_in_number, may_be_heading
from metier.extract.structure.numbering import before
from metier.extract.structure.style import Body, Style

# Titles are larger than the text by this, or bold where it is not.
_LARGER = 1.04
_LONGEST, _MOST_LINES = 200, 4
# So many numbers of one look and depth: one alone may be anything.
_LEAST = 3


def promote(items: Sequence[Described], body: Body) -> None:
    """Makes headings of blocks whose numbers go on from a heading's; levels are left to be set."""
    numbers = Counter(item.number.parts for item in items if item.number.depth)
    alike: Counter[tuple[Style, int]] = Counter()
    chosen: list[Described] = []
    for item in items:
        if (item.block.kind == "heading" and item.number.depth) or (
            numbers[item.number.parts] == 1 and _may_be_title(item, body)
        ):
            chosen.append(item)
        else:
            continue
        alike[item.style, item.number.depth] += 1
    known: set[tuple[str, ...]] = set()
    for item in chosen:
        if item.block.kind != "heading":
            if alike[item.style, item.number.depth] < _LEAST or before(item.number) not in known:
                continue
            item.block.kind = "heading"
        known.add(item.number.parts)


def _may_be_title(item: Described, body: Body) -> bool:
    text = item.text
    return (
        item.number.kind == "decimal"
        and item.number.length < len(text) <= _LONGEST
        and len(item.lines) <= _MOST_LINES
        and may_be_heading(item)
        and not text.endswith((".", ";", ",", ":"))
        and not ends_in_number(text)
        and (item.style.size > _LARGER * body.style.size or (item.style.bold and not body.style.bold))
    )
