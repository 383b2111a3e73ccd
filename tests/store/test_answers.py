"""Answers come back with everything needed to replay them."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from pydantic import TypeAdapter

from metier.store.answers import SqlAnswers
from metier.store.database import open_database
from metier.types import (
    Abstention,
    Answer,
    Box,
    Citation,
    Conflict,
    Draft,
    Finding,
    Outcome,
    Query,
    Statement,
    Trace,
    Turn,
    Usage,
)


def trace(identity: str = "a1", principal: str = "me") -> Trace:
    citation = Citation(
        "c1", "d", "a.pdf", "Title", "2025-01-01", 3, 5, 9, "six weeks", (Box(3, 0.1, 0.2, 0.3, 0.4),)
    )
    statement = Statement("s1", "Six weeks. “Ü”", (citation,), 0.87)
    answer = Answer(
        identity, Outcome.ANSWERED, "r", (statement,), Abstention("r", ("f",), ("m",), "n"),
        (Conflict("s1", (citation,), "n"),), ("note",), {"total": 1.25}, 7, 0.01,
    )  # fmt: skip
    draft = Draft((statement,), "extractive", 0.5, "", {"x": 1.0}, Usage(1, 2, 0.5), "hash", ("n",))
    pool = ({"passage": "p", "scores": {"keyword": 1.5}, "ranks": {"keyword": 1}, "shown": 1},)
    query = Query("how long?", "en", ("rewritten",), (Turn("q", "a"),))
    finding = Finding("support", "s1", True, 0.9, "d")
    return Trace(answer, "how long?", principal, ("hr",), "now", query, pool, draft, (finding,), 7, "hash")


@pytest.fixture(params=["sqlite", "postgres"])
def answers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlAnswers]:
    sqlite = f"sqlite:///{tmp_path / 'answers.db'}"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    engine = open_database(url, "answers")
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM answers")
    yield SqlAnswers(engine)
    engine.dispose()


def test_a_trace_comes_back_whole(answers: SqlAnswers) -> None:
    answers.append(trace())
    assert answers.trace("a1") == trace()
    assert answers.trace("a2") is None


def test_an_abstention_comes_back(answers: SqlAnswers) -> None:
    bare = dataclasses.replace(
        trace(), answer=Answer("a", Outcome.ABSTAINED, "r"), draft=None, pool=(), findings=()
    )
    answers.append(bare)
    assert answers.trace("a") == bare


def test_the_newest_come_first(answers: SqlAnswers) -> None:
    for number in range(5):
        answers.append(trace(f"a{number}"))
    assert [item.answer.id for item in answers.traces(limit=3)] == ["a4", "a3", "a2"]


def test_what_people_asked_is_told_from_what_a_suite_asked(answers: SqlAnswers) -> None:
    for number in range(6):
        asked = trace(f"a{number}")
        answers.append(dataclasses.replace(asked, occasion="evaluation") if number % 2 else asked)
    assert [item.answer.id for item in answers.traces(2, "person")] == ["a4", "a2"]
    assert [item.answer.id for item in answers.traces(2, "evaluation")] == ["a5", "a3"]


def test_answers_of_before_count_as_asked_by_people(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'answers.db'}"
    engine = open_database(url, "answers")
    with engine.begin() as connection:  # as the first schema left it
        connection.exec_driver_sql("ALTER TABLE answers DROP COLUMN occasion")
        connection.exec_driver_sql("UPDATE alembic_version_answers SET version_num = 'answers_0001'")
        connection.exec_driver_sql(
            "INSERT INTO answers (id, at, principal, outcome, release, trace) VALUES ('a1', '', 'me', 'answered', 'r', ?)",
            (zstandard.ZstdCompressor().compress(_json_of_before(trace())),),
        )
    engine.dispose()
    engine = open_database(url, "answers")
    assert [item.occasion for item in SqlAnswers(engine).traces(5, "person")] == ["person"]
    engine.dispose()


def _json_of_before(value: Trace) -> bytes:
    data = TypeAdapter(Trace).dump_python(value, mode="json")
    del data["occasion"]
    return json.dumps(data).encode()
