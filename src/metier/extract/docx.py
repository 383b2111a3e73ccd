"""DOCX: body in order with headings, lists, tables, notes, text boxes; running headers and footers marked as such.

Text is taken from the XML itself rather than from python-docx's `paragraph.text`, which leaves out inserted (tracked)
text, content controls and fields. Deleted text is left out. Automatic numbers ("4.2", "(a)") are counted and written.
"""

import importlib.metadata
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import docx
from docx.opc.exceptions import PackageNotFoundError
from lxml import etree

from metier.extract.detect import DOCX
from metier.extract.docx_numbers import Numbering
from metier.extract.raw import RawBlock, RawCell, RawDocument, RawPage, Unreadable
from metier.extract.strict import transitional
from metier.extract.zip_guard import guard

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_SKIPPED = {W + "del", W + "moveFrom", W + "delText", W + "instrText", _MC_FALLBACK, W + "pPr", W + "rPr"}
_PARTS = ("footnotes", "endnotes")


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """Blocks of the whole document on one page of size 0: DOCX does not say where pages end."""
    guard(path)
    try:
        source = transitional(path)
        document = docx.Document(str(source) if isinstance(source, Path) else source)
    except (PackageNotFoundError, KeyError, ValueError, zipfile.BadZipFile, etree.XMLSyntaxError) as error:
        raise Unreadable("corrupt", f"not a Word document inside ({error}); open and save it again") from None
    reader = _Reader(document)
    blocks = reader.furniture("header")
    blocks += reader.walk(document.element.body)
    blocks += reader.notes()
    blocks += reader.furniture("footer")
    engine = f"python-docx {importlib.metadata.version('python-docx')}"
    return RawDocument(DOCX, engine, [RawPage()], blocks, title=document.core_properties.title or "")


class _Reader:
    """Walks the XML of one document."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._levels = _heading_levels(document)
        self._lists = _list_styles(document)
        self._numbering = Numbering(document)

    def walk(self, parent: Any) -> list[RawBlock]:
        """Blocks of everything inside: paragraphs, tables, content controls."""
        blocks: list[RawBlock] = []
        for child in parent:
            if child.tag == W + "p":
                blocks += self._paragraph(child)
            elif child.tag == W + "tbl":
                blocks += self._table(child)
            elif isinstance(child.tag, str) and child.tag not in _SKIPPED:
                blocks += self.walk(child)
        return blocks

    def _paragraph(self, element: Any) -> list[RawBlock]:
        text = paragraph_text(element)
        style = _value(element, f"{W}pPr/{W}pStyle")
        block = RawBlock("paragraph", text)
        own = _value(element, f"{W}pPr/{W}outlineLvl")
        level = int(own) + 1 if own.isdigit() and int(own) < 9 else self._levels.get(style, 0)
        number = self._numbering.next(element, style) if text.strip() else ""
        if level:
            block.kind, block.level = "heading", min(level, 6)
        elif number or element.find(f"{W}pPr/{W}numPr") is not None or style in self._lists:
            block.kind = "list_item"
        elif style.lower() in ("caption", "beschriftung"):
            block.kind = "caption"
        if number and text.strip():
            block.text = f"{number} {text}"
        boxes = [
            b for box in element.iter(W + "txbxContent") if not _in_fallback(box) for b in self.walk(box)
        ]
        return ([block] if text.strip() else []) + boxes

    def _table(self, element: Any) -> list[RawBlock]:
        """The table; one of a single column is layout, so its content comes as ordinary blocks."""
        rows = list(_children(element, "tr"))
        cells: list[RawCell] = []
        above: dict[int, RawCell] = {}
        for number, row in enumerate(rows):
            column = 0
            for cell in _children(row, "tc"):
                span = _value(cell, f"{W}tcPr/{W}gridSpan")
                width = int(span) if span.isdigit() else 1
                merge = cell.find(f"{W}tcPr/{W}vMerge")
                if merge is not None and merge.get(W + "val") != "restart" and column in above:
                    above[column].row_span += 1
                else:
                    text = " ".join(part.text for part in self._flat(cell))
                    raw = RawCell(number, column, text, _is_header(row, number, len(rows)), 1, width)
                    cells.append(raw)
                    above[column] = raw
                column += width
        if cells and max(cell.column + cell.column_span for cell in cells) == 1:
            return [block for row in rows for cell in _children(row, "tc") for block in self.walk(cell)]
        return [RawBlock("table", cells=cells)] if cells else []

    def _flat(self, cell: Any) -> Iterator[RawBlock]:
        for block in self.walk(cell):
            if block.kind == "table":
                yield from (RawBlock("paragraph", inner.text) for inner in block.cells if inner.text)
            else:
                yield block

    def furniture(self, kind: str) -> list[RawBlock]:
        """Headers or footers, each text once, first pages and even pages included."""
        blocks: list[RawBlock] = []
        seen: set[str] = set()
        for relation in self._document.part.rels.values():
            if relation.is_external or not relation.reltype.endswith("/" + kind):
                continue
            for element in relation.target_part.element.iter(W + "p"):
                text = paragraph_text(element).strip()
                if text and text not in seen:
                    seen.add(text)
                    blocks.append(RawBlock("header" if kind == "header" else "footer", text))
        return blocks

    def notes(self) -> list[RawBlock]:
        """Footnotes and endnotes, in order, after the body."""
        blocks: list[RawBlock] = []
        for relation in self._document.part.rels.values():
            if relation.is_external or not relation.reltype.endswith(tuple("/" + part for part in _PARTS)):
                continue
            root = etree.fromstring(relation.target_part.blob, _safe_parser())
            for note in root:
                if note.get(W + "type") in ("separator", "continuationSeparator", "continuationNotice"):
                    continue
                text = "\n".join(paragraph_text(p) for p in note.iter(W + "p")).strip()
                if text:
                    blocks.append(RawBlock("paragraph", f"[{note.get(W + 'id')}] {text}"))
        return blocks


def _safe_parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def paragraph_text(element: Any) -> str:
    """The text of a paragraph as printed: with tracked insertions, links, fields, formulas; without deletions."""
    parts: list[str] = []
    _collect(element, parts)
    return "".join(parts)


def _collect(element: Any, parts: list[str]) -> None:
    for child in element:
        tag = child.tag
        if tag in _SKIPPED or tag == W + "txbxContent":
            continue
        if tag in (W + "t", _MATH_TEXT):
            parts.append(child.text or "")
        elif tag in (W + "tab", W + "ptab"):
            parts.append("\t")
        elif tag in (W + "br", W + "cr"):
            parts.append("\n")
        elif tag == W + "noBreakHyphen":
            parts.append("-")
        elif tag in (W + "footnoteReference", W + "endnoteReference"):
            parts.append(f"[{child.get(W + 'id')}]")
        elif isinstance(tag, str):
            _collect(child, parts)


def _children(parent: Any, name: str) -> Iterator[Any]:
    """Direct children of that name, also those inside content controls and tracked changes."""
    for child in parent:
        if child.tag == W + name:
            yield child
        elif child.tag in (W + "sdt", W + "sdtContent", W + "ins", W + "customXml"):
            yield from _children(child, name)


def _value(element: Any, path: str) -> str:
    found = element.find(path)
    return "" if found is None else str(found.get(W + "val") or "")


def _in_fallback(element: Any) -> bool:
    return any(parent.tag == _MC_FALLBACK for parent in element.iterancestors())


def _is_header(row: Any, number: int, rows: int) -> bool:
    """Rows marked to repeat on each page are headers; without marks the first of several is."""
    if row.find(f"{W}trPr/{W}tblHeader") is not None:
        return True
    return number == 0 and rows > 1


def _heading_levels(document: Any) -> dict[str, int]:
    """Heading level (1-9) by style id, through base styles; the title style is level 1."""
    levels: dict[str, int] = {}
    for style in document.styles.element.iter(W + "style"):
        if style.get(W + "type") == "paragraph" and (level := _style_level(document, style)):
            levels[str(style.get(W + "styleId"))] = level
    return levels


def _style_level(document: Any, style: Any) -> int:
    for _ in range(10):  # longer chains of base styles are loops
        name = _value(style, W + "name").lower()
        outline = _value(style, f"{W}pPr/{W}outlineLvl")
        if outline.isdigit():
            return int(outline) + 1 if int(outline) < 9 else 0
        if name.startswith("heading ") and name[8:].isdigit():
            return int(name[8:])
        if name == "title":
            return 1
        base = _value(style, W + "basedOn")
        found = [s for s in document.styles.element.iter(W + "style") if s.get(W + "styleId") == base]
        if not base or not found:
            return 0
        style = found[0]
    return 0


def _list_styles(document: Any) -> set[str]:
    """Ids of styles that make list items: with numbering of their own, or called so."""
    return {
        str(style.get(W + "styleId"))
        for style in document.styles.element.iter(W + "style")
        if style.find(f"{W}pPr/{W}numPr") is not None or _value(style, W + "name").lower().startswith("list")
    }
