"""Nothing of the text layer is lost: every word that pdfium finds on a page is read, comes in, or is listed with the reason.

The engine's words are compared with pdfium's text of the page (1 ms). Only where one is missing pdfium is asked for places
(3 ms): what stands where the engine has words that look alike is its own spelling of them (fonts that say a wrong letter,
lost ligatures); what lies beyond the paper is no part of the page; everything else is added, at the end of its page, and
looked at like all words that may not show. It does not know what neither engine finds in the file.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Sequence, Set
from difflib import SequenceMatcher

import numpy as np
import pypdfium2
from numpy.typing import NDArray

from metier.extract.pdf_pdfium import joined_words
from metier.extract.raw import RawBlock, RawDocument, RawPage, RawWord, Rect, clean, one_line
from metier.extract.reconcile import lines_of, union
from metier.extract.structure.numbering import fold
from metier.extract.torn import mend
from metier.types import Dropped

# A word stands where others do if as much of it lies in their boxes; boxes are this much larger (points).
_COVERED, _GROWN = 0.6, 0.7
# It is another spelling of them if as many of its letters are theirs; of two letters nothing can be said.
_ALIKE, _SHORT = 0.4, 2


def complete(pdf: pypdfium2.PdfDocument, raw: RawDocument, pages: Collection[int]) -> None:
    """Adds the missing words of these pages to `raw`, lists in `raw.dropped` those that are not added, and mends torn ones."""
    blocks: dict[int, list[RawBlock]] = defaultdict(list)
    for block in raw.blocks:
        blocks[block.page].append(block)
    said = {
        number: " ".join(
            text for block in here for text in (block.text, *(cell.text for cell in block.cells))
        )
        for number, here in blocks.items()
    }
    texts = {number: letters(text) for number, text in said.items()}
    added: list[RawBlock] = []
    for page in raw.pages:
        if page.number not in pages or page.number > len(pdf):
            continue
        around = [texts.get(page.number + step, "") for step in (0, -1, 1)]
        told = frozenset(said.get(page.number, "").split())  # nearly all words, and quicker to look up
        try:
            printed = pdf[page.number - 1]
            text_page = printed.get_textpage()
        except pypdfium2.PdfiumError:
            continue  # pdfium cannot read the page: nothing to compare with

        def lacking(word: str, around: Sequence[str] = around, told: Set[str] = told) -> bool:
            plain = "" if word in told else letters(word)
            return bool(plain) and not any(plain in text for text in around)

        theirs = _words_of(text_page)
        mend(blocks[page.number], page.words, theirs)
        if not any(map(lacking, theirs)):
            continue
        missing = joined_words(printed, text_page, lacking)
        found, dropped = _judge(page, missing)
        raw.dropped += dropped
        added += _add(page, found)
    if added:
        raw.blocks = sorted(raw.blocks + added, key=lambda block: block.page)


def letters(text: str) -> str:
    """Letters and figures alone, without case and in their plain form ("𝐷𝑒𝑓" is "def")."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", clean(text))
    return fold(text)


def _words_of(text_page: pypdfium2.PdfTextPage) -> set[str]:
    """The page's words; none if pdfium cannot say them."""
    try:
        return set(text_page.get_text_range().split())
    except (pypdfium2.PdfiumError, UnicodeDecodeError):
        return set()


def _judge(
    page: RawPage, missing: Sequence[tuple[str, Sequence[Rect]]]
) -> tuple[list[RawWord], list[Dropped]]:
    """The words that are lost, and those that need not be read."""
    found: list[RawWord] = []
    dropped: list[Dropped] = []
    boxes = np.array([word.rect for word in page.words], np.float64).reshape(-1, 4)
    for word, rects in missing:
        text = one_line(word)
        if all(_outside(rect, page) for rect in rects):
            dropped.append(Dropped(page.number, text, "off_page"))
            continue
        theirs = _in_place(rects, page.words, boxes)
        if theirs is not None and letters(text) in theirs:
            continue  # the engine has it in no block: it comes at the end of its page
        if theirs is not None and _alike(letters(text), theirs):
            dropped.append(Dropped(page.number, text, "spelling"))
        else:
            found.append(RawWord(text, rects[0]))
    return found, dropped


def _outside(rect: Rect, page: RawPage) -> bool:
    x, y = (rect[0] + rect[2]) / 2, (rect[1] + rect[3]) / 2
    return not (0 <= x <= page.width and 0 <= y <= page.height)


def _in_place(rects: Sequence[Rect], words: Sequence[RawWord], boxes: NDArray[np.float64]) -> str | None:
    """The letters of the words that stand where these boxes are; None if they do not fill them."""
    covered = [_words_at(rect, boxes) for rect in rects]
    if any(share < _COVERED for share, _ in covered):
        return None
    return letters("".join(words[index].text for _, indexes in covered for index in indexes))


def _alike(word: str, theirs: str) -> bool:
    """True if as many of the word's letters are the others', in their order; of one or two letters nothing can be said."""
    if len(word) <= _SHORT:
        return True
    parts = SequenceMatcher(None, word, theirs, autojunk=False).get_matching_blocks()
    return sum(part.size for part in parts) >= _ALIKE * len(word)


def _words_at(rect: Rect, boxes: NDArray[np.float64]) -> tuple[float, list[int]]:
    """Which share of the box lies in boxes of words, and of which."""
    x0, y0, x1, y1 = rect
    middle = (y0 + y1) / 2
    near = np.flatnonzero((boxes[:, 1] - _GROWN <= middle) & (middle <= boxes[:, 3] + _GROWN))
    points = x0 + (x1 - x0) * (np.arange(9) + 0.5) / 9
    inside = (boxes[near, 0, None] - _GROWN <= points) & (points <= boxes[near, 2, None] + _GROWN)
    if inside.size == 0:
        return 0.0, []
    return float(inside.any(axis=0).mean()), near[inside.any(axis=1)].tolist()


def _add(page: RawPage, words: Sequence[RawWord]) -> list[RawBlock]:
    """The words as paragraphs, one for each line; their page holds them from now on."""
    first = len(page.words)
    page.words += words
    page.suspects += range(first, len(page.words))
    return [
        RawBlock(
            "paragraph",
            " ".join(page.words[index].text for index in line),
            page.number,
            rect=union([page.words[index].rect for index in line]),
        )
        for line in lines_of(page.words, range(first, len(page.words)))
    ]
