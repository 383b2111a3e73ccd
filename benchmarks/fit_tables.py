"""Fits how far answers from tables are trusted, and prints how it does on the other half.

    python -m benchmarks.fit_tables --data DIR [--write]

Reads DIR/qa/*/dev.json (TAT-QA's layout, CC BY 4.0); fits on the tuning half of its contexts alone. Every question is put to its
own table and, as what must not be answered, to two others. The chance that an answer is right (F1 of at least a half) is a
logistic function of how well row labels fit and how much of the question the table says, one for each kind of question of
which there are enough. With --write it becomes "tables" in `src/metier/store/release0/generator.json`.
"""

import json
import random
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from benchmarks.answer_quality import Context, read_contexts
from benchmarks.common import half, parser, say
from benchmarks.tatqa_scores import score
from metier.generate.tabular import from_tables
from metier.store.releases import RELEASE_0
from metier.types import Evidence, Passage

_OTHERS = 2  # tables of other contexts that a question is put to; together they weigh as much as its own
_FEWEST = 40  # questions from which a kind has weights of its own
_PENALTY = 1.0  # ridge, on the two slopes
_RIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Row:
    """One answer from a table."""

    operation: str
    fit: float
    covered: float
    right: bool
    weight: float


def evidence_of(context: Context) -> list[Evidence]:
    """The context as retrieval would give it, all of it."""
    texts = [("text", text) for text in context.paragraphs]
    texts.append(
        ("table", "\n".join(" | ".join(" ".join(cell.split()) for cell in row) for row in context.table))
    )
    found, at = [], 0
    for number, (kind, text) in enumerate(texts):
        passage = Passage(
            f"{context.id}-{number}",
            context.id,
            context.id,
            "",
            1,
            at,
            at + len(text),
            text,
            (),
            kind,
            "en",
            "",
            (),
        )
        found.append(Evidence(passage, 1.0))
        at += len(text) + 2
    return found


def rows_of(contexts: Sequence[Context]) -> list[Row]:
    """What the tables of these contexts say to their questions, and to those of others."""
    dice, evidence = random.Random(1), [evidence_of(context) for context in contexts]
    rows: list[Row] = []
    for context, own in zip(contexts, evidence, strict=True):
        for question in context.questions:
            if answer := from_tables(question["question"], "en", own):
                right = score(question, answer.values, answer.scale)[1] >= _RIGHT
                rows.append(Row(answer.operation, answer.fit, answer.covered, right, 1.0))
            for other in dice.sample(evidence, _OTHERS):
                if other is not own and (answer := from_tables(question["question"], "en", other)):
                    rows.append(Row(answer.operation, answer.fit, answer.covered, False, 1 / _OTHERS))
    return rows


def fit(rows: Sequence[Row]) -> list[float]:
    """[bias, slope of fit, slope of covered] of the chance to be right."""
    x = np.array([(1.0, row.fit, row.covered) for row in rows])
    sign = np.array([1.0 if row.right else -1.0 for row in rows])
    weight = np.array([row.weight for row in rows])

    def loss(w: np.ndarray) -> float:
        return float(weight @ np.logaddexp(0, -sign * (x @ w)) + _PENALTY / 2 * (w[1:] @ w[1:]))

    return [round(float(value), 3) for value in minimize(loss, np.zeros(3)).x]


def report(rows: Sequence[Row], weights: Mapping[str, Sequence[float]]) -> None:
    """Says for each kind how often its answers are right, and how often the weights expect it."""
    kinds: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        kinds[row.operation].append(row)
    for kind, some in sorted(kinds.items()):
        w = weights.get(kind, weights["other"])
        own = [row for row in some if row.weight == 1.0]
        chance = [1 / (1 + np.exp(-(w[0] + w[1] * row.fit + w[2] * row.covered))) for row in own]
        if own:
            say(
                f"{kind}: {len(own)} of their own table, right {np.mean([row.right for row in own]):.2f}, expected {np.mean(chance):.2f}"
            )


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0; prints the weights."""
    options = parser("fit_tables", "how far answers from tables are trusted", needs_data=True)
    options.add_argument("--write", action="store_true", help="into the release that ships with metier")
    chosen = options.parse_args(arguments)
    contexts = read_contexts(chosen.data)
    rows = {
        part: rows_of([item for item in contexts if half(item.id) == part]) for part in ("tuning", "checking")
    }
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for row in rows["tuning"]:
        by_kind[row.operation].append(row)
    rare = [row for some in by_kind.values() if len(some) < _FEWEST for row in some]
    weights = {"other": fit(rare or rows["tuning"])}
    weights |= {kind: fit(some) for kind, some in sorted(by_kind.items()) if len(some) >= _FEWEST}
    for part, some in rows.items():
        say(part)
        report(some, weights)
    if chosen.write:
        path = RELEASE_0 / "generator.json"
        models = json.loads(path.read_text(encoding="utf-8"))
        origin = models.pop("origin")
        models |= {"tables": weights, "origin": origin}
        path.write_text(json.dumps(models, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(weights))
    return 0


if __name__ == "__main__":
    sys.exit(main())
