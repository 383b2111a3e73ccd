"""The verifier on sentences about rows of real tables: `python -m benchmarks.verify_rows --data DIR` (qa/*/dev.json, TAT-QA's layout).

Of each table some cells are told ("Net income in 2019 was $53,330.") with the row as their citation: true, and made wrong in one
place: the figure of another row (`row`) or column (`column`), a changed digit (`value`), the name of another row (`label`). All
is made by code, so the sentences are plain; what it tests is that a figure is bound to its row and column.

accuracy is balanced: the mean of the share of true sentences with P(supported) >= 0.5 and the share of wrong ones below it. Its
peer is the same verifier for which the table is prose, so that the lines beside the row count and columns do not. Unsuffixed:
tables of the checking half. Nothing is fitted here.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.common import Metric, emit, half, parser, say
from benchmarks.tatqa import Context, read_contexts
from benchmarks.verify_quality import RESAMPLES, SEED, balanced, judged
from metier.evaluate.estimates import bootstrap, proportion
from metier.text.grid import SEPARATOR
from metier.text.statements import Piece, pieces
from metier.types import Evidence, Passage, Query, Statement
from metier.verify.combine import SupportModel

PROSE = "the table as prose"
_CELLS = 3  # of a table
_FIGURE = re.compile(r"^[$€£(]*\s*\d[\d,.]*\s*[)%]*$")
_DIGIT = re.compile(r"\d")
_FORMS = (
    "{label} in {head} was {value}.",
    "In {head}, {label} was {value}.",
    "{label} came to {value} in {head}.",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One sentence that rests on the row `start:end` of a table."""

    group: str
    table: Passage
    start: int
    end: int
    text: str
    kind: str  # "true" or what is wrong with it


def cases(contexts: Sequence[Context], seed: int = SEED) -> list[Case]:
    """True and wrong sentences of every table that has rows with figures under different heads, the same each time."""
    rng = random.Random(seed)
    return [case for context in contexts for case in _of_table(context.id, _passage(context), rng)]


def probability(case: Case, model: SupportModel, is_table: bool = True) -> float:
    """P(supported) of the sentence; with `is_table` false as if the lines were prose."""
    passage = case.table if is_table else replace(case.table, kind="text")
    statement = Statement("s1", case.text, (passage.cite("c1", case.start, case.end),))
    return model.probability(judged(Query(""), statement, (Evidence(passage, 1.0),)))


def _passage(context: Context) -> Passage:
    rows = (SEPARATOR.join(" ".join(cell.split()) for cell in row) for row in context.table)
    text = "\n".join(rows)
    return Passage(
        context.id, context.id, "table.html", "", 1, 0, len(text), text, (), "table", "en", "", ("all",)
    )


def _of_table(group: str, table: Passage, rng: random.Random) -> Iterator[Case]:
    rows = [row for row in pieces(table) if _label(row) and len(_figures(row)) > 1]
    for row in rng.sample(rows, min(_CELLS, len(rows))):
        head, value = rng.choice(list(_figures(row).items()))
        form, label = rng.choice(_FORMS), _label(row)
        others = [one for one in rows if _label(one) != label]
        told = {"true": (label, value), "value": (label, _changed(value, rng))}
        elsewhere = [cell for name, cell in _figures(row).items() if name != head]
        told["column"] = (label, rng.choice(elsewhere))
        if others:
            other = rng.choice(others)
            told["label"] = (_label(other), value)
            told["row"] = (label, _figures(other).get(head, value))
        for kind, (name, figure) in told.items():
            if kind in ("true", "label") or figure not in _figures(row)[head]:
                text = form.format(label=name, head=head, value=figure)
                yield Case(group, table, row.start, row.end, text[0].upper() + text[1:], kind)


def _label(row: Piece) -> str:
    """What the row is called; "" if it begins with a figure or has a head over its label that is one."""
    name = row.cells[0][1] if row.cells else ""
    return name if any(character.isalpha() for character in name) and not _FIGURE.match(name) else ""


def _figures(row: Piece) -> dict[str, str]:
    """The figures of the row by the heads of their columns; heads that stand over several are left out."""
    told = [(head, cell) for head, cell in row.cells[1:] if head and _FIGURE.match(cell)]
    heads = [head for head, _ in told]
    return {head: cell for head, cell in told if heads.count(head) == 1}


def _changed(value: str, rng: random.Random) -> str:
    place = rng.choice([match.start() for match in _DIGIT.finditer(value)])
    return value[:place] + str((int(value[place]) + rng.randint(1, 8)) % 10) + value[place + 1 :]


def main() -> None:
    """Prints the JSON of the contract."""
    options = parser("verify_rows", __doc__ or "", needs_data=True).parse_args()
    suite = cases(read_contexts(options.data))
    say(f"{len(suite)} sentences")
    model = SupportModel()
    table = np.array(
        [
            (case.kind == "true", probability(case, model) >= 0.5, probability(case, model, False) >= 0.5)
            for case in suite
        ],
        dtype=np.float64,
    )
    checking = np.array([half(case.group) == "checking" for case in suite])
    metrics: dict[str, Metric] = {}
    for suffix, chosen in (("", checking), ("_all", np.ones(len(suite), dtype=bool)), ("_tuning", ~checking)):
        clusters = [case.group for case, take in zip(suite, chosen, strict=True) if take]
        rng = np.random.default_rng(SEED)
        ours, prose = (
            bootstrap(
                table[chosen][:, [0, column]],
                rng=rng,
                clusters=clusters,
                statistic=balanced,
                resamples=RESAMPLES,
            )
            for column in (1, 2)
        )
        metrics[f"accuracy{suffix}"] = Metric.of(ours, prose.value, PROSE)
    for kind in sorted({case.kind for case in suite}):
        of_kind = [number for number, case in enumerate(suite) if case.kind == kind and checking[number]]
        accepted, as_prose = (
            proportion(
                [bool(table[number, column]) for number in of_kind],
                [suite[number].group for number in of_kind],
            )
            for column in (1, 2)
        )
        metrics[f"accepted_{kind}"] = Metric.of(accepted, as_prose.value, PROSE)
    emit("verify_rows", metrics, record=options.record)


if __name__ == "__main__":
    main()
