"""The record of every document: one row per (tenant, uri, content, pipeline), in exactly one state.

The law, true after every transaction: received = the sum of all states. The version grows whenever the visible set
changes; readers keep the visible set by version. Writers hold the workspace's lock, readers need nothing.
"""

import dataclasses
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from metier.store.database import transaction
from metier.types import VISIBLE, Entry, LedgerCount, State

_META = sa.MetaData()
_DOCUMENTS = sa.Table(
    "documents",
    _META,
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("tenant", sa.String),
    *(
        sa.Column(name, sa.String)
        for name in ("id", "uri", "sha256", "pipeline", "state", "reason", "detail")
    ),
    sa.Column("retry", sa.Boolean),
    sa.Column("size", sa.BigInteger),
    sa.Column("mtime_ns", sa.BigInteger),
    sa.Column("groups", sa.JSON),
    *(sa.Column(name, sa.String) for name in ("title", "language", "version_date", "media_type")),
    sa.Column("pages", sa.Integer),
    sa.Column("passages", sa.Integer),
    sa.Column("attempts", sa.Integer),
    sa.Column("updated_at", sa.String),
)
_VERSIONS = sa.Table(
    "versions", _META, sa.Column("tenant", sa.String, primary_key=True), sa.Column("version", sa.BigInteger)
)
_FIELDS = tuple(item.name for item in dataclasses.fields(Entry))
_ENTRY_COLUMNS = tuple(_DOCUMENTS.c[name] for name in _FIELDS)


def utc_now() -> str:
    """The time now, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class SqlLedger:
    """Implements stages.Ledger on SQLite or Postgres."""

    def __init__(self, engine: Engine, tenant: str = "default", clock: Callable[[], str] = utc_now) -> None:
        self._engine = engine
        self._tenant = tenant
        self._clock = clock
        self._lock = threading.Lock()
        self._live: tuple[int, Mapping[str, Entry]] = (-1, {})

    def version(self) -> int:
        """The number of commits so far that changed what is visible."""
        with self._engine.connect() as connection:
            return self._version(connection)

    def entry(self, document: str) -> Entry | None:
        """The row of one document."""
        with self._engine.connect() as connection:
            row = connection.execute(self._select().where(_DOCUMENTS.c.id == document)).first()
        return None if row is None else _entry(row)

    def entries(
        self,
        states: Iterable[State] | None = None,
        uri: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Entry]:
        """Rows by uri, then arrival."""
        query = (
            self._select()
            .order_by(_DOCUMENTS.c.uri, _DOCUMENTS.c.sequence)
            .limit(limit)
            .offset(offset or None)
        )
        if states is not None:
            query = query.where(_DOCUMENTS.c.state.in_([state.value for state in states]))
        if uri is not None:
            query = query.where(_DOCUMENTS.c.uri == uri)
        with self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def count(self) -> LedgerCount:
        """All states and reasons, from one snapshot."""
        mine = _DOCUMENTS.c.tenant == self._tenant
        column = _DOCUMENTS.c
        query = (
            sa.select(column.state, column.reason, sa.func.count())
            .where(mine)
            .group_by(column.state, column.reason)
        )
        with self._engine.connect() as connection:
            version = self._version(connection)
            rows = connection.execute(query).all()
        states = dict.fromkeys(State, 0)
        reasons: dict[str, int] = {}
        for state, reason, number in rows:
            states[State(state)] += number
            if State(state) in (State.QUARANTINED, State.PARTIAL):
                reasons[reason] = reasons.get(reason, 0) + number
        return LedgerCount(version, states, dict(sorted(reasons.items())))

    def receive(self, entries: Sequence[Entry]) -> None:
        """Adds new documents as RECEIVED, or brings known ones back to it."""
        self.advance(
            [dataclasses.replace(item, state=State.RECEIVED, reason="", detail="") for item in entries]
        )

    def advance(self, entries: Sequence[Entry]) -> None:
        """Writes the rows as they are now, in one transaction. A row that becomes visible supersedes all other rows
        of its uri that are not already gone."""
        if not entries:
            return
        now = self._clock()
        with transaction(self._engine) as connection:
            ids = [item.id for item in entries]
            before = self._states(connection, ids)
            new = [self._row(item, now) for item in entries if item.id not in before]
            if new:
                connection.execute(sa.insert(_DOCUMENTS), new)
            changed = [self._row(item, now) for item in entries if item.id in before]
            if changed:
                connection.execute(
                    _UPDATE, [{f"_{name}": value for name, value in row.items()} for row in changed]
                )
            # the last one of a uri wins, so that two versions in one batch never supersede each other
            arrived = {
                item.uri: item
                for item in entries
                if item.state in VISIBLE and before.get(item.id) not in VISIBLE
            }
            superseded = self._supersede(connection, list(arrived.values()), now)
            was_visible = any(before.get(item.id) in VISIBLE for item in entries)
            if arrived or superseded or was_visible:
                self._bump(connection)

    def move(self, documents: Sequence[str], state: State) -> None:
        """Gives documents a state on their way to being visible, in one transaction, at a fraction of what `advance` costs;
        IN_FLIGHT counts as an attempt. Documents that are visible stay so. Raises ValueError for a visible state."""
        if state in VISIBLE:
            raise ValueError(
                f"a document becomes {state.value} by advance, which supersedes its predecessors"
            )
        if not documents:
            return
        column, now = _DOCUMENTS.c, self._clock()
        change: dict[str, Any] = {"state": state.value, "updated_at": now}
        if state is State.IN_FLIGHT:
            change["attempts"] = column.attempts + 1
        with transaction(self._engine) as connection:
            for start in range(0, len(documents), _MAX_PARAMETERS):
                # by id alone: with the tenant in it SQLite may walk through all documents of the tenant
                some = column.id.in_(documents[start : start + _MAX_PARAMETERS])
                hidden = column.state.not_in([item.value for item in VISIBLE])
                connection.execute(sa.update(_DOCUMENTS).where(some, hidden).values(change))

    def live(self) -> Mapping[str, Entry]:
        """Visible documents by id, as of version(); kept until the version changes."""
        with self._lock, self._engine.connect() as connection:
            version = self._version(connection)
            if self._live[0] != version:
                query = self._select().where(_DOCUMENTS.c.state.in_([state.value for state in VISIBLE]))
                rows = [_entry(row) for row in connection.execute(query)]
                self._live = (version, {item.id: item for item in rows})
            return self._live[1]

    def _select(self) -> sa.Select[Any]:
        return sa.select(*_ENTRY_COLUMNS).where(_DOCUMENTS.c.tenant == self._tenant)

    def _version(self, connection: Connection) -> int:
        query = sa.select(_VERSIONS.c.version).where(_VERSIONS.c.tenant == self._tenant)
        return int(connection.execute(query).scalar() or 0)

    def _bump(self, connection: Connection) -> None:
        mine = _VERSIONS.c.tenant == self._tenant
        update = sa.update(_VERSIONS).where(mine).values(version=_VERSIONS.c.version + 1)
        if connection.execute(update).rowcount == 0:
            connection.execute(sa.insert(_VERSIONS).values(tenant=self._tenant, version=1))

    def _states(self, connection: Connection, ids: Sequence[str]) -> dict[str, State]:
        states: dict[str, State] = {}
        for start in range(0, len(ids), _MAX_PARAMETERS):
            some = ids[start : start + _MAX_PARAMETERS]
            rows = connection.execute(
                sa.select(_DOCUMENTS.c.id, _DOCUMENTS.c.state).where(_DOCUMENTS.c.id.in_(some))
            )
            states.update({row.id: State(row.state) for row in rows})
        return states

    def _row(self, item: Entry, now: str) -> dict[str, Any]:
        row = {name: getattr(item, name) for name in _FIELDS}
        return row | {
            "tenant": self._tenant,
            "state": item.state.value,
            "groups": list(item.groups),
            "updated_at": now,
        }

    def _supersede(self, connection: Connection, arrived: Sequence[Entry], now: str) -> int:
        """How many rows the newly visible ones, at most one of a uri, took the place of."""
        column, count = _DOCUMENTS.c, 0
        gone = [State.SUPERSEDED.value, State.REMOVED.value, State.ERASED.value]
        for start in range(0, len(arrived), _MAX_PARAMETERS // 2):
            some = arrived[start : start + _MAX_PARAMETERS // 2]
            result = connection.execute(
                sa.update(_DOCUMENTS)
                .where(
                    column.tenant == self._tenant,
                    column.uri.in_([item.uri for item in some]),
                    column.id.not_in([item.id for item in some]),
                    column.state.not_in(gone),
                )
                .values(state=State.SUPERSEDED.value, reason="", detail="", updated_at=now)
            )
            count += result.rowcount
        return count


_MAX_PARAMETERS = 500  # SQLite builds may allow as few as 999 in one statement
_UPDATE = (
    sa.update(_DOCUMENTS)
    .where(_DOCUMENTS.c.id == sa.bindparam("_id"))
    .values({name: sa.bindparam(f"_{name}") for name in (*_FIELDS, "tenant") if name != "id"})
)


def _entry(row: Any) -> Entry:
    values = dict(zip(_FIELDS, row, strict=True))
    return Entry(**values | {"state": State(values["state"]), "groups": tuple(values["groups"])})
