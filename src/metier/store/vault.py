"""The vault's database: sealed suites and the chain of what was done with them.

Every row of the chain carries a mark over itself and its predecessor that needs the key, and the number of rows is
marked too, so rows changed, added or cut off without the key show. An older copy of the whole file does not show here:
the workspace's audit file has a line for every row.
"""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from metier.errors import UserError
from metier.store.audit import GENESIS
from metier.store.database import transaction
from metier.store.ledger import utc_now
from metier.store.sealing import mark

_META = sa.MetaData()
_SUITES = sa.Table(
    "suites",
    _META,
    sa.Column("generation", sa.Integer, primary_key=True),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("cases", sa.Integer),
    sa.Column("looks", sa.Integer),
    sa.Column("alpha", sa.Float),
    sa.Column("salt", sa.String),
    sa.Column("prints", sa.JSON),
)
_CHAIN = sa.Table(
    "chain",
    _META,
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("generation", sa.Integer),
    *(sa.Column(name, sa.String) for name in ("kind", "subject", "at")),
    sa.Column("data", sa.JSON),
    *(sa.Column(name, sa.String) for name in ("previous", "hash")),
)
_TIP = sa.Table("tip", _META, sa.Column("seal", sa.String))


@dataclass(frozen=True, slots=True)
class SealedSuite:
    """One generation: the encrypted cases, what was declared when it was made, and salted prints of its questions."""

    generation: int
    sealed: bytes
    cases: int
    looks: int
    alpha: float
    salt: str
    prints: Sequence[Sequence[str]]


class VaultStore:
    """Reads without a key; appends, and checks the chain, with one. The caller holds the vault's lock to append."""

    def __init__(self, engine: Engine, clock: Callable[[], str] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def current(self) -> SealedSuite | None:
        """The newest generation."""
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(_SUITES).order_by(_SUITES.c.generation.desc())).first()
        return None if row is None else SealedSuite(*row)

    def rows(self) -> list[dict[str, Any]]:
        """The chain, oldest first."""
        with self._engine.connect() as connection:
            return _rows(connection)

    def check(self, key: bytes) -> None:
        """Raises UserError if the chain was changed without the key."""
        with self._engine.connect() as connection:
            _check(connection, key)

    def append(
        self, key: bytes, kind: str, generation: int, subject: str, data: Mapping[str, Any],
        suite: SealedSuite | None = None,
    ) -> str:  # fmt: skip
        """The hash of a new row of the chain, and perhaps a new generation, in one transaction."""
        with transaction(self._engine) as connection:
            rows = _check(connection, key)
            row = {
                "sequence": len(rows) + 1, "generation": generation, "kind": kind, "subject": subject,
                "at": self._clock(), "data": dict(data), "previous": rows[-1]["hash"] if rows else GENESIS,
            }  # fmt: skip
            row["hash"] = _mark_of(key, row)
            connection.execute(sa.insert(_CHAIN), [row])
            connection.execute(sa.delete(_TIP))
            connection.execute(sa.insert(_TIP), [{"seal": mark(key, f"{row['sequence']} {row['hash']}")}])
            if suite is not None:
                values = {name: getattr(suite, name) for name in _SUITES.c.keys()}  # noqa: SIM118
                connection.execute(sa.insert(_SUITES), [values])
        return str(row["hash"])


def _rows(connection: Connection) -> list[dict[str, Any]]:
    query = sa.select(_CHAIN).order_by(_CHAIN.c.sequence)
    return [dict(row) for row in connection.execute(query).mappings()]


def _check(connection: Connection, key: bytes) -> list[dict[str, Any]]:
    rows, previous = _rows(connection), GENESIS
    for number, row in enumerate(rows, start=1):
        fits = row["sequence"] == number and row["previous"] == previous
        if not fits or not hmac.compare_digest(row["hash"], _mark_of(key, row)):
            raise UserError(
                f"the vault's ledger does not hold at row {number}: another key, or it was changed"
            )
        previous = row["hash"]
    seal = connection.execute(sa.select(_TIP.c.seal)).scalar()
    if seal != (mark(key, f"{len(rows)} {previous}") if rows else None):
        raise UserError("the vault's ledger does not hold: rows were cut off its end")
    return rows


def _mark_of(key: bytes, row: Mapping[str, Any]) -> str:
    content = {name: value for name, value in row.items() if name != "hash"}
    return mark(key, json.dumps(content, sort_keys=True, ensure_ascii=False))
