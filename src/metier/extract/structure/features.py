"""Numbers that tell what a block is: its look against the body text, its place, its words, its number, its neighbours.

Everything is relative to the document itself (body size, leading, margins, how often a style occurs), so that what is
learnt on one producer's documents holds on another's.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from metier.extract.raw import RawBlock, RawDocument
from metier.extract.structure.numbering import Number, bare, before, fold, read_number
from metier.extract.structure.prepare import Piece
from metier.extract.structure.style import Body, Line, Style, body_of, style_of

FEATURES = (
    "size", "size_rank", "bold", "body_bold", "italic", "mono", "caps_font", "other_family",
    "words", "chars", "lines", "upper", "title_case", "digits", "symbols", "ends_stop", "ends_colon", "ends_comma",
    "starts_lower", "bullet", "number_kind", "number_depth", "number_follows", "number_next",
    "trailing_number", "leaders", "in_contents", "in_furniture", "repeats",
    "gap_above", "gap_below", "indent", "centred", "width", "fill", "y", "x", "first", "last",
    "kind_heading", "kind_list", "kind_code", "level", "next_kind", "before_kind", "next_size", "before_size",
    "next_lines", "before_words", "next_same_style", "before_same_style",
    "style_share", "style_blocks", "style_words", "style_numbered", "style_alone", "style_gap", "style_pages",
    "contents_page", "page", "beside", "ends_question", "repeats_later", "repeats_before", "cut_before", "cut_after", "gap_inside",
    "gap_more", "next_body", "before_body", "style_texts",
)  # fmt: skip
_INDEX = {name: number for number, name in enumerate(FEATURES)}
_BULLET = re.compile(r"[•◦▪‣●○■□–—\-*·➢✓o]\s")
_TRAILING = re.compile(r"(?:[\s.…·]{2,}|\s)(?:\d{1,4}|[ivxlc]{1,6})$")
_LEADERS = re.compile(r"(?:\.\s?){4,}|…{2,}|(?:·\s?){4,}")
_STOP = re.compile(r"[.!…;。！；][\"'”’»)\]」』]*$")
# Written without spaces: about two of these make a word.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_NUMBER_ENDS = frozenset("0123456789ivxlc")
# Characters of a block that are looked at one by one: no title is longer.
_ENOUGH = 250
_KINDS = {
    "heading": 1,
    "paragraph": 2,
    "list_item": 3,
    "code": 4,
    "table": 5,
    "caption": 6,
    "header": 7,
    "footer": 8,
}
_NUMBERS = {"": 0, "label": 1, "decimal": 2, "single": 3, "roman": 4, "letter": 5}
_FURNITURE = ("header", "footer", "hidden")


@dataclass(slots=True)
class Described:
    """One block with what is known of its look."""

    block: RawBlock
    lines: list[Line] = field(default_factory=list)
    style: Style = field(default_factory=Style)
    number: Number = field(default_factory=Number)
    text: str = ""
    folded: str = ""  # without number, spaces and marks
    # with its number: labels that come again ("2.1 Results", "2.2 Results") are different titles
    whole: str = ""
    piece: Piece | None = None  # where it was cut from


def describe(pieces: Sequence[Piece]) -> list[Described]:
    """The blocks with their styles, numbers and folded texts."""
    described = []
    for piece in pieces:
        block, lines = piece.block, piece.lines
        text = " ".join(block.text.split())
        style = style_of(run for line in lines for run in line.runs)
        short = len(text) < 300
        described.append(
            Described(
                block,
                lines,
                style,
                read_number(text) if short else Number(),
                text,
                bare(text) if short else "",
                fold(text) if short else "",
                piece,
            )
        )
    return described


def body_text(items: Sequence[Described]) -> Body:
    """The look of the document's running text; tables, code and furniture do not count."""
    running = [item.lines for item in items if item.block.kind in ("paragraph", "list_item", "heading")]
    return body_of(running)


def block_features(raw: RawDocument, items: Sequence[Described], body: Body) -> NDArray[np.float64]:
    """One row per item, columns as in `FEATURES`. Unknown is nan."""
    table = np.full((len(items), len(FEATURES)), np.nan)
    heights = {page.number: (page.width or 1.0, page.height or 1.0) for page in raw.pages}
    sizes = sorted(
        {item.style.size for item in items if item.style.size > 1.05 * body.style.size}, reverse=True
    )
    rank = {size: number + 1 for number, size in enumerate(sizes)}
    contents, contents_pages = _contents(items)
    furniture = {item.folded for item in items if item.block.kind in _FURNITURE and len(item.folded) > 3}
    texts = Counter(item.whole for item in items if item.folded)
    places: dict[str, list[int]] = defaultdict(list)
    for item in items:
        if item.folded and item.block.kind not in _FURNITURE:
            places[item.folded].append(item.block.page)
    numbers = {item.number.parts for item in items if item.number.parts and item.block.kind not in _FURNITURE}
    for row, item in enumerate(items):
        values = _own(item, body) | {
            "size_rank": rank.get(item.style.size, len(sizes) + 1),
            "number_follows": 0.0
            if not item.number.parts
            else 2.0
            if before(item.number) in numbers
            else 1.0
            if not before(item.number)
            else -1.0,
            "number_next": float(bool(item.number.parts) and _after(item.number.parts) in numbers),
            "in_contents": float(item.folded in contents and item.block.page not in contents_pages),
            "in_furniture": float(item.folded in furniture),
            "repeats": float(min(9, texts[item.whole])),
            "repeats_later": float(any(page > item.block.page for page in places[item.folded][-1:])),
            "repeats_before": float(any(page < item.block.page for page in places[item.folded][:1])),
            "contents_page": float(item.block.page in contents_pages),
            "page": min(item.block.page, 5),
        }
        width, height = heights.get(item.block.page, (1.0, 1.0))
        if (rect := item.block.rect) is not None:
            middle = (rect[0] + rect[2]) / 2
            values |= {
                "indent": (rect[0] - body.left) / body.leading,
                "centred": abs(middle - width / 2) / width,
                "width": (rect[2] - rect[0]) / body.width,
                "y": rect[1] / height,
                "x": rect[0] / width,
            }
        for name, value in values.items():
            table[row, _INDEX[name]] = value
    _neighbours(items, body, table)
    _style_groups(items, table)
    return table


def word_count(text: str) -> float:
    """About how many words; scripts without spaces count two characters as one."""
    return float(text.count(" ") + 1 + (0 if text.isascii() else len(_UNSPACED.findall(text[:_ENOUGH])) // 2))


def ends_in_number(text: str) -> bool:
    """True of what may be an entry of a list of contents: its last word is a page number."""
    return text[-1:] in _NUMBER_ENDS and _TRAILING.search(text[-40:]) is not None


def _own(item: Described, body: Body) -> dict[str, float]:
    style, whole = item.style, item.text
    text = whole[:_ENOUGH]
    letters = [*filter(str.isalpha, text)]
    words = [word for word in text.split() if any(char.isalpha() for char in word)]
    long_words = [word for word in words if len(word) > 3]
    chars = max(1, len(text))
    last = item.lines[-1].rect if item.lines else None
    return {
        "size": style.size / body.style.size if body.style.size and item.lines else np.nan,
        "bold": float(style.bold),
        "body_bold": float(body.style.bold),
        "italic": float(style.italic and not body.style.italic),
        "mono": float(style.mono and not body.style.mono),
        "caps_font": float(style.caps),
        "other_family": float(style.family != body.style.family),
        "words": word_count(whole),
        "chars": float(len(whole) or 1),
        "lines": float(len(item.lines)),
        "upper": sum(map(str.isupper, letters)) / max(1, len(letters)),
        "title_case": sum(word[0].isupper() for word in long_words) / max(1, len(long_words)),
        "digits": sum(map(str.isdigit, text)) / chars,
        "symbols": (len(text) - sum(map(str.isalnum, text)) - text.count(" ")) / chars,
        "ends_stop": float(bool(_STOP.search(whole[-4:]))),
        "ends_question": float(whole.endswith(("?", "？"))),
        "ends_colon": float(whole.endswith((":", "："))),
        "ends_comma": float(whole.endswith((",", "-", "(", "，", "、"))),
        "starts_lower": float(text[item.number.length : item.number.length + 1].islower()),
        "bullet": float(bool(_BULLET.match(text))),
        "number_kind": float(_NUMBERS[item.number.kind]),
        "number_depth": float(item.number.depth),
        "trailing_number": float(ends_in_number(whole) and len(words) > 0),
        "leaders": float(bool(_LEADERS.search(text))),
        "fill": (last[2] - last[0]) / body.width if last else np.nan,
        "gap_inside": _widest_gap(item),
        "kind_heading": float(item.block.kind == "heading"),
        "kind_list": float(item.block.kind == "list_item"),
        "kind_code": float(_kind(item) == "code"),
        "level": float(item.block.level),
    }


def _widest_gap(item: Described) -> float:
    """The widest gap within a printed line, in sizes of the type, but for the one after a number: columns have some."""
    widest = 0.0
    for line in item.lines[:3]:
        for place, (a, b) in enumerate(pairwise(line.runs)):
            if place or len(a.text.strip()) > 8 or not item.number.depth:
                widest = max(widest, (b.rect[0] - a.rect[2]) / max(1.0, line.style.size))
    return min(widest, 20.0)


def _kind(item: Described) -> str:
    """The engine's word, but code must be set in a typewriter face: engines call lone lines code as well."""
    return "paragraph" if item.block.kind == "code" and not item.style.mono else item.block.kind


def _after(parts: tuple[str, ...]) -> tuple[str, ...]:
    *head, last = parts
    if last.isdigit():
        return (*head, str(int(last) + 1))
    return (*head, chr(ord(last) + 1)) if len(last) == 1 else ()


def _contents(items: Sequence[Described]) -> tuple[set[str], set[int]]:
    """Folded titles that a printed table of contents lists, and the pages that it is on."""
    listed: dict[int, set[str]] = defaultdict(set)
    for item in items:
        if item.block.kind in _FURNITURE:
            continue
        for text in _entries(item):
            if text[-1:] in _NUMBER_ENDS and (match := _TRAILING.search(text)):
                title = bare(_LEADERS.sub(" ", text[: match.start()]))
                if len(title) > 2:
                    listed[item.block.page].add(title)
    pages = {page for page, titles in listed.items() if len(titles) >= 5}
    return {title for page in pages for title in listed[page]}, pages


def _entries(item: Described) -> list[str]:
    if item.block.kind == "table":
        rows: dict[int, list[str]] = defaultdict(list)
        for cell in item.block.cells:
            rows[cell.row].append(cell.text)
        return [" ".join(" ".join(row).split()) for row in rows.values()]
    if item.block.kind == "code" or len(item.lines) > 1:
        return [line.text for line in item.lines] or item.block.text.splitlines()
    return [item.text]


def _neighbours(items: Sequence[Described], body: Body, table: NDArray[np.float64]) -> None:
    flow = [row for row, item in enumerate(items) if item.block.kind not in _FURNITURE]
    for place, row in enumerate(flow):
        item = items[row]
        above = items[flow[place - 1]] if place else None
        below = items[flow[place + 1]] if place + 1 < len(flow) else None
        same_page_above = above is not None and above.block.page == item.block.page
        same_page_below = below is not None and below.block.page == item.block.page
        values = {
            "first": float(not same_page_above),
            "last": float(not same_page_below),
            "before_kind": float(_KINDS.get(_kind(above), 0)) if above else 0.0,
            "next_kind": float(_KINDS.get(_kind(below), 0)) if below else 0.0,
            "before_words": word_count(above.text) if above else 0.0,
            "next_lines": float(len(below.lines)) if below else 0.0,
            "next_size": _ratio(below, item),
            "before_size": _ratio(above, item),
            "next_body": float(below is not None and below.style == body.style),
            "before_body": float(above is not None and above.style == body.style),
            "next_same_style": float(below is not None and below.style == item.style),
            "before_same_style": float(above is not None and above.style == item.style),
            "beside": 0.0,
            "cut_before": float(_cut_apart(above, item)),
            "cut_after": float(_cut_apart(item, below)),
        }
        if (rect := item.block.rect) is not None:
            if same_page_above and above and above.block.rect:
                values["gap_above"] = (rect[1] - above.block.rect[3]) / body.leading
            if same_page_below and below and below.block.rect:
                values["gap_below"] = (below.block.rect[1] - rect[3]) / body.leading
                values["beside"] = float(below.block.rect[1] < rect[3] - 0.5 * (rect[3] - rect[1]))
            if "gap_above" in values and "gap_below" in values:
                values["gap_more"] = values["gap_above"] - values["gap_below"]
        for name, value in values.items():
            table[row, _INDEX[name]] = value


def _cut_apart(above: Described | None, below: Described | None) -> bool:
    return (
        above is not None
        and below is not None
        and above.piece is not None
        and below.piece is not None
        and (above.piece.origin is below.piece.origin)
    )


def _ratio(other: Described | None, item: Described) -> float:
    return other.style.size / item.style.size if other and other.lines and item.style.size else np.nan


def _style_groups(items: Sequence[Described], table: NDArray[np.float64]) -> None:
    """How the blocks of the same style are, taken together: headings of one level look alike all through."""
    groups: dict[Style, list[int]] = defaultdict(list)
    for row, item in enumerate(items):
        if item.lines and item.block.kind not in (*_FURNITURE, "table"):
            groups[item.style].append(row)
    total = sum(len(items[row].text) for rows in groups.values() for row in rows) or 1
    for rows in groups.values():
        gaps = table[rows, _INDEX["gap_above"]]
        known = gaps[~np.isnan(gaps)]
        words = [word_count(items[row].text) for row in rows]
        values = {
            "style_share": sum(len(items[row].text) for row in rows) / total,
            "style_blocks": np.log1p(len(rows)),
            "style_words": float(np.median(words)),
            "style_numbered": float(np.mean([items[row].number.depth > 0 for row in rows])),
            "style_alone": float(np.mean([len(items[row].lines) == 1 for row in rows])),
            "style_gap": float(np.median(known)) if len(known) else np.nan,
            "style_texts": len({items[row].whole for row in rows}) / len(rows),
            "style_pages": len({items[row].block.page for row in rows}) / len(rows),
        }
        for name, value in values.items():
            table[rows, _INDEX[name]] = value


def groups_of(items: Sequence[Described]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each item a number of its style, and one of its style with or without a number in front."""
    styles: dict[Style, int] = {}
    first = np.array([styles.setdefault(item.style, len(styles)) for item in items], dtype=np.int64)
    numbered = np.array([item.number.depth > 0 for item in items], dtype=np.int64)
    return first, 2 * first + numbered


def with_context(
    table: NDArray[np.float64],
    chance: NDArray[np.float64],
    groups: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> NDArray[np.float64]:
    """The table with what a first look at every block (`chance` of being a heading) says about its likes and neighbours.

    Columns added: see `CONTEXT`.
    """
    extra = np.zeros((len(table), len(CONTEXT)))
    if len(table) == 0:
        return np.hstack([table, extra])
    styles, numbered = groups
    total = max(1e-9, float(chance.sum()))
    for column, group in ((1, numbered), (2, styles)):
        count = np.maximum(np.bincount(group), 1)
        extra[:, column] = (np.bincount(group, chance) / count)[group]
    extra[:, 4] = np.bincount(styles, chance)[styles] / total
    for style in np.unique(styles):
        rows = styles == style
        extra[rows, 3] = np.quantile(chance[rows], 0.9)
    extra[:, 0] = chance
    extra[1:, 5] = chance[:-1]
    extra[:-1, 6] = chance[1:]
    return np.hstack([table, extra])


CONTEXT = (
    "chance",
    "numbered_style_chance",
    "style_chance",
    "style_best",
    "style_weight",
    "chance_before",
    "chance_next",
)


def may_be_heading(item: Described) -> bool:
    """True for what is worth asking about: text of a title's length outside tables and furniture."""
    return item.block.kind not in ("table", *_FURNITURE) and bool(item.folded)
