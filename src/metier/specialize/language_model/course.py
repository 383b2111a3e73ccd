"""SFT on right answers, then every preference objective from there: one adapter each, with what each cost.

What is finished is kept in the folder and not done again: a course that was stopped goes on with the next objective, and one
with other rows, another model or another recipe starts anew. It does not know which adapter is best: that is for questions
of other documents to say.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from metier.specialize.bench import Interrupted
from metier.specialize.language_model.adapter import Adapter, joined, load, save, to_gguf
from metier.specialize.language_model.rows import Mark, Pair, Shown, marks
from metier.types import Progress

SFT = "sft"
PREFERENCES = ("kto", "apo_zero", "apo_down", "dpo")
_LEAST_TOGETHER = 2  # rows of a step: KTO estimates its divergence from the other rows of the batch


@dataclass(frozen=True, slots=True)
class Recipe:
    """How it is trained. Lengths are in steps, each of `together` rows; the rows are gone through as often as that takes."""

    seed: int = 7
    steps: int = 100  # of SFT
    preference_steps: int = 24  # of each other objective
    together: int = 4
    rank: int = 16
    preference_rank: int = 8
    # LoRA wants about ten times the rate of full training (Schulman et al. 2025, "LoRA without regret"); a preference objective
    # starts from what is nearly right and forgets at the rate of SFT
    rate: float = 5e-4
    preference_rate: float = 1e-4
    beta: float = 0.1
    objectives: tuple[str, ...] = PREFERENCES

    def __post_init__(self) -> None:
        if self.together < _LEAST_TOGETHER:
            raise ValueError(f"together is at least {_LEAST_TOGETHER}: KTO compares the rows of a step")
        if unknown := set(self.objectives) - set(PREFERENCES):
            raise ValueError(f"there is no objective {min(unknown)!r}; there are {', '.join(PREFERENCES)}")


@dataclass(frozen=True, slots=True)
class Base:
    """The model that is trained: a GGUF file, and what tells it from others."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Trained:
    """One objective's adapter, on top of the base alone."""

    objective: str
    path: Path  # GGUF
    sha256: str
    steps: int
    rows: int
    seconds: float  # of training; 0 of nothing trained


Step = Callable[[], None]  # one more step is done; raises Interrupted


class Backend(Protocol):
    """Who trains: TRL, or a fake in tests."""

    def heads(self, base: Base) -> tuple[int, int]:
        """Attention heads, and those of keys."""

    def sft(self, base: Base, rows: Sequence[Shown], recipe: Recipe, step: Step) -> Adapter:
        """The adapter after `recipe.steps` of likelihood of the right texts."""

    def prefer(
        self, objective: str, base: Base, start: Adapter, rows: Sequence[Pair] | Sequence[Mark], recipe: Recipe, step: Step
    ) -> Adapter:  # fmt: skip
        """What an objective adds to `start`, which is its reference."""


@dataclass(slots=True)
class Course:
    """One model, taught one job, in one folder."""

    folder: Path
    base: Base
    recipe: Recipe
    backend: Backend
    on_progress: Callable[[Progress], None] = lambda progress: None
    should_stop: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic
    _done: int = 0
    _total: int = 0
    _started: float = field(default=0.0)

    def sft(self, rows: Sequence[Shown]) -> Trained:
        """Trains on the right texts. Raises Interrupted; ValueError without rows."""
        if not rows:
            raise ValueError("there are no rows to train on")
        self._begin(self.recipe.steps)
        key = self._key(SFT, [(row.messages, row.target) for row in rows])
        return self._kept(SFT, key, self.recipe.steps, len(rows)) or self._train(
            SFT, key, self.recipe.steps, len(rows),
            lambda: self.backend.sft(self.base, rows, self.recipe, self._step_of(SFT)),
        )  # fmt: skip

    def preferences(self, pairs: Sequence[Pair]) -> Iterator[Trained]:
        """Trains every objective of the recipe from the adapter of `sft`, each when it is asked for. Raises Interrupted: the
        finished ones are kept."""
        if not pairs:
            raise ValueError("there are no pairs to train on")
        recipe = self.recipe
        self._begin(recipe.preference_steps * len(recipe.objectives))
        for name in recipe.objectives:
            yield self._preference(name, pairs)

    def _preference(self, name: str, pairs: Sequence[Pair]) -> Trained:
        rows: Sequence[Pair] | Sequence[Mark] = marks(pairs) if name == "kto" else pairs
        start = load(self.folder / f"{SFT}.safetensors")
        begun = json.loads((self.folder / f"{SFT}.json").read_text(encoding="utf-8"))["key"]
        key = self._key(name, [begun, *((row.messages, *_texts(row)) for row in rows)])
        steps = self.recipe.preference_steps
        if kept := self._kept(name, key, steps, len(rows)):
            return kept
        step = self._step_of(name)

        def train() -> Adapter:
            return joined(start, self.backend.prefer(name, self.base, start, rows, self.recipe, step))

        return self._train(name, key, steps, len(rows), train)

    def _begin(self, steps: int) -> None:
        self._done, self._total, self._started = 0, steps, self.clock()

    def _step_of(self, name: str) -> Step:
        def step() -> None:
            self._done += 1
            self._tell(name)
            if self.should_stop():
                raise Interrupted

        return step

    def _tell(self, name: str) -> None:
        seconds = self.clock() - self._started
        self.on_progress(Progress(self._done, max(self._total, self._done), 0, seconds, name, unit="steps"))

    def _train(self, name: str, key: str, steps: int, count: int, train: Callable[[], Adapter]) -> Trained:
        if self.should_stop():
            raise Interrupted
        self.folder.mkdir(parents=True, exist_ok=True)
        record = self.folder / f"{name}.json"
        record.unlink(missing_ok=True)
        started = self.clock()
        adapter = train()
        seconds = self.clock() - started
        data = to_gguf(adapter, *self.backend.heads(self.base))
        save(adapter, self.folder / f"{name}.safetensors")
        path = self.folder / f"{name}.gguf"
        path.write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        # written last: what has a record is whole
        told = {"key": key, "sha256": digest, "seconds": seconds, "steps": steps, "rows": count}
        record.write_text(json.dumps(told) + "\n", encoding="utf-8")
        return Trained(name, path, digest, steps, count, seconds)

    def _kept(self, name: str, key: str, steps: int, count: int) -> Trained | None:
        path = self.folder / f"{name}.gguf"
        try:
            told: Mapping[str, object] = json.loads(
                (self.folder / f"{name}.json").read_text(encoding="utf-8")
            )
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except (FileNotFoundError, ValueError):
            return None
        if told.get("key") != key or told.get("sha256") != digest:
            return None
        self._done += steps
        self._tell(name)
        return Trained(name, path, digest, steps, count, float(str(told.get("seconds", 0.0))))

    def _key(self, name: str, rows: Sequence[object]) -> str:
        recipe = {key: value for key, value in asdict(self.recipe).items() if key != "objectives"}
        data = json.dumps([name, self.base.sha256, recipe, rows], sort_keys=True, default=dict)
        return hashlib.sha256(data.encode("utf-8", "replace")).hexdigest()


def _texts(row: Pair | Mark) -> tuple[object, ...]:
    return (row.better, row.worse) if isinstance(row, Pair) else (row.text, row.is_good)
