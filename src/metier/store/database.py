"""One SQLAlchemy engine per database, with its schema brought up to date on opening.

SQLite runs in WAL mode with synchronous=FULL: NORMAL lost acknowledged rows in 802 of 1,000 simulated power cuts, FULL
in none (docs/design/ledger.md); callers therefore commit in batches. Postgres works by URL with the extra `postgres`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, OperationalError

from metier.errors import UserError

Name = Literal["ledger", "answers", "feedback", "vault"]

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_TIMEOUT_MS = 30_000  # how long SQLite waits for another process' transaction


def open_database(url: str, name: Name) -> Engine:
    """An engine whose schema `name` is current. Raises UserError if the database cannot be opened or is newer."""
    try:
        engine = create_engine(url)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _set_pragmas)
        _upgrade(engine, name)
    except (OperationalError, DBAPIError) as error:
        reason = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
        full = "; is the disk full? `metier doctor` says how much is free" if _is_full(error.orig) else ""
        raise UserError(f"the {name} database {_where(engine)} cannot be opened: {reason}{full}") from None
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise UserError(
            f"the {name} database needs a driver: {error}; for Postgres install metier[postgres]"
        ) from None
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction, committed at the end. Raises UserError, with nothing written, if there is no room for it."""
    try:
        with engine.begin() as connection:
            yield connection
    except OperationalError as error:
        if not _is_full(error.orig):
            raise
        raise UserError(
            f"no room left to write {_where(engine)} ({error.orig}); free some space and run the command again: it goes on where "
            "it stopped, nothing is lost"
        ) from error


def _where(engine: Engine) -> str:
    """The file, or the address without its password."""
    is_file = engine.dialect.name == "sqlite" and engine.url.database
    return str(engine.url.database) if is_file else engine.url.render_as_string(hide_password=True)


def _is_full(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):
        # the rest of an extended code says which call failed
        primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return primary in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
    return getattr(error, "sqlstate", None) == "53100"  # Postgres: disk_full


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _upgrade(engine: Engine, name: Name) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("version_locations", str(_MIGRATIONS / name).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    script = ScriptDirectory.from_config(config)
    table = f"alembic_version_{name}"
    with engine.connect() as connection:
        current = MigrationContext.configure(connection, opts={"version_table": table}).get_current_revision()
    if current == script.get_current_head():
        return
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise UserError(
            f"the {name} database was written by a newer metier (schema {current}); install that version or newer"
        )
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # Python's driver opens no transaction for DDL: without this a kill leaves tables without their revision,
            # and every later start fails with "table documents already exists"
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        config.attributes["version_table"] = table
        command.upgrade(config, "head")
