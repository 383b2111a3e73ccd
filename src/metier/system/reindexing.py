"""Building the index of a workspace anew: also of one that cannot be opened, since its index was built with another embedder or
is damaged."""

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from metier.chunk.structure import StructureChunker
from metier.errors import UserError
from metier.extract.sandbox import SandboxExtractor
from metier.flow.ingestion import hash_of
from metier.flow.reindex import Reindexing, ReindexReport, reindex
from metier.models.open import open_embedder
from metier.settings import Settings, load_settings
from metier.stages import Embedder
from metier.store.audit import FileAudit
from metier.store.database import open_database
from metier.store.documents import FileDocuments
from metier.store.files import size_of
from metier.store.ledger import SqlLedger
from metier.store.passage_schema import pinned, why_not
from metier.store.passages import LancePassages
from metier.store.place import TablePlace
from metier.store.serving import ServedPassages
from metier.store.workspace import Workspace, find_workspace
from metier.system.deep import open_e5, sentences_of
from metier.system.intake import available_cores
from metier.types import Document, Entry, Failure, Progress

_LOG = logging.getLogger(__name__)
# Of 256 numbers a vector and 120 words: 2.5 kB in the table and once more while it is compacted, 4.4 kB in the snapshot.
_BYTES_PER_PASSAGE, _BYTES_LEAST = 10_000, 20 << 20
_MB = 1 << 20


@dataclass(frozen=True, slots=True)
class ReindexPlan:
    """What building anew would do, and takes."""

    why: str  # what is wrong with the table that answers now; empty if nothing is known to be
    documents: int
    passages: int
    begun: bool  # a run before was stopped: this one goes on with what it built
    needs_bytes: int  # on disk, beside what is there
    free_bytes: int

    @property
    def is_possible(self) -> bool:
        """Whether there is room for it."""
        return self.free_bytes >= self.needs_bytes

    @property
    def room(self) -> str:
        """What it needs and has, for people."""
        return f"{self.needs_bytes / _MB:,.0f} MB of disk beside the index there is; {self.free_bytes / _MB:,.0f} MB are free"


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What was done."""

    plan: ReindexPlan
    built: ReindexReport
    sentences: str  # what became of the sentence vectors, for people; empty if there are none on this machine


class Reindexer:
    """Builds the index of the workspace at or above a folder anew. The workspace need not be open, nor fit to be opened."""

    def __init__(self, start: Path) -> None:
        """Raises UserError if there is no workspace or its settings are wrong."""
        self.workspace: Workspace = find_workspace(start)
        self.workspace.create()
        self._settings: Settings = load_settings(self.workspace.settings)
        self._engine = open_database(self.workspace.database_url("ledger"), "ledger")
        self._ledger = SqlLedger(self._engine)
        self._embedders: dict[str, Embedder] = {"static": open_embedder(self._settings.models.static)}
        self._chunker = StructureChunker()
        self._documents = FileDocuments(self.workspace.blobs, self.workspace.documents)
        self._extractor: SandboxExtractor | None = None
        self._place = TablePlace(self.workspace.passages)

    def plan(self) -> ReindexPlan:
        """What `run` would do. Changes nothing."""
        live = self._ledger.live().values()
        passages = sum(entry.passages for entry in live)
        there = size_of(self._building)
        return ReindexPlan(
            why=why_not(self.workspace.passages, self._embedders),
            documents=len(live),
            passages=passages,
            begun=bool(there),
            needs_bytes=max(0, _BYTES_LEAST + passages * _BYTES_PER_PASSAGE - there),
            free_bytes=shutil.disk_usage(self.workspace.state).free,
        )

    def run(
        self,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Reindexed:
        """Builds a table beside the one that answers, and lets it take its place; a run that is stopped is gone on with by the next.
        Raises Busy if another process writes, UserError if there is no room."""
        workspace = self.workspace
        with workspace.writing("reindex"):
            self._place.remove_replaced()
            self._place.remove_begun(but=self._building)
            plan = self.plan()
            if not plan.is_possible:
                raise UserError(
                    f"{workspace.state}: building the index anew needs {plan.room}. Free some space first"
                )
            table = self._open_building()
            parts = Reindexing(
                ledger=self._ledger,
                documents=self._documents,
                extract=self._extract,
                chunker=self._chunker,
                embedders=self._embedders,
                built=table,
                slots=self._slots,
            )
            built = reindex(parts, on_progress, lambda: should_stop() or workspace.cancel_request.exists())
            if built.interrupted:
                return Reindexed(plan, built, "")
            # before the switch: a kill in between leaves less to be found by sentences, and nothing that is wrong
            told = self._keep_sentences(table)
            self._place.switch(self._building)
            self._serve()
        summary = {"why": plan.why, "documents": built.documents, "failed": len(built.failures)}
        FileAudit(workspace.audit).append("reindex", "", "operator", summary)
        return Reindexed(plan, built, told)

    @property
    def _building(self) -> Path:
        told = [f"{name}={identity}" for name, identity in sorted(pinned(self._embedders).items())]
        return self._place.building(hash_of(*told, self._chunker.identity)[:8])

    @property
    def _slots(self) -> int:
        return self._settings.extract.workers or available_cores()

    def _open_building(self) -> LancePassages:
        """What a run before has built, if that is whole."""
        folder = self._building
        if why_not(folder, self._embedders):
            shutil.rmtree(folder, ignore_errors=True)
        return LancePassages(folder, self._embedders)

    def _extract(self, entry: Entry) -> Document | Failure:
        path = self._documents.blob(entry.sha256)
        if not path.exists():
            detail = (
                f"what was read of {entry.uri} and its kept bytes are missing; `metier ingest` reads it again"
            )
            return Failure(entry.uri, "extract", "blob_missing", detail, retry=True)
        if self._extractor is None:
            self._extractor = SandboxExtractor(
                self._settings.extract, self._slots, spool=self.workspace.reading
            )
        return self._extractor.extract(entry.id, entry.uri, path)

    def _keep_sentences(self, table: LancePassages) -> str:
        """Removes sentence vectors of passages that are not in the new table, all if another model made them."""
        self.workspace.begun_sentences.unlink(missing_ok=True)  # of passages as they were cut before
        if (model := open_e5()) is None or not self.workspace.sentences.exists():
            return ""
        try:
            sentences = sentences_of(self.workspace, model)
            if sentences.renew():
                return "sentence vectors were another model's: they are made anew"
            gone = sentences.delete_beyond(set(table.passage_ids()))
        except (UserError, RuntimeError) as error:
            _LOG.warning("sentence vectors are made anew: %s", error)
            shutil.rmtree(self.workspace.sentences, ignore_errors=True)
            return "sentence vectors could not be read: they are made anew"
        return (
            f"sentence vectors of {gone} documents are made anew, the others kept"
            if gone
            else "sentence vectors are kept"
        )

    def _serve(self) -> None:
        """Makes the snapshot that questions are answered from; until there is one, and if it cannot be made, the table answers."""
        table = LancePassages(self.workspace.passages, self._embedders)
        served = ServedPassages(table, self.workspace.snapshots, self._settings.retrieve.memory_mb)
        try:
            served.refresh()
        except (OSError, ValueError, RuntimeError, MemoryError) as error:
            _LOG.warning("no snapshot was made, the table answers: %s", error)

    def close(self) -> None:
        """Ends child processes and closes the ledger."""
        if self._extractor is not None:
            self._extractor.close()
        self._ledger.close()
        self._engine.dispose()

    def __enter__(self) -> "Reindexer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
