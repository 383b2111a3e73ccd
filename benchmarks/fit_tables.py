"""Fits how far answers from tables are trusted, and prints how it does on the other half.

    python -m benchmarks.fit_tables --data DIR [--write]

Reads DIR/qa/*/dev.json (TAT-QA's layout, CC BY 4.0); fits on the tuning half of its contexts alone. Every question is put to its
own table, to its own among the eleven others of its half that share most words with it, and to these without its own. The
chance that an answer is right (F1 of at least a half) is a logistic function of how well row labels fit, how much of the
question the table says and how many other documents say something else; one for each kind of question of which there are
enough. With --write it becomes "tables" in `src/metier/store/release0/generator.json`.
"""

import json
import math
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from benchmarks.common import half, parser, say
from benchmarks.tatqa import Context, read_contexts
from benchmarks.tatqa_scores import score
from metier.generate.tabular import from_tables
from metier.store.releases import RELEASE_0
from metier.text.analyze import content_words
from metier.types import Evidence, Passage

_OTHERS = 11  # contexts besides its own that a question is put to
_FEWEST = 40  # questions from which a kind has weights of its own
_PENALTY = 1.0  # ridge, on the two slopes
_RIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Row:
    """One answer from a table."""

    operation: str
    fit: float
    covered: float
    rivals: int
    right: bool
    room: str  # own | among | without

    def features(self) -> tuple[float, ...]:
        """What the weights stand for."""
        return 1.0, self.fit, self.covered, math.log1p(self.rivals)


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
    """What these contexts say to their questions, each alone, among the likest of the others, and without itself."""
    evidence = [evidence_of(context) for context in contexts]
    words = [frozenset(content_words(" ".join(item.passage.text for item in own), "en")) for own in evidence]
    rows: list[Row] = []
    for number, context in enumerate(contexts):
        for question in context.questions:
            text = question["question"]
            asked = frozenset(content_words(text, "en"))
            likest = sorted(range(len(contexts)), key=lambda other: (-len(asked & words[other]), other))
            others = [evidence[other] for other in likest if other != number][:_OTHERS]
            place = sum(len(asked & words[other]) > len(asked & words[number]) for other in likest[:_OTHERS])
            among = [*others[:place], evidence[number], *others[place:]]
            for room, given in (("own", [evidence[number]]), ("among", among), ("without", others)):
                if answer := from_tables(text, "en", [item for part in given for item in part]):
                    right = room != "without" and score(question, answer.values, answer.scale)[1] >= _RIGHT
                    rows.append(Row(answer.operation, answer.fit, answer.covered, answer.rivals, right, room))
    return rows


def fit(rows: Sequence[Row]) -> list[float]:
    """[bias, slopes of fit, covered and the logarithm of rivals] of the chance to be right."""
    x = np.array([row.features() for row in rows])
    sign = np.array([1.0 if row.right else -1.0 for row in rows])

    def loss(w: np.ndarray) -> float:
        return float(np.logaddexp(0, -sign * (x @ w)).sum() + _PENALTY / 2 * (w[1:] @ w[1:]))

    return [round(float(value), 3) for value in minimize(loss, np.zeros(x.shape[1])).x]


def report(rows: Sequence[Row], weights: Mapping[str, Sequence[float]]) -> None:
    """Says for each kind how often its answers are right, and how often the weights expect it."""
    kinds: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        kinds[row.operation].append(row)
    for kind, some in sorted(kinds.items()):
        weight = np.array(weights.get(kind, weights["other"]))
        for room in ("own", "among", "without"):
            if own := [row for row in some if row.room == room]:
                chance = [1 / (1 + np.exp(-(weight @ row.features()))) for row in own]
                right = np.mean([row.right for row in own])
                say(f"{kind}, {room}: {len(own)} answers, right {right:.2f}, expected {np.mean(chance):.2f}")


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
