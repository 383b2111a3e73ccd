"""Component: what a small language model is taught of the job (adapter.gguf), from the questions whose right answer people said.

SFT and every preference objective are trained on the fitting examples; the one with which most tuning questions are answered
rightly, through the whole journey, is taken, and kept if that is more than without it. Choosing among five on the examples that
judge flatters the best; what is left of it is for the gate to see. Thumbs teach nothing here: what they are about is not known
word for word.
"""

import random
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from metier.generate.prompt import NOT_FOUND
from metier.models.gguf import GgufModel
from metier.models.sources import ModelFile
from metier.specialize.bench import OpenTrial, Pace, Replay, Trial, answers, with_changes
from metier.specialize.labels import Graded, carries
from metier.specialize.language_model.course import Backend, Base, Course, Recipe, Trained
from metier.specialize.language_model.rows import Pair, Shown, corruptions, own_mistake, shown
from metier.specialize.language_model.trl_backend import TrlBackend, missing
from metier.specialize.revisions import of_people, revision_of, supported_by
from metier.specialize.rows import Example
from metier.specialize.tuning import Component, judge
from metier.stages import LanguageModel
from metier.types import Release

NAME = "language_model"
EVIDENCE_TOKENS = 160  # nine of ten answers are in them, and a row costs two CPU-seconds to learn from (135M)
_LEAST = 40  # rows; with fewer a model learns their words and nothing of the job
_LONGEST = 100  # tokens of an answer of its own
_EPOCHS = 2  # times that SFT goes through the rows: more is learnt by heart
_MOST_STEPS = 150
_UNIT = "right answers per question"


@dataclass(frozen=True, slots=True)
class Teacher:
    """Who teaches, what, and where."""

    base: Base
    folder: Path
    backend: Backend
    open_model: Callable[[Trained], LanguageModel]
    pace: Pace = field(default_factory=Pace)
    seed: int = 7

    def fit(
        self, base: Release, fitting: Sequence[Replay], tuning: Sequence[Replay], open_trial: OpenTrial
    ) -> Component:
        """The component; kept if more tuning questions are answered rightly than by `base`. Raises Interrupted."""
        rows = {item.example.id: row for item in fitting if (row := lesson(item)) is not None}
        if len(rows) < _LEAST:
            return _dropped(
                f"{len(rows)} questions with an answer that was shown; {_LEAST} are needed", len(rows)
            )
        asked = [item for item in tuning if item.example.says_what_is_right]
        if not asked:
            return _dropped("no questions to choose on", len(rows))
        trained = self._trained(fitting, rows)
        parent = self._right(open_trial(base), asked)
        tried = [(one, self._right(self._trial(base, one, open_trial), asked)) for one in trained]
        best, right = max(tried, key=lambda item: sum(item[1]))
        gains = [ours - theirs for ours, theirs in zip(right, parent, strict=True)]
        kept, gain, reason = judge(gains, [item.group for item in asked])
        told = f"{reason}; {best.objective}, the best of {len(tried)}"
        if not kept:
            return Component(NAME, False, told, len(rows), gain, _UNIT)
        return Component(NAME, True, told, len(rows), gain, _UNIT, self._changes(best))

    def _trained(self, fitting: Sequence[Replay], rows: dict[str, Shown]) -> list[Trained]:
        plan = Recipe(self.seed)
        plan = replace(plan, steps=min(_MOST_STEPS, -(-_EPOCHS * len(rows) // plan.together)))
        course = Course(
            self.folder / "course",
            self.base,
            plan,
            self.backend,
            self.pace.on_progress,
            self.pace.should_stop,
        )
        first = course.sft(list(rows.values()))
        revised = [pair for item in fitting for pair in revisions(item)]
        pairs = [*self._mistakes(first, fitting, rows), *revised, *_corrupted(rows.values(), self.seed)]
        return [first, *course.preferences(pairs)]

    def _mistakes(self, first: Trained, fitting: Sequence[Replay], rows: dict[str, Shown]) -> list[Pair]:
        """What the model says wrongly after SFT to the questions it learnt from."""
        model = self.open_model(first)
        found = []
        for item in fitting:
            if (row := rows.get(item.example.id)) is None:
                continue
            said = "".join(model.complete(row.messages, _LONGEST, 0.0, self.seed))
            pair = own_mistake(row, said, _is_right(said, row, item.example, item.found.query.language))
            found += [pair] if pair is not None else []
            self.pace.step(NAME)
        return found

    def _trial(self, base: Release, one: Trained, open_trial: OpenTrial) -> Trial:
        shutil.copyfile(one.path, self.folder / f"{one.sha256}.gguf")
        return open_trial(with_changes(base, self._changes(one)))

    def _changes(self, one: Trained) -> dict[tuple[str, ...], Any]:
        told = {
            "adapter": one.sha256, "base": self.base.sha256, "objective": one.objective,
            "evidence_tokens": EVIDENCE_TOKENS,
        }  # fmt: skip
        return {(NAME,): told}

    def _right(self, trial: Trial, asked: Sequence[Replay]) -> list[float]:
        examples = [item.example for item in asked]
        given = answers(trial, examples, self.pace, NAME)
        return [float(Graded.of(item, answer).right) for item, answer in zip(examples, given, strict=True)]


def why_not(file: ModelFile | None) -> str:
    """Why this model cannot be taught here; "" if it can."""
    if file is None:
        return "models.generator names no GGUF file, so there is nothing to teach"
    lacking = [*missing(), *(() if find_spec("xllamacpp") else ("xllamacpp",))]
    if lacking:
        return (
            f"teaching needs the extras `train` and `local` (not installed: {', '.join(lacking)}); "
            "`pip install 'metier[train,local]'`"
        )
    return ""


def teacher(
    file: ModelFile | None, folder: Path, pace: Pace, seed: int
) -> Callable[[Release, Sequence[Replay], Sequence[Replay], OpenTrial], Component]:
    """The fit for the workspace's language model, or one that says plainly why there is none."""
    if file is None or (reason := why_not(file)):
        return untaught if file is None else lambda *_: _dropped(reason)

    def open_model(trained: Trained) -> LanguageModel:
        return GgufModel(file, adapter=ModelFile(trained.path, trained.sha256))

    base = Base(file.path, file.sha256)
    return Teacher(base, folder, TrlBackend(folder / "work"), open_model, pace, seed).fit


def untaught(*_: object) -> Component:
    """Where there is no language model to teach."""
    return _dropped(why_not(None))


def lesson(item: Replay) -> Shown | None:
    """What the example teaches a language model; None if it says nothing of what is right, or the answer is not shown."""
    example, query = item.example, item.found.query
    if not item.found.evidence:
        return None  # a model is not asked then
    if example.declines:
        return _shown(item, "", lambda text: False)
    known = example.answers or tuple(quote.quote for quote in example.evidence)
    if not known:
        return None
    return _shown(item, known[0], lambda text: carries(text, known, query.text, query.language))


def revisions(item: Replay) -> list[Pair]:
    """What was shown beside its minimal revision, by a person or by a stronger model, as the model would have written them."""
    example, query = item.example, item.found.query
    if not (example.edits or example.answers or example.revised) or not item.found.evidence:
        return []
    row = lesson(item) if not example.revised else _revised(item)
    if row is None or not row.right:
        return []
    holds = supported_by(query, item.found.evidence)
    made = of_people(example, query.language, holds)
    if example.revised:
        made += revision_of(" ".join(example.said), example.revised, holds)
    mark = row.target.rpartition(" ")[2]
    return [
        Pair(row.messages, f"{one.better} {mark}", f"{one.worse} {mark}", "revised", item.group)
        for one in made
    ]


def _revised(item: Replay) -> Shown | None:
    known, query = (item.example.revised,), item.found.query
    return _shown(item, known[0], lambda text: carries(text, known, query.text, query.language))


def _shown(item: Replay, answer: str, stands: Callable[[str], bool]) -> Shown | None:
    return shown(
        item.example.id, item.found.query, item.found.evidence, answer, EVIDENCE_TOKENS, "brief", item.group,
        stands=stands,
    )  # fmt: skip


def _is_right(said: str, row: Shown, example: Example, language: str) -> bool:
    if not row.right:
        return NOT_FOUND in said
    known = example.answers or tuple(quote.quote for quote in example.evidence)
    text, bracket, cited = said.rpartition("[")
    return bool(bracket) and carries(text, known, example.question, language) and any(
        right.endswith(f"[{cited.strip()}") for right in row.right
    )  # fmt: skip


def _corrupted(rows: Iterable[Shown], seed: int) -> list[Pair]:
    """One corruption of each row, its kind by chance."""
    made = [corruptions(row, random.Random(f"{seed} {row.id}")) for row in rows]
    return [random.Random(f"{seed} {some[0].better}").choice(some) for some in made if some]


def _dropped(reason: str, rows: int = 0) -> Component:
    return Component(NAME, False, reason, rows)
