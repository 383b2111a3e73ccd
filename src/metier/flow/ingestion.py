"""What the ingest journey needs, and the few words its two halves share."""

import errno
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from metier.stages import Chunker, Connector, DocumentStore, Embedder, Extractor, Ledger, PassageStore
from metier.types import State

GONE = (State.SUPERSEDED, State.REMOVED, State.ERASED)
NO_ROOM = (errno.EFBIG, errno.ENOSPC, errno.EDQUOT)
NO_SOURCE = frozenset({"folder_missing", "folder_empty"})  # failures of a source whose documents are kept


class CoveringConnector(Connector, Protocol):
    """A connector that can tell whether a document would come from it: what it covers and does not find is gone."""

    def covers(self, uri: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Ingestion:
    """Everything the journey needs."""

    connectors: Sequence[CoveringConnector]
    ledger: Ledger
    documents: DocumentStore
    extractor: Extractor
    chunker: Chunker
    embedders: Mapping[str, Embedder]  # by name of the vector column
    passages: PassageStore
    slots: int
    max_bytes: int
    tenant: str = "default"
    clock: Callable[[], float] = time.monotonic

    @property
    def pipeline(self) -> str:
        """Hash of everything that decides what a document's passages are; a change reads all documents again. Embedders do not:
        they are pinned in the table, which is built anew from what was read."""
        return hash_of(self.extractor.identity, self.chunker.identity)[:16]


def no_room(error: OSError) -> str:
    """The message for a full disk."""
    return (
        f"no room left to write {error.filename or 'the workspace'} ({error.strerror}); free some space and run "
        "`metier ingest` again: it goes on where it stopped, nothing is lost"
    )


def hash_of(*parts: str) -> str:
    """sha256 hex of the parts; no two different lists of parts without NUL share it."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
