"""Feedback rows: appended, never changed; a later row may supersede an earlier one."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from metier.store.database import transaction
from metier.types import Feedback

_FEEDBACK = sa.Table(
    "feedback",
    sa.MetaData(),
    sa.Column("sequence", sa.Integer, primary_key=True),
    *(
        sa.Column(name, sa.String)
        for name in ("id", "answer", "kind", "author", "at", "statement", "citation")
    ),
    sa.Column("value", sa.JSON),
    sa.Column("access", sa.JSON),
    sa.Column("consent", sa.Boolean),
    sa.Column("source", sa.String),
    sa.Column("propensity", sa.Float),
    sa.Column("supersedes", sa.String),
)
_FIELDS = tuple(item.name for item in dataclasses.fields(Feedback))


class SqlFeedback:
    """Feedback rows, appended only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, rows: Sequence[Feedback]) -> None:
        """Adds the rows in one transaction."""
        if rows:
            with transaction(self._engine) as connection:
                connection.execute(sa.insert(_FEEDBACK), [_values(row) for row in rows])

    def rows(self, answer: str | None = None) -> list[Feedback]:
        """All rows, or those of one answer, oldest first."""
        query = sa.select(*(_FEEDBACK.c[name] for name in _FIELDS)).order_by(_FEEDBACK.c.sequence)
        if answer is not None:
            query = query.where(_FEEDBACK.c.answer == answer)
        with self._engine.connect() as connection:
            return [_feedback(row) for row in connection.execute(query)]

    def last(self) -> int:
        """Number of the newest row; 0 if there is none."""
        with self._engine.connect() as connection:
            return connection.execute(sa.select(sa.func.max(_FEEDBACK.c.sequence))).scalar() or 0

    def numbered(self, after: int) -> list[tuple[int, Feedback]]:
        """Rows that came after that one with their numbers, oldest first."""
        query = sa.select(_FEEDBACK.c.sequence, *(_FEEDBACK.c[name] for name in _FIELDS))
        query = query.where(_FEEDBACK.c.sequence > after).order_by(_FEEDBACK.c.sequence)
        with self._engine.connect() as connection:
            return [(row[0], _feedback(row[1:])) for row in connection.execute(query)]


def _values(row: Feedback) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FIELDS} | {"access": list(row.access)}


def _feedback(row: Any) -> Feedback:
    values = dict(zip(_FIELDS, row, strict=True))
    return Feedback(**values | {"access": tuple(values["access"])})
