"""The choice among whole answers learns what people correct, and keeps how ready the system is to answer."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from metier.flow.finding import Found
from metier.generate.whole import ANCHOR, FEATURES, Whole, WholeAnswer, choose
from metier.specialize.bench import Replay
from metier.specialize.components import whole_answer
from metier.types import Query, Release, Statement
from tests.specialize.made import example

BASE = Release("r", (), "", {}, {"generator": {}, "thresholds": {"extractive": 0.45}})
DEFAULT, UNSIGNED, SURE = (FEATURES.index(name) for name in ("default", "unsigned", "sure_default"))


def statement(value: str) -> Statement:
    return Statement("s1", f"Change: {value}.", (), values=(value,))


def replays(count: int, start: int, signed_is_right: bool, written: bool = True) -> list[Replay]:
    """Each question has a difference without a sign, which leads, and one with it."""
    made = []
    dice = np.random.default_rng(start)
    for number in range(start, start + count):
        values = (str(number + 10), f"-{number + 10}")
        features = np.zeros((2, len(FEATURES)))
        features[:, FEATURES.index("bias")] = 1.0
        features[0, DEFAULT], features[0, UNSIGNED] = 1.0, 1.0
        features[0, SURE] = dice.normal()
        right = values[int(signed_is_right)]
        said = (
            {"answers": (right,)}
            if written
            else {"thumb": 1.0 if right == values[0] else -1.0, "lead": statement(values[0])}
        )
        answers = [WholeAnswer(statement(one), "computed", place == 0) for place, one in enumerate(values)]
        whole = Whole(answers, features, float(1 / (1 + np.exp(-features[0, SURE]))))
        item = example(f"a{number}", **said)
        made.append(Replay(item, Found(Query("q"), {}, ()), (), f"g{number}", whole))
    return made


@pytest.mark.parametrize("written", [True, False])
def test_a_convention_of_the_job_is_learnt_from_edits_and_from_thumbs(written: bool) -> None:
    found = whole_answer.fit(BASE, replays(40, 0, True, written), replays(16, 100, True, written))
    assert found.kept, found.reason
    models = found.changes["generator", "whole"]
    (fresh,) = replays(1, 900, True)
    assert fresh.whole is not None
    assert choose(fresh.whole, models)[0].statement.values == ("-910",)


def test_as_many_questions_are_answered_as_before() -> None:
    known = replays(40, 0, True)
    models = {"weights": dict(ANCHOR)}
    before = sum(item.whole.sure >= 0.45 for item in known if item.whole)
    models["shift"] = whole_answer.shift([(item.whole, models) for item in known if item.whole], before, 0.45)
    after = sum(choose(item.whole, models)[1] >= 0.45 for item in known if item.whole)
    assert before - 1 <= after <= before + 6, "and a few that are very likely right"


def test_what_is_likely_right_is_answered_besides_as_far_as_few_wrong_ones_are_to_be_expected() -> None:
    def one(sure: float) -> tuple[Whole, dict[str, dict[str, float]]]:
        features = np.zeros((1, len(FEATURES)))
        features[0, FEATURES.index("bias")] = np.log(sure / (1 - sure))
        said = WholeAnswer(statement("1"), "sentence", True)
        return Whole([said], features, sure), {"weights": {"bias": 1.0}}

    def answered(sure: list[float]) -> int:
        known = [one(value) for value in sure]
        moved = whole_answer.shift(known, 1, 0.45)
        return sum(choose(whole, {**models, "shift": moved})[1] >= 0.45 for whole, models in known)

    assert answered([0.9, 0.55, 0.52, *[0.3] * 17]) == 1, "twenty questions bear two fifths of a wrong answer"
    tenth = [0.957 - place / 1e5 for place in range(20)]
    assert answered(tenth) == 10, "and nine next ones have that together"
    assert answered([0.9, *[0.4] * 199]) == 1, "what is rather wrong than right is not answered"


def test_each_group_has_weights_that_were_fitted_without_it() -> None:
    known = replays(40, 0, True)
    found = whole_answer.fit(BASE, known, replays(16, 100, True))
    models = found.changes["generator", "whole"]
    assert set(found.apart) == {f"g{number}" for number in (*range(40), *range(100, 116))}
    assert {one["shift"] for one in found.apart.values()} == {models["shift"]}
    assert all(one["weights"] != models["weights"] for one in found.apart.values())
    assert "apart" not in found.as_json()


def test_what_does_not_hold_on_others_is_dropped() -> None:
    found = whole_answer.fit(BASE, replays(40, 0, True), replays(16, 100, False))
    assert not found.kept
    assert found.changes == {}


def test_too_few_lessons_teach_nothing() -> None:
    assert "20 are needed" in whole_answer.fit(BASE, replays(5, 0, True), []).reason
    nothing = [Replay(example("a1", answers=("1",)), Found(Query("q"), {}, ()), ())] * 30
    assert "0 lessons" in whole_answer.fit(BASE, nothing, []).reason


def test_what_is_likelier_but_chooses_fewer_right_answers_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    teach = whole_answer.fit_lessons

    def misled(*given: Any, **named: Any) -> Any:
        found = teach(*given, **named)
        return replace(
            found, weights=-found.weights, apart={group: -one for group, one in found.apart.items()}
        )

    monkeypatch.setattr(whole_answer, "fit_lessons", misled)
    found = whole_answer.fit(BASE, replays(40, 0, False), replays(16, 100, False))
    assert not found.kept
    assert found.reason == "of 56 answers that people know, 0 of those it would choose are right, 56 before"


def test_what_chooses_as_many_right_answers_but_shows_fewer_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(whole_answer, "shift", lambda *given: -50.0)
    known, tuning = replays(40, 0, False), replays(16, 100, False)
    shown = sum(item.whole is not None and item.whole.sure >= 0.45 for item in [*known, *tuning])
    found = whole_answer.fit(BASE, known, tuning)
    assert not found.kept
    assert (
        found.reason == f"of 56 answers that people know, 0 of those it would show are right, {shown} before"
    )
