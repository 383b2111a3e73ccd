from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from metier.errors import UserError
from metier.store.database import open_database
from metier.store.vault import SealedSuite, VaultStore

KEY = b"k" * 32


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = open_database(f"sqlite:///{tmp_path / 'vault.db'}", "vault")
    store = VaultStore(engine, lambda: "now")
    assert store.current() is None
    store.append(KEY, "create", 1, "suite", {"cases": 1}, SealedSuite(1, b"\1", 1, 2, 0.05, "s", [["a"]]))
    store.append(KEY, "look", 1, "configuration", {"word": "pass"})
    return engine


def test_the_newest_generation_and_the_chain_come_back(engine: Engine) -> None:
    store = VaultStore(engine)
    store.check(KEY)
    assert store.current() == SealedSuite(1, b"\1", 1, 2, 0.05, "s", [["a"]])
    assert [row["kind"] for row in store.rows()] == ["create", "look"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE chain SET subject = 'x' WHERE sequence = 1",
        "UPDATE chain SET data = '{}' WHERE sequence = 2",
        "DELETE FROM chain WHERE sequence = 1",
        "DELETE FROM chain WHERE sequence = 2",
        "DELETE FROM chain",
        "DELETE FROM tip",
    ],
)
def test_every_change_without_the_key_shows_and_stops_further_rows(engine: Engine, change: str) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text(change))
    store = VaultStore(engine)
    with pytest.raises(UserError, match="ledger does not hold"):
        store.check(KEY)
    with pytest.raises(UserError, match="ledger does not hold"):
        store.append(KEY, "look", 1, "c", {})


def test_another_key_shows(engine: Engine) -> None:
    with pytest.raises(UserError, match="another key"):
        VaultStore(engine).check(b"o" * 32)
