"""Feedback rows are appended, whole or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from metier.store.database import open_database
from metier.store.feedback import SqlFeedback
from metier.types import Feedback


@pytest.fixture(params=["sqlite", "postgres"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlFeedback]:
    sqlite = f"sqlite:///{tmp_path / 'feedback.db'}"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    engine = open_database(url, "feedback")
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM feedback")
    yield SqlFeedback(engine)
    engine.dispose()


VALUES = [1, -1, "a text: ü", True, {"before": "a", "after": "b"}, {"better": {"uri": "x", "quote": "y"}}]


def test_every_kind_of_value_comes_back(log: SqlFeedback) -> None:
    rows = [
        Feedback(f"f{n}", "a1", "reason", value, "me", "now", "s1", "c1", ("hr",), False, "page", 0.25, "f0")
        for n, value in enumerate(VALUES)
    ]
    log.append(rows)
    assert log.rows() == rows


def test_rows_of_one_answer_oldest_first(log: SqlFeedback) -> None:
    for number, answer in enumerate(("a", "b", "a")):
        log.append([Feedback(f"f{number}", answer, "thumb", 1, "me", "now")])
    assert [row.id for row in log.rows("a")] == ["f0", "f2"]
    assert [row.id for row in log.rows()] == ["f0", "f1", "f2"]
    log.append([])


def test_a_batch_with_one_bad_row_stores_none(log: SqlFeedback) -> None:
    row = Feedback("f1", "a", "thumb", 1, "me", "now")
    with pytest.raises(IntegrityError):
        log.append([row, row])
    assert log.rows() == []
