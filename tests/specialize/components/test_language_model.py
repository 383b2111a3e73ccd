"""The language model as a component: what teaches it, what is kept, and what is said where it cannot be taught."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from metier.flow.finding import Found
from metier.generate.prompt import NOT_FOUND
from metier.models.sources import ModelFile
from metier.specialize.bench import Interrupted, Pace, Replay
from metier.specialize.components import language_model
from metier.specialize.components.language_model import Teacher, lesson, teacher, untaught
from metier.specialize.language_model.adapter import Adapter, Low
from metier.specialize.language_model.course import Base, Recipe, Step
from metier.types import Query, Release
from tests.builders import evidence, passage
from tests.specialize.made import example, quote, trace

BASE = Release("r", (), "", {}, {})
MODEL = Base(Path("m.gguf"), "ab" * 32)


def replay(number: int, **said: Any) -> Replay:
    question = f"What is the price of item {number}?"
    right = passage(f"The price of item {number} is {100 + number} euros.", f"d{number}")
    other = passage("Dogs stay outside the building.", "dogs")
    values = {"answers": (f"{100 + number} euros",)} | said
    item = example(f"a{number}", question=question, **values)
    return Replay(item, Found(Query(question, "en"), {}, evidence(right, other)), (), f"g{number}")


class Fake:
    """Trains nothing; `dpo` is told apart by its change."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}

    def heads(self, base: Base) -> tuple[int, int]:
        return 1, 1

    def sft(self, base: Base, rows: Sequence[Any], recipe: Recipe, step: Step) -> Adapter:
        self.rows["sft"] = len(rows)
        self.rows["steps"] = recipe.steps
        step()
        return _change(1.0)

    def prefer(
        self, objective: str, base: Base, start: Adapter, rows: Sequence[Any], recipe: Recipe, step: Step
    ) -> Adapter:
        self.rows[objective] = len(rows)
        step()
        return _change({"kto": 2.0, "apo_zero": 3.0, "apo_down": 4.0, "dpo": 5.0}[objective])


def _change(by: float) -> Adapter:
    return {"model.layers.0.mlp.up_proj": Low(np.ones((1, 2), np.float32), np.full((2, 1), by, np.float32))}


class Parrot:
    """A language model that always says the same."""

    identity = "parrot"

    def complete(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, temperature: float, seed: int
    ) -> Iterator[str]:
        return iter(["The price is 7 euros [p1]"])


def trials(right_with: str) -> Any:
    """A trial answers rightly with the adapter of one objective, and wrongly without."""

    def open_trial(release: Release) -> Any:
        taught = release.parts.get("language_model", {}).get("objective")

        def answer(
            question: str, user: str | None, history: Sequence[Any] = (), filter: object = None
        ) -> Any:
            number = int(question.split()[-1].rstrip("?"))
            price = 100 + number if taught == right_with else 7
            return trace(f"a{number}", question, text=f"The price of item {number} is {price} euros.")

        return SimpleNamespace(answer=answer)

    return open_trial


def taught(folder: Path, backend: Fake, **changed: Any) -> Teacher:
    return Teacher(MODEL, folder, backend, lambda _: Parrot(), **changed)


def test_a_row_holds_peoples_words_and_the_passage_that_carries_them() -> None:
    row = lesson(replay(3))
    assert row is not None
    assert row.target == "103 euros [p1]"
    pointed = lesson(replay(3, answers=(), evidence=(quote("The price of item 3 is 103 euros.", "d3.txt"),)))
    assert pointed is not None
    assert pointed.target == "The price of item 3 is 103 euros. [p1]"
    silent = lesson(replay(3, answers=(), declines=True))
    assert silent is not None
    assert silent.target == NOT_FOUND


def test_an_answer_whose_facts_were_not_shown_teaches_nothing() -> None:
    assert lesson(replay(3, answers=("999 euros",))) is None
    assert lesson(replay(3, answers=(), thumb=1.0)) is None
    nothing = replay(3, answers=(), declines=True)
    assert lesson(replace(nothing, found=replace(nothing.found, evidence=()))) is None


def test_the_best_objective_is_kept_with_what_names_it(tmp_path: Path) -> None:
    backend = Fake()
    found = taught(tmp_path, backend).fit(
        BASE, [replay(n) for n in range(50)], [replay(n) for n in range(60, 80)], trials("apo_zero")
    )
    assert found.kept, found.reason
    assert "apo_zero, the best of 5" in found.reason
    assert (found.examples, found.gain and found.gain.value) == (50, 1.0)
    part = found.changes["language_model",]
    assert (part["base"], part["objective"]) == (MODEL.sha256, "apo_zero")
    assert (tmp_path / f"{part['adapter']}.gguf").read_bytes() == (
        tmp_path / "course/apo_zero.gguf"
    ).read_bytes()
    # twice through the rows by fours; pairs are its own mistakes and one corruption of each row
    assert backend.rows["steps"] == 25
    assert backend.rows["dpo"] == 100


def test_what_brings_nothing_is_dropped(tmp_path: Path) -> None:
    found = taught(tmp_path, Fake()).fit(
        BASE, [replay(n) for n in range(50)], [replay(n) for n in range(60, 80)], trials("none")
    )
    assert not found.kept
    assert found.reason.startswith("no sure gain")
    assert found.changes == {}


def test_too_little_to_learn_from_or_to_choose_on_is_said(tmp_path: Path) -> None:
    few = taught(tmp_path, Fake()).fit(BASE, [replay(n) for n in range(9)], [replay(70)], trials("dpo"))
    assert few.reason == "9 questions with an answer that was shown; 40 are needed"
    blind = taught(tmp_path, Fake()).fit(BASE, [replay(n) for n in range(50)], [], trials("dpo"))
    assert blind.reason == "no questions to choose on"


def test_stopping_keeps_what_is_finished_for_the_next_time(tmp_path: Path) -> None:
    stop = Pace(should_stop=lambda: (tmp_path / "course/kto.json").exists())
    fitting, tuning = [replay(n) for n in range(50)], [replay(n) for n in range(60, 80)]
    with pytest.raises(Interrupted):
        taught(tmp_path, Fake(), pace=stop).fit(BASE, fitting, tuning, trials("dpo"))
    backend = Fake()
    found = taught(tmp_path, backend).fit(BASE, fitting, tuning, trials("dpo"))
    assert found.kept
    assert "sft" not in backend.rows
    assert "kto" not in backend.rows
    assert {"apo_zero", "apo_down", "dpo"} <= set(backend.rows)


def test_where_it_cannot_be_taught_the_reason_is_plain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert teacher(None, tmp_path, Pace(), 7) is untaught
    assert "models.generator names no GGUF file" in untaught().reason
    monkeypatch.setattr(language_model, "missing", lambda: ("trl",))
    monkeypatch.setattr(language_model, "find_spec", lambda name: None)
    found = teacher(ModelFile(tmp_path / "m.gguf", "ab"), tmp_path, Pace(), 7)(BASE, [], [], trials("dpo"))
    assert not found.kept
    assert "extras `train` and `local` (not installed: trl, xllamacpp)" in found.reason


def test_what_was_shown_and_what_people_or_a_stronger_model_made_of_it_are_pairs() -> None:
    said = ("The price of item 3 is 99 euros.",)
    better = "The price of item 3 is 103 euros."
    edited = replay(3, said=said, edits=((said[0], better),), answers=(better,))
    (pair,) = language_model.revisions(edited)
    assert (pair.better, pair.worse, pair.kind) == (f"{better} [p1]", f"{said[0]} [p1]", "revised")
    revised = replay(3, said=said, answers=(), thumb=-1.0, revised=better)
    assert language_model.revisions(revised) == [pair]
    assert lesson(revised) is None, "what a model says is no row to imitate"
    assert language_model.revisions(replay(3, said=said, answers=(), thumb=-1.0)) == []
    unsupported = "The price of item 3 is 105 euros."
    assert language_model.revisions(replay(3, said=said, answers=(), thumb=-1.0, revised=unsupported)) == []


def test_revisions_are_among_what_preferences_are_taught_from(tmp_path: Path) -> None:
    backend = Fake()
    said = "The price of item {} is 7 euros."
    fitting = [
        replay(
            n,
            said=(said.format(n),),
            edits=((said.format(n), f"The price of item {n} is {100 + n} euros."),),
            answers=(f"The price of item {n} is {100 + n} euros.",),
        )
        for n in range(50)
    ]
    taught(tmp_path, backend).fit(BASE, fitting, [replay(n) for n in range(60, 80)], trials("dpo"))
    assert backend.rows["dpo"] == 150, "own mistakes, revisions and corruptions"
