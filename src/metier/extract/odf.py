"""ODT, ODP and ODG (OASIS OpenDocument 1.3), read from their XML: headings, lists with their numbers, tables, notes, slides.

Deleted (tracked) text and hidden sections are left out. Pages exist for slides only: a text document does not say where they end.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from metier.extract.detect import ODG, ODP, ODT
from metier.extract.raw import RawBlock, RawCell, RawDocument, RawPage, Rect, Unreadable
from metier.extract.zip_guard import guard, open_member

_NS = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE, TEXT, TABLE, DRAW = (f"{{{_NS}{name}:1.0}}" for name in ("office", "text", "table", "drawing"))
STYLE, FO, SVG = f"{{{_NS}style:1.0}}", f"{{{_NS}xsl-fo-compatible:1.0}}", f"{{{_NS}svg-compatible:1.0}}"
PRESENTATION = f"{{{_NS}presentation:1.0}}"
_BODIES = {"text": ODT, "presentation": ODP, "drawing": ODG}
_PER_UNIT = {"pt": 1.0, "in": 72.0, "cm": 72 / 2.54, "mm": 72 / 25.4, "pc": 12.0, "px": 0.75}
_LENGTH = re.compile(r"(-?[\d.]+)(pt|in|cm|mm|pc|px)")
# Repeated cells and rows are how empty space is written; more than this of them with text is no table of a document.
_MOST_REPEATED = 200
# Deeper nesting than any document needs would end Python's stack first.
_DEEPEST = 100


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """Blocks in order. Raises Unreadable: "encrypted", "corrupt", "bomb"."""
    guard(path)
    try:
        with zipfile.ZipFile(path) as package:
            if b"encryption-data" in open_member(package, "META-INF/manifest.xml", missing=b""):
                raise Unreadable("encrypted", "the document needs a password; save it without one")
            content = _parse(open_member(package, "content.xml"))
            styles = _parse(open_member(package, "styles.xml", missing=b"<none/>"))
            meta = _parse(open_member(package, "meta.xml", missing=b"<none/>"))
    except (zipfile.BadZipFile, KeyError, OSError, etree.XMLSyntaxError) as error:
        raise Unreadable("corrupt", f"no OpenDocument inside ({error}); open and save it again") from None
    body = content.find(OFFICE + "body")
    for kind, media_type in _BODIES.items():
        part = body.find(OFFICE + kind) if body is not None else None
        if part is not None:
            raw = RawDocument(media_type, "metier odf 1", [], [], title=_title(meta))
            reader = _Reader(content, styles)
            reader.read_text(part, raw) if kind == "text" else reader.read_slides(part, raw)
            return raw
    raise Unreadable("corrupt", "there is no text, presentation or drawing in it; open and save it again")


def _parse(data: bytes) -> Any:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _title(meta: Any) -> str:
    return meta.findtext(".//{http://purl.org/dc/elements/1.1/}title") or ""


class _Reader:
    """Walks the content of one document."""

    def __init__(self, content: Any, styles: Any) -> None:
        self._lists = _list_formats(content) | _list_formats(styles)
        self._parents = {
            style.get(STYLE + "name", ""): style.get(STYLE + "parent-style-name", "")
            for root in (styles, content)
            for style in root.iter(STYLE + "style")
        }
        self._size = _page_size(styles)
        self._counts: dict[str, list[int]] = {}
        self._notes: list[RawBlock] = []
        self._page = 1
        self._furniture = [
            RawBlock("header" if part.tag == STYLE + "header" else "footer", text)
            for part in styles.iter(STYLE + "header", STYLE + "footer")
            if (text := "\n".join(filter(None, (self._text(p).strip() for p in part.iter(TEXT + "p")))))
        ]

    def read_text(self, body: Any, raw: RawDocument) -> None:
        raw.pages = [RawPage()]
        raw.blocks = [block for block in self._furniture if block.kind == "header"]
        raw.blocks += [*self.walk(body, 0), *self._notes]
        raw.blocks += [block for block in self._furniture if block.kind == "footer"]

    def read_slides(self, body: Any, raw: RawDocument) -> None:
        for number, slide in enumerate(body.iterchildren(DRAW + "page"), start=1):
            self._page, self._notes = number, []
            blocks = list(self.walk(slide, 0)) + self._notes
            label = next((block.text for block in blocks if block.kind == "heading"), "")
            raw.pages.append(RawPage(number, *self._size, label or slide.get(DRAW + "name", "")))
            raw.blocks += blocks

    def walk(
        self, parent: Any, depth: int, rect: Rect | None = None, heading: bool = False
    ) -> Iterator[RawBlock]:
        """Blocks of everything inside."""
        if depth > _DEEPEST:
            text = " ".join(parent.itertext()).strip()
            yield from [RawBlock("paragraph", text, self._page)] if text else []
            return
        for child in parent:
            tag = child.tag
            if tag in (TEXT + "p", TEXT + "h"):
                yield from self._paragraph(child, depth, rect, heading)
            elif tag == TEXT + "list":
                yield from self._list(child, depth, rect, child.get(TEXT + "style-name", ""), 1)
            elif tag == TABLE + "table":
                yield from self._table(child, depth, rect)
            elif tag in (DRAW + "frame", DRAW + "custom-shape", DRAW + "rect", DRAW + "ellipse"):
                is_title = child.get(PRESENTATION + "class") in ("title",)
                yield from self.walk(child, depth + 1, _rect(child) or rect, is_title)
            elif tag == PRESENTATION + "notes":
                for block in self.walk(child, depth + 1):
                    self._notes.append(RawBlock("paragraph", f"Notes: {block.text}", self._page))
            elif isinstance(tag, str) and tag not in _SKIPPED and child.get(TEXT + "display") != "none":
                yield from self.walk(child, depth + 1, rect, heading)

    def _paragraph(self, element: Any, depth: int, rect: Rect | None, heading: bool) -> Iterator[RawBlock]:
        text = self._text(element)
        level = element.get(TEXT + "outline-level", "")
        if text.strip() and (heading or element.tag == TEXT + "h"):
            yield RawBlock("heading", text, self._page, int(level) if level.isdigit() else 1, rect)
        elif text.strip():
            style = element.get(TEXT + "style-name", "")
            title = {style, self._parents.get(style)} & {"Title", "Titel"}
            yield RawBlock("heading" if title else "paragraph", text, self._page, int(bool(title)), rect)
        for frame in element.iter(DRAW + "text-box"):
            if not any(above.tag == DRAW + "text-box" for above in _above(frame, element)):
                yield from self.walk(frame, depth + 1, rect)

    def _list(
        self, element: Any, depth: int, rect: Rect | None, style: str, level: int
    ) -> Iterator[RawBlock]:
        own = element.get(TEXT + "style-name") or style
        counts = self._counts.setdefault(own, [0] * 11)
        if element.get(TEXT + "continue-numbering") != "true" and not element.get(TEXT + "continue-list"):
            counts[min(level, 10)] = 0
        for item in element:
            if item.tag not in (TEXT + "list-item", TEXT + "list-header"):
                continue
            marker = self._marker(own, min(level, 10), item) if item.tag == TEXT + "list-item" else ""
            for child in item:
                if child.tag == TEXT + "list":
                    yield from self._list(child, depth + 1, rect, own, level + 1)
                elif depth <= _DEEPEST and (text := self._text(child).strip()):
                    kind: Any = "heading" if child.tag == TEXT + "h" else "list_item"
                    lead = f"{marker} " if marker else ""
                    stated = child.get(TEXT + "outline-level", "1")
                    yield RawBlock(
                        kind, lead + text, self._page, int(stated) if kind == "heading" else 0, rect
                    )
                    marker = ""

    def _marker(self, style: str, level: int, item: Any) -> str:
        counts = self._counts[style]
        start = item.get(TEXT + "start-value", "")
        prefix, form, suffix, first = self._lists.get((style, level), ("", "", "", 1))
        counts[level] = int(start) if start.isdigit() else max(counts[level] + 1, first)
        counts[level + 1 :] = [0] * (10 - level)
        return f"{prefix}{_counted(counts[level], form)}{suffix}" if form else ""

    def _table(self, element: Any, depth: int, rect: Rect | None) -> Iterator[RawBlock]:
        cells: list[RawCell] = []
        columns: list[list[Any]] = []
        row = 0
        for line in _rows(element):
            header = line.getparent().tag == TABLE + "table-header-rows"
            found, column = [], 0
            for cell in line.iterchildren(TABLE + "table-cell", TABLE + "covered-table-cell"):
                repeated = _number(cell, "number-columns-repeated")
                text = " ".join(self._cell_texts(cell, depth + 1)) if cell.tag == TABLE + "table-cell" else ""
                down, across = _number(cell, "number-rows-spanned"), _number(cell, "number-columns-spanned")
                for _ in range(min(repeated, _MOST_REPEATED) if text else 0):
                    found.append(RawCell(row, column, text, header, down, across))
                    column += 1
                column += 0 if text else repeated
            columns.append(list(line.iterchildren(TABLE + "table-cell")))
            repeats = min(_number(line, "number-rows-repeated"), _MOST_REPEATED) if found else 1
            cells += found
            for more in range(1, repeats):
                cells += [RawCell(row + more, c.column, c.text, header, 1, c.column_span) for c in found]
            row += repeats
        if max((len(line) for line in columns), default=0) <= 1:  # layout: a frame around text
            for line in columns:
                for cell in line:
                    yield from self.walk(cell, depth + 1, rect)
        elif cells:
            if not any(cell.header for cell in cells) and row > 1:
                for cell in cells:
                    cell.header = cell.row == 0
            yield RawBlock("table", page=self._page, rect=rect, cells=cells)

    def _cell_texts(self, cell: Any, depth: int) -> Iterator[str]:
        for block in self.walk(cell, depth):
            yield " ".join(c.text for c in block.cells) if block.kind == "table" else block.text

    def _text(self, element: Any) -> str:
        parts: list[str] = []
        self._collect(element, parts, 0)
        return "".join(parts)

    def _collect(self, element: Any, parts: list[str], depth: int) -> None:
        if depth > _DEEPEST:
            return
        parts.append(_flat(element.text))
        for child in element:
            tag = child.tag
            if tag == TEXT + "s":
                parts.append(" " * min(_number(child, "c", TEXT), 100))
            elif tag == TEXT + "tab":
                parts.append("\t")
            elif tag == TEXT + "line-break":
                parts.append("\n")
            elif tag == TEXT + "note":
                mark = (child.findtext(TEXT + "note-citation") or "").strip()
                parts.append(f"[{mark}]")
                body = "\n".join(self._text(p).strip() for p in child.iter(TEXT + "p", TEXT + "h"))
                self._notes.append(RawBlock("paragraph", f"[{mark}] {body}", self._page))
            elif tag == OFFICE + "annotation":
                said = "\n".join(self._text(p).strip() for p in child.iter(TEXT + "p"))
                self._notes.append(RawBlock("paragraph", f"Comment: {said}", self._page))
            elif isinstance(tag, str) and tag not in _SKIPPED and not tag.startswith(DRAW):
                self._collect(child, parts, depth + 1)
            parts.append(_flat(child.tail))


_SKIPPED = frozenset(
    [TEXT + "tracked-changes", TEXT + "hidden-text", TEXT + "hidden-paragraph", TEXT + "sequence-decls",
     OFFICE + "forms", OFFICE + "annotation", SVG + "title", SVG + "desc", TEXT + "note", TABLE + "title",
     TABLE + "desc", OFFICE + "binary-data"]
)  # fmt: skip


def _flat(text: str | None) -> str:
    return re.sub(r"[ \t\r\n]+", " ", text) if text else ""


def _above(element: Any, top: Any) -> Iterator[Any]:
    for parent in element.iterancestors():
        if parent is top:
            return
        yield parent


def _rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == TABLE + "table-row":
            yield child
        elif child.tag in (TABLE + "table-header-rows", TABLE + "table-rows", TABLE + "table-row-group"):
            yield from _rows(child)


def _number(element: Any, name: str, namespace: str = TABLE) -> int:
    text = element.get(namespace + name, "1")
    return max(1, min(int(text), 100_000)) if text.isdigit() and len(text) < 9 else 1


def _list_formats(root: Any) -> dict[tuple[str, int], tuple[str, str, str, int]]:
    """(prefix, number format, suffix, first number) by list style and level; bullets are not in it."""
    formats = {}
    for style in root.iter(TEXT + "list-style"):
        for level in style.iter(TEXT + "list-level-style-number"):
            key = (style.get(STYLE + "name", ""), _number(level, "level", TEXT))
            prefix, suffix = level.get(STYLE + "num-prefix", ""), level.get(STYLE + "num-suffix", "")
            formats[key] = (
                prefix,
                level.get(STYLE + "num-format", ""),
                suffix,
                _number(level, "start-value", TEXT),
            )
    return formats


def _counted(number: int, form: str) -> str:
    """The number in a format of 1, a, A, i, I."""
    if form in ("a", "A"):
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letters if form == "a" else letters.upper()
    if form in ("i", "I"):
        roman, left = "", number
        for value, sign in zip(
            (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
            ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
            strict=True,
        ):
            roman, left = roman + sign * (left // value), left % value
        return roman if form == "i" else roman.upper()
    return str(number)


def _points(text: str | None) -> float | None:
    found = _LENGTH.fullmatch(text or "")
    try:
        return float(found[1]) * _PER_UNIT[found[2]] if found else None
    except ValueError:
        return None


def _rect(frame: Any) -> Rect | None:
    x, y, width, height = (_points(frame.get(SVG + name)) for name in ("x", "y", "width", "height"))
    if x is None or y is None or width is None or height is None:
        return None
    return (x, y, x + width, y + height)


def _page_size(styles: Any) -> tuple[float, float]:
    """The first page layout in points; (0, 0) if there is none."""
    for layout in styles.iter(STYLE + "page-layout-properties"):
        width, height = _points(layout.get(FO + "page-width")), _points(layout.get(FO + "page-height"))
        if width and height:
            return width, height
    return 0.0, 0.0
