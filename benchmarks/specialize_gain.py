"""Does specializing make answers better? `python -m benchmarks.specialize_gain --data DIR`. DIR/qa/*/dev.json, TAT-QA's layout.

Simulated people ask questions of the document they may read. They see the question, the answer shown and gold: a thumb says
whether the answer was right (F1 >= .5; wrong in `--noise` of the cases), an edit gives gold. The real `specialize` learns from
them; its release counts only if the gate passed it, else the parent goes on answering. Tested on other documents, asked later.

Arms over the same questions: thumbs with an edit for one answer in ten (`error_cut`), thumbs alone, edits alone, and the first
with each component alone. Baselines: answers of edited questions given again where the question is nearly the same, and the
abstention threshold alone. Those that need a language model, and ndcg10_cold_start_gain (benchmarks.specialize_cold_start), are
null here. Nothing is kept between runs.
"""

import argparse
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answer_quality import Context, read_contexts, short_answer, write_workspace
from benchmarks.common import Metric, emit, parser, say
from benchmarks.tatqa_scores import score
from metier.errors import UserError
from metier.evaluate.estimates import bootstrap, paired_difference
from metier.specialize.run import COMPONENTS, Recipe
from metier.specialize.verb import specialize_system
from metier.system import System, open_system
from metier.text.analyze import content_words
from metier.types import Answer

Pair = tuple[Context, Mapping[str, Any]]
Errors = list[float]  # 1 = not answered right, per test question

_RIGHT = 0.5  # F1 from which an answer is right, as in answer_quality
_ALIKE = 0.8  # share of words of nearly the same question, as in specialize/splits.py
_MIXED = 0.1  # share of answers that are edited beside thumbs
ARMS: Mapping[str, float] = {"mixed": _MIXED, "thumbs": 0.0, "edits": 1.0}


@dataclass(frozen=True, slots=True)
class Event:
    """One question asked before specializing, and the answer that was shown."""

    context: Context
    question: Mapping[str, Any]
    answer: Answer


def dealt(contexts: Sequence[Context], events: int, tests: int) -> tuple[list[Pair], list[Pair]]:
    """Questions that people judge, and later ones about other documents; documents in the order of their hash."""
    ordered = sorted(contexts, key=lambda one: hashlib.sha256(f"gain {one.id}".encode()).digest())
    asked: list[Pair] = []
    later: list[Pair] = []
    for context in ordered:
        mine = [(context, question) for question in context.questions]
        (asked if len(asked) < events else later).extend(mine)
    if not later:
        raise UserError(f"{len(asked)} questions leave no other document to test on; lower --events {events}")
    return asked[:events], later[:tests]


def gold(question: Mapping[str, Any]) -> str:
    """What a person writes as the right answer."""
    answer = question["answer"]
    parts = answer if isinstance(answer, list) else [answer]
    return " ".join([", ".join(str(part) for part in parts), question["scale"]]).strip()


def is_right(question: Mapping[str, Any], answer: Answer) -> bool:
    """True if the answer shown is right; an abstention is not."""
    return score(question, *short_answer(answer))[1] >= _RIGHT


def feedback(event: Event, edited: float, noise: float, seed: int) -> dict[str, Any]:
    """What one person says. The same dice for all arms, so that arms differ in edits alone."""
    dice = np.random.default_rng([seed, *hashlib.sha256(str(event.question["uid"]).encode()).digest()])
    is_edit, is_wrong = dice.random() < edited, dice.random() < noise
    row: dict[str, Any] = {"answer": event.answer.id}
    if not is_edit:
        up = is_right(event.question, event.answer) != is_wrong
        return row | {"kind": "thumb", "value": 1 if up else -1}
    if not event.answer.statements:
        return row | {"kind": "expert_answer", "value": gold(event.question)}
    first = event.answer.statements[0]
    change = {"before": first.text, "after": gold(event.question)}
    return row | {"kind": "edit", "statement": first.id, "value": change}


def learnt(
    base: Path, place: Path, rows: Sequence[tuple[str, dict[str, Any]]], recipe: Recipe, tests: Sequence[Pair],
    before: Errors,
) -> Errors:  # fmt: skip
    """Errors after people said this: those of the parent unless the gate passed a candidate."""
    shutil.copytree(base, place)
    with open_system(place) as system:
        for user, row in rows:
            system.add_feedback([row], user)
        made = specialize_system(system, recipe)
        if made.outcome is not None:
            for item in made.outcome.components:
                say(f"{place.name}: {item.name}: {'kept' if item.kept else 'dropped'}: {item.reason}")
            say(f"{place.name}: gate: {made.outcome.verdict.as_json()}")
        if not made.passed:
            return before
        system.promote(made.release)
    with open_system(place) as system:
        return errors(system, tests)


def errors(system: System, tests: Sequence[Pair]) -> Errors:
    """1 for each question that the live release does not answer right."""
    return [float(not is_right(q, system.ask(q["question"], context.group))) for context, q in tests]


def cached(edited: Sequence[Event], tests: Sequence[Pair], before: Errors) -> Errors:
    """Errors where the verified answer to nearly the same question is given again."""
    known = [(_words(item.question), item.question) for item in edited]
    out = []
    for (_, question), was in zip(tests, before, strict=True):
        words = _words(question)
        alike, found = max(
            ((_share(words, other), one) for other, one in known), key=_first, default=(0.0, None)
        )
        if found is None or alike < _ALIKE:
            out.append(was)
            continue
        answer = found["answer"] if isinstance(found["answer"], list) else [found["answer"]]
        out.append(float(score(question, [str(part) for part in answer], found["scale"])[1] < _RIGHT))
    return out


def _first(pair: tuple[float, Any]) -> float:
    return pair[0]


def _words(question: Mapping[str, Any]) -> set[str]:
    return set(content_words(question["question"], "en"))


def _share(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Metric]:
    """The contract's metrics."""
    contexts = read_contexts(options.data)
    asked, tests = dealt(contexts, options.events, options.limit)
    used = {context.id: context for context, _ in [*asked, *tests]}
    base = folder / "base"
    write_workspace(base, list(used.values()), None)
    with open_system(base) as system:
        system.ingest()
        events = [Event(context, q, system.ask(q["question"], context.group)) for context, q in asked]
        before = errors(system, tests)
    say(f"{len(events)} events, {len(tests)} test questions, error {np.mean(before):.3f}")

    def said(edited: float) -> list[tuple[str, dict[str, Any]]]:
        return [(e.context.group, feedback(e, edited, options.noise, options.seed)) for e in events]

    after = {
        arm: learnt(base, folder / arm, said(edited), Recipe(options.seed), tests, before)
        for arm, edited in ARMS.items()
    }
    alone = {}
    for name in COMPONENTS:
        others = tuple(one for one in COMPONENTS if one != name)
        recipe = Recipe(options.seed, leave_out=others)
        alone[name] = learnt(base, folder / f"only_{name}", said(_MIXED), recipe, tests, before)
    edits = [e for e, (_, row) in zip(events, said(_MIXED), strict=True) if row["kind"] != "thumb"]
    peers = {"verified-answer cache": cached(edits, tests, before), "threshold alone": alone["thresholds"]}
    return summarize(before, after, alone, peers, [context.id for context, _ in tests])


def summarize(
    before: Errors, after: Mapping[str, Errors], alone: Mapping[str, Errors], peers: Mapping[str, Errors],
    documents: Sequence[str],
) -> dict[str, Metric]:  # fmt: skip
    """Relative cuts of the error, paired, with intervals over documents."""
    peer = min(peers, key=lambda name: float(np.mean(peers[name])))
    part = min(alone, key=lambda name: float(np.mean(alone[name])))
    gained = [float(np.mean(before) - np.mean(after[arm])) for arm in ("mixed", "edits")]
    over = paired_difference(alone[part], after["mixed"], rng=np.random.default_rng(7), clusters=documents)
    nothing = Metric(float("nan"))  # null: not measured here
    return {
        "error_before": Metric.of(bootstrap(before, rng=np.random.default_rng(7), clusters=documents)),
        "error_cut": _cut(before, after["mixed"], documents),
        "error_cut_thumbs_only": _cut(before, after["thumbs"], documents),
        "error_cut_edits_only": _cut(before, after["edits"], documents),
        "error_cut_over_best_baseline": _cut(peers[peer], after["mixed"], documents, peer),
        "gain_over_best_component": Metric.of(over, float(np.mean(alone[part])), f"error of {part} alone"),
        "edits_share": Metric(gained[0] / gained[1]) if gained[1] > 0 else nothing,
        "ndcg10_cold_start_gain": nothing,
    }


def _cut(before: Errors, after: Errors, documents: Sequence[str], peer: str | None = None) -> Metric:
    found = bootstrap(
        np.array([before, after]).T, rng=np.random.default_rng(7), clusters=documents,
        statistic=lambda rows: float(1 - rows[:, 1].sum() / rows[:, 0].sum()) if rows[:, 0].any() else 0.0,
    )  # fmt: skip
    return Metric.of(found, float(np.mean(before)) if peer else None, f"error of {peer}" if peer else None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    out = parser(
        "specialize_gain", "fewer wrong answers after feedback, on unseen documents", needs_data=True
    )
    out.add_argument("--events", type=int, default=200, help="questions people judge")
    out.add_argument("--limit", type=int, default=200, help="test questions")
    out.add_argument("--noise", type=float, default=0.1, help="share of thumbs that are wrong")
    out.add_argument("--seed", type=int, default=7)
    options = out.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="metier-gain-") as folder:
        metrics = measure(options, Path(folder))
    told = {name: getattr(options, name) for name in ("events", "limit", "noise", "seed")}
    emit("specialize_gain", metrics, record=options.record, options=told)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"specialize_gain: {error}")
