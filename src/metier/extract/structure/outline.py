"""What the file itself says about its structure: bookmarks (the outline) and heading tags. Authors' word comes before fonts."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2

from metier.extract.raw import one_line
from metier.extract.structure.features import Described
from metier.extract.structure.numbering import bare, fold

# Outlines of generated references run into the ten thousands; deeper than this they are an index.
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One bookmark. Pages count from 1, 0 if it leads nowhere; levels count from 1."""

    title: str
    page: int
    level: int


def read_outline(pdf: pypdfium2.PdfDocument) -> list[Entry]:
    """The bookmarks in order; [] if there are none or they cannot be read."""
    entries: list[Entry] = []
    with contextlib.suppress(pypdfium2.PdfiumError, UnicodeDecodeError, RecursionError):
        for mark in pdf.get_toc(max_depth=8):
            if len(entries) >= _MOST:
                break
            dest = mark.get_dest()
            index = dest.get_index() if dest else None
            entries.append(
                Entry(one_line(mark.get_title()), 0 if index is None else index + 1, mark.level + 1)
            )
    return entries


def match_outline(entries: Sequence[Entry], items: Sequence[Described]) -> dict[int, int]:
    """Item number -> index of the bookmark that names it. Each is used once.

    A bookmark names a block on its page or a neighbouring one (anchors are sometimes set before a page break) whose text is
    the title, with or without number.
    """
    by_page: dict[int, list[int]] = {}
    for number, item in enumerate(items):
        if item.block.kind not in ("header", "footer", "table") and item.folded:
            by_page.setdefault(item.block.page, []).append(number)
    found: dict[int, int] = {}
    for index, entry in enumerate(entries):
        title, whole = bare(entry.title), fold(entry.title)
        if not whole or not entry.page:
            continue
        for page in (entry.page, entry.page + 1, entry.page - 1):
            free = [number for number in by_page.get(page, ()) if number not in found]
            hit = [n for n in free if same_title(items[n], title, whole)]
            if hit:
                # the look decides between several: bookmarks lead to what is set bigger
                best = max(hit, key=lambda n: (items[n].style.size, items[n].style.bold, -n))
                found[best] = index
                break
    return found


def same_title(item: Described, title: str, whole: str) -> bool:
    """True if the block is this title; numbers may be missing on either side."""
    return item.folded in (title, whole) or fold(item.text) in (title, whole)
