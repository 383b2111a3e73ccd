"""What an engine hands to `assemble`: pages, blocks and words of one file, before ranges exist.

Engines write these; `assemble` turns them into a `types.Document`. They never cross the room's threshold.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from metier.types import BlockKind, Dropped

Rect = tuple[
    float, float, float, float
]  # x0, y0, x1, y1 in points from the top left of the page as displayed


class Unreadable(Exception):
    """Raised inside the child when a file cannot be read; becomes a `Failure` with this reason and detail."""

    def __init__(self, reason: str, detail: str, retry: bool = False) -> None:
        super().__init__(detail)
        self.reason, self.detail, self.retry = reason, detail, retry


@dataclass(slots=True)
class RawWord:
    """One printed word and where it stands."""

    text: str
    rect: Rect


@dataclass(slots=True)
class RawRun:
    """Characters that stand together on one line in one font; `font` is the name that the file gives it."""

    text: str
    rect: Rect
    font: str = ""
    size: float = 0.0
    mark: int = -1  # marked-content id: what the file's tag tree calls this text by


@dataclass(slots=True)
class RawCell:
    """One table cell, 0-based; only the top left position of a merged cell is given."""

    row: int
    column: int
    text: str
    header: bool = False
    row_span: int = 1
    column_span: int = 1
    rect: Rect | None = None


@dataclass(slots=True)
class RawBlock:
    """One block in reading order. Tables have cells instead of text.

    `added` says that people put it onto the page (comments, what was typed into a form): it is no part of what flows there.
    """

    kind: BlockKind
    text: str = ""
    page: int = 1
    level: int = 0
    rect: Rect | None = None
    cells: list[RawCell] = field(default_factory=list)
    anchor: str = ""  # of spreadsheets: the sheet's name for its first cell, e.g. "B4"
    added: bool = False
    continues: bool = False  # a table that carries on the last table before it, from the page before
    belongs_to: Rect | None = None  # where on its page stands what this is the caption or footnote of


@dataclass(slots=True)
class RawPage:
    """One page as displayed; size 0 where the format has no pages."""

    number: int = 1
    width: float = 0.0
    height: float = 0.0
    label: str = ""
    words: list[RawWord] = field(default_factory=list)
    ocr: float | None = None  # how sure OCR is on average (0-1); None = the text is the file's own
    suspects: list[int] = field(default_factory=list)  # places of words that may not show, see `hidden`
    doubt: float = 0.0  # of the first reading, see `route`
    legible: float = 1.0  # share of its characters that name a letter, where they are too few, see `legible`
    agreement: float | None = None  # of two readings of the page, where there were two
    runs: list[RawRun] = field(default_factory=list)


@dataclass(slots=True)
class RawDocument:
    """Everything an engine read. `dated` is an ISO date the format itself carries (e-mail Date, front matter)."""

    media_type: str
    engine: str
    pages: list[RawPage]
    blocks: list[RawBlock]
    title: str = ""
    dated: str = ""
    warnings: list[str] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)  # words of the text layer that are left out


# Latin ligatures as fonts encode them: nobody types them in a question.
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
# Controls, lone surrogates (not encodable as UTF-8), soft hyphens, zero-width marks, tag characters (an alphabet that no
# font shows) and non-characters.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_ODD_SPACES = re.compile("[\x0b\x0c\x85\xa0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")


def clean(text: str) -> str:
    """The text without characters that no reader sees; odd spaces become spaces, ligatures their letters, and accents that
    stand before theirs are on them."""
    if text.isascii() and text.isprintable():
        return text
    text = _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return accented(_ODD_SPACES.sub(" ", text).translate(_LIGATURES))


# Old TeX fonts have accents as characters of their own, printed before the letter: "k¨onnen", "Espa˜na". Not ´ and `, which
# people type as apostrophes ("it´s"). Some engines put a space behind the accent of a word in the middle.
_ACCENTS = {"¨": "\u0308", "ˆ": "\u0302", "˜": "\u0303", "¸": "\u0327", "ˇ": "\u030c"}
_INSIDE = re.compile(r"(?<=[^\W\d_])(?:(¨) ?([aeiouAEIOU])|(ˆ)([aeiou])|(˜)([ano])|(¸)([cs])|(ˇ)([cenrsz]))")
_AT_START = re.compile(r"(?<![^\W\d_])(¨)([aouAOU])(?=[a-z])(?!\S*¨)")  # nor a word in such marks: ¨and¨


def accented(text: str) -> str:
    """The text with its accents on the letters behind them."""
    if text.isascii() or _ACCENTS.keys().isdisjoint(text):
        return text
    return _AT_START.sub(_on_letter, _INSIDE.sub(_on_letter, text))


def _on_letter(match: re.Match[str]) -> str:
    accent, letter = (group for group in match.groups() if group)
    return unicodedata.normalize("NFC", letter + _ACCENTS[accent])


def common_size(runs: Iterable[RawRun]) -> float:
    """The size of most of their letters, in points to a tenth; 0 where there are none."""
    sizes: Counter[float] = Counter()
    for run in runs:
        sizes[round(run.size, 1)] += len(run.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def one_line(text: str) -> str:
    """The cleaned text with every run of white space as one space."""
    return " ".join(clean(text).split())
