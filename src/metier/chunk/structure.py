"""Document -> passages that respect headings, paragraphs and table rows.

A passage's text is exactly `document.text[start:end]`. Paragraphs are joined up to a target length and cut only at
sentence ends; a heading starts a new passage; a table is cut between rows. Running headers and footers are left out.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metier.text.places import page_of
from metier.text.sentences import split_sentences
from metier.types import Block, Document, Passage

VERSION = 2
_FURNITURE = ("header", "footer", "hidden")
_WORD = re.compile(r"\S+")
# A header row longer than this is no header; it would drown the cells in retrieval.
_LONGEST_HEADER = 300


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of one block that is never cut further."""

    start: int
    end: int
    words: int
    block: Block


class StructureChunker:
    """Passages of about `target_words` words, at most `most_words`; implements `stages.Chunker`.

    `table_rows` bounds the rows of a table passage.
    """

    def __init__(self, target_words: int = 120, most_words: int = 200, table_rows: int = 20) -> None:
        if not 1 <= target_words <= most_words or table_rows < 1:
            raise ValueError(
                f"need 1 <= target_words <= most_words and table_rows >= 1, got {target_words}, {most_words}"
            )
        self._target, self._most, self._rows = target_words, most_words, table_rows

    @property
    def identity(self) -> str:
        """Name, version and sizes."""
        return f"structure-{VERSION};target={self._target};most={self._most};rows={self._rows}"

    def split(self, document: Document, groups: tuple[str, ...]) -> list[Passage]:
        """Passages in reading order. Every non-space character outside headers, footers and hidden text is in exactly one."""
        found = []
        for section in _sections(document):
            path = _section_path(document, section)
            for run in _runs(section):
                if run[0].kind == "table":
                    parts = self._table(document, run[0], path)
                else:
                    parts = ((start, end, path) for start, end in self._text(document, run))
                kind = "table" if run[0].kind == "table" else "text"
                found += [self._passage(document, groups, kind, *part) for part in parts]
        return found

    def _passage(
        self,
        document: Document,
        groups: tuple[str, ...],
        kind: str,
        start: int,
        end: int,
        path: tuple[str, ...],
    ) -> Passage:
        key = f"{document.id}\n{start}\n{end}\n{self.identity}"
        return Passage(
            id=hashlib.sha256(key.encode()).hexdigest()[:24],
            document=document.id,
            uri=document.uri,
            title=document.title,
            page=page_of(document, start),
            start=start,
            end=end,
            text=document.text[start:end],
            heading_path=path,
            kind=kind,
            language=document.language,
            version_date=document.version_date,
            groups=groups,
        )

    def _text(self, document: Document, blocks: Sequence[Block]) -> Iterator[tuple[int, int]]:
        """Ranges over neighbouring text blocks: filled to the target, a heading never left alone at the end."""
        pieces = [piece for block in blocks for piece in self._pieces(document, block)]
        taken: list[_Piece] = []
        words, left = 0, sum(piece.words for piece in pieces)
        for piece in pieces:
            full = words >= self._target or words + piece.words > self._most
            if full and taken and taken[-1].block.kind == "heading" and words < self._most:
                full = False
            # A short rest (a last sentence, a signature) joins rather than standing alone.
            if taken and full and words + left > self._most:
                yield taken[0].start, taken[-1].end
                taken, words = [], 0
            taken.append(piece)
            words += piece.words
            left -= piece.words
        if taken:
            yield taken[0].start, taken[-1].end

    def _pieces(self, document: Document, block: Block) -> Iterator[_Piece]:
        """The block whole if it is short, else its sentences, the longest of them cut between words."""
        words = len(document.text[block.start : block.end].split())
        if words <= self._target:
            yield _Piece(block.start, block.end, words, block)
            return
        for start, end in _sentences(document, block):
            places = [(match.start(), match.end()) for match in _WORD.finditer(document.text, start, end)]
            for at in range(0, len(places), self._target):
                part = places[at : at + self._target]
                yield _Piece(part[0][0], part[-1][1], len(part), block)

    def _table(
        self, document: Document, block: Block, path: tuple[str, ...]
    ) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """Ranges of whole rows. Parts after the first get the header row as the last heading."""
        header = _header_text(document, block)
        parts: list[list[tuple[int, int, int]]] = [[]]
        for start, end in _rows(document, block):
            words = len(document.text[start:end].split())
            part = parts[-1]
            if part and (len(part) >= self._rows or words + sum(row[2] for row in part) > self._most):
                parts.append([])
            parts[-1].append((start, end, words))
        for number, part in enumerate(parts):
            yield part[0][0], part[-1][1], (*path, header) if number and header else path


def _sentences(document: Document, block: Block) -> list[tuple[int, int]]:
    text = document.text[block.start : block.end]
    spans = split_sentences(text, document.language)
    # Whatever the splitter leaves between sentences belongs to the one before.
    starts = [0, *(start for start, _ in spans[1:])]
    ends = [*starts[1:], len(text)]
    return [(block.start + start, block.start + end) for start, end in zip(starts, ends, strict=True)]


def _sections(document: Document) -> Iterator[list[Block]]:
    """Blocks without furniture, cut before headings of the same or a higher level than the section's own.

    Headings that follow one another directly (chapter, then section) open one section together; a deeper heading after
    text opens its own.
    """
    section: list[Block] = []
    for block in document.blocks:
        if block.kind in _FURNITURE:
            continue
        last = section[-1] if section else None
        if block.kind == "heading" and last and not (last.kind == "heading" and block.level > last.level):
            yield section
            section = []
        section.append(block)
    if section:
        yield section


def _section_path(document: Document, section: Sequence[Block]) -> tuple[str, ...]:
    """Headings above the section's text, its own headings included."""
    path = section[0].heading_path
    for block in section:
        if block.kind != "heading":
            return block.heading_path
        path = (*block.heading_path, document.text[block.start : block.end])
    return path


def _runs(section: Sequence[Block]) -> Iterator[list[Block]]:
    """Tables alone, other blocks together as long as nothing left out stands between them."""
    run: list[Block] = []
    for block in section:
        if run and (block.kind == "table" or run[-1].kind == "table" or block.order != run[-1].order + 1):
            yield run
            run = []
        run.append(block)
    if run:
        yield run


def _rows(document: Document, block: Block) -> list[tuple[int, int]]:
    """Ranges of the table's rows: its lines."""
    rows, start = [], block.start
    for line in document.text[block.start : block.end].split("\n"):
        if line.strip():
            rows.append((start, start + len(line)))
        start += len(line) + 1
    return rows or [(block.start, block.end)]


def _header_text(document: Document, block: Block) -> str:
    """The text of the header rows on one line, "" if there are none or they are too long."""
    cells = [cell for cell in block.cells if cell.header and cell.text]
    text = " | ".join(document.text[cell.start : cell.end] for cell in cells)
    return text if len(text) <= _LONGEST_HEADER else ""
