"""Captions know their table or figure, footnotes the block that refers to them. Both must be on one page."""

import re
from collections import defaultdict
from collections.abc import Sequence

from metier.extract.raw import RawBlock, RawDocument, RawPage, RawRun, Rect, common_size, one_line

_TABLE = r"table|tab\.|tabelle|tableau|tabla|tabella|tabel|übersicht|listing"
_FIGURE = r"figure|fig\.|abbildung|abb\.|figura|figuur|chart|diagramm|exhibit|schema"
_CAPTION = re.compile(
    rf"(?:(?P<table>{_TABLE})|(?P<figure>{_FIGURE}))\s*(?:\d|[IVX]+\b|[A-Z]\.?\d)", re.IGNORECASE
)
# A caption is longer than a reference and shorter than a paragraph.
_LONGEST = 400
# It stands this near, in points: two lines and some space.
_NEAR = 40.0
# A footnote stands in this part of the page, is set this much smaller than most of it, and begins with its mark, which
# engines run together with its first word ("1See also").
_FOOT, _SMALLER = 0.55, 0.95
_NOTE = re.compile(r"[*_]*\(?(\d{1,2}|[*∗†‡§¶])\)?[*_]*\s?(?=[^\W\d_])")
# Where it is referred to, the mark is a run of its own, or the end of a word.
_REFERENCE = re.compile(r"[^\W\d_][.,;:!?)\]\"'”’»]*(\d{1,2}|[*∗†‡§¶])[.,;:)]?$")


def is_figure_caption(text: str) -> bool:
    """True for what begins as captions of figures do: "Figure 3", "Abb. 2"."""
    match = _CAPTION.match(one_line(text))
    return match is not None and match["figure"] is not None


def attach(raw: RawDocument) -> None:
    """Sets `belongs_to` of captions and footnotes; kinds and texts stay."""
    by_page: dict[int, list[RawBlock]] = defaultdict(list)
    for block in raw.blocks:
        by_page[block.page].append(block)
    for page in raw.pages:
        blocks = by_page[page.number]
        _captions(blocks)
        if page.runs:
            _footnotes(page, blocks)


def _captions(blocks: Sequence[RawBlock]) -> None:
    taken: set[int] = set()
    for block in blocks:
        if block.cells or block.rect is None or len(block.text) > _LONGEST:
            continue
        match = _CAPTION.match(one_line(block.text))
        if not match and block.kind != "caption":
            continue
        kinds = ("table",) if match and match["table"] else ("figure",) if match else ("table", "figure")
        near = [
            (gap, number)
            for number, other in enumerate(blocks)
            if other.kind in kinds and number not in taken and other.rect and (gap := _gap(block.rect, other.rect)) <= _NEAR
        ]  # fmt: skip
        if near:
            _, number = min(near)
            taken.add(number)
            block.belongs_to = blocks[number].rect


def _gap(a: Rect, b: Rect) -> float:
    """The white between two boxes one above the other; infinite where they are side by side."""
    if min(a[2], b[2]) <= max(a[0], b[0]):
        return float("inf")
    return max(0.0, b[1] - a[3], a[1] - b[3])


def _footnotes(page: RawPage, blocks: Sequence[RawBlock]) -> None:
    body = common_size(page.runs)
    marks: dict[str, list[tuple[float, float]]] | None = None
    for block in blocks:
        if (
            block.rect is None
            or block.rect[1] < _FOOT * page.height
            or block.cells
            or block.kind == "heading"
        ):
            continue
        note = _NOTE.match(one_line(block.text))
        if note is None or not _is_small(block.rect, page.runs, _SMALLER * body):
            continue
        marks = marks if marks is not None else _references(page)
        for x, y in marks.get(note[1], ()):
            above = [
                other for other in blocks if other is not block and other.rect and _holds(other.rect, x, y)
            ]
            if above and y < block.rect[1]:
                block.belongs_to = above[0].rect
                break


def _is_small(rect: Rect, runs: Sequence[RawRun], most: float) -> bool:
    sizes = [
        run.size
        for run in runs
        if _holds(rect, (run.rect[0] + run.rect[2]) / 2, (run.rect[1] + run.rect[3]) / 2)
    ]
    return bool(sizes) and max(sizes) <= most


def _holds(rect: Rect, x: float, y: float) -> bool:
    return rect[0] - 1 <= x <= rect[2] + 1 and rect[1] - 2 <= y <= rect[3] + 1


def _references(page: RawPage) -> dict[str, list[tuple[float, float]]]:
    """Where marks stand at the ends of words, or alone right behind one, from the top of the page."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for before, word in zip([None, *page.words], page.words, strict=False):
        x, y = (word.rect[0] + word.rect[2]) / 2, (word.rect[1] + word.rect[3]) / 2
        if match := _REFERENCE.search(word.text):
            found[match[1]].append((x, y))
        elif (
            before is not None and (alone := _ALONE.fullmatch(word.text)) and _raised(before.rect, word.rect)
        ):
            found[alone[1]].append((x, y))
    return found


_ALONE = re.compile(r"\(?(\d{1,2}|[*∗†‡§¶])\)?")


def _raised(word: Rect, mark: Rect) -> bool:
    """True if the mark stands right behind the word, smaller and with its foot above the word's."""
    height = word[3] - word[1]
    return (
        abs(mark[0] - word[2]) < 0.4 * height
        and mark[3] < word[3] - 0.15 * height
        and mark[3] - mark[1] < height
    )
