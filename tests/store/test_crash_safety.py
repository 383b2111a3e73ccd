"""What a killed process or a power cut leaves behind is no obstacle to the next start (found by benchmarks.crash)."""

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event

from metier.errors import UserError
from metier.stages import Vectors
from metier.store import files
from metier.store.database import open_database
from metier.store.documents import FileDocuments
from metier.store.ledger import SqlLedger
from metier.store.passages import LancePassages
from metier.store.releases import FileReleases
from metier.store.sentences import LanceSentences
from metier.types import Entry, Passage, State


class Embedder:
    identity, dimension = "test", 2

    def embed_passages(self, texts: list[str]) -> Vectors:
        return np.ones((len(texts), 2), dtype=np.float32)

    embed_queries = embed_passages


class Killed(BaseException):
    pass


def passage(number: int) -> Passage:
    return Passage(f"p{number}", "d", "a.txt", "A", 1, 0, 4, "text", (), "text", "en", "", ("all",))


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Inodes of what was synced."""
    inodes: set[int] = set()
    real = os.fsync

    def fsync(handle: int) -> None:
        inodes.add(os.fstat(handle).st_ino)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    return inodes


def not_synced(folder: Path, synced: set[int]) -> list[str]:
    paths = (folder, *folder.rglob("*"))
    return [str(path.relative_to(folder)) for path in paths if path.stat().st_ino not in synced]


@pytest.mark.parametrize("at", ["CREATE INDEX", "INSERT INTO alembic_version"])
def test_a_kill_while_the_schema_is_made_leaves_no_tables_behind(tmp_path: Path, at: str) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"

    def kill(
        connection: Connection,
        cursor: object,
        statement: str,
        parameters: object,
        context: object,
        many: bool,
    ) -> None:
        if statement.strip().startswith(at):
            raise Killed

    event.listen(Engine, "before_cursor_execute", kill)
    try:
        with pytest.raises(Killed):
            open_database(url, "ledger")
    finally:
        event.remove(Engine, "before_cursor_execute", kill)
    engine = open_database(url, "ledger")
    assert "documents" in sa.inspect(engine).get_table_names()
    engine.dispose()


@pytest.mark.parametrize("made", [".", "_versions", "_transactions"])
def test_a_kill_while_the_table_is_made_leaves_a_folder_that_is_taken_over(tmp_path: Path, made: str) -> None:
    folder = tmp_path / "passages.lance"
    (folder / made).mkdir(parents=True)
    assert LancePassages(folder, {"static": Embedder()}).count() == 0


def test_a_half_made_table_of_sentences_is_taken_over_and_a_torn_one_named(tmp_path: Path) -> None:
    folder = tmp_path / "sentences.lance"
    (folder / "_versions").mkdir(parents=True)
    assert LanceSentences(folder, Embedder()).documents() == set()
    for path in (folder / "_versions").glob("*.manifest"):
        path.write_bytes(b"")
    with pytest.raises(UserError, match="`metier reindex` computes it again"):
        LanceSentences(folder, Embedder())


def test_passages_are_on_disk_when_add_returns(tmp_path: Path, synced: set[int]) -> None:
    folder = tmp_path / "passages.lance"
    table = LancePassages(folder, {"static": Embedder()})
    for number in range(2):
        table.add([passage(number)], {"static": np.ones((1, 2), dtype=np.float32)})
        assert [name for name in not_synced(folder, synced) if not name.endswith("hint.json")] == []
    table.optimize()
    table.regroup({"d": ("none",)})
    table.delete_documents(["d"])
    assert [name for name in not_synced(folder, synced) if not name.endswith("hint.json")] == []


def test_bytes_that_are_kept_are_replaced_by_synced_ones_alone(tmp_path: Path, synced: set[int]) -> None:
    documents = FileDocuments(tmp_path / "blobs", tmp_path / "documents")
    (tmp_path / "a.txt").write_bytes(b"the same bytes")
    sha256, _ = documents.put_blob(tmp_path / "a.txt")
    assert documents.blob(sha256).stat().st_ino not in synced
    documents.sync_blobs()
    assert documents.blob(sha256).stat().st_ino in synced
    documents.put_blob(tmp_path / "a.txt")  # touched, or a second file with these bytes
    assert documents.blob(sha256).stat().st_ino in synced


def test_new_groups_for_what_is_visible_do_not_end_its_successor(tmp_path: Path) -> None:
    ledger = SqlLedger(open_database(f"sqlite:///{tmp_path / 'ledger.db'}", "ledger"))
    old = Entry("old", "a.txt", "1", "p", State.LIVE, groups=("all",))
    ledger.advance([old])
    ledger.advance([Entry("new", "a.txt", "2", "p", State.RECEIVED)])
    ledger.advance([dataclasses.replace(old, groups=("board",))])
    assert {row.id: row.state for row in ledger.entries()} == {"old": State.LIVE, "new": State.RECEIVED}
    ledger.advance([Entry("new", "a.txt", "2", "p", State.LIVE)])
    assert {row.id: row.state for row in ledger.entries()} == {"old": State.SUPERSEDED, "new": State.LIVE}


def test_a_release_is_on_disk_before_it_is_live(tmp_path: Path, synced: set[int]) -> None:
    (tmp_path / "releases").mkdir()
    releases = FileReleases(tmp_path / "releases", tmp_path / "live")
    releases.install_release_0()
    assert not_synced(tmp_path / "releases", synced) == []


def test_a_torn_table_is_named_with_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "passages.lance"
    table = LancePassages(folder, {"static": Embedder()})
    table.add([passage(1)], {"static": np.ones((1, 2), dtype=np.float32)})
    for path in (folder / "data").iterdir():
        path.write_bytes(b"")
    with pytest.raises(UserError, match="`metier reindex` builds it anew"):
        LancePassages(folder, {"static": Embedder()}).documents()
    for path in (folder / "_versions").glob("*.manifest"):
        path.write_bytes(b"")
    with pytest.raises(UserError, match="`metier reindex` builds it anew"):
        LancePassages(folder, {"static": Embedder()})


def test_sync_new_syncs_each_file_once_and_the_folders_that_name_it(tmp_path: Path, synced: set[int]) -> None:
    folder = tmp_path / "made" / "inner"
    folder.mkdir(parents=True)
    (folder / "a").write_bytes(b"a")
    done: set[Path] = set()
    files.sync_new(tmp_path / "made", done)
    assert done == {folder / "a"}
    assert not_synced(tmp_path, synced) == []
    synced.clear()
    files.sync_new(tmp_path / "made", done)
    assert synced == set()
