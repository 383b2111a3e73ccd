"""How like two Markdown texts are: NID (text), TEDS (tables) and MHS (headings), each 0-1.

The metrics of opendataloader-bench (b4b9505), written again from their definition; checked against its own examples
and against stored scores of its engines. A metric is None where it does not apply to the ground truth.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

import lxml.html
from bs4 import BeautifulSoup
from lxml import etree
from rapidfuzz.distance import Indel, Levenshtein

from benchmarks.tree_distance import Node, distance, size


@dataclass(frozen=True, slots=True)
class Scores:
    """One prediction against its truth; `overall` is the mean of those that apply."""

    nid: float | None
    nid_s: float | None
    teds: float | None
    teds_s: float | None
    mhs: float | None
    mhs_s: float | None

    @property
    def overall(self) -> float | None:
        """Mean of NID, TEDS and MHS as far as they apply."""
        known = [value for value in (self.nid, self.teds, self.mhs) if value is not None]
        return sum(known) / len(known) if known else None


def score(truth: str, predicted: str) -> Scores:
    """All scores of one document."""
    truth, predicted = tables_to_html(truth), tables_to_html(predicted)
    plain = (nid_of(_without_tables(truth), _without_tables(predicted), both_empty=1.0),)
    teds, teds_s = teds_of(truth, predicted)
    mhs, mhs_s = mhs_of(truth, predicted)
    return Scores(nid_of(truth, predicted), plain[0], teds, teds_s, mhs, mhs_s)


# --- step 0 ---------------------------------------------------------------------------------------------------------


def tables_to_html(text: str) -> str:
    """The text with its Markdown tables as one line of HTML each; HTML tables stay."""
    lines = text.splitlines(keepends=True)
    out: list[str] = []
    at = 0
    while at < len(lines):
        header = _row(lines[at])
        separator = _row(lines[at + 1]) if header is not None and at + 1 < len(lines) else None
        if header is None or separator is None or not _separates(separator):
            out.append(lines[at])
            at += 1
            continue
        width = max(len(header), len(separator))
        rows = [header]
        end = at + 2
        while end < len(lines) and (row := _row(lines[end])) is not None:
            rows.append(row)
            end += 1
        rows = [_repair(row, width) for row in rows]
        if not any(rows[0]) and len(rows) > 1:
            rows = rows[1:]
        out.append(_html(rows) + lines[at][len(lines[at].rstrip("\r\n")) :])
        at = end
    return "".join(out)


def _row(line: str) -> list[str] | None:
    line = line.strip()
    if "|" not in line:
        return None
    pieces = line.split("|")
    pieces = pieces[1:] if line.startswith("|") else pieces
    pieces = pieces[:-1] if line.endswith("|") and pieces else pieces
    return [piece.strip() for piece in pieces]


def _separates(cells: Sequence[str]) -> bool:
    return bool(cells) and all(re.fullmatch(r"[-:]+", cell.replace(" ", "")) for cell in cells)


def _repair(row: list[str], width: int) -> list[str]:
    if len(row) == 3 and width > 3:
        return [row[0], *[row[1]] * (width - 2), row[2]]
    return (row + [""] * width)[:width]


def _html(rows: Sequence[Sequence[str]]) -> str:
    lines = []
    for number, row in enumerate(rows):
        tag = "td" if number else "th"
        lines.append(
            "<tr>" + "".join(f"<{tag}>{html.escape(cell, quote=True)}</{tag}>" for cell in row) + "</tr>"
        )
    return f"<table>{''.join(lines)}</table>"


# --- NID ------------------------------------------------------------------------------------------------------------

_TABLE = re.compile(r"<table[^>]*>.*?</table>", re.IGNORECASE | re.DOTALL)


def _without_tables(text: str) -> str:
    return _TABLE.sub(" ", text)


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def nid_of(truth: str, predicted: str, both_empty: float | None = None) -> float | None:
    """2 LCS / (sum of lengths) on characters; None (or `both_empty`) for an empty truth."""
    truth, predicted = _spaced(truth), _spaced(predicted)
    if not truth:
        return both_empty if both_empty is None or not predicted else 0.0
    return Indel.normalized_similarity(truth, predicted)


# --- TEDS -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    column_span: int = 1
    row_span: int = 1
    content: str = ""


def teds_of(truth: str, predicted: str) -> tuple[float | None, float | None]:
    """Similarity of all tables as one tree, with and without the cells' contents."""
    gold, gold_size = _tables(truth)
    if gold is None:
        return None, None
    said, said_size = _tables(predicted)
    if said is None:
        return 0.0, 0.0
    most = max(gold_size, said_size)
    return 1 - distance(gold, said, _rename_tag) / most, 1 - distance(gold, said, _rename_shape) / most


def _tables(text: str) -> tuple[Node[_Tag] | None, int]:
    tables = BeautifulSoup(text, "html.parser").find_all("table")
    if not tables:
        return None, 0
    joined = "".join(str(table) for table in tables)
    for tag in ("<thead>", "</thead>", "<tbody>", "</tbody>"):
        joined = joined.replace(tag, "")
    parser = lxml.html.HTMLParser(remove_comments=True, encoding="utf-8")
    page = f"<html><body><table>{joined}</table></body></html>".encode()
    root = lxml.html.fromstring(page, parser=parser).find(".//table")
    assert root is not None
    for cell in root.iter("th"):
        cell.tag = "td"
    # elements inside cells are no nodes of the tree, but they are counted
    return _tree(root), sum(1 for _ in root.iterdescendants(etree.Element))


def _tree(element: etree._Element) -> Node[_Tag]:
    if element.tag == "td":
        spans = [_span(element.get(name)) for name in ("colspan", "rowspan")]
        return Node(_Tag("td", spans[0], spans[1], _content(element)))
    return Node(_Tag(str(element.tag)), [_tree(child) for child in element if isinstance(child.tag, str)])


def _span(stated: str | None) -> int:
    try:
        return int(stated or 1)
    except ValueError:
        return 1


def _content(cell: etree._Element) -> str:
    text = (cell.text or "") + "".join(_inner(child) for child in cell)
    text = re.sub(r"<br\s*/?>", "\n", html.unescape(text))
    return _spaced(text)


def _inner(element: etree._Element) -> str:
    inside = (element.text or "") + "".join(_inner(child) for child in element)
    return f"<{element.tag}>{inside}</{element.tag}>{element.tail or ''}"


def _rename_tag(a: _Tag, b: _Tag) -> float:
    if _rename_shape(a, b):
        return 1.0
    return _text_cost(a.content, b.content) if a.name == "td" else 0.0


def _rename_shape(a: _Tag, b: _Tag) -> float:
    return float((a.name, a.column_span, a.row_span) != (b.name, b.column_span, b.row_span))


def _text_cost(a: str, b: str) -> float:
    return Levenshtein.normalized_distance(a, b) if a or b else 0.0


# --- MHS ------------------------------------------------------------------------------------------------------------

_HEADING = re.compile(r"^#{1,6}\s+(.*)$")


def mhs_of(truth: str, predicted: str) -> tuple[float | None, float | None]:
    """Similarity of the sequences of headings and of the text below them, with and without their texts."""
    gold, said = _outline(truth), _outline(predicted)
    if not _headings(gold):
        return None, None
    if not _headings(said):
        return 0.0, 0.0
    most = max(size(gold), size(said))
    costs = [distance(gold, said, _rename_text), distance(gold, said, _rename_kind)]
    text, kind = (min(1.0, max(0.0, 1 - cost / most)) for cost in costs)
    return text, kind


_Labelled = tuple[str, str]  # kind, text


def _outline(text: str) -> Node[_Labelled]:
    root: Node[_Labelled] = Node(("root", ""))
    under, lines = root, list[str]()

    def close() -> None:
        body = " ".join(spaced for line in lines if (spaced := _spaced(line)))
        if body:
            under.children.append(Node(("content", body)))
        lines.clear()

    for line in text.splitlines():
        if match := _HEADING.match(line):
            close()
            under = Node(("heading", _spaced(match[1])))
            root.children.append(under)
        else:
            lines.append(line)
    close()
    return root


def _headings(outline: Node[_Labelled]) -> bool:
    return any(child.label[0] == "heading" for child in outline.children)


def _rename_text(a: _Labelled, b: _Labelled) -> float:
    return 1.0 if a[0] != b[0] else _text_cost(a[1], b[1])


def _rename_kind(a: _Labelled, b: _Labelled) -> float:
    return float(a[0] != b[0])
