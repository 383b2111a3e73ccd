"""Which tables go on over which page breaks, read off the print of papers whose rows we wrote."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.layouts import Paper
from metier.extract.raw import RawBlock, RawDocument, RawWord

_KEY = re.compile(r"[A-Z][AB]\d-\d{3}")
_FRONT, _BACK = re.compile(r"[A-Z][AB]\d-"), re.compile(r"\d{3}")


@dataclass(slots=True)
class Joins:
    """Page breaks inside tables: joined rightly, joined wrongly, not joined; and why not."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    unseen: int = 0  # of the missed: on one of the two pages no table was found

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else float("nan")


def keys(paper: Paper) -> dict[str, str]:
    """Row key -> table."""
    return {
        row[0]: piece.text
        for piece in paper.pieces
        if piece.kind == "table"
        for row in piece.rows[1 if piece.header else 0 :]
    }


def true_breaks(raw: RawDocument, paper: Paper) -> set[tuple[str, int]]:
    """(table, page): rows of the table are printed on this page and on the next."""
    known = keys(paper)
    pages: dict[str, set[int]] = {}
    for page in raw.pages:
        for key in printed_keys(page.words):
            if key in known:
                pages.setdefault(known[key], set()).add(page.number)
    return {(table, page) for table, on in pages.items() for page in on if page + 1 in on}


def printed_keys(words: Sequence[RawWord]) -> list[str]:
    """The row keys printed on a page; narrow columns divide them at the hyphen, the number below its letters."""
    found = _KEY.findall("".join(word.text for word in words))
    numbers = [word for word in words if _BACK.fullmatch(word.text)]
    for word in words:
        if not _FRONT.fullmatch(word.text):
            continue
        x, top, height = word.rect[0], word.rect[3], word.rect[3] - word.rect[1]
        found += [
            word.text + below.text
            for below in numbers
            if abs(below.rect[0] - x) < 1 and -0.5 * height < below.rect[1] - top < height
        ][:1]
    return found


def table_of(block: RawBlock, known: dict[str, str]) -> str:
    """The table that most of the block's rows are of; "" if it holds none."""
    text = "".join(cell.text for cell in block.cells) if block.cells else block.text
    found = Counter(known[key] for key in _KEY.findall("".join(text.split())) if key in known)
    return found.most_common(1)[0][0] if found else ""


def judge(
    blocks: Sequence[RawBlock],
    joined: Sequence[tuple[int, int]],
    breaks: set[tuple[str, int]],
    known: dict[str, str],
) -> Joins:
    """The pairs of blocks that were joined (upper, lower) against the true page breaks."""
    joins = Joins()
    left = set(breaks)
    for above, below in joined:
        table = table_of(blocks[above], known)
        place = table, blocks[above].page
        if table and table == table_of(blocks[below], known) and place in left:
            left.discard(place)
            joins.right += 1
        elif place not in breaks or table != table_of(blocks[below], known):
            joins.wrong += 1
    joins.missed = len(left)
    tables = {(table_of(block, known), block.page) for block in blocks if block.kind == "table"}
    joins.unseen = sum((table, page) not in tables or (table, page + 1) not in tables for table, page in left)
    return joins
