"""Tables that go on over a page break: a chance per pair of the last table of a page and the first of the next.

Seen are the grids and what stands between them, not the drawn rules.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metier.extract.raw import RawBlock, RawCell, RawPage, one_line
from metier.extract.structure.numbering import fold
from metier.extract.tables import is_figure, looks_like_header

PAIR_FEATURES = (
    "columns", "same_columns", "left", "right", "columns_apart", "same_first_row", "header_above", "header_below",
    "types_apart", "room_below", "room_above", "blocks_after", "blocks_before", "caption_before", "caption_after",
    "heading_between", "continued", "rows_above", "rows_below", "starts_empty", "key_alike", "number_step",
)  # fmt: skip
_CONTINUED = re.compile(
    r"\b(?:continued|cont(?:'d|\.)|fortsetzung|fortgesetzt|suite|continuación|continuazione|vervolg)\b",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:table|tabelle|tab\.|tableau|tabla|tabella|tabel|übersicht)\s*[0-9IVX]", re.IGNORECASE
)
# Blocks that may stand between the halves of a table: more than this on either side and it has ended.
_BETWEEN = 3
_FURNITURE = ("header", "footer", "hidden")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tables that may be one: their places in the list of blocks."""

    above: int
    below: int


def pairs_of(blocks: Sequence[RawBlock]) -> list[Pair]:
    """The last table of every page with the first of the next, with few blocks between."""
    flow = [index for index, block in enumerate(blocks) if block.kind not in _FURNITURE]
    found = []
    for place, index in enumerate(flow):
        if blocks[index].kind != "table":
            continue
        page = blocks[index].page
        following = flow[place + 1 : place + 2 + 2 * _BETWEEN]
        after = [other for other in following if blocks[other].page == page]
        before = [other for other in following if blocks[other].page == page + 1]
        if len(after) > _BETWEEN or any(blocks[other].kind == "table" for other in after):
            continue
        first = next((number for number, other in enumerate(before) if blocks[other].kind == "table"), None)
        if first is not None and first <= _BETWEEN:
            found.append(Pair(index, before[first]))
    return found


def pair_features(
    pairs: Sequence[Pair], blocks: Sequence[RawBlock], pages: Sequence[RawPage]
) -> NDArray[np.float64]:
    """One row per pair, columns as in `PAIR_FEATURES`; unknown is nan."""
    sizes = {page.number: (page.width or 1.0, page.height or 1.0) for page in pages}
    ends = _ends(blocks)
    table = np.full((len(pairs), len(PAIR_FEATURES)), np.nan)
    for row, pair in enumerate(pairs):
        values = _pair(pair, blocks, sizes, ends)
        for column, name in enumerate(PAIR_FEATURES):
            table[row, column] = values.get(name, np.nan)
    return table


def _ends(blocks: Sequence[RawBlock]) -> tuple[float, float]:
    """Where text starts and ends on the pages of the document, furniture aside."""
    tops: dict[int, float] = {}
    bottoms: dict[int, float] = {}
    for block in blocks:
        if block.rect and block.kind not in _FURNITURE:
            tops[block.page] = min(tops.get(block.page, 1e9), block.rect[1])
            bottoms[block.page] = max(bottoms.get(block.page, 0.0), block.rect[3])
    if not tops:
        return 0.0, 1e9
    return float(np.quantile(list(tops.values()), 0.2)), float(np.quantile(list(bottoms.values()), 0.8))


def _pair(
    pair: Pair, blocks: Sequence[RawBlock], sizes: dict[int, tuple[float, float]], ends: tuple[float, float]
) -> dict[str, float]:
    above, below = blocks[pair.above], blocks[pair.below]
    a, b = _rows(above.cells), _rows(below.cells)
    if not a or not b:
        return {}
    width, height = sizes.get(above.page, (1.0, 1.0))
    between = [block for block in blocks[pair.above + 1 : pair.below] if block.kind not in _FURNITURE]
    after = [block for block in between if block.page == above.page]
    before = [block for block in between if block.page == below.page]
    columns_a, columns_b = max(map(len, a)), max(map(len, b))
    same_first = _first_alike(a[0], b[0])
    body_b = b[1:] if same_first > 0.9 and len(b) > 1 else b
    values = {
        "columns": float(columns_a),
        "same_columns": float(columns_a - columns_b),
        "same_first_row": same_first,
        "header_above": float(looks_like_header(a)),
        "header_below": float(looks_like_header(b)),
        "types_apart": _types_apart(a[1:] or a, body_b),
        "blocks_after": float(len(after)),
        "blocks_before": float(len(before)),
        "caption_after": float(any(_CAPTION.match(one_line(block.text)) for block in after)),
        "caption_before": float(any(_CAPTION.match(one_line(block.text)) for block in before)),
        "heading_between": float(any(block.kind == "heading" for block in between)),
        "continued": float(
            any(_CONTINUED.search(block.text) for block in between)
            or bool(_CONTINUED.search(" ".join(b[0])))
            or bool(_CONTINUED.search(" ".join(a[-1])))
        ),
        "rows_above": float(min(50, len(a))),
        "rows_below": float(min(50, len(b))),
        "starts_empty": float(not body_b[0][0]),
        "key_alike": float(_shape(a[-1][0]) == _shape(body_b[0][0]) and bool(a[-1][0])),
        "number_step": _step(a[-1][0], body_b[0][0]),
    }
    if above.rect and below.rect:
        values |= {
            "left": abs(above.rect[0] - below.rect[0]) / width,
            "right": abs(above.rect[2] - below.rect[2]) / width,
            "columns_apart": _columns_apart(above.cells, below.cells) / width,
            "room_below": (ends[1] - above.rect[3]) / height,
            "room_above": (below.rect[1] - ends[0]) / height,
        }
    return values


def _rows(cells: Sequence[RawCell]) -> list[list[str]]:
    rows: dict[int, dict[int, str]] = {}
    for cell in cells:
        for span in range(cell.column_span):
            rows.setdefault(cell.row, {})[cell.column + span] = one_line(cell.text) if span == 0 else ""
    grid = [[row.get(column, "") for column in range(max(row) + 1)] for _, row in sorted(rows.items()) if row]
    return [row for row in grid if any(row)]


def _first_alike(a: Sequence[str], b: Sequence[str]) -> float:
    """Share of the letters of the first rows that are the same cells."""
    first, second = [fold(text) for text in a], [fold(text) for text in b]
    total = sum(map(len, first)) + sum(map(len, second))
    same = sum(2 * len(x) for x, y in zip(first, second, strict=False) if x == y)
    return same / total if total else 0.0


def _types_apart(a: Sequence[Sequence[str]], b: Sequence[Sequence[str]]) -> float:
    """Mean difference of the share of figures, column by column."""
    columns = min(max(map(len, a)), max(map(len, b)))
    shares = []
    for column in range(columns):
        x = [is_figure(row[column]) for row in a if column < len(row) and row[column]]
        y = [is_figure(row[column]) for row in b if column < len(row) and row[column]]
        if x and y:
            shares.append(abs(sum(x) / len(x) - sum(y) / len(y)))
    return float(np.mean(shares)) if shares else np.nan


def _columns_apart(a: Sequence[RawCell], b: Sequence[RawCell]) -> float:
    """Mean distance in points between the left edges of like columns."""
    first, second = _lefts(a), _lefts(b)
    shared = first.keys() & second.keys()
    return float(np.mean([abs(first[column] - second[column]) for column in shared])) if shared else np.nan


def _lefts(cells: Sequence[RawCell]) -> dict[int, float]:
    lefts: dict[int, list[float]] = {}
    for cell in cells:
        if cell.rect and cell.column_span == 1:
            lefts.setdefault(cell.column, []).append(cell.rect[0])
    return {column: float(np.median(values)) for column, values in lefts.items()}


def _shape(text: str) -> str:
    """What a key looks like: "AB-017" is "a-9"."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", text[:40]))


def _step(a: str, b: str) -> float:
    """Second number minus the first where both keys end in one; nan otherwise; kept within -9..9."""
    x, y = re.search(r"(\d{1,9})\D*$", a), re.search(r"(\d{1,9})\D*$", b)
    return float(np.clip(int(y[1]) - int(x[1]), -9, 9)) if x and y else np.nan
