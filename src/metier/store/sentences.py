"""The Lance table of sentence vectors: what deepening adds, sentence by sentence, to documents that are already live.

Disposable: everything in it can be computed again from the passages. Searches filter on the asker's groups before
ranking, like those of the passages. A table that another embedder made is never searched: nothing is found in it until the one
writer has emptied it (`renew`) and deepening has filled it again.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import lancedb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metier.errors import UserError
from metier.stages import Documents, Embedder, Vectors
from metier.store.compaction import fill_of
from metier.store.files import write_durably
from metier.store.lance import TableSync, damaged, open_or_create, writing_to
from metier.store.passages import allowed_filter, quoted
from metier.types import Passage

_BATCH = 500
_KEPT = 1 << 11  # passages whose vectors are remembered until the table changes, some 15 MB
_REBUILD = "`metier reindex` computes it again"
_FRAGMENTS = 8  # of small appends, one for each document, from which they are merged


@dataclass(frozen=True, slots=True)
class SentenceHit:
    """One sentence near a question."""

    passage: str
    document: str
    start: int
    end: int
    score: float  # cosine


class LanceSentences:
    """One row per sentence or table row: passage, place, groups, vector (float16)."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        """Raises UserError if its files are torn."""
        self._folder = folder
        self._dimension = embedder.dimension
        self._schema = _schema(embedder)
        self._db = lancedb.connect(folder.parent, read_consistency_interval=timedelta(0))
        self._sync = TableSync(folder)
        self._known: tuple[int, dict[str, dict[tuple[str, int, int], Vectors]]] = (-1, {})
        try:
            self._table: Any = open_or_create(self._db, folder, self._schema)
            self._checked = (
                -1,
                False,
            )  # a version of the table, and whether its vectors are of this embedder
            self.version()
        except RuntimeError as error:
            raise UserError(damaged(folder, error, _REBUILD)) from None

    @property
    def is_own(self) -> bool:
        """Whether the vectors are of this embedder, as of the last look at the version."""
        return self._checked[1]

    def renew(self) -> bool:
        """Empties a table that another embedder made, for this one; True if it did. Only the one writer may call it."""
        self.version()
        if self.is_own:
            return False
        # a new version of the same table: whoever reads it meets the old rows or none
        with writing_to(self._folder):
            self._table = self._db.create_table(self._folder.stem, schema=self._schema, mode="overwrite")
        self._sync()
        self.version()
        return True

    def add(self, rows: Sequence[tuple[Passage, int, int]], vectors: Vectors) -> None:
        """Appends sentences (passage, start, end) with vectors of shape (len(rows), dimension)."""
        if not rows:
            return
        flat = pa.array(vectors.astype(np.float16).reshape(-1), type=pa.float16())
        columns = {
            "passage": [passage.id for passage, _, _ in rows],
            "document": [passage.document for passage, _, _ in rows],
            "start": [start for _, start, _ in rows],
            "end": [end for _, _, end in rows],
            "groups": [list(passage.groups) for passage, _, _ in rows],
        }
        arrays = [
            pa.array(columns[field.name], type=field.type) for field in self._schema if field.name in columns
        ]
        arrays.append(pa.FixedSizeListArray.from_arrays(flat, self._dimension))
        with writing_to(self._folder):
            self._table.add(pa.Table.from_arrays(arrays, schema=self._schema))
        self._sync()

    def delete_documents(self, documents: Iterable[str]) -> None:
        """Removes all sentences of the documents."""
        ids = sorted(documents)
        for start in range(0, len(ids), _BATCH):
            self._table.delete(f"document IN ({quoted(ids[start : start + _BATCH])})")
        if ids:
            self._sync()

    def documents(self) -> set[str]:
        """Ids of all documents that have sentences here."""
        self.version()
        if not self.is_own:
            return set()
        try:
            found = self._table.search().select(["document"]).to_arrow()
        except RuntimeError as error:
            raise UserError(damaged(self._folder, error, _REBUILD)) from None
        return set(found["document"].unique().to_pylist())

    def groups_of_documents(self) -> Mapping[str, tuple[str, ...]]:
        """Who may see each document's sentences, as stored."""
        self.version()
        if not self.is_own:
            return {}
        try:
            found = self._table.search().select(["document", "groups"]).to_arrow().to_pylist()
        except RuntimeError as error:
            raise UserError(damaged(self._folder, error, _REBUILD)) from None
        return {row["document"]: tuple(row["groups"]) for row in found}

    def delete_beyond(self, passages: Set[str]) -> int:
        """Removes all sentences of documents that have some of other passages than these; how many documents that were."""
        found = self._table.search().select(["document", "passage"]).to_arrow()
        is_known = pc.is_in(found["passage"], value_set=pa.array(list(passages), type=pa.string()))
        documents = set(found["document"].filter(pc.invert(is_known)).unique().to_pylist())
        self.delete_documents(documents)
        return len(documents)

    def search(
        self, vector: Vectors, groups: Iterable[str], k: int, documents: Documents = None
    ) -> list[SentenceHit]:
        """The k nearest sentences (exact), of these documents if there are any, best first, ties by place."""
        condition = allowed_filter(groups, documents)
        if condition is None or k <= 0 or not self.is_own:
            return []
        query = self._table.search(vector.astype(np.float16), vector_column_name="vector").distance_type(
            "dot"
        )
        columns = ["passage", "document", "start", "end", "_distance"]
        found = query.where(condition, prefilter=True).select(columns).limit(k).to_arrow().to_pylist()
        hits = [
            SentenceHit(row["passage"], row["document"], row["start"], row["end"], 1.0 - row["_distance"])
            for row in found
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.document, hit.start))

    def of_passages(self, passages: Sequence[str]) -> dict[tuple[str, int, int], Vectors]:
        """Vectors of all sentences of the passages by (document, start, end). The caller may see these passages."""
        if not passages:
            return {}
        version, known = self.version(), self._known
        if not self.is_own:
            return {}
        if known[0] != version or len(known[1]) >= _KEPT:
            known = self._known = (version, {})
        if missing := [passage for passage in passages if passage not in known[1]]:
            known[1].update(self._read(missing))
        return {place: vector for passage in passages for place, vector in known[1][passage].items()}

    def _read(self, passages: Sequence[str]) -> dict[str, dict[tuple[str, int, int], Vectors]]:
        """Vectors of the sentences of each passage, out of the table."""
        by_passage: dict[str, dict[tuple[str, int, int], Vectors]] = {passage: {} for passage in passages}
        where = f"passage IN ({quoted(passages)})"
        found = self._table.search().where(where).limit(self._table.count_rows()).to_arrow()
        if not len(found):
            return by_passage
        flat = found["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        matrix = np.asarray(flat, dtype=np.float32).reshape(-1, self._dimension)
        columns = (found[name].to_pylist() for name in ("passage", "document", "start", "end"))
        for passage, document, start, end, vector in zip(*columns, matrix, strict=True):
            by_passage[passage][document, start, end] = vector
        return by_passage

    def version(self) -> int:
        """Grows with every write to the table, also by other processes."""
        version = int(self._table.version)
        if version != self._checked[0]:
            self._checked = (version, self._table.schema.equals(self._schema, check_metadata=True))
        return version

    def optimize(self) -> None:
        """Merges the small appends of deepening into few files once there are some; what is found stays, since it is
        searched row by row."""
        if fill_of(self._table).fragments < _FRAGMENTS:
            return
        with writing_to(self._folder):
            self._table.optimize(cleanup_older_than=timedelta(hours=1))
        self._sync()


class BegunVectors:
    """The vectors of the one document that a run was stopped in; implements flow's BegunStore."""

    def __init__(self, file: Path, embedder: Embedder) -> None:
        self._file = file
        self._embedder = embedder

    def read(self, document: str) -> Vectors | None:
        """Shape (sentences so far, dimension); None if another document, or another embedder, was begun."""
        return self._vectors() if self._begun() == self._of(document) else None

    def write(self, document: str, vectors: Vectors) -> None:
        """Replaces what was there."""
        data = io.BytesIO()
        np.savez(data, of=np.array(self._of(document)), vectors=vectors)
        write_durably(self._file, data.getvalue())

    def keep_only(self, documents: Set[str]) -> None:
        """Forgets what was begun unless it is one of these."""
        if self._begun() not in {self._of(document) for document in documents}:
            self._file.unlink(missing_ok=True)

    def _begun(self) -> str:
        found = self._read("of")
        return "" if found is None else str(found)

    def _vectors(self) -> Vectors | None:
        found = self._read("vectors")
        return None if found is None else np.asarray(found, dtype=np.float32)

    def _read(self, name: str) -> Any:
        try:
            with self._file.open("rb") as file, np.load(file, allow_pickle=False) as data:
                return data[name]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):  # missing or torn
            return None

    def _of(self, document: str) -> str:
        return f"{self._embedder.identity} {document}"


def _schema(embedder: Embedder) -> pa.Schema:
    return pa.schema(
        [
            ("passage", pa.string()),
            ("document", pa.string()),
            ("start", pa.int64()),
            ("end", pa.int64()),
            ("groups", pa.list_(pa.string())),
            ("vector", pa.list_(pa.float16(), embedder.dimension)),
        ],
        metadata={"embedder": embedder.identity},
    )
