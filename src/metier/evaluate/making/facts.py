"""What documents say, as questions with their answers: plain sentences, lines "key: value", and table cells.

The answer is taken first and the question made for it, so that a question has an answer by the way it is made. What a table
means beyond its labels is not known: a cell is asked for by row and column, in the words of the table.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from metier.evaluate.making.frames import framed
from metier.evaluate.making.wording import worded
from metier.text.dates import dates
from metier.text.grid import figure, is_year
from metier.text.language import german_or_english
from metier.text.sentences import split_sentences
from metier.text.suspicion import suspicions
from metier.types import Block, Cell, Document

_KEY_VALUE = re.compile(r"([A-ZÄÖÜ][\w/-]*(?: [\w/-]+){0,3}): ([^\n|]{2,60})")
_LETTER = re.compile(r"[^\W\d_]")
_VALUE_HEADS = frozenset(
    ["value", "values", "wert", "werte", "description", "beschreibung", "amount", "betrag"]
)
_UNIT_HEADS = frozenset(["unit", "units", "einheit", "einheiten"])
_EMPTY = frozenset({"", "-", "–", "—", "n/a", "n.a.", "k.a.", "none", "x", "*"})
_MOST_LABEL, _MOST_VALUE = 60, 60  # characters


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a document says. `question` is whole but for the document's name, which may stand in it already."""

    document: str
    uri: str
    title: str
    language: str
    question: str
    answers: tuple[str, ...]
    answer_type: str
    quote: str
    page: int
    form: str  # sentence, line or cell
    about: str  # subject of the sentence, key of the line, or label of the row
    scale: str = ""
    column: str = ""
    named: bool = False  # the question names its document
    table: str = ""  # id of the table
    row_start: int = 0  # where its row begins, for cells of the same row


def facts(document: Document) -> list[Fact]:
    """Everything the document says plainly, in order; nothing of text that gives orders to machines."""
    found: list[Fact] = []
    for block in document.blocks:
        if block.kind in ("paragraph", "list_item"):
            found += _of_text(document, block)
        elif block.kind == "table" and not block.continues:
            found += _of_table(document, block)
    return found


def titled(fact: Fact) -> str:
    """The question with the document's name."""
    if fact.named:
        return fact.question
    asked = fact.question if fact.language == "de" else fact.question[:1].lower() + fact.question[1:]
    return framed("according", fact.language, title=fact.title, question=asked)


def language_of(document: Document) -> str:
    """de or en: what questions about it are worded in."""
    return german_or_english(document.language)


def _of_text(document: Document, block: Block) -> Iterator[Fact]:
    text, language = document.text[block.start : block.end], language_of(document)
    if suspicions(text):
        return
    if (line := _KEY_VALUE.fullmatch(text.strip())) and not line.group(2).endswith("."):
        key, value = line.groups()
        is_two = "," in value and bool(dates(value, language, yearless=True))  # "Anna Berg, visit on 3 May"
        if _is_label(key) and not is_two and value.lower() not in _EMPTY:
            question = framed("line", language, title=document.title, key=key)
            yield _fact(document, block, question, (value.strip(),), text.strip(), "line", key, named=True)
        return
    for start, end in split_sentences(text, document.language):
        if made := worded(text[start:end], language):
            kind = "number" if made.kind in ("money", "percent", "measure", "count") else "span"
            quote = " ".join(text[start:end].split())
            yield _fact(document, block, made.question, (made.answer,), quote, "sentence", made.about, kind)


def _fact(
    document: Document, block: Block, question: str, answers: tuple[str, ...], quote: str, form: str, about: str,
    answer_type: str = "span", scale: str = "", column: str = "", named: bool = False, table: str = "", row_start: int = 0,
) -> Fact:  # fmt: skip
    return Fact(
        document.id, document.uri, document.title, language_of(document), question, answers, answer_type, quote, block.page,
        form, about, scale, column, named, table, row_start,
    )  # fmt: skip


# --- tables -------------------------------------------------------------------------------------------------------------


def rows_of(block: Block) -> list[list[Cell]]:
    """The cells of a table by row, each row by column."""
    rows: dict[int, list[Cell]] = {}
    for cell in block.cells:
        rows.setdefault(cell.row, []).append(cell)
    return [sorted(rows[number], key=lambda cell: cell.column) for number in sorted(rows)]


def _of_table(document: Document, block: Block) -> Iterator[Fact]:
    rows = rows_of(block)
    if any(cell.row_span > 1 or cell.column_span > 1 for cell in block.cells):
        return
    heads, body = _heads(rows)
    if len(body) < 2 or any(
        cell.column not in heads for row in body for cell in row[1:] if cell.text.strip()
    ):
        return  # a column without a label of its own belongs to another one's
    labels = Counter(_label(row) for row in body)
    units = next((column for column, head in heads.items() if head.lower() in _UNIT_HEADS), None)
    again = Counter(heads.values())
    is_only = sum(column != units for column in heads) == 1  # then the row's label says what is asked
    for row in body:
        label = _label(row)
        if not label or labels[label] > 1 or not _is_label(label) or figure(label):
            continue
        quote = " ".join(cell.text.strip() for cell in row if cell.text.strip())
        scale = next((cell.text.strip() for cell in row if cell.column == units), "")
        for cell in row[1:]:
            head, value = heads.get(cell.column, ""), " ".join(cell.text.split())
            if not head or again[head] > 1 or cell.column == units or not _is_value(value, head, label):
                continue
            question = _asked(document, label, head, is_only and is_value_head(head))
            kind = "number" if figure(value, document.language) else "span"
            yield _fact(
                document, block, question, (value,), quote, "cell", label, kind, scale, head, True, block.id,
                row[0].start,
            )  # fmt: skip


def _heads(rows: Sequence[Sequence[Cell]]) -> tuple[Mapping[int, str], Sequence[Sequence[Cell]]]:
    """Labels of the columns, the lowest of each, and the rows below; no labels where the first row is figures."""
    heads: dict[int, str] = {}
    for number, row in enumerate(rows):
        texts = {cell.column: " ".join(cell.text.split()) for cell in row}
        label = texts.pop(0, "")
        figures = [text for text in texts.values() if figure(text) and not is_year(text)]
        is_head = not figures and (
            number == 0
            or not label
            or label.startswith("(")
            or all(map(is_year, filter(None, texts.values())))
        )
        if not is_head:
            return heads, rows[number:]
        told = {
            column: text
            for column, text in texts.items()
            if len(text) <= _MOST_LABEL
            and text[:1] != "("
            and text[-1:] != ":"
            and (is_year(text) or _LETTER.search(text))
        }
        heads |= told
    return heads, ()


def _label(row: Sequence[Cell]) -> str:
    return " ".join(row[0].text.split()).strip(" :") if row and row[0].column == 0 else ""


def _is_label(text: str) -> bool:
    letters = _LETTER.findall(text)
    return len(letters) >= 2 and len(text) <= _MOST_LABEL and '"' not in text


def _is_value(value: str, head: str, label: str) -> bool:
    if value.lower() in _EMPTY or len(value) > _MOST_VALUE or not re.search(r"\d|[^\W_]{2}", value):
        return False
    return value.lower() not in (head.lower(), label.lower())


def is_value_head(head: str) -> bool:
    """True if the column's label says nothing but that values stand below; they are of different things, row by row."""
    return head.lower() in _VALUE_HEADS


def _asked(document: Document, label: str, head: str, is_value: bool) -> str:
    frame = "value" if is_value else "cell"
    return framed(frame, language_of(document), title=document.title, row=label, head=head)
