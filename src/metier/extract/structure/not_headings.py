"""What looks like a heading and only names one: entries of contents pages, and titles that are printed again on top of pages."""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, pairwise
from statistics import median

from metier.extract.raw import RawDocument, Rect
from metier.extract.structure.features import Described
from metier.extract.structure.numbering import fold
from metier.extract.structure.style import Line, lines_of

# As many headings of one page that come again later make it a table of contents.
_LISTED = 3
# So many printed lines that end in page numbers which do not fall are a list of contents; a list of values falls.
_LEAST_LINES, _RISING = 4, 0.85
_PAGE_NUMBER = re.compile(r"(?:.*[\s.…·])?(\d{1,4})[.…\s]*")
# Between a title and its page number, in sizes of the type; leaders count as space.
_GAP = 1.2
_LEADERS = re.compile(r"(?:\.\s?){3,}|…|(?:·\s?){3,}")
# Page numbers end at one place, and a list ends where more than so many of its usual steps are left free.
_SAME_X, _MOST_STEPS = 4.0, 4.0
_TOP = 0.15  # the share of a page's height in which running titles stand


def demote(raw: RawDocument, items: Sequence[Described]) -> None:
    """Takes the kind "heading" from what is none: entries become paragraphs, running titles headers."""
    _demote_entries(raw, items)
    _demote_listed(items)
    _demote_running(raw, items)


def _demote_entries(raw: RawDocument, items: Sequence[Described]) -> None:
    titled = {item.block.page for item in items if item.block.kind == "heading"}
    lists = {page.number: contents_lists(lines_of(page.runs)) for page in raw.pages if page.number in titled}
    for item in items:
        rect = item.block.rect
        if item.block.kind != "heading" or rect is None:
            continue
        middle = (rect[1] + rect[3]) / 2
        if any(top <= middle <= bottom for top, bottom in lists.get(item.block.page, ())):
            item.block.kind, item.block.level = "paragraph", 0


def contents_lists(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Where the page lists titles with the numbers of their pages: top and bottom of each such list.

    Not found: lists in two columns, Roman page numbers, lists without numbers.
    """
    ends: dict[int, list[tuple[Rect, int]]] = defaultdict(list)
    for line in lines:
        if (number := _page_number(line)) is not None:
            ends[round(line.rect[2] / _SAME_X)].append((line.rect, number))
    entries = max(
        (ends[place] + ends.get(place + 1, []) for place in list(ends)),
        key=len,
        default=list[tuple[Rect, int]](),
    )
    entries.sort(key=lambda entry: entry[0][1])
    lists: list[tuple[float, float]] = []
    for part in _runs_of(entries):
        steps = [below >= above for (_, above), (_, below) in pairwise(part)]
        if len(part) >= _LEAST_LINES and sum(steps) >= _RISING * len(steps) and part[-1][1] > part[0][1]:
            lists.append((part[0][0][1], part[-1][0][3]))
    return lists


def _page_number(line: Line) -> int | None:
    """The number that stands apart at the end of a line with words before it."""
    match = _PAGE_NUMBER.fullmatch(line.text)
    if match is None or not any(map(str.isalpha, line.text[: match.start(1)])):
        return None
    apart = _LEADERS.search(line.text) is not None or any(
        b.rect[0] - a.rect[2] > _GAP * line.style.size for a, b in pairwise(line.runs[-3:])
    )
    return int(match.group(1)) if apart else None


def _runs_of(entries: Sequence[tuple[Rect, int]]) -> list[list[tuple[Rect, int]]]:
    """The entries of one page, divided where space is left."""
    if len(entries) < _LEAST_LINES:
        return []
    usual = median(below[0][1] - above[0][1] for above, below in pairwise(entries))
    parts = [[entries[0]]]
    for above, below in pairwise(entries):
        if below[0][1] - above[0][1] > _MOST_STEPS * usual:
            parts.append([])
        parts[-1].append(below)
    return parts


def _demote_listed(items: Sequence[Described]) -> None:
    """Where the numbers of pages are not seen: three and more of one page that all come again later."""
    last: dict[str, int] = {}
    for item in items:
        if item.block.kind == "heading":
            last[fold(item.text)] = item.block.page
    again: dict[int, dict[str, list[Described]]] = {}
    for item in items:
        key = fold(item.text)
        if item.block.kind == "heading" and last[key] > item.block.page:
            again.setdefault(item.block.page, {}).setdefault(key, []).append(item)
    for entries in again.values():
        if len(entries) >= _LISTED:
            for item in chain.from_iterable(entries.values()):
                item.block.kind, item.block.level = "paragraph", 0


def _demote_running(raw: RawDocument, items: Sequence[Described]) -> None:
    """The title on top of a page that is the title of a section there or before.

    It must be the first of its page, and a heading of the same words must stand below it or on an earlier page: in another
    look, or with the same number, which no document gives twice.
    """
    heights = {page.number: page.height for page in raw.pages}
    tops: dict[int, Described] = {}
    for item in items:
        rect = item.block.rect
        if rect is None or item.block.kind in ("header", "footer", "hidden") or not item.folded:
            continue
        best = tops.get(item.block.page)
        if best is None or best.block.rect is None or rect[1] < best.block.rect[1]:
            tops[item.block.page] = item
    known: dict[str, list[Described]] = defaultdict(list)
    for item in items:
        if item.block.kind == "heading":
            known[item.folded].append(item)
    for page, top in tops.items():
        rect = top.block.rect
        if top.block.kind != "heading" or rect is None or rect[1] > _TOP * heights.get(page, 0.0):
            continue
        others = [
            other
            for other in known[top.folded]
            if other is not top
            and other.block.page <= page
            and (other.style != top.style or (top.number.depth and other.number == top.number))
        ]
        if others:
            top.block.kind, top.block.level = "header", 0
