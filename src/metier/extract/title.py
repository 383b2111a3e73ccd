"""The title of a document: what the file states, else what its first page prints largest, else its first heading, else the
file's name.

An outline seldom lists the title, and where it is asked what a heading is the title of a PDF is none; "Abstract" or
"1 Introduction" stands over a part of every document and names none.
"""

import re
from collections.abc import Sequence
from itertools import takewhile
from pathlib import PurePosixPath

from metier.extract.raw import RawDocument, RawPage, Rect, common_size, one_line
from metier.types import Block

# What authoring tools write when nobody gave a title.
_NO_TITLE = re.compile(
    r"(untitled|unbenannt|document\d*|dokument\d*|presentation\d*|präsentation\d*|powerpoint[ -].*|folie \d+|slide \d+"
    r"|book\d*|mappe\d*|title|titel|default|none|null|unknown|\(.*\)|.*\.(docx?|pdf|pptx?|xlsx?|indd|qxd|tex|dvi|e?ps|p65|rtf|odt))",
    re.IGNORECASE,
)
_OF_A_PART = re.compile(
    r"(?:(?:\d+|[ivx]+)[.)]?\s+)?(?:abstract|(?:table of )?contents|list of (?:figures|tables)|introduction|preface|foreword"
    r"|preamble|(?:executive )?summary|overview|acknowledge?ments?|references|revision history|change ?log|zusammenfassung"
    r"|kurzfassung|inhalt|inhalts(?:verzeichnis|übersicht)|einleitung|einführung|vorwort|vorbemerkung(?:en)?|überblick"
    r"|abbildungsverzeichnis|tabellenverzeichnis|literatur(?:verzeichnis)?|änderungs(?:verzeichnis|historie))\W*",
    re.IGNORECASE,
)
_REFERENCE_MARKS = " *∗†‡§¹²³-–—:"
_LARGER = (
    1.2  # times the size of most letters of the first pages: titles are set so, and names of authors are not
)
_SAME = 0.95  # of the largest size: the second line of a title
_UPPER = 0.7  # of the page: below stand seals, prices and whatever else is printed large
_LONGEST = 200  # characters
_LETTERS = 3  # of a title, at least
_BODY_PAGES = 3


def title_of(raw: RawDocument, blocks: Sequence[Block], text: str, uri: str) -> str:
    """The title, in one line; `text` is the document's, which the ranges of `blocks` are of."""
    stated = re.sub(r"^Microsoft (Word|PowerPoint|Excel) - ", "", one_line(raw.title))
    if 3 <= len(stated) <= _LONGEST and _names(stated) and not _NO_TITLE.fullmatch(stated):
        return stated
    heading, place = _first_heading(blocks, text)
    printed = _printed(raw, blocks[: place + 1], text) if heading else _printed(raw, blocks, text)
    return printed or heading.rstrip(_REFERENCE_MARKS) or PurePosixPath(uri).stem or uri


def _first_heading(blocks: Sequence[Block], text: str) -> tuple[str, int]:
    """The first heading and its place among the blocks; "" where there is none, or only one over a part."""
    for place, block in enumerate(blocks):
        heading = text[block.start : block.end]
        if block.kind == "heading" and _names(heading) and len(heading) <= _LONGEST:
            return ("", place) if _OF_A_PART.fullmatch(heading) else (heading, place)
    return "", len(blocks)


def _printed(raw: RawDocument, blocks: Sequence[Block], text: str) -> str:
    """What the first page prints largest of these blocks, in its upper part; "" where nothing is larger than the rest."""
    page = raw.pages[0] if raw.pages else RawPage()
    body = common_size(run for page in raw.pages[:_BODY_PAGES] for run in page.runs)
    sized = [
        (_size((block.box.x0, block.box.y0, block.box.x1, block.box.y1), page), block)
        for block in blocks
        if block.page == page.number and block.box and block.kind in ("heading", "paragraph")
        if block.box.y0 <= _UPPER * page.height
    ]
    largest = max((size for size, _ in sized), default=0.0)
    if not body or largest < _LARGER * body:
        return ""
    place = next(number for number, (size, _) in enumerate(sized) if size == largest)
    while place and sized[place - 1][0] >= _SAME * largest:
        place -= 1
    lines = takewhile(lambda item: item[0] >= _SAME * largest, sized[place:])
    title = one_line(" ".join(text[block.start : block.end] for _, block in lines)).rstrip(_REFERENCE_MARKS)
    is_title = _in_letters(title) and len(title) <= _LONGEST and not _OF_A_PART.fullmatch(title)
    return title if is_title else ""


def _names(text: str) -> bool:
    return any(map(str.isalpha, text))


def _in_letters(text: str) -> bool:
    """True if it is of words: no price, formula or number of a form."""
    return sum(map(str.isalpha, text)) >= max(_LETTERS, len(text.replace(" ", "")) / 2)


def _size(rect: Rect, page: RawPage) -> float:
    """The size of most letters inside the box."""
    return common_size(run for run in page.runs if _holds(rect, run.rect))


def _holds(rect: Rect, inner: Rect) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return rect[0] - 1 <= x <= rect[2] + 1 and rect[1] - 1 <= y <= rect[3] + 1
