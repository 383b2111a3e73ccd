"""Bytes by content, documents by id; both come back as they were."""

import errno
import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metier.store.documents import FileDocuments
from metier.types import Block, Box, Cell, Document, Page, Word, Words
from tests.fakes import document


@pytest.fixture
def store(tmp_path: Path) -> FileDocuments:
    for name in ("blobs", "documents"):
        (tmp_path / name).mkdir()
    return FileDocuments(tmp_path / "blobs", tmp_path / "documents")


@pytest.mark.parametrize("data", [b"", b"x", b"a" * (1 << 20), b"\0\xff" * 700_000])
def test_bytes_are_kept_under_their_hash(store: FileDocuments, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "source").write_bytes(data)
    sha256, size = store.put_blob(tmp_path / "source")
    assert (sha256, size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert store.blob(sha256).read_bytes() == data
    assert store.put_blob(tmp_path / "source") == (sha256, size)
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == [store.blob(sha256)]


def test_a_torn_blob_is_replaced(store: FileDocuments, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"whole")
    sha256, _ = store.put_blob(tmp_path / "source")
    store.blob(sha256).write_bytes(b"who")
    store.put_blob(tmp_path / "source")
    assert store.blob(sha256).read_bytes() == b"whole"


def test_a_source_that_is_gone_raises_and_leaves_nothing(store: FileDocuments, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.put_blob(tmp_path / "gone")
    assert list((tmp_path / "blobs").rglob("*")) == []


def test_everything_of_a_document_comes_back(store: FileDocuments) -> None:
    box = Box(1, 1.5, 2.0, 3.25, 4.0)
    cell = Cell(0, 1, "1.000 €", 5, 12, True, 2, 3, box)
    block = Block("d.0", "table", 0, 1, 0, 12, box, 0, ("Teil", "Ü"), (cell,))
    page = Page(1, 595.0, 842.0, 0, 12, Words.of(1, [Word(0, 4, box)]), "Sheet 1")
    full = Document(
        "d",
        "a.pdf",
        "T",
        "de",
        "application/pdf",
        "text 1.000 €",
        (page,),
        (block,),
        "e",
        "2025-01-01",
        ("w",),
    )
    store.put_documents([full, document("e", "b.txt", "other")])
    assert store.document("d") == full
    store.delete_documents(["d", "never there"])
    assert store.document("d") is None
    assert store.document("e") is not None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200))
def test_any_text_comes_back(store: FileDocuments, text: str) -> None:
    store.put_documents([document("d", "a.txt", text)])
    found = store.document("d")
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-3], lambda data: b"", lambda data: data + b"x", lambda data: b"{}"]
)
def test_a_damaged_document_is_none_rather_than_wrong(
    store: FileDocuments, tmp_path: Path, damage: object
) -> None:
    whole = document("d", "a.txt", "text " * 50)
    store.put_documents([whole])
    path = tmp_path / "documents" / "d.json.zst"
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    assert store.document("d") in (None, whole)


def test_leftovers_of_a_killed_process_are_removed(store: FileDocuments, tmp_path: Path) -> None:
    for name in ("blobs/.1234.part", "documents/.d.json.zst.77.part"):
        (tmp_path / name).write_bytes(b"half")
    store.delete_leftovers()
    assert list(tmp_path.rglob("*.part")) == []


def test_documents_that_were_begun_are_there_when_they_are_put(store: FileDocuments) -> None:
    first, other, late = document("a", "a", "one"), document("a", "a", "two"), document("b", "b", "3")
    store.begin_documents([first])
    store.put_documents([first, late])
    assert (store.document("a"), store.document("b")) == (first, late)
    store.begin_documents([first])
    store.put_documents([other])  # the same document, read anew: what was begun is not taken for it
    assert store.document("a") == other
    store.begin_documents([])


def test_what_went_wrong_while_documents_were_written_is_raised_when_they_are_put(
    store: FileDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(files: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    item = document("a", "a", "one")
    with monkeypatch.context() as patch:
        patch.setattr("metier.store.documents.write_all_durably", full)
        store.begin_documents([item])
        with pytest.raises(OSError, match="No space"):
            store.put_documents([item])
    store.put_documents([item])
    assert store.document("a") == item
