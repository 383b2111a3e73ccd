"""Marks of sentences teach what is supported; faults of fact stay faults, whatever people say."""

from dataclasses import replace

import numpy as np
import pytest

from metier.flow.finding import Found
from metier.specialize.bench import Replay
from metier.specialize.components import verifier
from metier.specialize.labels import Graded
from metier.specialize.rows import Mark
from metier.specialize.tuning import Changes
from metier.types import Answer, Finding, Outcome, Query, Release, Statement
from metier.verify.combine import DEFAULT, HARD, SupportModel
from tests.specialize.made import example

BASE = Release("r", (), "", {}, {"thresholds": {"support": 0.5}})


def findings(
    words: float, order: float, fault: str = "", person: bool = False, known: float = 0.9
) -> tuple[Finding, ...]:
    scores = {
        "support": words, "support_tokens": words, "support_order": order, "support_pairs": order, "support_known": known,
    }  # fmt: skip
    found = [Finding(check, "s1", True, score) for check, score in scores.items()]
    found += [Finding("voice", "s1", True, 0.0)] if person else []
    return (*found, *([Finding(fault, "s1", False, 0.0)] if fault else []))


def replays(count: int, seed: int, wrong: float = 0.0, fault: str = "") -> list[Replay]:
    """In this job what matters is the order of words; `wrong` of the marks are turned."""
    dice = np.random.default_rng(seed)
    made = []
    for number in range(count):
        words, order = dice.uniform(0.85, 1.0), dice.uniform(0.2, 1.0)
        supported = bool((order > 0.7) != (dice.random() < wrong))
        marks = (Mark(supported, "written", findings(words, order, fault)),)
        item = example(f"a{seed}{number}", marks=marks)
        made.append(Replay(item, Found(Query("q"), {}, ()), (), f"g{seed}{number // 2}"))
    return made


def told(changes: Changes, seed: int = 9) -> float:
    """Share of fresh sentences of the job that are shown if, and only if, they are supported."""
    model = SupportModel(changes.get(("verifier",)))
    marks = [mark for item in replays(300, seed) for mark in item.example.marks]
    return float(np.mean([(model.probability(m.findings) >= 0.5) == m.supported for m in marks]))


def test_what_a_job_calls_supported_is_learnt() -> None:
    found = verifier.fit(BASE, replays(150, 1), replays(60, 2))
    assert found.kept, found.reason
    assert found.examples == 210
    assert told(found.changes) > told({}) + 0.1
    again = verifier.fit(BASE, replays(150, 1), replays(60, 2))
    assert again.changes == found.changes


def test_marks_without_sense_are_dropped_and_few_are_not_looked_at() -> None:
    found = [verifier.fit(BASE, replays(100, seed, 0.5), replays(40, seed + 50, 0.5)) for seed in range(10)]
    assert sum(one.kept for one in found) <= 2
    assert any("one chance for all does as well" in one.reason for one in found)
    assert "20 are needed" in verifier.fit(BASE, replays(19, 1), replays(40, 2)).reason


def all_supported(count: int, seed: int) -> list[Replay]:
    made = replays(count, seed)
    return [
        replace(item, example=replace(item.example, marks=(replace(item.example.marks[0], supported=True),)))
        for item in made
    ]


def test_who_calls_everything_supported_teaches_nothing() -> None:
    found = verifier.fit(BASE, all_supported(100, 1), all_supported(40, 2))
    assert found.reason == "100 of 100 marks say supported; 5 of each kind are needed"


def test_marks_teach_nothing_about_faults_of_fact_quotes_and_vetoes() -> None:
    for fault in (*HARD, "links"):
        assert verifier.lessons(replays(5, 1, fault=fault)) == []
    quoted = example(marks=(Mark(False, "thumb", findings(1.0, 1.0, known=1.0)),))
    assert verifier.lessons([Replay(quoted, Found(Query("q"), {}, ()), (), "g")]) == []


def test_what_is_learnt_lets_through_nothing_that_was_held_back() -> None:
    part = verifier.fit(BASE, replays(150, 1), replays(60, 2)).changes["verifier",]
    shipped, learnt = SupportModel(), SupportModel(part)
    assert shipped.probability(findings(1.0, 0.4)) > 0.5 > learnt.probability(findings(1.0, 0.4))
    for fault in ("", *HARD):
        assert not fault or part["weights"][fault] == DEFAULT["weights"][fault]
        for order in (0.2, 0.6, 0.95):
            seen = findings(0.6, order, fault)
            assert learnt.probability(seen) <= shipped.probability(seen)


def test_marks_that_are_all_lies_teach_nothing() -> None:
    found = verifier.fit(BASE, replays(150, 1, 1.0), replays(60, 2, 1.0))
    assert not found.kept, found.reason


def test_it_is_anchored_to_the_parents_own_verifier() -> None:
    found = verifier.fit(BASE, replays(150, 1), replays(60, 2))
    child = Release("c", ("r",), "", {}, {**BASE.parts, "verifier": found.changes["verifier",]})
    again = verifier.fit(child, replays(150, 1), replays(60, 2))
    assert not again.kept or told(again.changes) >= told(found.changes) - 0.02


@pytest.mark.parametrize("support", [0.0, 1.0])
def test_the_gate_does_not_ask_the_verifier(support: float) -> None:
    """What a verifier thinks of an answer decides nothing about its grade: people's words do."""
    said = Statement("s1", "The leave is 30 days.", (), support)
    answer = Answer("a", Outcome.ANSWERED, "r", (said,))
    assert Graded.of(example(answers=("30 days",)), answer).right
    assert not Graded.of(example(answers=("31 days",)), answer).right
