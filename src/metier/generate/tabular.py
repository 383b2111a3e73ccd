"""Answers from a whole table: the cell that a question names, or what code computes of the cells it names.

A row is found by the words of its label, a column by the year and the words of its head. What is computed (change, change
in per cent, sum, average, share, ratio, count, the highest and lowest) is written out with its operands, so that it can be
checked. Leaves a question alone if it does not find its rows and columns.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from metier.text.analyze import content_words
from metier.text.grid import Figure, Grid, Line, Row, figure, is_year, read_grid, years
from metier.text.table_question import TableQuestion, read_table_question
from metier.types import Citation, Evidence, Statement

_ASKING = frozenset(
    content_words(
        "company group amount value values respective respectively fiscal year years end ended total change percentage "
        "percent average difference increase decrease ratio sum between proportion much many table following calculated "
        "period periods number figure figures recorded reported business",
        "en",
    )
) - {"total"}
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
_FACTORS = {"": 1, "thousand": 10**3, "million": 10**6, "billion": 10**9, "percent": 1}
_UNSCALED = re.compile(r"\bper (?:\w+ )?(?:share|unit|employee)|\bnumber of\b|\bratio\b|\bin (?:years|months|days)\b|\blife\b|%|percent", re.IGNORECASE)
_PER_SHARE = re.compile(r"\bper (?:\w+ )?share\b", re.IGNORECASE)
_PERCENT = re.compile(r"%|\bper ?cent(?:age)?s?\b|\bprozent", re.IGNORECASE)
_TOTAL_ROW = re.compile(r"^(?:total|net|sum|gesamt|summe)\b|^$", re.IGNORECASE)
_LEAST = 0.35  # likeness of a label and a question from which the row is meant
_FITS_SECTION = 0.6  # share of a heading's words that the question must name
_DIGITS = 2  # decimals of results


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """What a table says to a question."""

    text: str
    values: tuple[str, ...]  # the short answer: figures as written, or computed, or labels
    scale: str  # "", thousand, million, billion or percent
    lines: tuple[tuple[Evidence, Line], ...]  # the rows it rests on
    operation: str
    fit: float  # 0-1, how well the labels of its rows fit the words of the question
    covered: float = 0.0  # 0-1, share of the question's words that its table says


@dataclass(frozen=True, slots=True)
class Table:
    """A grid, the evidence that each of its lines stands in, and the scale that is said of it."""

    grid: Grid
    evidence: dict[Line, Evidence]
    scale: str
    language: str


@dataclass(frozen=True, slots=True)
class _Pick:
    """A cell that was chosen."""

    row: Row
    column: int
    figure: Figure


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
        scale = scale_of(_EXCEPT.sub("", said)) or next((scale for text in around if (scale := _announced(text))), "")
        found.append(Table(_by_year(grid), place, scale, parts[0].passage.language))
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
    rest = sorted((item for item in evidence if item.passage.kind == "table"), key=lambda item: (item.passage.document, item.passage.start))
    run: list[Evidence] = []
    for item in rest:
        if run and not (run[-1].passage.document == item.passage.document and item.passage.start - run[-1].passage.end <= 1):
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
    in_labels = sum(is_year(row.label) or (bool(years(row.label)) and len(row.label) < 25) for row in grid.rows)
    if in_heads or in_labels < 2 or in_labels < len(grid.rows) / 2:
        return grid
    whole = Line("\n".join(row.line.text for row in grid.rows), grid.rows[0].line.start, grid.rows[-1].line.end)
    rows = tuple(
        Row(head, "", tuple(row.cells[number] for row in grid.rows), whole) for number, head in enumerate(grid.heads)
    )
    return Grid(tuple(row.label for row in grid.rows), rows, grid.caption, grid.top)


def said_by(answer: TableAnswer) -> Statement:
    """The answer as a statement that cites its rows."""
    citations = tuple(
        Citation(
            f"c{number}", item.passage.document, item.passage.uri, item.passage.title, item.passage.version_date,
            item.passage.page, line.start, line.end,
            item.passage.text[line.start - item.passage.start : line.end - item.passage.start],
        )
        for number, (item, line) in enumerate(answer.lines, start=1)
    )  # fmt: skip
    return Statement("s1", answer.text, citations, values=answer.values, scale=answer.scale)


def from_tables(question: str, language: str, evidence: Sequence[Evidence]) -> TableAnswer | None:
    """The best answer that a table among the evidence gives; None if none fits."""
    return _best(read_table_question(question), language, evidence, tables(evidence))


def from_row(question: str, language: str, evidence: Sequence[Evidence], document: str, start: int) -> TableAnswer | None:
    """What the row that starts there in the document says to the question; None if it is no row with figures, or the
    question wants something to be computed."""
    asked = read_table_question(question)
    if asked.operation != "value":
        return None
    for table in tables([item for item in evidence if item.passage.document == document]):
        rows = tuple(row for row in table.grid.rows if row.line.start == start)
        if rows:
            one = replace(table, grid=replace(table.grid, rows=rows))
            return _Reading(asked, language, one, is_meant=True).answer()
    return None


def _best(asked: TableQuestion, language: str, evidence: Sequence[Evidence], among: Sequence[Table]) -> TableAnswer | None:
    wanted = frozenset(content_words(asked.text, language)) - _ASKING
    found: list[TableAnswer] = []
    for table in among:
        if answer := _Reading(asked, language, table).answer():
            found.append(replace(answer, covered=_covered(wanted, table, language)))
    return max(found, key=lambda answer: (answer.fit + answer.covered, -_rank(answer, evidence)), default=None)


def _covered(wanted: frozenset[str], table: Table, language: str) -> float:
    """Share of the words that the table, its title or its headings say."""
    passage = next(iter(table.evidence.values())).passage
    said = [passage.title, *passage.heading_path, table.grid.caption, *table.grid.heads]
    said += [f"{row.section} {row.label}" for row in table.grid.rows]
    return len(wanted & set(content_words(" ".join(said), language))) / max(1, len(wanted))


def _rank(answer: TableAnswer, evidence: Sequence[Evidence]) -> int:
    return next((rank for rank, item in enumerate(evidence) if item is answer.lines[0][0]), len(evidence))


@dataclass(frozen=True)
class _Reading:
    """One question put to one table."""

    asked: TableQuestion
    language: str
    table: Table
    is_meant: bool = False  # its only row is the one that is asked for

    def answer(self) -> TableAnswer | None:
        ways = {
            "value": self._value, "change": self._change, "percent": self._change, "sum": self._sum, "average": self._average,
            "share": self._share, "ratio": self._share, "count": self._count, "which_year": self._which_year,
            "which_row": self._which_row, "list_years": self._list_years,
            "list_rows": self._parts, "count_rows": self._parts,
        }  # fmt: skip
        return ways[self.asked.operation]()

    # --- finding rows and columns ---------------------------------------------------------------------------------

    def _words(self, text: str) -> set[str]:
        return {word for word in content_words(text, self.language) if not re.fullmatch(r"(?:19|20)\d\d", word)} - _ASKING

    def _rows(self, text: str) -> list[tuple[float, Row]]:
        """Rows with a figure, best first, with the likeness of their labels to the text."""
        wanted = self._words(text)
        known = {word for row in self.table.grid.rows for word in self._words(f"{row.label or 'total'} {row.section}")}
        here = wanted & known
        plain = _plain(text)
        scored = []
        for number, row in enumerate(self.table.grid.rows):
            own = self._words(row.label) or ({"total"} if not row.label else set())
            above = self._words(row.section) - own
            hits = len(own & wanted) + 0.5 * len(above & wanted)
            score = 2 * hits / (len(own) + len(here) + 0.01) if own and here else 0.0
            if row.label and len(own) and _plain(row.label) in plain:
                score += 0.5
            if years(row.section) and self.asked.years:
                score += 0.4 if set(years(row.section)) & set(self.asked.years) else -0.4
            scored.append((-score, number, row))
        scored.sort(key=lambda item: item[:2])
        return [(-score, row) for score, _, row in scored]

    def _row(self, text: str = "") -> tuple[float, Row] | None:
        best = next(iter(self._rows(text or self.asked.text)), None)
        if best and self.is_meant:
            return 1.0, best[1]
        return best if best and best[0] >= _LEAST else None

    def _column(self, row: Row, year: str = "", text: str = "") -> int | None:
        """The column of the row that the year and the words of the text mean."""
        wanted = self._words(text or self.asked.text)
        percent = bool(_PERCENT.search(text or self.asked.text)) and self.asked.operation == "value"
        options = []
        for number, head in enumerate(self.table.grid.heads):
            found = figure(row.cells[number], self.table.language)
            if found is None or (year and year not in years(head)):
                continue
            is_percent = found.percent or bool(_says_percent(head))
            shared = len(self._words(head) & wanted)
            options.append((is_percent != percent, -shared, number))
        return min(options)[-1] if options else None

    def _pick(self, row: Row, year: str = "", text: str = "") -> _Pick | None:
        column = self._column(row, year, text)
        if column is None:
            return None
        found = figure(row.cells[column], self.table.language)
        return _Pick(row, column, found) if found else None

    def _periods(self) -> tuple[str, ...]:
        """The years that the heads name, in their order."""
        return tuple(dict.fromkeys(year for head in self.table.grid.heads for year in years(head)[-1:]))

    def _meant(self) -> tuple[str, ...]:
        """The years of the question, those between them if it names a range, all of the table if it names none."""
        named = self.asked.years
        if not named:
            return self._periods()
        if self.asked.is_range:
            low, high = min(named), max(named)
            between = [year for year in sorted(self._periods()) if low <= year <= high]
            return tuple(between if named[0] <= named[-1] else reversed(between))
        return named

    def _picks(self, row: Row, wanted: Sequence[str]) -> list[_Pick] | None:
        """One cell for each year; None if one is missing. Without years in the heads: all figures of the row."""
        if not self._periods():
            every = [(number, figure(cell, self.table.language)) for number, cell in enumerate(row.cells)]
            return [_Pick(row, number, found) for number, found in every if found]
        found = [self._pick(row, year) for year in wanted]
        return None if any(pick is None for pick in found) else [pick for pick in found if pick is not None]

    # --- answers ----------------------------------------------------------------------------------------------------

    def _value(self) -> TableAnswer | None:
        best = self._row()
        if best is None:
            return None
        score, row = best
        wanted = self._meant() if self._periods() and self.asked.years else ()
        picks = [self._pick(row, year) for year in wanted] if wanted else [self._pick(row)]
        if any(pick is None for pick in picks):
            return None
        chosen = [pick for pick in picks if pick is not None]
        values = tuple(pick.row.cells[pick.column] for pick in chosen)
        said = "; ".join(f"{self._name(pick)}: {value}" for pick, value in zip(chosen, values, strict=True))
        return self._told(said, values, self._scale(chosen[0]), chosen, score)

    def _change(self) -> TableAnswer | None:
        pair, score = self._pair()
        if pair is None:
            return None
        old, new = pair
        if self.asked.operation == "percent":
            if not old.figure.value:
                return None
            result = (new.figure.value - old.figure.value) / abs(old.figure.value) * 100
            if old.figure.value < 0:
                result = (new.figure.value - old.figure.value) / old.figure.value * 100
            terms = f"({_term(new)} − {_term(old)}) / {_term(old)}"
            return self._computed("Change", terms, result, "percent", (new, old), score)
        if self.asked.unsigned and old.figure.value > new.figure.value:
            old, new = new, old
        terms = f"{_term(new)} − {_term(old)}"
        label = "Difference" if self.asked.unsigned else "Change"
        return self._computed(label, terms, new.figure.value - old.figure.value, self._scale(new), (new, old), score)

    def _pair(self) -> tuple[tuple[_Pick, _Pick] | None, float]:
        """(from, to) of a change: one row in two years, or two rows of one year."""
        best = self._row()
        if best is None:
            return None, 0.0
        score, row = best
        named, periods = sorted(set(self.asked.years)), self._periods()
        if len(named) < 2 and (both := self._two_rows()):
            year = named[0] if named else ""
            one, two = (self._pick(item, year) for item in both)
            if one and two:
                return (two, one), score
        if len(named) == 1 and len(periods) > 1:  # "in 2019": from the year before
            earlier = [year for year in sorted(periods) if year < named[0]]
            named = [*earlier[-1:], *named]
        if len(named) < 2:
            named = sorted(periods)[:1] + sorted(periods)[-1:] if len(periods) >= 2 else []
        if len(named) < 2:
            picks = self._picks(row, ()) if not periods else None
            return ((picks[1], picks[0]), score) if picks and len(picks) == 2 else (None, 0.0)
        old, new = self._pick(row, named[0]), self._pick(row, named[-1])
        return ((old, new), score) if old and new else (None, 0.0)

    def _two_rows(self) -> tuple[Row, Row] | None:
        """Two rows that the question names, in its order."""
        parts = re.split(r"\s+(?:and|und|to|over|versus|vs\.?|minus|less)\s+|\s*,\s*", self.asked.text)
        found: list[Row] = []
        for part in parts:
            best = next(iter(self._rows(part)), None)
            if best is None or best[0] < 0.5 or not self._fits(part, best[1]):
                continue
            if best[1] not in found:
                found.append(best[1])
        return (found[0], found[1]) if len(found) == 2 else None

    def _fits(self, part: str, row: Row) -> bool:
        """True if most of the label's words are in this part of the question."""
        own = self._words(row.label)
        return bool(own) and len(own & self._words(part)) >= 0.6 * len(own)

    def _sum(self) -> TableAnswer | None:
        return self._over("Sum", lambda picks: sum((pick.figure.value for pick in picks), Decimal(0)), "")

    def _average(self) -> TableAnswer | None:
        def mean(picks: Sequence[_Pick]) -> Decimal:
            return sum((pick.figure.value for pick in picks), Decimal(0)) / len(picks)

        return self._over("Average", mean, "/")

    def _over(self, label: str, do, sign: str) -> TableAnswer | None:  # type: ignore[no-untyped-def]
        best = self._row()
        if best is None:
            return None
        score, row = best
        if len(self.asked.years) < 2 and (both := self._two_rows()):
            picks = [self._pick(item, self.asked.years[0] if self.asked.years else "") for item in both]
            chosen = [pick for pick in picks if pick is not None]
        else:
            chosen = self._picks(row, self._meant()) or []
        if len(chosen) < 2:
            return None
        terms = " + ".join(_term(pick) for pick in chosen)
        if sign:
            terms = f"({terms}) / {len(chosen)}"
        return self._computed(label, terms, do(chosen), self._scale(chosen[0]), chosen, score)

    def _share(self) -> TableAnswer | None:
        """One figure over another of the same column, in per cent unless a ratio is wanted."""
        parts = _over_what(self.asked.text)
        if parts is None:
            return None
        one, two = self._row(parts[0]), self._row(parts[1])
        if one is None or two is None or one[1] == two[1]:
            return None
        year = self.asked.years[0] if self.asked.years else ""
        top, bottom = self._pick(one[1], year), self._pick(two[1], year)
        if top is None or bottom is None or not bottom.figure.value:
            return None
        is_ratio = self.asked.operation == "ratio"
        result = top.figure.value / bottom.figure.value * (1 if is_ratio else 100)
        terms = f"{_term(top)} / {_term(bottom)}"
        label = "Ratio" if is_ratio else "Share"
        return self._computed(label, terms, result, "" if is_ratio else "percent", (top, bottom), min(one[0], two[0]))

    def _compared(self) -> tuple[list[tuple[str, _Pick]], float]:
        """(year, cell) of the row in all years that are meant."""
        best = self._row()
        if best is None:
            return [], 0.0
        named = [(year, self._pick(best[1], year)) for year in self._meant()]
        return [(year, pick) for year, pick in named if pick is not None], best[0]

    def _within(self, picks: Sequence[tuple[str, _Pick]]) -> list[tuple[str, _Pick]]:
        """Those beyond the limit, or the highest or lowest where none is named."""
        limit = self.asked.limit
        if limit is None:
            pick_one = max if self.asked.most else min
            return [pick_one(picks, key=lambda item: item[1].figure.value)] if picks else []
        bound = limit.value * limit.scale
        own = _FACTORS[self._scale(picks[0][1])] if picks else 1
        factor = own if limit.scale != 1 or own == 1 or bound > 10 * max(abs(p.figure.value) for _, p in picks) else 1
        if self.asked.most:
            return [(year, pick) for year, pick in picks if pick.figure.value * factor > bound]
        return [(year, pick) for year, pick in picks if pick.figure.value * factor < bound]

    def _which_year(self) -> TableAnswer | None:
        picks, score = self._compared()
        found = self._within(picks)
        if len(picks) < 2 or not found:
            return None
        values = tuple(year for year, _ in found)
        return self._told(self._shown(", ".join(values), picks), values, "", [pick for _, pick in picks], score)

    def _count(self) -> TableAnswer | None:
        picks, score = self._compared()
        if len(picks) < 2 or self.asked.limit is None:
            return None
        found = self._within(picks)
        text = self._shown(f"{len(found)} of {len(picks)}", picks)
        return self._told(text, (str(len(found)),), "", [pick for _, pick in picks], score)

    def _which_row(self) -> TableAnswer | None:
        """The row with the highest or lowest figure in the column that is asked for, totals apart."""
        rows = [row for row in self.table.grid.rows if not _TOTAL_ROW.search(row.label)]
        year = self.asked.years[0] if self.asked.years else ""
        picks = [(row.label, pick) for row in rows if (pick := self._pick(row, year)) and not years(row.label)]
        if len(picks) < 2:
            return None
        columns = {pick.column for _, pick in picks}
        found = self._within([item for item in picks if item[1].column == min(columns)])
        if not found:
            return None
        values = tuple(label for label, _ in found)
        head = self.table.grid.heads[found[0][1].column]
        score = 0.5 * len(self._words(head) & self._words(self.asked.text)) + 0.4
        return self._told(f"{', '.join(values)}: {self._listed(picks)}", values, "", [pick for _, pick in picks], score)

    def _list_years(self) -> TableAnswer | None:
        best = self._row()
        periods = self._periods()
        if len(periods) < 2:
            return None
        row = best[1] if best else self.table.grid.rows[0]
        picks = [pick for year in periods if (pick := self._pick(row, year))]
        if len(picks) < 2:
            return None
        return self._told(", ".join(periods), periods, "", picks, best[0] if best else _LEAST)

    def _parts(self) -> TableAnswer | None:
        """The labels under a heading that the question names, or above the total that it names."""
        rows, wanted = self.table.grid.rows, self._words(self.asked.text)

        def fit(words: set[str]) -> float:
            return len(words & wanted) / max(1, len(words)) if words else 0.0

        sections = list(dict.fromkeys(row.section for row in rows if row.section))
        best = max(sections, key=lambda section: fit(self._words(section)), default="")
        score = fit(self._words(best))
        parts = [row for row in rows if row.section == best and not _TOTAL_ROW.search(row.label)]
        if score < _FITS_SECTION:  # "Total current assets" after its parts
            ends = [n for n, row in enumerate(rows) if _TOTAL_ROW.search(row.label) and row.label]
            total = max(ends, key=lambda n: fit(self._words(rows[n].label) - {"total"}), default=None)
            if total is None or (score := fit(self._words(rows[total].label) - {"total"})) < _FITS_SECTION:
                return None
            first = next((n + 1 for n in range(total - 1, -1, -1) if _TOTAL_ROW.search(rows[n].label)), 0)
            parts = [row for row in rows[first:total] if row.section == rows[total].section or not rows[total].section]
        if len(parts) < 2:
            return None
        labels = tuple(row.label for row in parts)
        values = labels if self.asked.operation == "list_rows" else (str(len(labels)),)
        text = "; ".join(labels) if self.asked.operation == "list_rows" else f"{len(labels)}: {'; '.join(labels)}"
        places = tuple((self._evidence(row.line), row.line) for row in parts)
        return TableAnswer(text, values, "", places, self.asked.operation, min(1.0, score / 1.5))

    # --- saying it --------------------------------------------------------------------------------------------------

    def _name(self, pick: _Pick) -> str:
        year = years(self.table.grid.heads[pick.column])
        return f"{pick.row.label or pick.row.section} {year[-1] if year else ''}".strip()

    def _shown(self, result: str, picks: Sequence[tuple[str, _Pick]]) -> str:
        """The result, and the figures of one row that it was read from."""
        return f"{result}. {picks[0][1].row.label}; {self._listed(picks)}"

    def _listed(self, picks: Sequence[tuple[str, _Pick]]) -> str:
        return "; ".join(f"{name}: {pick.row.cells[pick.column]}" for name, pick in picks)

    def _scale(self, pick: _Pick) -> str:
        head = self.table.grid.heads[pick.column]
        if pick.figure.percent or _says_percent(head) or _PERCENT.search(pick.row.label):
            return "percent"
        if _UNSCALED.search(pick.row.label) or _PER_SHARE.search(pick.row.section):
            return scale_of(pick.row.label)
        return scale_of(pick.row.label) or scale_of(head) or self.table.scale

    def _computed(
        self, label: str, terms: str, result: Decimal, scale: str, picks: Sequence[_Pick], score: float
    ) -> TableAnswer:
        rounded = _rounded(result)
        unit = " %" if scale == "percent" else f" {scale}" if scale else ""
        of = "; ".join(dict.fromkeys(pick.row.label or pick.row.section for pick in picks))
        text = f"{f'{of}. ' if of else ''}{label}: {terms} = {rounded.replace('-', '−')}{unit}"
        return self._told(text, (rounded,), scale, picks, score)

    def _told(
        self, text: str, values: tuple[str, ...], scale: str, picks: Sequence[_Pick], score: float
    ) -> TableAnswer:
        lines = dict.fromkeys(pick.row.line for pick in picks)
        heads = [line for line in self.table.grid.top if any(years(text) for text in (line.text,))]
        places = tuple((self._evidence(line), line) for line in (*lines, *heads[-1:]))
        return TableAnswer(f"{text}.", values, scale, places, self.asked.operation, min(1.0, score / 1.5))

    def _evidence(self, line: Line) -> Evidence:
        """Where the line stands; of a turned table the first part."""
        return self.table.evidence.get(line) or next(iter(self.table.evidence.values()))


def _over_what(text: str) -> tuple[str, str] | None:
    """(what is divided, by what) of a share or ratio."""
    patterns = (
        r"(?P<one>.+?)\b(?:as|expressed as) (?:a |the )?(?:percentage|percent|proportion|share|%)\s+(?:of|over|to)\s+(?P<two>.+)",
        r"\bratio (?:of|between) (?P<one>.+?) (?:to|over|and|against) (?P<two>.+)",
        r"\b(?P<one>[\w-]+)[- ]to[- ](?P<two>[\w-]+)[- ]ratio",
        r"\b(?:percentage|proportion|percent|share|portion|%)(?: constitution)? of (?P<one>.+?) (?:over|among|to|in|out of|against|from|within) (?:the )?(?P<two>total .+|.+)",
        r"\b(?:percentage|proportion|percent|share|portion|%) of (?P<two>.+?) (?:was|is|were|are|did|does|do|comes?|came|consists?|consisted|comprised?|represents?|represented|made up|attributable to|related to|that) (?P<one>.+)",
        r"\b(?:percentage|proportion|percent|share|portion|%) (?:does|do|did|is|was|were|are) (?P<one>.+?) (?:of|in|over|among|make up|constitute\w*|account\w* for|comprise\w*|represent\w*) (?P<two>.+)",
    )
    for pattern in patterns:
        if match := re.search(pattern, text, re.IGNORECASE):
            return match["one"], match["two"]
    return None


def _says_percent(head: str) -> bool:
    return bool(_PERCENT.search(_EXCEPT.sub("", head)))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[\w%]+", text.casefold()))


def _term(pick: _Pick) -> str:
    return f"(−{pick.figure.written})" if pick.figure.value < 0 else pick.figure.written


def _rounded(value: Decimal) -> str:
    """With thousands' marks, to two decimals where there are any."""
    rounded = value.quantize(Decimal(1).scaleb(-_DIGITS), ROUND_HALF_UP)
    written = f"{rounded + 0:,}"
    return written.rstrip("0").rstrip(".") if "." in written else written
