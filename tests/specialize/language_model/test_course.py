"""The course: what is trained in which order, what is kept, and how it stops."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from metier.specialize.bench import Interrupted
from metier.specialize.language_model.adapter import Adapter, Low, load
from metier.specialize.language_model.course import PREFERENCES, SFT, Base, Course, Recipe, Step
from metier.specialize.language_model.rows import Mark, Pair, Shown
from metier.types import Progress

MATRIX = "model.layers.0.mlp.up_proj"
ASKED = ({"role": "user", "content": "How many?"},)
ROWS = [Shown(f"q{number}", ASKED, (), (f"{number} [p1]",), "g") for number in range(3)]
PAIRS = [Pair(ASKED, "30 [p1]", "28 [p1]", "own"), Pair(ASKED, "30 [p1]", "NOT_FOUND", "silent")]
RECIPE = Recipe(steps=3, preference_steps=2)


class Fake:
    """Trains nothing: SFT changes by 1, an objective by its place in the alphabet."""

    def __init__(self) -> None:
        self.trained: list[tuple[str, int]] = []

    def heads(self, base: Base) -> tuple[int, int]:
        return 1, 1

    def sft(self, base: Base, rows: Sequence[Shown], recipe: Recipe, step: Step) -> Adapter:
        self.trained.append((SFT, len(rows)))
        for _ in range(recipe.steps):
            step()
        return _change(1.0)

    def prefer(
        self, objective: str, base: Base, start: Adapter, rows: Sequence[Pair] | Sequence[Mark], recipe: Recipe, step: Step
    ) -> Adapter:  # fmt: skip
        assert start[MATRIX].up[0, 0] == 1.0
        assert all(isinstance(row, Mark if objective == "kto" else Pair) for row in rows)
        self.trained.append((objective, len(rows)))
        for _ in range(recipe.preference_steps):
            step()
        return _change(float(sorted(PREFERENCES).index(objective)))


def _change(by: float) -> Adapter:
    return {MATRIX: Low(np.ones((1, 2), np.float32), np.full((2, 1), by, np.float32))}


def course(folder: Path, backend: Fake, **changes: object) -> Course:
    return replace(Course(folder, Base(Path("m.gguf"), "ab"), RECIPE, backend), **changes)  # type: ignore[arg-type]


def test_every_objective_starts_from_sft_and_holds_both_changes(tmp_path: Path) -> None:
    backend = Fake()
    one = course(tmp_path, backend)
    first = one.sft(ROWS)
    others = list(one.preferences(PAIRS))
    assert backend.trained == [(SFT, 3), ("kto", 3), ("apo_zero", 2), ("apo_down", 2), ("dpo", 2)]
    assert [item.objective for item in (first, *others)] == [SFT, *PREFERENCES]
    assert all(item.path.read_bytes().startswith(b"GGUF") for item in (first, *others))
    low = load(tmp_path / "dpo.safetensors")[MATRIX]
    np.testing.assert_array_equal(low.up @ low.down, np.full((2, 2), 1.0 + 2.0))


def test_what_is_finished_is_not_trained_again(tmp_path: Path) -> None:
    one = course(tmp_path, Fake())
    before = [one.sft(ROWS), *one.preferences(PAIRS)]
    backend = Fake()
    again = course(tmp_path, backend)
    assert [again.sft(ROWS), *again.preferences(PAIRS)] == before
    assert backend.trained == []


@pytest.mark.parametrize(
    ("changes", "trained"),
    [
        ({"recipe": replace(RECIPE, seed=8)}, 5),
        ({"base": Base(Path("m.gguf"), "cd")}, 5),
        ({"recipe": replace(RECIPE, objectives=("dpo",))}, 0),
    ],
)
def test_another_recipe_or_model_is_trained_anew(
    tmp_path: Path, changes: dict[str, object], trained: int
) -> None:
    one = course(tmp_path, Fake())
    one.sft(ROWS)
    list(one.preferences(PAIRS))
    backend = Fake()
    other = course(tmp_path, backend, **changes)
    other.sft(ROWS)
    list(other.preferences(PAIRS))
    assert len(backend.trained) == trained


def test_other_rows_of_sft_train_the_objectives_anew_too(tmp_path: Path) -> None:
    one = course(tmp_path, Fake())
    one.sft(ROWS)
    list(one.preferences(PAIRS))
    backend = Fake()
    other = course(tmp_path, backend)
    other.sft(ROWS[:2])
    list(other.preferences(PAIRS))
    assert len(backend.trained) == 5


def test_a_damaged_adapter_is_trained_anew(tmp_path: Path) -> None:
    course(tmp_path, Fake()).sft(ROWS)
    (tmp_path / "sft.gguf").write_bytes(b"GGUF torn")
    backend = Fake()
    course(tmp_path, backend).sft(ROWS)
    assert backend.trained == [(SFT, 3)]


def test_a_stopped_course_keeps_the_finished_objectives(tmp_path: Path) -> None:
    told: list[Progress] = []
    one = course(
        tmp_path,
        Fake(),
        on_progress=told.append,
        should_stop=lambda: bool(told) and told[-1].current == "apo_down",
    )
    one.sft(ROWS)
    with pytest.raises(Interrupted):
        list(one.preferences(PAIRS))
    backend = Fake()
    rest = course(tmp_path, backend)
    rest.sft(ROWS)
    assert [item.objective for item in rest.preferences(PAIRS)] == list(PREFERENCES)
    assert [name for name, _ in backend.trained] == ["apo_down", "dpo"]


def test_progress_counts_all_steps_and_knows_the_time_left(tmp_path: Path) -> None:
    told: list[Progress] = []
    now = iter(range(100))
    one = course(tmp_path, Fake(), on_progress=told.append, clock=lambda: float(next(now)))
    one.sft(ROWS)
    assert [(item.done, item.total, item.current) for item in told] == [(1, 3, SFT), (2, 3, SFT), (3, 3, SFT)]
    told.clear()
    list(one.preferences(PAIRS))
    assert (told[-1].done, told[-1].total, told[-1].unit) == (8, 8, "steps")
    assert told[0].seconds_left is not None


def test_no_rows_and_impossible_recipes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no rows"):
        course(tmp_path, Fake()).sft([])
    with pytest.raises(ValueError, match="no pairs"):
        list(course(tmp_path, Fake()).preferences([]))
    with pytest.raises(ValueError, match="KTO"):
        Recipe(together=1)
    with pytest.raises(ValueError, match="no objective 'ppo'"):
        Recipe(objectives=("ppo",))
