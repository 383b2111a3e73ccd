"""How the blocks of a document look: printed lines, font, size, weight and what the body text looks like.

Weight and slant are read from font names, the only place where most PDFs state them ("CMBX12", "Helvetica-Bold").
"""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from metier.extract.raw import RawBlock, RawPage, RawRun, Rect

_BOLD = re.compile(
    r"bold|black|heavy|semibold|demi|medi(?!um)|medium|cmbx|cmssbx|sfbx|sfsx|eufb|(?<![a-z])(?:ec|tc|la)?bx\d|[-,]b(?:$|[^a-z])",
    re.IGNORECASE,
)
_ITALIC = re.compile(r"ital|obli|slant|cmti|cmsl|cmmi|sfti|sfsl|[-,](?:it|i)(?:$|[^a-z])|-bi$", re.IGNORECASE)
_MONO = re.compile(
    r"mono|courier|typewriter|cmtt|sftt|ectt|consol|code|txtt|inconsolata|nimbusmon|cmsltt|menlo", re.I
)
_CAPS = re.compile(r"csc|smallcap|sc\d|-sc", re.IGNORECASE)
_SIZE_IN_NAME = re.compile(
    r"[\d.]+$|^[A-Z]{6}\+|-(?:Bold|Italic|Regular|Oblique|BoldItalic|BoldOblique|Roman)\b.*$"
)


@dataclass(frozen=True, slots=True)
class Style:
    """How most characters of a line or block are set. Equal styles were set by the same rule of the layout."""

    size: float = 0.0  # points, to a tenth
    bold: bool = False
    italic: bool = False
    mono: bool = False
    caps: bool = False
    family: str = ""


@dataclass(slots=True)
class Line:
    """One printed line of a block."""

    runs: list[RawRun]
    rect: Rect
    style: Style

    @property
    def text(self) -> str:
        """The line's runs with spaces between."""
        return " ".join(run.text.strip() for run in self.runs)


@dataclass(slots=True)
class Body:
    """What the running text of the document looks like."""

    style: Style = field(default_factory=Style)
    leading: float = 12.0  # from line to line
    left: float = 72.0
    width: float = 400.0


@lru_cache(maxsize=4096)
def _face(font: str) -> tuple[bool, bool, bool, bool, str]:
    name = font.split("+", 1)[-1]
    family = re.sub(r"[^a-z]", "", _SIZE_IN_NAME.sub("", name).casefold())[:12]
    return (
        bool(_BOLD.search(name)),
        bool(_ITALIC.search(name)),
        bool(_MONO.search(name)),
        bool(_CAPS.search(name)),
        family,
    )


@lru_cache(maxsize=4096)
def _style(font: str, size: float) -> Style:
    return Style(round(size, 1), *_face(font))


def face(font: str) -> Style:
    """How a font of that name looks; its size is 0."""
    return _style(font, 0.0)


def style_of(runs: Iterable[RawRun]) -> Style:
    """The style of most characters; sizes to a tenth of a point, as producers round them differently.

    Colour is no part of it: links are coloured in running text, and not every engine tells colours.
    """
    count: dict[tuple[str, float], int] = {}
    for run in runs:
        key = run.font, run.size
        count[key] = count.get(key, 0) + len(run.text)
    if not count:
        return Style()
    return _style(*(max(count, key=lambda key: (count[key], key)) if len(count) > 1 else next(iter(count))))


def lines_of(runs: Sequence[RawRun]) -> list[Line]:
    """Runs as printed lines from top to bottom, each from left to right."""
    lines: list[list[RawRun]] = []
    boxes: list[Rect] = []
    for run in sorted(runs, key=lambda item: ((item.rect[1] + item.rect[3]) / 2, item.rect[0])):
        top, bottom = run.rect[1], run.rect[3]
        if lines:
            box = boxes[-1]
            shared = min(box[3], bottom) - max(box[1], top)
            if shared > 0.5 * min(box[3] - box[1], bottom - top):
                lines[-1].append(run)
                boxes[-1] = _joined(box, run.rect)
                continue
        lines.append([run])
        boxes.append(run.rect)
    return [
        Line(sorted(line, key=lambda item: item.rect[0]), box, style_of(line))
        for line, box in zip(lines, boxes, strict=True)
    ]


def lines_by_block(page: RawPage, blocks: Sequence[RawBlock]) -> list[list[Line]]:
    """The printed lines of each block of one page: a run belongs to the smallest block that its middle lies in."""
    order = sorted(
        (index for index, block in enumerate(blocks) if block.rect is not None),
        key=lambda index: _area(blocks[index].rect),
    )
    runs: dict[int, list[RawRun]] = defaultdict(list)
    for run in page.runs:
        x, y = (run.rect[0] + run.rect[2]) / 2, (run.rect[1] + run.rect[3]) / 2
        for index in order:
            rect = blocks[index].rect
            if rect and rect[0] - 1 <= x <= rect[2] + 1 and rect[1] - 1 <= y <= rect[3] + 1:
                runs[index].append(run)
                break
    return [lines_of(runs[index]) for index in range(len(blocks))]


def body_of(lines: Iterable[Sequence[Line]]) -> Body:
    """The look of the running text: what most characters in blocks of two lines and more look like."""
    letters: Counter[Style] = Counter()
    steps: Counter[float] = Counter()
    lefts: Counter[int] = Counter()
    widths: list[float] = []
    few: Counter[Style] = Counter()
    for block in lines:
        for line in block:
            (letters if len(block) > 1 else few)[line.style] += len(line.text)
        for above, below in itertools.pairwise(block):
            steps[round(below.rect[1] - above.rect[1], 1)] += 1
        if len(block) > 1:
            lefts[round(min(line.rect[0] for line in block))] += len(block)
            widths.append(max(line.rect[2] for line in block) - min(line.rect[0] for line in block))
    styles = letters or few
    if not styles:
        return Body()
    style = max(styles, key=lambda key: (styles[key], key.size))
    steps = Counter({step: n for step, n in steps.items() if 0.8 * style.size < step < 3 * style.size})
    leading = max(steps, key=lambda key: (steps[key], -key)) if steps else 1.2 * style.size
    left = max(lefts, key=lambda key: (lefts[key], -key)) if lefts else 72
    width = sorted(widths)[int(0.8 * len(widths))] if widths else 400.0
    return Body(style, max(1.0, leading), float(left), max(1.0, width))


def _joined(a: Rect, b: Rect) -> Rect:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _area(rect: Rect | None) -> float:
    return float("inf") if rect is None else (rect[2] - rect[0]) * (rect[3] - rect[1])
