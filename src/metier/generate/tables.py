"""The tables among the evidence: grids put together again from their passages, with the scale that is said of them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metier.text.grid import Grid, Line, Row, is_year, read_grid, years
from metier.types import Evidence

_SCALES = (
    ("thousand", re.compile(r"\bin thousands?\b|\bthousands\b|[$€£]\s?[’'‘]?000s?|[’'‘]000s?\b|\(1,000\)|\b000s?\b|\bthousand\b|\b[TK](?:EUR|€)|\bin tausend\b", re.IGNORECASE)),
    ("million", re.compile(r"\bin millions?\b|\bmillions\b|[$€£¥]\s?m(?:illion)?\b|\bmillion\b|(?-i:\b[A-Z]{2,3}[’' ]?m)(?:illion)?\b|\bmn\b|\bmio\b|\bmillionen\b", re.IGNORECASE)),
    ("billion", re.compile(r"\bin billions?\b|\bbillions\b|[$€£]\s?bn\b|\bbillion\b|\bmrd\b|\bmilliarden\b", re.IGNORECASE)),
)  # fmt: skip
_ANNOUNCED = re.compile(
    r"\b(?:in|of) (?:[A-Za-z.$€£]+ ){0,3}?(?:thousands?|millions|billions|million)\b(?! \w+ (?:to|of) \d)|"
    r"\b(?:in|of) (?:[A-Z.]{2,4} ?)?[$€£]?\s?[’'‘]?000|\bin (?:tausend|mio\.?|millionen) ",
    re.IGNORECASE,
)
_EXCEPT = re.compile(r"\bexcept\b.*|\bunless\b.*", re.IGNORECASE)
PERCENT = re.compile(r"%|\bper ?cent(?:age)?s?\b|\bprozent", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """A grid, the evidence that each of its lines stands in, and the scale that is said of it."""

    grid: Grid
    evidence: dict[Line, Evidence]
    scale: str
    language: str
    # those that its document names anywhere in the evidence, or its title
    years: frozenset[str] = frozenset()


def tables(evidence: Sequence[Evidence]) -> list[Table]:
    """The tables among the evidence, the parts of one put together again, with the scale they or their page state."""
    found: list[Table] = []
    for parts in _whole(evidence):
        lines: list[Line] = []
        place: dict[Line, Evidence] = {}
        for item in parts:
            for line in _lines(item):
                lines.append(line)
                place[line] = item
        path = parts[0].passage.heading_path
        grid = read_grid(lines, path[-1] if path else "")
        if grid is None:
            continue
        document = parts[0].passage.document
        start = parts[0].passage.start
        near = sorted(
            (item.passage for item in evidence if item.passage.document == document and item not in parts),
            key=lambda passage: (passage.start > start, abs(passage.start - start)),
        )
        around = [passage.text for passage in near]
        said = " ".join([grid.caption, *grid.heads, *(row.section for row in grid.rows)])
        scale = scale_of(_EXCEPT.sub("", said)) or next(
            (scale for text in around if (scale := _announced(text))), ""
        )
        texts = [parts[0].passage.title, *parts[0].passage.heading_path, grid.caption, *around]
        named = frozenset(year for text in texts for year in years(text))
        found.append(Table(_by_year(grid), place, scale, parts[0].passage.language, named))
    return found


def scale_of(text: str) -> str:
    """The scale that a head or caption names, "" if none."""
    return next((name for name, says in _SCALES if says.search(text)), "")


def _announced(text: str) -> str:
    """The scale in which a text announces figures: "(in thousands)", "in millions of dollars:"; "" if it does not."""
    match = _ANNOUNCED.search(text)
    return scale_of(f"in {match.group()}") if match else ""


def _whole(evidence: Sequence[Evidence]) -> Iterator[list[Evidence]]:
    """Passages of one table together, in the order of the document."""
    rest = sorted(
        (item for item in evidence if item.passage.kind == "table"),
        key=lambda item: (item.passage.document, item.passage.start),
    )
    run: list[Evidence] = []
    for item in rest:
        if run and not (
            run[-1].passage.document == item.passage.document
            and item.passage.start - run[-1].passage.end <= 1
        ):
            yield run
            run = []
        run.append(item)
    if run:
        yield run


def _lines(item: Evidence) -> Iterator[Line]:
    at = 0
    for text in item.passage.text.split("\n"):
        if text.strip():
            yield Line(text, item.passage.start + at, item.passage.start + at + len(text))
        at += len(text) + 1


def _by_year(grid: Grid) -> Grid:
    """The grid with its years in the heads: turned if they stand in the labels."""
    in_heads = sum(bool(years(head)) for head in grid.heads)
    in_labels = sum(
        is_year(row.label) or (bool(years(row.label)) and len(row.label) < 25) for row in grid.rows
    )
    if in_heads or in_labels < 2 or in_labels < len(grid.rows) / 2:
        return grid
    whole = Line(
        "\n".join(row.line.text for row in grid.rows), grid.rows[0].line.start, grid.rows[-1].line.end
    )
    rows = tuple(
        Row(head, "", tuple(row.cells[number] for row in grid.rows), whole)
        for number, head in enumerate(grid.heads)
    )
    return Grid(tuple(row.label for row in grid.rows), rows, grid.caption, grid.top)


def says_percent(head: str) -> bool:
    """True if a head says that the figures below it are percentages."""
    return bool(PERCENT.search(_EXCEPT.sub("", head)))
