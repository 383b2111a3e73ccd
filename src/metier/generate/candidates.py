"""Evidence -> candidate statements: the pieces of its passages, each with the span it stands at."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from metier.text.analyze import content_set, plain_set
from metier.text.statements import Piece, pieces
from metier.types import Citation, Evidence, Passage

# Longer sentences than this are lists or tables that lost their structure; quoted whole they answer nothing.
_MAX_WORDS = 90
# A row of a table that is a label and nothing else names the rows below it and answers nothing.
_LABEL_WORDS = 8
_DIGIT = re.compile(r"\d")

_FOLLOWS = re.compile(
    r"\b(?:as follows|the following|following table|table below|(?:set out|shown|summari[sz]ed|presented|listed) (?:below|in the)|"
    r"(?:consisted?|comprised?|comprises|composed) of|wie folgt|folgende\w*|nachstehend\w*)\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:\d{1,2}\.)+\d{0,2} [^\W\d_][^\d.:!?]{0,50}$")  # "13. Disposal"
_TABLE_BELOW = re.compile(
    r"\b(?:(?:following|next) table|table below|in (?:the|this) table|(?:folgende|nachstehende|nachfolgende)[nr]? tabelle|tabelle unten|"
    r"in (?:der|dieser) tabelle)\b",
    re.IGNORECASE,
)
_CONTENTS = re.compile(
    r"(?:table of )?contents|list of (?:figures|tables)|index|inhalt(?:sverzeichnis|sübersicht)?|(?:abbildungs|tabellen|stichwort)verzeichnis",
    re.IGNORECASE,
)
_LEADER = re.compile(r"(?:\.[ \t]?){6,}")  # the dots between a heading and its page
_LEADERS = 2
_PAGED = 0.1  # of the words of a table of contents, at least, are numbers
_CELL = re.compile(r"(?:^|;)\s*(?P<label>[^:;]+):\s*(?P<value>[^;]+)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible statement."""

    evidence: Evidence
    rank: int  # 0-based place of its evidence
    piece: Piece
    before: str = ""  # the neighbouring sentences
    after: str = ""

    @property
    def text(self) -> str:
        return self.piece.text

    @property
    def is_row(self) -> bool:
        return self.piece.is_row

    @property
    def passage(self) -> Passage:
        return self.evidence.passage

    @property
    def language(self) -> str:
        return self.evidence.passage.language

    @property
    def table(self) -> tuple[str, str]:
        """Of a row, what tells its table: the document and the header."""
        return self.passage.document, self.piece.header

    @property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """(column, value) of every cell of a row that says its columns; none of a sentence."""
        return _cells(self.text) if self.is_row else ()

    @property
    def words(self) -> frozenset[str]:
        """Its content words, as stems."""
        return content_set(self.text, self.language)

    @property
    def context(self) -> str:
        """The title and the two innermost headings that it stands under."""
        return " ".join((self.passage.title, *self.passage.heading_path[-2:]))

    @property
    def context_words(self) -> frozenset[str]:
        """The content words of its context, as stems."""
        return content_set(self.context, self.language)

    @property
    def is_outdated(self) -> bool:
        """True if it stands in a version that is not in force (and was not asked for by its year)."""
        return self.evidence.scores.get("superseded", 0.0) > 0

    @property
    def plain_words(self) -> frozenset[str]:
        """Its content words without figures and codes, as stems."""
        return plain_set(self.text, self.language)

    @property
    def key(self) -> tuple[str, int, int]:
        """Document, start and end: one place, whichever passage it was found in."""
        return self.passage.document, self.piece.start, self.piece.end

    def cite(self, identity: str) -> Citation:
        """Its own span as a citation."""
        return self.passage.cite(identity, self.piece.start, self.piece.end)


def candidates(evidence: Sequence[Evidence]) -> Iterator[Candidate]:
    """All candidates, in order of evidence and place."""
    for rank, item in enumerate(evidence):
        if lists_contents(item.passage):
            continue
        found = pieces(item.passage)
        texts = ["", *(piece.text for piece in found), ""]
        for place, piece in enumerate(found):
            if _can_answer(piece, item.passage):
                beside = ("", "") if piece.is_row else (texts[place], texts[place + 2])
                yield Candidate(item, rank, piece, *beside)


def lists_contents(passage: Passage) -> bool:
    """True for a table of contents or an index: its lines are headings, and say nothing of what stands under them."""
    if passage.kind == "table":
        return False
    if len(_LEADER.findall(passage.text)) >= _LEADERS:
        return True
    words = passage.text.split()
    is_headed = any(_CONTENTS.fullmatch(heading.strip(" .:")) for heading in passage.heading_path[-1:])
    return is_headed and sum(word.isdigit() for word in words) >= _PAGED * len(words)


def _can_answer(piece: Piece, passage: Passage) -> bool:
    if piece.is_row:
        return not _is_label(piece.text)
    is_whole = 2 <= len(piece.text.split()) <= _MAX_WORDS
    return is_whole and not _announces(piece.text) and not _is_title(piece.text, passage)


def _is_label(row: str) -> bool:
    return len(row.split()) <= _LABEL_WORDS and ";" not in row and not _DIGIT.search(row)


def _is_title(text: str, passage: Passage) -> bool:
    """True for the document's title, or a numbered heading, where it stands as a line of its own."""
    is_title = text.rstrip(".").casefold() == passage.title.rstrip(".").casefold()
    return is_title or _NUMBERED.match(text) is not None


def _announces(text: str) -> bool:
    """True for a sentence that only says what comes next: "The components are as follows (in thousands):"."""
    return text.endswith(":") and bool(_FOLLOWS.search(text))


def is_sentence(item: Candidate) -> bool:
    """True for what ends as a sentence; headings, subtitles and running lines do not."""
    return item.text.endswith((".", "!", "?", ":", "”", '"', ")"))


def names_table_below(text: str) -> bool:
    """True for a sentence that points at the table after it."""
    return bool(_TABLE_BELOW.search(text))


@lru_cache(maxsize=1 << 13)
def _cells(row: str) -> tuple[tuple[str, str], ...]:
    return tuple((cell["label"], cell["value"].strip()) for cell in _CELL.finditer(row))
