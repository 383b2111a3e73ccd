"""Answers from a whole table: the cell that a question names, or what code computes of the cells it names.

A row is found by the words of its label, a column by the year and the words of its head. What is computed (change, change
in per cent, sum, average, share, ratio, count, the highest and lowest) is written out with its operands, so that it can be
checked. Leaves a question alone if it does not find its rows and columns.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from metier.generate.cells import ASKING, LEAST, Cells, Pick
from metier.generate.tables import Table, tables
from metier.text.analyze import content_words
from metier.text.grid import Line, Row, figure, years
from metier.text.quarters import asks_quarter, is_quarter
from metier.text.table_question import TableQuestion, asked_nouns, read_table_question
from metier.types import Evidence, Statement

_FACTORS = {"": 1, "thousand": 10**3, "million": 10**6, "billion": 10**9, "percent": 1}
COMPUTED = frozenset({"change", "percent", "sum", "average", "share", "ratio"})  # what no cell says by itself
_TOTAL_ROW = re.compile(r"^(?:total|net|sum|gesamt|summe)\b|^$", re.IGNORECASE)
_UNIT = re.compile(r"^(?:units?(?: of measure\w*)?|uom|(?:maß)?einheit(?:en)?)$", re.IGNORECASE)
_ENDS_AS_A_DAY = re.compile(r"(?<!\d)\d{1,2}\.\d{1,2}$")  # "7.5." is also the seventh of May
_FITS_SECTION = 0.6  # share of a heading's words that the question must name
_SURE_FIT = 1.5  # score of a label that is all and in just these words in the question, or of a table headed by what is asked for
_LISTED = 4  # rows that are all said with their figures
_ROUNDING = Decimal("0.002")  # of a sum of rounded figures
_LATER = 0.04  # what a rank of the evidence is worth; 0.02 to 0.08 choose as well on the tuning half
_RIVAL = 0.15  # an answer that fits by so much less may be meant as well
_DIGITS = 2  # decimals of results
_JOINED = {"Share": " as a share of ", "Ratio": " to "}  # two rows in the words of what is computed of them


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
    rivals: int = 0  # tables of other documents that fit nearly as well and say something else


def said_by(answer: TableAnswer) -> Statement:
    """The answer as a statement that cites its rows; where tables of other documents say something else it names its own."""
    citations = tuple(
        item.passage.cite(f"c{number}", line.start, line.end)
        for number, (item, line) in enumerate(answer.lines, start=1)
    )
    title = answer.lines[0][0].passage.title if answer.rivals else ""
    text = f"{title}: {answer.text}" if title else answer.text
    return Statement("s1", text, citations, values=answer.values, scale=answer.scale)


def from_tables(question: str, language: str, evidence: Sequence[Evidence]) -> TableAnswer | None:
    """The best answer that a table among the evidence gives; None if none fits."""
    return _best(read_table_question(question), language, evidence, tables(evidence))


def from_row(
    question: str, language: str, evidence: Sequence[Evidence], document: str, start: int
) -> TableAnswer | None:
    """What the row that starts there in the document says to the question; None if it is no row with figures, or the
    question wants something to be computed."""
    asked = read_table_question(question)
    if asked.operation != "value":
        return None
    for table in tables([item for item in evidence if item.passage.document == document]):
        rows = tuple(row for row in table.grid.rows if row.line.start == start)
        if rows:
            one = replace(table, grid=replace(table.grid, rows=rows))
            return Reading(asked, language, one, is_meant=True).answer()
    return None


def _best(
    asked: TableQuestion, language: str, evidence: Sequence[Evidence], among: Sequence[Table]
) -> TableAnswer | None:
    wanted = frozenset(content_words(asked.text, language)) - ASKING
    found: list[TableAnswer] = []
    for table in among:
        if answer := Reading(asked, language, table).answer():
            found.append(replace(answer, covered=_covered(wanted, table, language)))
    if not found:
        return None
    worth = [answer.fit + answer.covered - _LATER * _rank(answer, evidence) for answer in found]
    best = found[max(range(len(found)), key=worth.__getitem__)]
    others = {
        _document(answer)
        for answer in found
        if answer.fit + answer.covered >= best.fit + best.covered - _RIVAL and answer.values != best.values
    }
    return replace(best, rivals=len(others - {_document(best)}))


def _document(answer: TableAnswer) -> str:
    return answer.lines[0][0].passage.document


def _covered(wanted: frozenset[str], table: Table, language: str) -> float:
    """Share of the words that the table, its title or its headings say."""
    passage = next(iter(table.evidence.values())).passage
    said = [passage.title, *passage.heading_path, table.grid.caption, *table.grid.heads]
    said += [f"{row.section} {row.label}" for row in table.grid.rows]
    return len(wanted & set(content_words(" ".join(said), language))) / max(1, len(wanted))


def _rank(answer: TableAnswer, evidence: Sequence[Evidence]) -> int:
    return next((rank for rank, item in enumerate(evidence) if item is answer.lines[0][0]), len(evidence))


class Reading(Cells):
    """One question put to one table, and what it answers."""

    def answer(self) -> TableAnswer | None:
        ways = {
            "value": self._value, "change": self._change, "percent": self._change, "sum": self._sum, "average": self._average,
            "share": self._share, "ratio": self._share, "count": self._count, "which_year": self._which_year,
            "which_row": self._which_row, "list_years": self._list_years,
            "list_rows": self._parts, "count_rows": self._parts,
        }  # fmt: skip
        return None if self.is_other_year() or self.has_only_parts() else ways[self.asked.operation]()

    # --- answers ----------------------------------------------------------------------------------------------------

    def _value(self) -> TableAnswer | None:
        best = self.row()
        if best is None:
            return None
        score, row = best
        wanted = self.meant() if self.periods() and self.asked.years else ()
        between = self.pick_between(row)
        chosen = [between] if between else self.pick_each(row, wanted or ("",))
        if chosen is None:
            return None
        values = tuple(pick.row.cells[pick.column] for pick in chosen)
        said = "; ".join(f"{self.name(pick)}: {self._with_unit(pick)}" for pick in chosen)
        return self._told(said, values, self.scale(chosen[0]), chosen, score)

    def _with_unit(self, pick: Pick) -> str:
        """The cell as it is written, with what stands under "Unit" in its row."""
        units = (pick.row.cells[n] for n, head in enumerate(self.table.grid.heads) if _UNIT.match(head))
        return " ".join([pick.row.cells[pick.column], *units]).strip()

    def _change(self) -> TableAnswer | None:
        pair, score = self._pair()
        if pair is None:
            return None
        old, new = pair
        if self.asked.operation == "percent":
            if not old.figure.value:
                return None
            result = (new.figure.value - old.figure.value) / old.figure.value * 100
            terms = f"({_term(new)} − {_term(old)}) / {_term(old)}"
            return self._computed("Change", terms, result, "percent", (new, old), score)
        if self.asked.unsigned and old.figure.value > new.figure.value:
            old, new = new, old
        terms = f"{_term(new)} − {_term(old)}"
        label = "Difference" if self.asked.unsigned else "Change"
        return self._computed(
            label, terms, new.figure.value - old.figure.value, self.scale(new), (new, old), score
        )

    def _pair(self) -> tuple[tuple[Pick, Pick] | None, float]:
        """(from, to) of a change: one row in two years, or two rows of one year."""
        best = self.row()
        if best is None:
            return None, 0.0
        score, row = best
        named, periods = sorted(set(self.asked.years)), self.periods()
        if len(named) < 2 and (both := self.two_rows()):
            year = named[0] if named else ""
            one, two = (self.pick(item, year) for item in both)
            if one and two:
                return (two, one), score
        if len(named) == 1 and len(periods) > 1:  # "in 2019": from the year before
            earlier = [year for year in sorted(periods) if year < named[0]]
            named = [*earlier[-1:], *named]
        if len(named) < 2:
            named = sorted(periods)[:1] + sorted(periods)[-1:] if len(periods) >= 2 else []
        if len(named) < 2:
            picks = self.picks(row, ()) if not periods else None
            return ((picks[1], picks[0]), score) if picks and len(picks) == 2 else (None, 0.0)
        old, new = self.pick(row, named[0]), self.pick(row, named[-1])
        return ((old, new), score) if old and new else (None, 0.0)

    def _sum(self) -> TableAnswer | None:
        return self._over("Sum", is_mean=False)

    def _average(self) -> TableAnswer | None:
        return self._over("Average", is_mean=True)

    def _over(self, label: str, is_mean: bool) -> TableAnswer | None:
        """Figures of one row over the years, or of two rows of one year, put together."""
        best = self.row()
        if best is None:
            return None
        score, row = best
        if len(self.asked.years) < 2 and (both := self.two_rows()):
            chosen = [pick for item in both if (pick := self.pick(item, self.year))]
        else:
            chosen = self.picks(row, self.meant()) or []
        if len(chosen) < 2:
            return None
        terms = " + ".join(map(_term, chosen))
        result = sum((pick.figure.value for pick in chosen), Decimal(0))
        if is_mean:
            terms, result = f"({terms}) / {len(chosen)}", result / len(chosen)
        return self._computed(label, terms, result, self.scale(chosen[0]), chosen, score)

    def _share(self) -> TableAnswer | None:
        """One figure over another of the same column, in per cent unless a ratio is wanted."""
        found = self.part_and_whole()
        if found is None:
            return None
        one, two = found
        top, bottom = self.pick(one[1], self.year), self.pick(two[1], self.year)
        if top is None or bottom is None or not bottom.figure.value:
            return None
        is_ratio = self.asked.operation == "ratio"
        result = top.figure.value / bottom.figure.value * (1 if is_ratio else 100)
        terms = f"{_term(top)} / {_term(bottom)}"
        label = "Ratio" if is_ratio else "Share"
        return self._computed(
            label, terms, result, "" if is_ratio else "percent", (top, bottom), min(one[0], two[0])
        )

    def part_and_whole(self) -> tuple[tuple[float, Row], tuple[float, Row]] | None:
        """The rows that a share or ratio is made of, each with the likeness of its label."""
        parts = _over_what(self.asked.text)
        if parts is None:
            return None
        one, two = self.row(parts[0]), self.row(parts[1])
        return None if one is None or two is None or one[1] == two[1] else (one, two)

    def _compared(self) -> tuple[list[tuple[str, Pick]], float]:
        """(year, cell) of the row in all years that are meant."""
        best = self.row()
        if best is None:
            return [], 0.0
        named = [(year, self.pick(best[1], year)) for year in self.meant()]
        return [(year, pick) for year, pick in named if pick is not None], best[0]

    def _within(self, picks: Sequence[tuple[str, Pick]]) -> list[tuple[str, Pick]]:
        """Those beyond the limit, or the highest or lowest where none is named."""
        limit = self.asked.limit
        if limit is None:
            pick_one = max if self.asked.most else min
            return [pick_one(picks, key=lambda item: item[1].figure.value)] if picks else []
        bound = limit.value * limit.scale
        own = _FACTORS[self.scale(picks[0][1])] if picks else 1
        factor = (
            own
            if limit.scale != 1 or own == 1 or bound > 10 * max(abs(p.figure.value) for _, p in picks)
            else 1
        )
        if self.asked.most:
            return [(year, pick) for year, pick in picks if pick.figure.value * factor > bound]
        return [(year, pick) for year, pick in picks if pick.figure.value * factor < bound]

    def _which_year(self) -> TableAnswer | None:
        picks, score = self._quarters() if asks_quarter(self.asked.text) else self._compared()
        found = self._within(picks)
        if len(picks) < 2 or not found:
            return None
        values = tuple(year for year, _ in found)
        return self._told(
            self._shown(", ".join(values), picks), values, "", [pick for _, pick in picks], score
        )

    def _quarters(self) -> tuple[list[tuple[str, Pick]], float]:
        """(quarter, cell) of the row in the quarters of the year that stand over its columns, and how well it fits."""
        best = self.row()
        if best is None:
            return [], 0.0
        found = [
            (head, Pick(best[1], number, value))
            for number, head in enumerate(self.table.grid.heads)
            if is_quarter(head)
            and not set(years(head)) - set(self.asked.years)
            and (value := figure(best[1].cells[number], self.table.language))
        ]
        return found, best[0]

    def _count(self) -> TableAnswer | None:
        picks, score = self._compared()
        if len(picks) < 2 or self.asked.limit is None:
            return None
        found = self._within(picks)
        text = self._shown(", ".join(year for year, _ in found) or "–", picks)  # which ones says how many
        return self._told(text, (str(len(found)),), "", [pick for _, pick in picks], score)

    def _which_row(self) -> TableAnswer | None:
        """The row with the highest or lowest figure in the column that is asked for, totals apart."""
        rows = [row for row in self.table.grid.rows if not _TOTAL_ROW.search(row.label)]
        name = self._column_of_what_is_asked()
        picks = [
            (row.label if name is None else row.cells[name], pick)
            for row in rows
            if (pick := self.pick(row, self.year)) and not years(row.label)
        ]
        if len(picks) < 2:
            return None
        column = min(pick.column for _, pick in picks)
        picks = _without_sum([item for item in picks if item[1].column == column])
        found = self._within(picks)
        if not found:
            return None
        values = tuple(label for label, _ in found)
        named = len(self.words(self.table.grid.heads[column]) & self.words(self.asked.text))
        score = 0.5 * named + 0.4
        if (name is not None or self._is_headed_so(self.table.grid.caption)) and (self.year or named):
            score = _SURE_FIT if len({label for label, _ in picks}) == len(picks) else 0.0
        if len(picks) <= _LISTED:
            text = f"{self._listed(picks)} → {', '.join(values)}"
        else:  # of a long table the rows that are meant; all are cited
            text = "; ".join(self._read_out(label, name, pick) for label, pick in found)
        return self._told(text, values, "", [pick for _, pick in picks], score)

    def _read_out(self, label: str, name: int | None, pick: Pick) -> str:
        """The cell as a row is read out: what it is of, and what stands over it."""
        of = self.table.grid.caption if name is None else self.table.grid.heads[name]
        row = f"{label}; {self.table.grid.heads[pick.column]}: {pick.row.cells[pick.column]}"
        return f"{of}: {row}" if of else row

    def _is_headed_so(self, head: str) -> bool:
        """True for the head of what the question asks for: "Segment", of "Which segment ...?"."""
        return bool(asked_nouns(self.asked.text, self.language) & self.words(head))

    def _column_of_what_is_asked(self) -> int | None:
        """The column of words, besides the labels, that is headed by it."""
        for number, head in enumerate(self.table.grid.heads):
            cells = [row.cells[number] for row in self.table.grid.rows]
            if self._is_headed_so(head) and not any(figure(cell, self.table.language) for cell in cells):
                return number
        return None

    def _list_years(self) -> TableAnswer | None:
        best = self.row()
        periods = self.periods()
        if len(periods) < 2:
            return None
        row = best[1] if best else self.table.grid.rows[0]
        picks = [pick for year in periods if (pick := self.pick(row, year))]
        if len(picks) < 2:
            return None
        return self._told(", ".join(periods), periods, "", picks, best[0] if best else LEAST)

    def _parts(self) -> TableAnswer | None:
        """The labels under a heading that the question names, or above the total that it names."""
        rows, wanted = self.table.grid.rows, self.words(self.asked.text)

        def fit(words: frozenset[str]) -> float:
            return len(words & wanted) / max(1, len(words)) if words else 0.0

        sections = list(dict.fromkeys(row.section for row in rows if row.section))
        best = max(sections, key=lambda section: fit(self.words(section)), default="")
        score = fit(self.words(best))
        parts = [row for row in rows if row.section == best and not _TOTAL_ROW.search(row.label)]
        if score < _FITS_SECTION:  # "Total current assets" after its parts
            ends = [n for n, row in enumerate(rows) if _TOTAL_ROW.search(row.label) and row.label]
            total = max(ends, key=lambda n: fit(self.words(rows[n].label) - {"total"}), default=None)
            if total is None or (score := fit(self.words(rows[total].label) - {"total"})) < _FITS_SECTION:
                return None
            first = next((n + 1 for n in range(total - 1, -1, -1) if _TOTAL_ROW.search(rows[n].label)), 0)
            parts = [
                row
                for row in rows[first:total]
                if row.section == rows[total].section or not rows[total].section
            ]
        if len(parts) < 2:
            return None
        labels = tuple(row.label for row in parts)
        values, text = labels, "; ".join(labels)
        if self.asked.operation == "count_rows":
            values, text = (str(len(labels)),), f"{len(labels)}: {text}"
        places = tuple((self._evidence(row.line), row.line) for row in parts)
        return TableAnswer(text, values, "", places, self.asked.operation, _fit(score))

    # --- saying it --------------------------------------------------------------------------------------------------

    def _shown(self, result: str, picks: Sequence[tuple[str, Pick]]) -> str:
        """The figures of one row under their heads, and the result that is read from them."""
        cells = "; ".join(
            f"{self.table.grid.heads[pick.column]}: {pick.row.cells[pick.column]}" for _, pick in picks
        )
        return f"{picks[0][1].row.label}; {cells} → {result}"

    def _listed(self, picks: Sequence[tuple[str, Pick]]) -> str:
        return "; ".join(f"{name}: {pick.row.cells[pick.column]}" for name, pick in picks)

    def _computed(
        self, label: str, terms: str, result: Decimal, scale: str, picks: Sequence[Pick], score: float
    ) -> TableAnswer:
        rounded = _rounded(result)
        unit = " %" if scale == "percent" else f" {scale}" if scale else ""
        names = list(dict.fromkeys(filter(None, (pick.row.label or pick.row.section for pick in picks))))
        of = _JOINED.get(label, "; ").join(names)
        text = f"{f'{of}. ' if of else ''}{label}: {terms} = {rounded.replace('-', '−')}{unit}"
        return self._told(text, (rounded,), scale, picks, score)

    def _told(
        self, text: str, values: tuple[str, ...], scale: str, picks: Sequence[Pick], score: float
    ) -> TableAnswer:
        lines = dict.fromkeys(pick.row.line for pick in picks)
        heads = [line for line in self.table.grid.top if years(line.text)]
        places = tuple((self._evidence(line), line) for line in (*lines, *heads[-1:]))
        text = text if _ENDS_AS_A_DAY.search(text) else f"{text}."
        return TableAnswer(text, values, scale, places, self.asked.operation, _fit(score))

    def _evidence(self, line: Line) -> Evidence:
        """Where the line stands; of a turned table the first part."""
        return self.table.evidence.get(line) or next(iter(self.table.evidence.values()))


def _without_sum(picks: list[tuple[str, Pick]]) -> list[tuple[str, Pick]]:
    """The figures without one that is all the others together."""
    every = sum(pick.figure.value for _, pick in picks)
    rest = [
        item
        for item in picks
        if abs(every - 2 * item[1].figure.value)
        > min(Decimal(len(picks)) / 2, _ROUNDING * abs(item[1].figure.value))
    ]
    return rest if len(picks) > 2 and len(rest) == len(picks) - 1 else picks


# What is divided, and by what.
_OVER_WHAT = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<one>.+?)\b(?:as|expressed as) (?:a |the )?(?:percentage|percent|proportion|share|%)\s+(?:of|over|to)\s+(?P<two>.+)",
        r"\bratio (?:of|between) (?P<one>.+?) (?:to|over|and|against) (?P<two>.+)",
        r"\b(?P<one>[\w-]+)[- ]to[- ](?P<two>[\w-]+)[- ]ratio",
        r"\b(?:percentage|proportion|percent|share|portion|%) of (?P<two>.+?) (?:was|is|were|are|did|does|do|comes?|came|consists?|consisted|comprised?|represents?|represented|made up|attributable to|related to|that) (?P<one>.+)",
        r"\b(?:percentage|proportion|percent|share|portion|%)(?: constitution)? of (?P<one>.+?) (?:over|among|to|in|out of|against|from|within) (?:the )?(?P<two>total .+|.+)",
        r"\b(?:percentage|proportion|percent|share|portion|%) (?:does|do|did|is|was|were|are) (?P<one>.+?) (?:of|in|over|among|make up|constitute\w*|account\w* for|comprise\w*|represent\w*) (?P<two>.+)",
    )
)


def _over_what(text: str) -> tuple[str, str] | None:
    """(what is divided, by what) of a share or ratio."""
    found = next(filter(None, (pattern.search(text) for pattern in _OVER_WHAT)), None)
    return (found["one"], found["two"]) if found else None


def _fit(score: float) -> float:
    return min(1.0, score / _SURE_FIT)


def _term(pick: Pick) -> str:
    return f"(−{pick.figure.written})" if pick.figure.value < 0 else pick.figure.written


def _rounded(value: Decimal) -> str:
    """With thousands' marks, to two decimals where there are any."""
    rounded = value.quantize(Decimal(1).scaleb(-_DIGITS), ROUND_HALF_UP)
    written = f"{rounded + 0:,}"
    return written.rstrip("0").rstrip(".") if "." in written else written
