"""Databases are brought up to date on opening, or refuse with a remedy."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import create_engine

from metier.errors import UserError
from metier.store import database
from metier.store.database import Name, open_database, transaction

NAMES: tuple[Name, ...] = ("ledger", "answers", "feedback")


@pytest.mark.parametrize("name", NAMES)
def test_tables_have_the_columns_that_are_written(tmp_path: Path, name: Name) -> None:
    from metier.store import answers, feedback, ledger

    tables = {"ledger": ledger._DOCUMENTS, "answers": answers._ANSWERS, "feedback": feedback._FEEDBACK}
    engine = open_database(f"sqlite:///{tmp_path / 'x.db'}", name)
    columns = sa.inspect(engine).get_columns(tables[name].name)
    assert [column["name"] for column in columns if column["name"] != "tenant"] == [
        column.name for column in tables[name].columns if column.name != "tenant"
    ] or {column["name"] for column in columns} == {column.name for column in tables[name].columns}
    engine.dispose()


def test_the_three_live_together_in_one_postgres(postgres_url: str) -> None:
    engines = [open_database(postgres_url, name) for name in NAMES]
    tables = set(sa.inspect(engines[0]).get_table_names())
    assert {"documents", "versions", "answers", "feedback"} <= tables
    for engine in engines:
        engine.dispose()


def test_sqlite_is_opened_as_measured(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'x.db'}", "ledger")
    with engine.connect() as connection:
        read = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous")
        }
    assert read == {"journal_mode": "wal", "synchronous": 2}  # 2 = FULL
    engine.dispose()


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    open_database(url, "ledger").dispose()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version_ledger SET version_num = 'ledger_9999'")
    engine.dispose()
    with pytest.raises(UserError, match="newer metier"):
        open_database(url, "ledger")


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\x00" + b"\xff" * 200])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"ledger database .*x\.db.* cannot be opened"):
        open_database(f"sqlite:///{path}", "ledger")


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(UserError, match="cannot be opened") as caught:
        open_database("postgresql+psycopg://me:secret@127.0.0.1:1/x?connect_timeout=2", "ledger")
    assert "secret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def test_a_missing_driver_is_named() -> None:
    with pytest.raises(UserError, match=r"metier\[postgres\]"):
        open_database("postgresql+nodriver://x", "ledger")


def test_several_processes_open_a_new_database_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from metier.store.database import open_database\n"
        "from metier.store.ledger import SqlLedger\n"
        "print(SqlLedger(open_database(sys.argv[1], 'ledger')).version())\n"
    )
    url = f"sqlite:///{tmp_path / 'x.db'}"
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code, url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    results = [worker.communicate() for worker in workers]
    assert [out for out, _ in results] == ["0\n"] * 4, results


def test_a_disk_that_is_full_on_opening_is_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = sqlite3.OperationalError("disk I/O error")
    full.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE

    def fail(*_: object) -> None:
        raise sa.exc.OperationalError("PRAGMA", None, full)

    monkeypatch.setattr(database, "_upgrade", fail)
    with pytest.raises(UserError, match=r"x\.db cannot be opened: disk I/O error; is the disk full\?"):
        open_database(f"sqlite:///{tmp_path / 'x.db'}", "ledger")


def test_no_room_is_a_problem_of_the_user(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'x.db'}", "feedback")
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

    def limit(connection: object, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]

    engine.dispose()
    sa.event.listen(engine, "connect", limit)
    with pytest.raises(UserError, match=r"no room left to write .*x\.db"), transaction(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE big AS SELECT zeroblob(1000000)")
    engine.dispose()


def test_other_errors_of_a_transaction_are_ours(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'x.db'}", "feedback")
    with pytest.raises(sa.exc.OperationalError, match="no such table"), transaction(engine) as connection:
        connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")
    engine.dispose()
