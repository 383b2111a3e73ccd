"""The record of every document: one row per (tenant, uri, content, pipeline), in exactly one state.

The law, true after every transaction: received = the sum of all states. The version grows whenever the visible set
changes; readers keep the visible set by version. Writers hold the workspace's lock, readers need nothing.

On SQLite whole rows go to the driver as tuples, and lists of ids as one JSON value: SQLAlchemy's work on twenty values of
each row was half of what the ledger cost an ingest (docs/design/ledger.md).
"""

import dataclasses
import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from metier.store.database import transaction
from metier.store.entry_rows import FIELDS, SQLITE_PUT, STATES, entry_of, row_of
from metier.types import VISIBLE, Entry, LedgerCount, State

T = TypeVar("T")

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
# groups as they are stored: the same few come in every row
_ENTRY_COLUMNS = tuple(
    sa.type_coerce(_DOCUMENTS.c[name], sa.String) if name == "groups" else _DOCUMENTS.c[name]
    for name in FIELDS
)


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
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._watch: sqlite3.Connection | None = None  # tells whether anything was written since
        self._seen = -1

    def version(self) -> int:
        """The number of commits so far that changed what is visible."""
        with self._engine.connect() as connection:
            return self._version(connection)

    def entry(self, document: str) -> Entry | None:
        """The row of one document."""
        with self._engine.connect() as connection:
            row = connection.execute(self._select().where(_DOCUMENTS.c.id == document)).first()
        return None if row is None else entry_of(row)

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
            query = query.where(_DOCUMENTS.c.tenant == self._tenant, _DOCUMENTS.c.uri == uri)
        with self._engine.connect() as connection:
            return [entry_of(row) for row in connection.execute(query)]

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
            before = self._states(connection, [item.id for item in entries])
            self._put(connection, entries, before, now)
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
            for some in self._pieces(documents):
                # by id alone: with the tenant in it SQLite may walk through all documents of the tenant
                hidden = column.state.not_in([item.value for item in VISIBLE])
                chosen = self._among(column.id, some)
                connection.execute(sa.update(_DOCUMENTS).where(chosen, hidden).values(change))

    def live(self) -> Mapping[str, Entry]:
        """Visible documents by id, as of version(); kept until the version changes."""
        with self._lock:
            seen = self._writes()  # before the rows are looked at: what is written meanwhile is met next time
            if seen is not None and seen == self._seen:
                return self._live[1]
            with self._engine.connect() as connection:
                version = self._version(connection)
                if self._live[0] != version:
                    query = self._select().where(_DOCUMENTS.c.state.in_([state.value for state in VISIBLE]))
                    rows = [entry_of(row) for row in connection.execute(query)]
                    self._live = (version, {item.id: item for item in rows})
            self._seen = -1 if seen is None else seen
            return self._live[1]

    def close(self) -> None:
        """Lets go of what `live` holds open."""
        with self._lock:
            if self._watch is not None:
                self._watch.close()
            self._watch, self._seen = None, -1

    def _writes(self) -> int | None:
        """A number that changes with every write to the file by whatever connection, in a hundredth of the time of a query;
        None where there is no such number."""
        path = self._engine.url.database
        if not self._is_sqlite or not path or path == ":memory:":
            return None
        if self._watch is None:
            self._watch = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        (found,) = self._watch.execute("PRAGMA data_version").fetchone()
        return int(found)

    def _select(self) -> sa.Select[Any]:
        # nearly all rows are of one tenant: joined to nothing, its name keeps the walk along the table and off the index
        return sa.select(*_ENTRY_COLUMNS).where(_DOCUMENTS.c.tenant.concat("") == self._tenant)

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
        for some in self._pieces(ids):
            rows = connection.execute(
                sa.select(_DOCUMENTS.c.id, _DOCUMENTS.c.state).where(self._among(_DOCUMENTS.c.id, some))
            )
            states.update((identity, STATES[state]) for identity, state in rows)
        return states

    def _pieces(self, values: Sequence[T]) -> Iterator[Sequence[T]]:
        """The values, as many at a time as one statement takes."""
        size = max(1, len(values)) if self._is_sqlite else _MAX_PARAMETERS
        return (values[start : start + size] for start in range(0, len(values), size))

    def _among(self, column: sa.ColumnElement[str], values: Sequence[str]) -> sa.ColumnElement[bool]:
        """Whether the column has one of the values."""
        if not self._is_sqlite:
            return column.in_(values)
        given = sa.func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(sa.select(given.c.value))

    def _put(
        self, connection: Connection, entries: Sequence[Entry], before: Mapping[str, State], now: str
    ) -> None:
        """Writes whole rows; those in `before` are there already."""
        if self._is_sqlite:
            connection.exec_driver_sql(SQLITE_PUT, [row_of(item, self._tenant, now) for item in entries])
            return
        if new := [self._row(item, now) for item in entries if item.id not in before]:
            connection.execute(sa.insert(_DOCUMENTS), new)
        if changed := [self._row(item, now) for item in entries if item.id in before]:
            connection.execute(
                _UPDATE, [{f"_{name}": value for name, value in row.items()} for row in changed]
            )

    def _row(self, item: Entry, now: str) -> dict[str, Any]:
        row = {name: getattr(item, name) for name in FIELDS}
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
        for some in self._pieces(arrived):
            result = connection.execute(
                sa.update(_DOCUMENTS)
                .where(
                    column.tenant == self._tenant,
                    self._among(column.uri, [item.uri for item in some]),
                    sa.not_(self._among(column.id, [item.id for item in some])),
                    column.state.not_in(gone),
                )
                .values(state=State.SUPERSEDED.value, reason="", detail="", updated_at=now)
            )
            count += result.rowcount
        return count


_MAX_PARAMETERS = 500
_UPDATE = (
    sa.update(_DOCUMENTS)
    .where(_DOCUMENTS.c.id == sa.bindparam("_id"))
    .values({name: sa.bindparam(f"_{name}") for name in (*FIELDS, "tenant") if name != "id"})
)
