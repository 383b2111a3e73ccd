"""Crash bugs to be planted in a copy of the package, each by exact replacement of source text."""

import compileall
import shutil
from dataclasses import dataclass
from pathlib import Path

import metier.errors

PACKAGE = Path(metier.errors.__file__).parent


class Stale(Exception):
    """A text to be replaced is not in the source: the code changed, and the bug must be written anew."""


@dataclass(frozen=True, slots=True)
class Bug:
    """A name, what is wrong, and (file, old text, new text) that makes it so."""

    name: str
    says: str
    patches: tuple[tuple[str, str, str], ...]


def copy_package(target: Path, bug: Bug | None = None) -> Path:
    """The folder for PYTHONPATH with a copy of the package, and the bug in it. Raises Stale if a text is missing."""
    # compiled files, too: they go by the source's time stamp and size; not those that another process still writes
    shutil.copytree(PACKAGE, target / "metier", ignore=shutil.ignore_patterns("*.pyc.*"))
    for file, old, new in bug.patches if bug else ():
        path = target / "metier" / file
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise Stale(f"{bug.name if bug else ''}: {file} holds {text.count(old)} times, not once:\n{old}")
        path.write_text(text.replace(old, new), encoding="utf-8")
    # once here instead of in every run, which may be killed while it writes them
    compileall.compile_dir(target, quiet=1)
    return target


_INGEST, _SCAN = "flow/ingest.py", "flow/scan.py"
_FILES, _DOCUMENTS, _LANCE = "store/files.py", "store/documents.py", "store/lance.py"
_BEGIN = (
    "        parts.documents.begin_documents([document for _, document in self.documents[self.begun :]])\n"
)
_PUT = "        parts.documents.put_documents([document for _, document in batch.documents])\n"
_PARSED = "        parts.ledger.move(batch.hidden, State.PARSED)\n"
_ADD = "        parts.passages.add(batch.passages, vectors)\n"
_LIVE = "        parts.ledger.advance(entries + batch.failed)\n"

BUGS = (
    Bug("live_before_passages", "documents are live before their passages are written",
        ((_INGEST, _ADD + _LIVE, _LIVE + _ADD),)),
    Bug("live_before_document", "documents are live before their document files are written",
        ((_INGEST, _BEGIN, ""), (_INGEST, _PUT + _PARSED, _PARSED), (_INGEST, _LIVE, _LIVE + _PUT))),
    Bug("no_sweep_at_start", "passages that a killed run left are not deleted before new ones come",
        ((_INGEST, "    parts.passages.delete_documents(found - live)\n", ""),)),
    Bug("in_flight_stays", "documents that were in flight when the process was killed are not taken back",
        ((_INGEST, "[State.IN_FLIGHT, State.INDEXED]", "[State.INDEXED]"),
         (_INGEST, "    left = parts.ledger.entries([State.IN_FLIGHT])", "    left: list[Entry] = []"))),
    Bug("added_twice_on_retry", "a batch that is tried again appends its passages twice",
        ((_INGEST, _ADD, _ADD + "        if any(entry.attempts > 1 for entry in entries):\n    " + _ADD),)),
    Bug("predecessor_stays", "the old content stays live beside the new one",
        (("store/ledger.py", "self._supersede(connection, list(arrived.values()), now)", "0"),)),
    Bug("predecessor_deleted_early", "passages of the old content are deleted before the new one is live",
        ((_INGEST, _PUT, _PUT + "        parts.passages.delete_documents(old.id for entry in entries for old in "
          "parts.ledger.entries(uri=entry.uri) if old.id != entry.id)\n"),)),
    Bug("removed_stays", "documents whose files are gone stay live",
        ((_SCAN, "    parts.ledger.advance(gone)", "    parts.ledger.advance([])"),)),
    Bug("failures_forgotten", "documents that could not be read are not recorded",
        ((_INGEST, "entries + batch.failed", "entries"),
         (_INGEST, "        parts.ledger.advance(batch.failed)", "        parts.ledger.advance([])"))),
    Bug("groups_ledger_first", "the ledger says the new groups before the passages have them",
        ((_SCAN, "    parts.passages.regroup({", "    parts.ledger.advance(scan.regrouped)\n    parts.passages.regroup({"),)),
    Bug("blob_in_place", "bytes are written under their final name",
        ((_DOCUMENTS, "os.replace(temporary, target)", "target.write_bytes(temporary.read_bytes())"),)),
    Bug("document_in_place", "document files are written under their final names",
        ((_DOCUMENTS, ("        write_all_durably({self._path(item.id): compress(_DOCUMENT.dump_json(item)) "
          "for item in documents})"),
          ("        for item in documents:\n"
          "            with self._path(item.id).open('wb') as file:\n"
          "                file.write(compress(_DOCUMENT.dump_json(item)))\n"
          "                file.flush()\n"
          "                os.fsync(file.fileno())\n"
          "        sync_folders([self._documents])")),)),
    Bug("documents_not_synced", "document files are renamed into place without being synced",
        ((_FILES, "        _at_once(os.fsync, [handle for handle, _, _ in handles])\n", ""),)),
    Bug("blobs_not_synced", "bytes are renamed into place without being synced",
        ((_DOCUMENTS, "            sync_files(pending)", "            pass"),)),
    Bug("names_not_synced", "folders are not synced after a rename",
        ((_FILES, "    _at_once(_sync_file, list(folders))", "    pass"),)),
    Bug("passages_not_synced", "Lance's files are not synced",
        ((_LANCE, "        sync_new(self._folder, self._synced)", "        return"),)),
    Bug("synchronous_normal", "the ledger's commits are not synced",
        (("store/database.py", 'PRAGMA synchronous=FULL"', 'PRAGMA synchronous=NORMAL"'),)),
    Bug("schema_in_pieces", "the schema is made outside a transaction",
        (("store/database.py", '            connection.exec_driver_sql("BEGIN IMMEDIATE")', "            pass"),)),
    Bug("half_made_table", "a table that a killed process had begun to make is not taken over",
        ((_LANCE, '        if "not found" not in str(error):\n            raise', "        raise"),)),
    Bug("lock_outlives", "the writer's mark of a killed process blocks the next one",
        (("store/workspace.py", "            lock.acquire(poll_interval=",
          ("            if self.writer.exists():\n                raise Timeout(str(self.writer))\n"
           "            lock.acquire(poll_interval=")),)),
    Bug("children_survive", "the sandbox's children do not notice that their parent is gone",
        (("extract/limits.py", "libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0", "libc is None"),
         ("extract/worker.py", "                os._exit(0)", "                return"))),
)  # fmt: skip
