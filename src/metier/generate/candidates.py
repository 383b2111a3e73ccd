"""Evidence -> candidate statements: sentences and table rows, each with the span it stands at.

Nothing is invented: a sentence is quoted, a table row is read out as "header: value" pairs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metier.text.sentences import split_sentences
from metier.types import Citation, Evidence, Passage

_CELLS = " | "
# Longer sentences than this are lists or tables that lost their structure; quoted whole they answer nothing.
_MAX_WORDS = 90


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible statement."""

    evidence: Evidence
    rank: int  # 0-based place of its evidence
    text: str
    start: int  # in the document's text
    end: int
    before: str  # the neighbouring sentence or row
    after: str
    is_row: bool
    header: str = ""

    @property
    def passage(self) -> Passage:
        return self.evidence.passage


def candidates(evidence: Sequence[Evidence]) -> Iterator[Candidate]:
    """All candidates, in order of evidence and place."""
    for rank, item in enumerate(evidence):
        passage = item.passage
        spans = split_sentences(passage.text, passage.language)
        if passage.kind == "table":
            yield from _rows(item, rank, spans)
            continue
        texts = [" ".join(passage.text[start:end].split()) for start, end in spans]
        for place, (start, end) in enumerate(spans):
            if not 2 <= len(texts[place].split()) <= _MAX_WORDS:
                continue
            before = texts[place - 1] if place else ""
            after = texts[place + 1] if place + 1 < len(texts) else ""
            yield Candidate(
                item, rank, texts[place], passage.start + start, passage.start + end, before, after, False
            )


def _rows(item: Evidence, rank: int, spans: Sequence[tuple[int, int]]) -> Iterator[Candidate]:
    passage = item.passage
    header, first = _header(passage, spans)
    columns = header.split(_CELLS)
    for start, end in spans[first:]:
        row = passage.text[start:end]
        yield Candidate(
            item,
            rank,
            read_row(columns, row.split(_CELLS)),
            passage.start + start,
            passage.start + end,
            "",
            "",
            True,
            header,
        )


def _header(passage: Passage, spans: Sequence[tuple[int, int]]) -> tuple[str, int]:
    """The header row's text and the index of the first body row."""
    if passage.heading_path and _CELLS in passage.heading_path[-1]:
        return passage.heading_path[-1], 0
    if len(spans) < 2:
        return "", 0
    return passage.text[slice(*spans[0])], 1


def read_row(columns: Sequence[str], cells: Sequence[str]) -> str:
    """The row as a reader would say it: "Product: AX-100; Price: 120 EUR". Without a fitting header, cells as they are."""
    cells = [" ".join(cell.split()) for cell in cells]
    if len(columns) != len(cells) or len(cells) < 2:
        return "; ".join(cell for cell in cells if cell)
    pairs = zip((" ".join(column.split()) for column in columns), cells, strict=True)
    return "; ".join(f"{column}: {cell}" if column else cell for column, cell in pairs if cell)


def citation_of(candidate: Candidate, identity: str) -> Citation:
    """The candidate's own span as a citation; boxes are added when the page is known."""
    passage = candidate.passage
    start, end = candidate.start - passage.start, candidate.end - passage.start
    return Citation(
        identity,
        passage.document,
        passage.uri,
        passage.title,
        passage.version_date,
        passage.page,
        candidate.start,
        candidate.end,
        passage.text[start:end],
    )
