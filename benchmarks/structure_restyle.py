"""A manual as another house would print it: its headings in other faces, weights and sizes, with numbers or without.

Manuals by TeX set headings bold, big and numbered, and models fitted on them alone lean on that. Copies restyled by dice teach
what is left: place, spacing, words, how often a look occurs. Where the headings stand does not change.
"""

import copy
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.structure_truth import Heading, title_places
from metier.extract.raw import RawDocument, RawPage, RawRun
from metier.extract.structure.numbering import bare, fold, read_number
from metier.extract.structure.style import Line, lines_of
from metier.types import BlockKind

_FACES = ("Helvetica", "DejaVuSans", "TimesNewRoman", "Palatino", "Garamond", "Verdana")
_ENGINES_GUESSES: tuple[BlockKind, ...] = ("paragraph", "paragraph", "code", "heading")
_LEVELS = 6


@dataclass(frozen=True, slots=True)
class Look:
    """How one level of headings is set; `size` against the body."""

    size: float
    bold: bool
    italic: bool
    face: str  # "" for the body's own


def draw_looks(rng: random.Random) -> list[Look]:
    """One look per level: smaller from level to level, light or bold, in the body's face or another."""
    size, least = rng.uniform(1.25, 2.2), rng.choice([1.0, 1.0, 1.08, 1.15])
    ratio = rng.uniform(0.7, 0.92)
    weight = rng.choice(["bold", "bold", "light", "light", "deep bold", "top bold"])
    face = rng.choice(["", *_FACES])
    looks = []
    for level in range(_LEVELS):
        bold = weight == "bold" or (
            level >= 2 if weight == "deep bold" else level < 2 and weight == "top bold"
        )
        now = max(least, size * ratio**level)
        italic = level >= 2 and rng.random() < 0.15
        # no look of the body's own: nothing but space would tell such a heading
        if now < 1.05 and not bold and not italic and not face:
            now = 1.1
        looks.append(Look(now, bold, italic, face))
    return looks


def restyled(raw: RawDocument, true: Sequence[Heading], rng: random.Random) -> RawDocument:
    """A copy of the document whose true headings look otherwise; its blocks lose what the engine said of them."""
    raw = copy.deepcopy(raw)
    looks, numbered = draw_looks(rng), rng.random() < 0.6
    size, font = body_type(raw.pages)
    top = min((heading.level for heading in true), default=1)
    pages = {page.number: page for page in raw.pages}
    by_page: dict[int, list[Heading]] = defaultdict(list)
    for heading in true:
        by_page[heading.page].append(heading)
    for number, headings in by_page.items():
        lines = lines_of(pages[number].runs)
        texts = [fold(line.text) for line in lines]
        for heading in headings:
            look = looks[min(_LEVELS - 1, heading.level - top)]
            for start, end in title_places(texts, bare(heading.text), fold(heading.text))[:1]:
                for line in lines[start:end]:
                    _set(line, look, size, font)
                if not numbered:
                    _drop_number(raw, pages[number], lines[start], number)
    _guess_again(raw, true, rng)
    return raw


def body_type(pages: Sequence[RawPage]) -> tuple[float, str]:
    """Size and font of most characters."""
    count: Counter[tuple[float, str]] = Counter()
    for page in pages:
        for run in page.runs:
            count[run.size, run.font] += len(run.text)
    return max(count, key=lambda key: count[key], default=(10.0, "Times"))


def _set(line: Line, look: Look, size: float, font: str) -> None:
    face = look.face or font.split("+", 1)[-1]
    name = f"{face}-{'Bold' * look.bold}{'Italic' * look.italic}".rstrip("-")
    for run in line.runs:
        run.font, run.size = name, round(size * look.size, 1)


def _drop_number(raw: RawDocument, page: RawPage, line: Line, number: int) -> None:
    """Takes the number off the printed line and off the block that begins with it."""
    text = " ".join(line.text.split())
    length = read_number(text).length
    block = next(
        (b for b in raw.blocks if b.page == number and b.kind != "table" and b.text.startswith(text)), None
    )
    if not 0 < length < len(text) or block is None:
        return
    block.text = block.text[length:].lstrip()
    left = sum(not char.isspace() for char in text[:length])
    gone: list[RawRun] = []
    for run in line.runs:
        while left and run.text:
            left -= not run.text[0].isspace()
            run.text = run.text[1:]
        run.text = run.text.lstrip() if not left else run.text
        if not run.text:
            gone.append(run)
    page.runs = [run for run in page.runs if all(run is not other for other in gone)]


def _guess_again(raw: RawDocument, true: Sequence[Heading], rng: random.Random) -> None:
    """What the engine calls headings it knows by their look; of this look it knows nothing."""
    titles = {(heading.page, bare(heading.text)) for heading in true}
    guess = rng.choice(_ENGINES_GUESSES)
    for block in raw.blocks:
        if block.kind != "table" and (block.page, bare(block.text[:300])) in titles:
            block.kind = guess if rng.random() < 0.8 else "paragraph"
            block.level = block.level or 2 if block.kind == "heading" else 0
