"""Cuts blocks where their look changes: a heading that the engine ran together with the paragraph below it."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from metier.extract.raw import RawBlock, RawCell, RawRun, Rect, clean, one_line
from metier.extract.structure.numbering import read_number
from metier.extract.structure.style import Body, Line, Style, lines_of, style_of

# Sizes that differ by less than this are the same size, rounded.
_SAME_SIZE = 0.06
# Typewriter faces look bigger than they are and are set smaller, up to this.
_CODE_SIZE = 0.12
# A step from line to line that is this much larger than usual leaves space on purpose.
_MORE_SPACE = 1.25
# What changes its look more often, or has pieces without a word, is cut at its titles alone.
_MOST_PIECES = 12
_LONGEST_TITLE, _TITLES_IN_A_BLOCK = 2, 6  # printed lines of a title; titles of one block


def split_block(block: RawBlock, lines: Sequence[Line]) -> list[tuple[RawBlock, list[Line]]]:
    """The block in pieces of one look each, with the lines of each piece; whole if nothing changes.

    Blocks are cut between printed lines, where the look changes or more space is left, and only where the block's text is
    the text of its lines, so that no character is lost or moved. Pieces that turn out to be no headings are put together
    again (`apply`), so that cutting too often costs nothing. Out of code and list items only lines that are set bigger or in
    bold are taken.
    """
    whole = [(block, list(lines))]
    if block.kind not in ("paragraph", "heading", "code", "list_item") or len(lines) < 2:
        return whole
    parts: list[list[Line]] = [[lines[0]]]
    usual = _usual_step(lines)
    prose = block.kind in ("paragraph", "heading")
    for line in lines[1:]:
        above = style_of(run for part in parts[-1] for run in part.runs)
        step = line.rect[3] - parts[-1][-1].rect[3]
        if _differs(above, line.style) or (prose and step > _MORE_SPACE * usual):
            parts.append([line])
        else:
            parts[-1].append(line)
    if len(parts) > _MOST_PIECES or any(_tiny(part) for part in parts):
        parts = _at_titles(lines)
    if len(parts) < 2:
        return whole
    texts = cut_text(block.text, ["".join(run.text for line in part for run in line.runs) for part in parts])
    if texts is None:
        return whole
    plain = min((part[0].style.size, part[0].style.bold) for part in parts)
    pieces: list[tuple[RawBlock, list[Line]]] = []
    for number, (text, part) in enumerate(zip(texts, parts, strict=True)):
        stands_out = (part[0].style.size, part[0].style.bold) != plain
        if block.kind in ("code", "list_item") and not stands_out:
            kind = "paragraph" if block.kind == "list_item" and number else block.kind
        else:
            kind = "paragraph"
        pieces.append((replace(block, kind=kind, level=0, text=text, rect=_box(part)), part))
    return pieces


def _at_titles(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines in parts: titles, which are set bigger or bolder than most of the block, and what stands between them."""
    usual = Counter((line.style.size, line.style.bold) for line in lines).most_common(1)[0][0]
    parts: list[list[Line]] = []
    titles = 0
    last: Style | None = None  # of the part at hand, if it is a title
    for line in lines:
        style = line.style
        stands_out = not style.mono and (style.size > 1.08 * usual[0] or (style.bold and not usual[1]))
        now = style if stands_out and not _tiny([line]) else None
        if not parts or (now is None) != (last is None) or (now and last and _differs(last, now)):
            parts.append([])
            titles += now is not None
        parts[-1].append(line)
        if now and len(parts[-1]) > _LONGEST_TITLE:
            return []
        last = now
    return parts if titles <= _TITLES_IN_A_BLOCK else []


def _usual_step(lines: Sequence[Line]) -> float:
    """The usual distance from line to line: the median of the block, or what the size asks for where lines are few."""
    steps = sorted(below.rect[3] - above.rect[3] for above, below in itertools.pairwise(lines))
    asked = 1.25 * max(line.style.size for line in lines)
    return max(1.0, min(steps[(len(steps) - 1) // 2], asked) if len(steps) > 3 else min(steps[0], asked))


def split_table(
    block: RawBlock, runs: Sequence[RawRun], body: Body
) -> list[tuple[RawBlock, list[Line]]] | None:
    """A table in pieces around the titles that the engine took into it as rows; None if there are none.

    A title is one printed line in one cell, or in two if the first is its number, that is set bigger than the table
    and than the body, or bold with a number of two parts and more. Bold rows of one cell alone head groups of rows.
    """
    rows: dict[int, list[RawCell]] = defaultdict(list)
    for cell in block.cells:
        rows[cell.row].append(cell)
    if any(cell.row_span > 1 for cell in block.cells):
        return None
    lines = {row: _row_lines(cells, runs) for row, cells in rows.items()}
    sizes = Counter(line.style.size for found in lines.values() for line in found)
    usual = max(sizes, key=lambda size: (sizes[size], size)) if sizes else body.style.size
    titles = {
        row for row, cells in rows.items() if _is_title(cells, lines[row], max(usual, body.style.size), body)
    }
    if not titles or len(titles) > max(3, len(rows) // 2):
        return None
    pieces: list[tuple[RawBlock, list[Line]]] = []
    part: list[int] = []
    for row in sorted(rows):
        if row not in titles:
            part.append(row)
            continue
        pieces += _table_part(block, rows, part)
        part = []
        text = " ".join(one_line(cell.text) for cell in rows[row] if cell.text.strip())
        pieces.append(
            (replace(block, kind="paragraph", text=text, cells=[], rect=_box(lines[row])), lines[row])
        )
    return pieces + _table_part(block, rows, part)


def _row_lines(cells: Sequence[RawCell], runs: Sequence[RawRun]) -> list[Line]:
    boxes = [cell.rect for cell in cells if cell.rect]
    inside = [
        run
        for run in runs
        for x, y in [((run.rect[0] + run.rect[2]) / 2, (run.rect[1] + run.rect[3]) / 2)]
        if any(box[0] - 1 <= x <= box[2] + 1 and box[1] - 1 <= y <= box[3] + 1 for box in boxes)
    ]
    return lines_of(inside)


def _is_title(cells: Sequence[RawCell], lines: Sequence[Line], usual: float, body: Body) -> bool:
    filled = [cell.text.strip() for cell in cells if cell.text.strip()]
    text = " ".join(filled)
    number = read_number(text)
    if (
        len(lines) != 1
        or not filled
        or len(filled) > 2
        or not 3 <= len(text) <= 120
        or text.endswith((".", ","))
    ):
        return False
    if len(filled) == 2 and number.length < len(filled[0]):
        return False
    style = lines[0].style
    return style.size > 1.08 * usual or (style.bold and not body.style.bold and number.depth > 1)


def _table_part(
    block: RawBlock, rows: dict[int, list[RawCell]], part: Sequence[int]
) -> list[tuple[RawBlock, list[Line]]]:
    """The rows as a table of their own; a single column is no table but paragraphs."""
    cells = [
        replace(cell, row=number, header=cell.header and number == 0)
        for number, row in enumerate(part)
        for cell in rows[row]
    ]
    boxes = [cell.rect for cell in cells if cell.rect]
    rect = _union(boxes) if boxes else block.rect
    if not any(cell.text.strip() for cell in cells):
        return []
    used = sorted({cell.column for cell in cells if cell.text.strip()})
    if len(used) > 1 and len(part) > 1:
        place = {column: number for number, column in enumerate(used)}
        kept = [replace(cell, column=place[cell.column]) for cell in cells if cell.column in place]
        return [(replace(block, cells=kept, rect=rect), [])]
    text = "\n".join(" ".join(one_line(cell.text) for cell in rows[row] if cell.text.strip()) for row in part)
    return [(replace(block, kind="paragraph", text=text, cells=[], rect=rect), [])]


def _union(boxes: Sequence[Rect]) -> Rect:
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _differs(above: Style, below: Style) -> bool:
    bigger = max(above.size, below.size, 1.0)
    if above.mono != below.mono:  # code in running text is no bolder, and not much smaller or bigger
        return above.bold != below.bold or abs(above.size - below.size) / bigger > _CODE_SIZE
    if above.family != below.family and not above.italic and not below.italic:
        return True
    return above.bold != below.bold or abs(above.size - below.size) / bigger > _SAME_SIZE


def _tiny(part: Sequence[Line]) -> bool:
    """True for a piece without a word: a raised mark, a figure of a formula."""
    return sum(char.isalpha() for line in part for char in line.text) < 3


# Marks that an engine adds (emphasis, formulas) or leaves out (hyphens that it mended): they are passed over.
_ADDED, _LEFT_OUT = frozenset("*_`$\\{}^~"), frozenset("-\xad\x02")


def cut_text(text: str, pieces: Sequence[str]) -> list[str] | None:
    """The text cut into stretches that hold the same visible characters as the pieces; None if they differ."""
    cuts, at = [0], 0
    for piece in pieces:
        for char in "".join(clean(piece).split()):
            while at < len(text) and text[at] != char and (text[at].isspace() or text[at] in _ADDED):
                at += 1
            if at < len(text) and text[at] == char:
                at += 1
            elif char not in _LEFT_OUT:
                return None
        cuts.append(at)
    rest = text[at:]
    if any(not char.isspace() and char not in _ADDED for char in rest):
        return None
    cuts[-1] = len(text)
    stretches = [text[start:end].strip() for start, end in itertools.pairwise(cuts)]
    return [_unmarked(stretch, piece) for stretch, piece in zip(stretches, pieces, strict=True)]


def _unmarked(text: str, printed: str) -> str:
    """The text without the emphasis marks at its ends, unless they are printed; a mark cut off from its pair goes too."""
    return text if "*" in printed else text.strip("*").strip()


def _box(lines: Sequence[Line]) -> Rect:
    return _union([line.rect for line in lines])
