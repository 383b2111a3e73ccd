"""Bytes of sources by content, and what was read from them by document id.

`blobs/<sha256[:2]>/<sha256>` and `documents/<id>.json.zst`. Both are written before the ledger says so.
"""

import hashlib
import os
import uuid
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import zstandard
from pydantic import TypeAdapter, ValidationError

from metier.store.files import sync_files, sync_folders, write_all_durably
from metier.types import Document

_DOCUMENT = TypeAdapter(Document)
_CHUNK = 1 << 20


class FileDocuments:
    """Implements stages.DocumentStore in two folders."""

    def __init__(self, blobs: Path, documents: Path) -> None:
        self._blobs = blobs
        self._documents = documents
        self._unsynced: set[Path] = set()
        self._writer: ThreadPoolExecutor | None = None
        self._begun: dict[str, tuple[Document, Future[None]]] = {}  # by id, until they are put

    def put_blob(self, path: Path) -> tuple[str, int]:
        """(sha256 hex, size) of a file whose bytes are kept, durably once sync_blobs() was called.

        Raises OSError if it cannot be read or kept."""
        digest, size = hashlib.sha256(), 0
        temporary = self._blobs / f".{uuid.uuid4().hex}.part"
        self._blobs.mkdir(parents=True, exist_ok=True)
        placed = False
        try:
            with path.open("rb") as source, temporary.open("wb") as copy:
                while block := source.read(_CHUNK):
                    digest.update(block)
                    size += len(block)
                    copy.write(block)
            sha256 = digest.hexdigest()
            target = self.blob(sha256)
            target.parent.mkdir(exist_ok=True)
            # also where it is there already: what a power cut left may have the right size and the wrong bytes
            if target.exists():
                # a live document may rest on it: never replaced by bytes that a power cut can take
                sync_files([temporary])
            os.replace(temporary, target)
            placed = True
            self._unsynced.add(target)
        finally:
            if not placed:
                temporary.unlink(missing_ok=True)
        return sha256, size

    def sync_blobs(self) -> None:
        """Makes all blobs put so far survive a power cut; many at once cost little more than one."""
        pending, self._unsynced = self._unsynced, set()
        if pending:
            sync_files(pending)
            sync_folders({folder for path in pending for folder in (path.parent, self._blobs)})

    def blob(self, sha256: str) -> Path:
        """Where the bytes with this sha256 are, or would be."""
        return self._blobs / sha256[:2] / sha256

    def begin_documents(self, documents: Sequence[Document]) -> None:
        """Starts to write them while the caller goes on; they are on disk when `put_documents` of them returns."""
        if not documents:
            return
        if self._writer is None:
            self._writer = ThreadPoolExecutor(1, thread_name_prefix="metier-documents")
        writing = self._writer.submit(self._write, documents)
        self._begun |= {item.id: (item, writing) for item in documents}

    def put_documents(self, documents: Sequence[Document]) -> None:
        """Writes those that were not begun; on return all survive a power cut. Raises OSError if one cannot be kept."""
        begun = [found for item in documents if (found := self._begun.pop(item.id, None))]
        for writing in {writing for _, writing in begun}:
            writing.result()
        written = {id(item) for item, _ in begun}
        self._write([item for item in documents if id(item) not in written])

    def _write(self, documents: Sequence[Document]) -> None:
        compress = zstandard.ZstdCompressor(level=3).compress
        write_all_durably({self._path(item.id): compress(_DOCUMENT.dump_json(item)) for item in documents})

    def document(self, document: str) -> Document | None:
        """What was read, or None if nothing (whole) is kept under this id."""
        try:
            data = self._path(document).read_bytes()
            return _DOCUMENT.validate_json(zstandard.ZstdDecompressor().decompress(data))
        except (FileNotFoundError, zstandard.ZstdError, ValidationError):
            return None

    def delete_documents(self, documents: Iterable[str]) -> None:
        """Forgets what was read; the source bytes stay (other documents may share them)."""
        for document in documents:
            self._path(document).unlink(missing_ok=True)

    def delete_leftovers(self) -> None:
        """Removes half-written files of a killed process. Only the one writer may call it."""
        for folder in (self._blobs, self._documents):
            for path in folder.glob(".*.part"):
                path.unlink(missing_ok=True)

    def _path(self, document: str) -> Path:
        return self._documents / f"{document}.json.zst"
