"""Two askings of one question: the same bit for bit, or where they part."""

import dataclasses

from metier.flow.replay import compare_traces
from metier.types import Abstention, Answer, Citation, Draft, Outcome, Query, Sample, Statement, Trace

CITATION = Citation("s1c1", "d1", "letter.md", "Letter", "", 1, 10, 20, "six weeks.")
STATEMENT = Statement("s1", "The notice period is six weeks.", (CITATION,), 0.9)
ANSWER = Answer("a1", Outcome.ANSWERED, "r" * 64, (STATEMENT,), timings_ms={"total": 12.0})
POOL = ({"passage": "p2", "shown": 2}, {"passage": "p1", "shown": 1}, {"passage": "p3", "shown": 0})
BEFORE = Trace(
    ANSWER,
    "How long?",
    "me",
    ("all",),
    "2026-01-01",
    Query("How long?"),
    POOL,
    Draft((STATEMENT,), "extractive"),
    (),
    3,
)


def test_the_same_but_for_id_and_time_is_the_same() -> None:
    again = dataclasses.replace(ANSWER, id="a2", timings_ms={"total": 99.0}, tokens=3)
    found = compare_traces(BEFORE, dataclasses.replace(BEFORE, answer=again, at="2026-01-02"))
    assert found.same
    assert found.differences == found.changes == ()


def test_same_words_from_another_place_are_not_the_same() -> None:
    moved = dataclasses.replace(STATEMENT, citations=(dataclasses.replace(CITATION, start=11),))
    found = compare_traces(
        BEFORE, dataclasses.replace(BEFORE, answer=dataclasses.replace(ANSWER, statements=(moved,)))
    )
    assert not found.same
    assert found.differences == ("statements[0].citations[0].start: 10 -> 11",)


def test_an_answer_that_became_an_abstention_and_what_had_changed() -> None:
    none = Answer("a2", Outcome.ABSTAINED, "q" * 64, abstention=Abstention("nothing found"))
    now = dataclasses.replace(
        BEFORE, answer=none, groups=(), ledger_version=5, draft=None, pool=POOL[:1], prompt_hash="abc"
    )
    found = compare_traces(BEFORE, now)
    assert found.differences[0] == "outcome: 'answered' -> 'abstained'"
    assert "statements: 1 -> 0 of them" in found.differences
    assert found.changes == (
        "release rrrrrrrrrrrr -> qqqqqqqqqqqq",
        "documents: ledger version 3 -> 5",
        "groups of the asker all -> none",
        "generator extractive -> none",
        "prompt none -> abc",
        "passages shown: not the same ones in the same order",
    )


def test_a_change_without_a_difference_is_told_and_the_same() -> None:
    found = compare_traces(BEFORE, dataclasses.replace(BEFORE, ledger_version=4))
    assert found.same
    assert found.changes == ("documents: ledger version 3 -> 4",)


def test_a_reranking_model_that_came_less_far_or_is_another_is_told() -> None:
    row = {"scored": 60, "of": 60, "ms": 300.0, "tokens": 0, "cost": 0.0, "problem": ""}
    before = dataclasses.replace(BEFORE, models={"models.reranker": "mini@1"}, reordered=(row,))
    now = dataclasses.replace(before, reordered=({**row, "scored": 12, "problem": "it is down"},))
    assert compare_traces(before, now).changes == (
        "passages that models.reranker scored 60 of 60 -> 12 of 60 (it is down)",
    )
    other = dataclasses.replace(before, models={"models.reranker": "mini@2", "models.entailment": "nli@1"})
    assert compare_traces(before, other).changes == (
        "models models.reranker mini@1 -> models.entailment nli@1, models.reranker mini@2",
    )
    assert compare_traces(before, dataclasses.replace(before, reordered=({**row, "ms": 9.0},))).changes == ()


def test_samples_that_were_not_the_same_are_told() -> None:
    place = Statement("s1", "It is six weeks.", ())
    before = dataclasses.replace(BEFORE, samples=(Sample(7, 0.0), Sample(8, 0.7, (place,), chance=0.625)))
    assert compare_traces(before, before).changes == ()
    assert compare_traces(BEFORE, before).changes == (
        "samples of the language model none -> 7: 'nothing' (0.00), 8: 'It is six weeks.' (0.62)",
    )
