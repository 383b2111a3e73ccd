"""HTML: headings, paragraphs, lists, tables and code; scripts, styles and hidden elements dropped."""

import html
import importlib.metadata
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import lxml.html
from lxml import etree

from metier.extract.detect import HTML
from metier.extract.raw import RawBlock, RawCell, RawDocument, RawPage, Unreadable, one_line
from metier.extract.text import decode, paragraphs

_DROPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "svg",
        "canvas",
        "iframe",
        "object",
        "embed",
        "input",
        "select",
        "textarea",
        "button",
        "datalist",
    ]
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "ul",
        "caption",
    ]
)
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"<\?xml[^>]+encoding\s*=\s*[\"']([A-Za-z0-9_.:-]+)")
_UNSEEN = re.compile(r"<(script|style|head)\b.*?</\1>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_DEEPEST = 200  # three calls per level stay below Python's limit of 1,000; nesting beyond what any page needs; deeper content is read as flat text


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """Blocks of the page in order. Raises Unreadable "corrupt" if there is no element in it."""
    return read_markup(decode_markup(path.read_bytes()))


def read_markup(markup: str) -> RawDocument:
    """As `read`, for text. Raises Unreadable."""
    markup = re.sub(r"^\s*<\?xml[^>]*\?>", "", markup.lstrip("\ufeff")).replace("\x00", "")
    engine = f"lxml {importlib.metadata.version('lxml')}"
    raw = RawDocument(HTML, engine, [RawPage()], [])
    if not markup.strip():
        return raw
    # huge_tree: libxml2 would drop what is nested deeper than 256; memory is limited by the sandbox
    parser = lxml.html.HTMLParser(huge_tree=True)
    try:
        root = lxml.html.document_fromstring(markup, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("corrupt", f"no HTML inside ({error})") from None
    if any("depth" in entry.message.lower() for entry in parser.error_log):
        # Deeper than 2,048 libxml2 drops the rest of the page even so: then words without structure.
        raw.blocks = paragraphs(html.unescape(_TAG.sub("\n\n", _UNSEEN.sub(" ", markup))))
        return raw
    raw.title = one_line(root.findtext(".//head/title") or root.findtext(".//title") or "")
    flow = _Flow()
    flow.visit(root, 0)
    flow.flush()
    raw.blocks = flow.blocks
    return raw


def decode_markup(data: bytes) -> str:
    """The text, in the encoding that the page declares if its bytes agree."""
    declared = _CHARSET.search(data[:4096]) or _XML_ENCODING.search(data[:200])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            return data.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass  # declared wrongly; the bytes themselves tell better
    return decode(data)


class _Flow:
    """Walks the tree, collecting inline text until a block element ends it."""

    def __init__(self) -> None:
        self.blocks: list[RawBlock] = []
        self._parts: list[str] = []
        self._kind = RawBlock("paragraph")
        self._marker = ""

    def flush(self) -> None:
        """Ends the block under way."""
        text = "\n".join(" ".join(line.split()) for line in "".join(self._parts).split("\n")).strip()
        self._parts = []
        if text:
            kind = self._kind
            self.blocks.append(RawBlock(kind.kind, self._marker + text, level=kind.level))
            self._marker = ""

    def visit(self, element: Any, depth: int) -> None:
        """Adds the element's content."""
        if not isinstance(element.tag, str) or _dropped(element):
            return
        tag = element.tag.lower()
        if depth > _DEEPEST:
            self._parts.append(" ".join(element.itertext()))
        elif tag == "table" and not _is_layout(element):
            self.flush()
            self._table(element)
        elif tag == "pre":
            self.flush()
            text = "".join(element.itertext()).strip("\n")
            if text.strip():
                self.blocks.append(RawBlock("code", text))
        elif tag == "br":
            self._parts.append("\n")
        elif tag == "img" and (alt := (element.get("alt") or "").strip()) and len(alt) > 3:
            self._parts.append(f" [{alt}] ")
        elif tag in _BLOCKS or tag in ("tr", "td", "th"):
            self._block(element, tag, depth)
        else:
            self._inside(element, depth)

    def _inside(self, element: Any, depth: int) -> None:
        self._parts.append(_flat(element.text))
        for child in element:
            self.visit(child, depth + 1)
            self._parts.append(_flat(child.tail))

    def _block(self, element: Any, tag: str, depth: int) -> None:
        self.flush()
        before = self._kind
        if re.fullmatch("h[1-6]", tag):
            self._kind = RawBlock("heading", level=int(tag[1]))
        elif tag in ("li", "dd", "dt"):
            self._kind, self._marker = RawBlock("list_item"), _marker(element, tag)
        elif tag in ("figcaption", "caption"):
            self._kind = RawBlock("caption")
        elif tag in ("ul", "ol", "table"):
            self._kind = RawBlock("paragraph")
        self._inside(element, depth)
        self.flush()
        self._kind, self._marker = before, ""

    def _table(self, table: Any) -> None:
        for caption in table.iterchildren("caption"):
            if text := one_line("".join(_visible_text(caption))):
                self.blocks.append(RawBlock("caption", text))
        if cells := _cells(table):
            self.blocks.append(RawBlock("table", cells=cells))


def _flat(text: str | None) -> str:
    """White space of the markup is no line break; only <br> is."""
    return re.sub(r"\s+", " ", text) if text else ""


def _dropped(element: Any) -> bool:
    if element.tag.lower() in _DROPPED or element.get("hidden") is not None:
        return True
    return element.get("aria-hidden") == "true" or bool(_HIDDEN.search(element.get("style") or ""))


def _marker(element: Any, tag: str) -> str:
    parent = element.getparent()
    if tag != "li" or parent is None or parent.tag != "ol":
        return ""
    first = parent.get("start", "1")
    number = int(first) if first.isdigit() and len(first) < 6 else 1
    return f"{number + sum(1 for other in element.itersiblings('li', preceding=True))}. "


def _is_layout(table: Any) -> bool:
    """True for tables that only arrange a page: they hold tables, headings, or a single column."""
    if any(table.iterdescendants("table", "h1", "h2", "h3", "ul", "ol")):
        return True
    widths = [sum(1 for cell in row if cell.tag in ("td", "th")) for row in table.iter("tr")]
    return max(widths, default=0) <= 1


def _visible_text(element: Any) -> Iterator[str]:
    if not isinstance(element.tag, str) or _dropped(element):
        return
    yield element.text or ""
    for child in element:
        yield " " if child.tag in ("br", "p", "div", "li") else ""
        yield from _visible_text(child)
        yield child.tail or ""


def _span(cell: Any, name: str) -> int:
    text = (cell.get(name) or "1").strip()
    return max(1, min(int(text), 1000)) if text.isdigit() and len(text) < 6 else 1


def _cells(table: Any) -> list[RawCell]:
    cells: list[RawCell] = []
    taken: set[tuple[int, int]] = set()
    rows = [row for row in table.iter("tr") if not _dropped(row)]
    for number, row in enumerate(rows):
        column = 0
        in_head = row.getparent().tag == "thead"
        found = [cell for cell in row if cell.tag in ("td", "th") and not _dropped(cell)]
        all_heads = bool(found) and all(cell.tag == "th" for cell in found)
        for cell in found:
            while (number, column) in taken:
                column += 1
            down, across = min(_span(cell, "rowspan"), len(rows) - number), _span(cell, "colspan")
            taken |= {(number + r, column + c) for r in range(down) for c in range(across)}
            text = one_line("".join(_visible_text(cell)))
            cells.append(RawCell(number, column, text, in_head or all_heads, down, across))
            column += across
    return cells
