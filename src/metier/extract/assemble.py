"""RawDocument -> Document: lays the blocks out as one text and gives every piece its range and boxes.

Reading order is the engine's. Headings above a block, running headers, title, language and stated date are found here,
the same for every format.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from operator import itemgetter

import numpy as np

from metier.extract.align import Centres, Match, align
from metier.extract.confidence import covered, of_block, of_page
from metier.extract.furniture import mark_unless_all
from metier.extract.raw import RawBlock, RawCell, RawDocument, RawPage, RawWord, Rect, clean, one_line
from metier.extract.tables import render_table
from metier.extract.title import title_of
from metier.extract.version_date import find_version_date
from metier.extract.version_stated import find_superseded, find_version, newest_revision
from metier.text.language import detect_language
from metier.types import Block, Box, Cell, Document, Page, Words

GAP = "\n\n"  # between blocks


@dataclass(slots=True)
class _Laid:
    """A block with its final text, its cells in that text and its words in that text."""

    raw: RawBlock
    text: str
    cells: list[tuple[RawCell, int, int]] = field(default_factory=list)
    words: list[Match] = field(default_factory=list)


@dataclass(slots=True)
class _Written:
    """The document as far as it is laid out."""

    id: str
    texts: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    owners: dict[tuple[int, Rect], int] = field(default_factory=dict)  # which block stands there
    end: int = 0  # of its text
    path: list[tuple[int, str]] = field(default_factory=list)  # headings above what comes next
    table: str = ""  # id of the last one

    def add(self, laid: _Laid, sure: float | None) -> Block:
        """The block at the end of the text."""
        start = self.end + len(GAP) if self.blocks else 0
        number = len(self.blocks)
        block = _block(laid, self.id, number, start, _step(self.path, laid), self.table, sure)
        if block.kind == "table":
            self.table = block.id
        if laid.raw.rect:
            self.owners.setdefault((block.page, laid.raw.rect), number)
        self.blocks.append(block)
        self.texts.append(laid.text)
        self.end = block.end
        return block


def assemble(raw: RawDocument, document_id: str, uri: str) -> Document:
    """The Document; its text is the blocks' texts in order, joined by blank lines."""
    mark_unless_all(raw.blocks, raw.pages)
    by_page: dict[int, list[_Laid]] = {page.number: [] for page in raw.pages}
    for raw_block in raw.blocks:
        if laid := _lay_out(raw_block):
            by_page[raw_block.page].append(laid)
    written = _Written(document_id)
    pages = tuple(_page(written, page, _with_words(by_page[page.number], page)) for page in raw.pages)
    blocks = written.blocks
    _attach(blocks, raw, written.owners)
    text = GAP.join(written.texts)
    language = detect_language(text)
    revision, revised = newest_revision([block.cells for block in blocks if block.cells], language)
    return Document(
        id=document_id,
        uri=uri,
        title=title_of(raw, blocks, text, uri),
        language=language,
        media_type=raw.media_type,
        text=text,
        pages=pages,
        blocks=tuple(blocks),
        engine=raw.engine,
        version_date=find_version_date(text, language) or revised or raw.dated,
        warnings=tuple(raw.warnings),
        version=find_version(text) or revision,
        supersedes=find_superseded(text),
        dropped=tuple(raw.dropped),
    )


def _page(written: _Written, page: RawPage, laid_blocks: Sequence[_Laid]) -> Page:
    """The page, its blocks added to what is written."""
    boxes, words = _boxes(page), list[_Place]()
    shares: list[tuple[float, int]] = []
    first: int | None = None
    for laid in laid_blocks:
        coverage = covered(laid.text, [(start, end) for start, end, _ in laid.words])
        sure: float | None = None
        if coverage is not None and not laid.raw.added:  # what people typed in is not printed by the page
            sure = of_block(coverage, page)
            shares.append((coverage, len(laid.text)))
        start = written.add(laid, sure).start
        first = start if first is None else first
        words += _words(laid, boxes, start)
    words.sort(key=_by_range)
    printed = Words(page.number, tuple(chain.from_iterable(words)))
    start = written.end if first is None else first
    sure = of_page(shares, page)
    return Page(page.number, page.width, page.height, start, written.end, printed, page.label, page.ocr, sure)


def _attach(blocks: list[Block], raw: RawDocument, owners: Mapping[tuple[int, Rect], int]) -> None:
    """Tells captions and footnotes the ids of what they belong to."""
    for item in raw.blocks:
        if item.rect is None or item.belongs_to is None:
            continue
        own, other = owners.get((item.page, item.rect)), owners.get((item.page, item.belongs_to))
        if own is not None and other is not None and own != other:
            blocks[own] = replace(blocks[own], belongs_to=blocks[other].id)


def _lay_out(block: RawBlock) -> _Laid | None:
    if block.kind == "table":
        text, cells = render_table(block.cells)
        return _Laid(block, text, cells) if text.strip() else None
    if block.kind == "code":
        text = clean(block.text).strip("\n")
        return _Laid(block, text) if text.strip() else None
    text = clean(block.text)
    if "  " in text or "\t" in text:
        text = re.sub(r"[ \t]+", " ", text)
    if "\n" in text:
        text = re.sub(r" ?\n\s*", "\n", text)
    text = text.strip()
    if block.kind == "heading":
        text = " ".join(text.split())
    return _Laid(block, text) if text else None


def _with_words(laid_blocks: list[_Laid], page: RawPage) -> list[_Laid]:
    """The page's blocks with their words matched; printed words that no block holds come as paragraphs at the end."""
    if not page.words:
        return laid_blocks
    free, centres = list(range(len(page.words))), Centres(page.words)
    # Small blocks first: a table or figure box may contain a caption's words as well.
    for laid in sorted(laid_blocks, key=lambda item: _area(item.raw.rect)):
        laid.words = _match(laid, page.words, centres, centres.within(free, laid.raw.rect))
        used = {index for _, _, index in laid.words}
        free = [index for index in free if index not in used]
    for laid in laid_blocks:  # what lies outside its block's box, e.g. raised figures
        if free and len(laid.words) == 0:
            laid.words = _match(laid, page.words, centres, free)
            used = {index for _, _, index in laid.words}
            free = [index for index in free if index not in used]
    return laid_blocks + _leftover(page, [index for index in free if _tells(page.words[index].text)])


def _tells(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _match(laid: _Laid, words: Sequence[RawWord], centres: Centres, candidates: Sequence[int]) -> list[Match]:
    if not any(cell.rect for cell, _, _ in laid.cells):
        return align(laid.text, words, candidates)
    found: list[Match] = []
    free = list(candidates)
    for cell, start, end in laid.cells:
        if cell.rect is None or start == end:
            continue
        matches = align(laid.text[start:end], words, centres.within(free, cell.rect))
        found += [(start + s, start + e, index) for s, e, index in matches]
        used = {index for _, _, index in matches}
        free = [index for index in free if index not in used]
    covered = sorted((s, e) for s, e, _ in found)
    starts = [s for s, _ in covered]
    for s, e, index in align(laid.text, words, free):
        at = bisect_left(starts, e)
        if at == 0 or covered[at - 1][1] <= s:
            found.append((s, e, index))
    return sorted(found)


def _leftover(page: RawPage, free: Sequence[int]) -> list[_Laid]:
    """Paragraphs of unmatched words, one per printed line."""
    lines: list[list[int]] = []
    for index in free:
        rect = page.words[index].rect
        last = page.words[lines[-1][-1]].rect if lines else None
        if last and min(rect[3], last[3]) - max(rect[1], last[1]) > 0.5 * min(
            rect[3] - rect[1], last[3] - last[1]
        ):
            lines[-1].append(index)
        else:
            lines.append([index])
    laid = []
    for line in lines:
        words = [page.words[index] for index in line]
        text = " ".join(one_line(word.text) for word in words)
        block = RawBlock("paragraph", text, page.number, rect=_union([word.rect for word in words]))
        laid.append(_Laid(block, text, words=align(text, page.words, line)))
    return laid


def _union(rects: Sequence[Rect]) -> Rect:
    return (
        min(rect[0] for rect in rects),
        min(rect[1] for rect in rects),
        max(rect[2] for rect in rects),
        max(rect[3] for rect in rects),
    )


def _area(rect: Rect | None) -> float:
    return float("inf") if rect is None else (rect[2] - rect[0]) * (rect[3] - rect[1])


def _step(path: list[tuple[int, str]], laid: _Laid) -> tuple[str, ...]:
    """The headings above the block; a heading then takes its place in `path`."""
    if laid.raw.kind != "heading":
        return tuple(text for _, text in path)
    level = max(1, laid.raw.level)
    while path and path[-1][0] >= level:
        path.pop()
    above = tuple(text for _, text in path)
    path.append((level, laid.text))
    return above


def _box(rect: Rect | None, page: int) -> Box | None:
    if rect is None:
        return None
    return Box(page, *(round(value, 2) for value in rect))


def _block(
    laid: _Laid,
    document_id: str,
    order: int,
    at: int,
    path: tuple[str, ...],
    table: str,  # id of the last one
    sure: float | None,
) -> Block:
    raw = laid.raw
    cells = tuple(
        Cell(
            cell.row,
            cell.column,
            cell.text,
            at + start,
            at + end,
            cell.header,
            cell.row_span,
            cell.column_span,
            _box(cell.rect, raw.page),
        )
        for cell, start, end in laid.cells
    )
    return Block(
        id=f"{document_id}.{order}",
        kind=raw.kind,
        order=order,
        page=raw.page,
        start=at,
        end=at + len(laid.text),
        box=_box(raw.rect, raw.page),
        level=min(6, max(1, raw.level)) if raw.kind == "heading" else 0,
        heading_path=path,
        cells=cells,
        anchor=raw.anchor,
        continues=table if raw.kind == "table" and raw.continues else "",
        confidence=sure,
    )


_Place = tuple[int, int, int, int, int, int]  # start, end, x0, y0, x1, y1 as `Words` keeps them
_by_range = itemgetter(0, 1)


def _boxes(page: RawPage) -> list[list[int]]:
    """x0, y0, x1, y1 of each word in hundredths of a point. Raises ValueError for a box that is nowhere."""
    if not page.words:
        return []
    numbers = chain.from_iterable(word.rect for word in page.words)
    points = np.fromiter(numbers, np.float64, 4 * len(page.words))
    if not np.isfinite(points).all():
        raise ValueError(f"page {page.number}: a word has no place")
    boxes: list[list[int]] = np.rint(100 * points).astype(np.int64).reshape(-1, 4).tolist()
    return boxes


def _words(laid: _Laid, boxes: Sequence[Sequence[int]], at: int) -> list[_Place]:
    return [(at + start, at + end, *boxes[index]) for start, end, index in laid.words]  # type: ignore[misc]
