"""Running text that an engine took for a table: its printed lines have no gaps between columns."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from metier.extract.raw import RawBlock, clean, one_line
from metier.extract.structure.style import Line

# A gap between two runs of a line that is this many times the type size stands between columns, not between words.
_COLUMN_GAP = 1.2
# Tables have such gaps in nearly every line; text has them after numbers of headings and in formulas.
_MOST_GAPS = 0.2
# Fewer letters to a line: a list of values.
_LEAST_LETTERS = 25
# Share of the characters that may differ between lines and cells: marks that the engine adds.
_SLACK = 0.03


def as_prose(block: RawBlock, lines: Sequence[Line]) -> RawBlock | None:
    """The table as one paragraph if it is running text; None if it is a table, or its lines do not hold all of its text."""
    text = [line for line in lines if sum(map(str.isalnum, line.text)) > 1]
    if len(text) < 2 or sum(len(line.text) for line in text) < _LEAST_LETTERS * len(text):
        return None
    if sum(map(_has_gap, text)) > _MOST_GAPS * len(text):
        return None
    printed = Counter(char for line in lines for char in clean(line.text) if char.isalnum())
    held = Counter(char for cell in block.cells for char in one_line(cell.text) if char.isalnum())
    if (held - printed).total() > _SLACK * held.total():
        return None
    return replace(block, kind="paragraph", text=_flow(lines), cells=[])


def _has_gap(line: Line) -> bool:
    """True if the line has a gap as between columns, but for one after a number in front."""
    for place, (a, b) in enumerate(zip(line.runs, line.runs[1:], strict=False)):
        numbered = place == 0 and len(a.text.strip()) <= 8 and any(map(str.isdigit, a.text))
        if b.rect[0] - a.rect[2] > _COLUMN_GAP * line.style.size and not numbered:
            return True
    return False


def _flow(lines: Sequence[Line]) -> str:
    """The lines as one text; a word that was divided at a line's end is mended."""
    text = ""
    for line in lines:
        following = one_line(line.text)
        if len(text) > 1 and text.endswith("-") and text[-2].isalpha() and following[:1].islower():
            text = text[:-1] + following
        else:
            text = f"{text} {following}" if text else following
    return text
