"""How sure a reading is, from 0 to 1: how much of it is printed where it says, and whether a second reading says the same.

A block's text is compared with the printed words that were matched to it (coverage). Pages that were read twice add the share of
their words to which both readings gave the same role (agreement); pages that were read once, the doubt of the router. OCR adds its own
word for it, and a text layer that names no letters takes its share away. These are shares, not chances.

Doubt sends a page to the structure engine (`route`), illegible text to OCR (`pdf_picture`), and what is still unsure after that
to a person (`metier status --unsure`).
"""

from collections.abc import Sequence

from metier.extract.align import Centres
from metier.extract.raw import RawBlock, RawPage, RawWord

# What a doubt of 1 takes from a page that was read once.
_DOUBT = 0.5
_ROLES = {"table": "table", "heading": "heading", "code": "code"}


def agreement(words: Sequence[RawWord], one: Sequence[RawBlock], other: Sequence[RawBlock]) -> float | None:
    """Share of the words that stand in a table, a heading, code or text in both readings alike; None without words in both."""
    first, second = _roles(words, one), _roles(words, other)
    both = first.keys() & second.keys()
    return sum(first[index] == second[index] for index in both) / len(both) if both else None


def _roles(words: Sequence[RawWord], blocks: Sequence[RawBlock]) -> dict[int, str]:
    centres = Centres(words)
    roles: dict[int, str] = {}
    free = list(range(len(words)))
    for block in sorted(blocks, key=_area):  # small blocks first: a large box may hold a caption's words, too
        if block.rect is None:
            continue
        inside = centres.within(free, block.rect)
        roles |= dict.fromkeys(inside, _ROLES.get(block.kind, "text"))
        taken = set(inside)
        free = [index for index in free if index not in taken]
    return roles


def _area(block: RawBlock) -> float:
    r = block.rect
    return float("inf") if r is None else (r[2] - r[0]) * (r[3] - r[1])


def covered(text: str, ranges: Sequence[tuple[int, int]]) -> float | None:
    """Share of the text's letters and figures that printed words stand for; None of a text without any."""
    between: list[str] = []
    at = 0
    for start, end in sorted(ranges):
        if start > at:
            between.append(text[at:start])
        at = max(at, end)
    unseen = sum(map(str.isalnum, "".join((*between, text[at:]))))
    if not unseen:  # nearly always: then nothing need be counted
        return 1.0 if any(map(str.isalnum, text)) else None
    told = sum(map(str.isalnum, text))
    return (told - unseen) / told


def of_block(coverage: float | None, page: RawPage) -> float | None:
    """How sure the block is; None on pages without printed words."""
    return None if coverage is None or not page.words else round(coverage * _of_reading(page), 3)


def of_page(blocks: Sequence[tuple[float, int]], page: RawPage) -> float | None:
    """How sure the page is: its blocks' coverage, by length; None on pages without printed words."""
    length = sum(letters for _, letters in blocks)
    if page.words and not length and page.legible < 1:
        return round(_of_reading(page), 3)
    if not page.words or not length:
        return None
    return round(sum(share * letters for share, letters in blocks) / length * _of_reading(page), 3)


def _of_reading(page: RawPage) -> float:
    told = page.agreement if page.agreement is not None else 1 - _DOUBT * page.doubt
    return told * page.legible * (1.0 if page.ocr is None else page.ocr)
