"""Fixtures that several rooms share."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from metier.store.database import open_database


def initdb_folder() -> Path | None:
    """Where Postgres' programs are, newest version first, or None."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(versions, key=lambda path: float(path.parts[-3]), reverse=True)
    found = shutil.which("initdb")
    candidates = [*newest, *([Path(found)] if found else [])]
    return candidates[0].parent if candidates else None


def unprivileged() -> list[str] | None:
    """Words before a command that must not run as root; None if there is no way."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        return None
    # 65534 is `nobody` on Linux
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """SQLAlchemy URL of an empty database on a temporary Postgres that ends with the tests."""
    programs, become = initdb_folder(), unprivileged()
    if programs is None:
        pytest.skip("no Postgres on this machine (no initdb); install postgresql to run this test")
    if become is None:
        pytest.skip("Postgres refuses to run as root, and there is no setpriv to become somebody else")
    # not under tmp_path: its folders are closed to the unprivileged user
    base = Path(
        subprocess.run([*become, "mktemp", "-d"], check=True, capture_output=True, text=True).stdout.strip()
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(*words: str) -> None:
        subprocess.run(
            [*become, *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
        )

    run(str(programs / "initdb"), "-D", f"{base}/data", "-U", "metier", "-A", "trust", "--no-sync")
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {base} -c fsync=off"
    run(str(programs / "pg_ctl"), "-D", f"{base}/data", "-l", f"{base}/log", "-w", "-o", options, "start")
    try:
        yield f"postgresql+psycopg://metier@127.0.0.1:{port}/postgres"
    finally:
        run(str(programs / "pg_ctl"), "-D", f"{base}/data", "-m", "immediate", "stop")
        shutil.rmtree(base, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty ledger database, on SQLite and on Postgres."""
    if request.param == "sqlite":
        engine = open_database(f"sqlite:///{tmp_path / 'ledger.db'}", "ledger")
    else:
        url = request.getfixturevalue("postgres_url")
        fresh = create_engine(url)
        with fresh.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        fresh.dispose()
        engine = open_database(url, "ledger")
    yield engine
    engine.dispose()


@pytest.fixture
def memory_ledger_engine() -> Iterator[Engine]:
    """A ledger database that lives in memory: fast, for properties."""
    engine = open_database("sqlite://", "ledger")
    yield engine
    engine.dispose()


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """The folder of two small documents that README speaks of."""
    return write_letters(tmp_path / "letters")


def write_letters(folder: Path) -> Path:
    """Two letters, one of which holds the notice period."""
    folder.mkdir(parents=True)
    (folder / "employment.md").write_text(
        "# Employment letter\n\nDear Ms Weber,\n\nwe are pleased to confirm your employment as a buyer from 1 March "
        "2025. The notice period is six weeks to the end of a quarter. Your annual leave is 30 days.\n",
        encoding="utf-8",
    )
    (folder / "parking.txt").write_text(
        "Parking at the Bremen site\n\nThe car park behind hall 4 opens at 5:30 in the morning. Visitors park in front "
        "of the gate and register at the porter's lodge.\n",
        encoding="utf-8",
    )
    return folder


def metier_command() -> list[str]:
    """How the command line is run in a child process: the installed program of this environment."""
    return [str(Path(sys.executable).parent / "metier")]
