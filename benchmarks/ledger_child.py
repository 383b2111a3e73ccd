"""One ingest of texts in a process of its own, to be killed; says as lines of JSON how far it is.

    python -m benchmarks.ledger_child STATE FOLDER

The journey, the ledger and the document files are the real ones; reading costs nothing: a text is its own document and one passage, there are no vectors, and passages are rows of SQLite. Texts that begin with
"poison" cannot be read. Lines: {"event": "begin" | "first" | "progress" | "end", "seconds", "done", "total", "ledger_s", ...}.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from metier.connect.folder import Folder
from metier.flow.ingest import ingest
from metier.flow.ingestion import Ingestion
from metier.stages import Vectors
from metier.store.database import open_database
from metier.store.documents import FileDocuments
from metier.store.ledger import SqlLedger
from metier.types import Document, Failure, Page, Passage, Progress

POISON = "poison"
_SAID_EVERY_S = 0.01


class Said:
    """Progress as lines of JSON, with the seconds since the start of the process."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._last = 0.0
        self.extra: Callable[[], dict[str, Any]] = dict

    def say(self, event: str, **values: object) -> None:
        """One line."""
        row = {"event": event, "seconds": time.perf_counter() - self._began, **values, **self.extra()}
        print(json.dumps(row), flush=True)

    def progress(self, now: Progress) -> None:
        """At most a hundred lines a second, and one for the last document."""
        at = time.perf_counter()
        if at - self._last >= _SAID_EVERY_S or 0 < now.done == now.total:
            self._last = at
            self.say("progress", done=now.done, total=now.total, left_s=now.seconds_left)


class Timed:
    """A ledger whose calls are timed."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._ledger = ledger
        self.seconds, self.calls = 0.0, 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._ledger, name)

        def call(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return method(*arguments, **named)
            finally:
                self.seconds += time.perf_counter() - began
                self.calls += 1

        return call


class TrivialExtractor:
    """Implements stages.Extractor on texts."""

    identity = "trivial-1"

    def __init__(self, on_first: Callable[[], None]) -> None:
        self._on_first: Callable[[], None] | None = on_first

    def extract(self, document_id: str, uri: str, path: Path) -> Document | Failure:
        """The text as one page; a Failure for poison."""
        first, self._on_first = self._on_first, None
        if first is not None:
            first()
        text = path.read_text(encoding="utf-8")
        if text.startswith(POISON):
            return Failure(uri, "extract", "corrupt", f"{uri} is poison")
        page = Page(1, 0, 0, 0, len(text))
        return Document(document_id, uri, uri, "en", "text/plain", text, (page,), (), "trivial")

    def close(self) -> None: ...


class WholeText:
    """Implements stages.Chunker: a document is one passage."""

    identity = "whole-1"

    def split(self, document: Document, groups: tuple[str, ...]) -> list[Passage]:
        """The one passage."""
        d = document
        return [
            Passage(
                f"{d.id}.0", d.id, d.uri, d.title, 1, 0, len(d.text), d.text, (), "text", "en", "", groups
            )
        ]


class RowPassages:
    """Implements stages.PassageStore as a table of SQLite: the ids alone."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("CREATE TABLE IF NOT EXISTS passages (id TEXT PRIMARY KEY, document TEXT)")

    def prepare(self, passages: Sequence[Passage]) -> None: ...

    def add(self, passages: Sequence[Passage], vectors: Mapping[str, Vectors]) -> None:
        """Rows of their own ids: what a killed run wrote is written again."""
        with self._database:
            rows = [(passage.id, passage.document) for passage in passages]
            self._database.executemany("INSERT OR REPLACE INTO passages VALUES (?, ?)", rows)

    def delete_documents(self, documents: Iterable[str]) -> None:
        """Deletes their rows."""
        with self._database:
            self._database.executemany("DELETE FROM passages WHERE document = ?", [(d,) for d in documents])

    def documents(self) -> set[str]:
        """Documents that have rows."""
        return {row[0] for row in self._database.execute("SELECT DISTINCT document FROM passages")}

    def regroup(self, documents: Mapping[str, tuple[str, ...]]) -> None: ...

    def optimize(self) -> None: ...


def trivial(state: Path, folder: Path) -> None:
    """Ingests the texts of the folder."""
    said = Said()
    state.mkdir(parents=True, exist_ok=True)
    ledger = Timed(SqlLedger(open_database(f"sqlite:///{state / 'ledger.db'}", "ledger")))
    said.extra = lambda: {"ledger_s": ledger.seconds, "calls": ledger.calls}
    documents = FileDocuments(state / "blobs", state / "documents")
    for part in (state / "blobs", state / "documents"):
        part.mkdir(exist_ok=True)
    documents.delete_leftovers()
    parts = Ingestion(
        connectors=[Folder(folder, ["**/*"], [], lambda uri: ("all",))],
        ledger=ledger,
        documents=documents,
        extractor=TrivialExtractor(lambda: said.say("first")),
        chunker=WholeText(),
        embedders={},
        passages=RowPassages(state / "passages.db"),
        slots=2,
        max_bytes=1 << 20,
    )
    said.say("begin")
    report = ingest(parts, said.progress)
    said.say("end", done=report.done, found=report.found, journey_s=report.seconds)


if __name__ == "__main__":
    trivial(Path(sys.argv[1]), Path(sys.argv[2]))
