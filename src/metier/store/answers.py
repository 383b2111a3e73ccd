"""Every answer with everything needed to replay it."""

import sqlalchemy as sa
import zstandard
from pydantic import TypeAdapter
from sqlalchemy import Engine

from metier.store.database import transaction
from metier.types import Occasion, Trace

_TRACE = TypeAdapter(Trace)
_ANSWERS = sa.Table(
    "answers",
    sa.MetaData(),
    sa.Column("sequence", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("id", "at", "principal", "outcome", "release", "occasion")),
    sa.Column("trace", sa.LargeBinary),
)


class SqlAnswers:
    """Implements stages.AnswerLog."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, trace: Trace) -> None:
        """Keeps the trace under its answer's id."""
        row = {
            "id": trace.answer.id,
            "at": trace.at,
            "principal": trace.principal,
            "outcome": trace.answer.outcome.value,
            "release": trace.answer.release,
            "occasion": trace.occasion,
            "trace": zstandard.ZstdCompressor(level=3).compress(_TRACE.dump_json(trace)),
        }
        with transaction(self._engine) as connection:
            connection.execute(sa.insert(_ANSWERS).values(row))

    def trace(self, answer: str) -> Trace | None:
        """The trace of one answer."""
        with self._engine.connect() as connection:
            data = connection.execute(sa.select(_ANSWERS.c.trace).where(_ANSWERS.c.id == answer)).scalar()
        return None if data is None else _load(data)

    def traces(self, limit: int = 100, occasion: Occasion | None = None) -> list[Trace]:
        """The newest traces, newest first; only those of the occasion if one is named."""
        query = sa.select(_ANSWERS.c.trace).order_by(_ANSWERS.c.sequence.desc()).limit(limit)
        query = query if occasion is None else query.where(_ANSWERS.c.occasion == occasion)
        with self._engine.connect() as connection:
            return [_load(data) for data in connection.execute(query).scalars()]


def _load(data: bytes) -> Trace:
    return _TRACE.validate_json(zstandard.ZstdDecompressor().decompress(data))
