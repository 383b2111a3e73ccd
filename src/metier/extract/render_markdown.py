"""Document -> Markdown: headings, paragraphs, lists and tables as one text, in reading order, page furniture included.

A table without merged cells becomes a pipe table, one with merged cells becomes HTML, because Markdown has none. What
is printed as text is escaped where it would otherwise read as a heading or a table.
"""

import html
import re
from collections.abc import Iterable

from metier.types import Block, Cell, Document

_FURNITURE = ("header", "footer")
_HIDDEN = "hidden"
_BULLET = re.compile(r"^[•◦▪▫●○■□‣⁃∙·\-–—*]\s+")
# A line of plain text that Markdown would take for a heading, a list, a quote or a fence.
_MISREAD = re.compile(r"^(#{1,6}\s|>|```|~~~|[-+*]\s)")


def to_markdown(document: Document, furniture: bool = True, pages: Iterable[int] | None = None) -> str:
    """The document's text as Markdown, ending with a line break; hidden text is left out.

    Running headers and footers are left out if `furniture` is false, and all pages but `pages` (1-based) if any are named.
    """
    wanted = None if pages is None else frozenset(pages)
    out: list[str] = []
    listed = False  # the block before was a list item: items of one list stand without a blank line between
    for block in document.blocks:
        if (
            block.kind == _HIDDEN
            or (wanted is not None and block.page not in wanted)
            or (not furniture and block.kind in _FURNITURE)
        ):
            continue
        text = render_block(block, document.text[block.start : block.end])
        if not text:
            continue
        if out:
            out.append("\n" if listed and block.kind == "list_item" else "\n\n")
        out.append(text)
        listed = block.kind == "list_item"
    return "".join(out) + "\n" if out else ""


def render_block(block: Block, text: str) -> str:
    """One block, whose text is `text`, as Markdown without surrounding blank lines."""
    if block.kind == "heading":
        return f"{'#' * max(1, min(6, block.level))} {' '.join(text.split())}"
    if block.kind == "table":
        return render_cells(block.cells)
    if block.kind == "code":
        fence = "````" if "```" in text else "```"
        return f"{fence}\n{text}\n{fence}"
    if block.kind == "list_item":
        return _item(text)
    return "\n".join(_escaped(line) for line in text.split("\n"))


def render_cells(cells: Iterable[Cell]) -> str:
    """A table as pipes, or as HTML if a cell is merged; the first row is the header, as Markdown wants it."""
    rows: dict[int, list[Cell]] = {}
    for cell in cells:
        rows.setdefault(cell.row, []).append(cell)
    lines = [sorted(rows[row], key=lambda cell: cell.column) for row in sorted(rows)]
    if not lines:
        return ""
    if any(cell.column_span > 1 or cell.row_span > 1 for line in lines for cell in line):
        return _as_html(_without_copies(lines))
    width = max(cell.column for line in lines for cell in line) + 1
    grid = []
    for line in lines:
        texts = [""] * width
        for cell in line:
            texts[cell.column] = _one_line(cell.text).replace("|", "\\|")
        grid.append(f"| {' | '.join(texts)} |")
    return "\n".join([grid[0], "|" + " --- |" * width, *grid[1:]])


def _without_copies(lines: list[list[Cell]]) -> list[list[Cell]]:
    """The cells without the copies that stand in the further rows of one merged over rows."""
    copies = {
        (cell.row + down, cell.column) for line in lines for cell in line for down in range(1, cell.row_span)
    }
    return [[cell for cell in line if (cell.row, cell.column) not in copies] for line in lines]


def _as_html(lines: list[list[Cell]]) -> str:
    out = []
    for line in lines:
        row = "".join(_html_cell(cell) for cell in line)
        out.append(f"<tr>{row}</tr>")
    return f"<table>\n{chr(10).join(out)}\n</table>"


def _html_cell(cell: Cell) -> str:
    tag = "th" if cell.header else "td"
    spans = "".join(
        f' {name}="{value}"'
        for name, value in (("rowspan", cell.row_span), ("colspan", cell.column_span))
        if value > 1
    )
    return f"<{tag}{spans}>{html.escape(_one_line(cell.text), quote=False)}</{tag}>"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _item(text: str) -> str:
    """A list item; printed bullets become Markdown's, numbers and letters stay as printed."""
    body = text.replace("\n", "\n  ")
    if bullet := _BULLET.match(body):
        return "- " + body[bullet.end() :]
    return body if re.match(r"^\(?\w{1,5}[.)]\s", body) else "- " + body


def _escaped(line: str) -> str:
    return "\\" + line if _MISREAD.match(line) else line
