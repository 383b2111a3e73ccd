"""The Lance table of passages: text, search terms, vectors, groups. Knows nothing of visibility.

Every search takes the groups of the asker and filters on them before ranking (deny by default: no groups, no rows).
Rows that no index covers yet are searched all the same, so an append is searchable at once.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import lancedb
import pyarrow as pa
from lancedb.index import FTS
from lancedb.query import MatchQuery

from metier.errors import UserError
from metier.stages import Embedder, Vectors
from metier.store.lance import TableSync, damaged, open_or_create, writing_to
from metier.text.analyze import ANALYZER, terms
from metier.text.context import context_text
from metier.text.vocabulary import Vocabulary, count_terms
from metier.types import Hit, Passage

_COLUMNS = ("id", "document", "uri", "title", "page", "start", "end", "text", "heading_path", "kind", "language",
            "version_date", "groups")  # fmt: skip
_BATCH = 500  # document ids in one SQL filter
# Below this many rows without an index an append is left to the flat search, which costs under a millisecond there.
_OPTIMIZE_ROWS = 2_000
_QUIET_NS = 2_000_000_000  # clocks of file systems are coarser than this nowhere: 10 ms on Linux, 2 s on FAT
_REBUILD = "rename it and run `metier ingest`, which builds it anew from the kept documents"


class LancePassages:
    """Implements stages.PassageStore, and the searches that the retrievers are made of."""

    def __init__(self, folder: Path, embedders: Mapping[str, Embedder]) -> None:
        """One vector column per embedder, whose identity is pinned in the table. Raises UserError if the table was
        built by others: vectors of two embedders must never be compared."""
        self._dimensions = {name: embedder.dimension for name, embedder in embedders.items()}
        pinned = {name: embedder.identity for name, embedder in embedders.items()} | {"terms": ANALYZER}
        self._schema = _schema(self._dimensions, pinned)
        # read_consistency_interval 0: every read sees the newest version, also those other processes wrote
        self._db = lancedb.connect(folder.parent, read_consistency_interval=timedelta(0))
        self._folder = folder
        try:
            # lancedb types its builders by their common base alone
            self._table: Any = open_or_create(self._db, folder, self._schema)
        except RuntimeError as error:
            raise UserError(damaged(folder, error, _REBUILD)) from None
        _compare(self._table.schema, self._schema, folder)
        self._sync = TableSync(folder)
        self._quiet: tuple[int, int] | None = (
            None  # time stamp of the folder of versions, and the version then
        )
        self._prepared: dict[str, str] = {}  # search terms by passage id, until they are added

    def prepare(self, passages: Sequence[Passage]) -> None:
        """Computes the search terms now, so that `add` has less to do."""
        self._prepared |= {item.id: _terms(item) for item in passages}

    def add(self, passages: Sequence[Passage], vectors: Mapping[str, Vectors]) -> None:
        """Appends the passages; `vectors` has one (len(passages), dimension) array per vector column."""
        if not passages:
            return
        columns: dict[str, Any] = {
            name: [getattr(item, name) for item in passages] for name in _COLUMNS if name not in _TUPLES
        }
        columns |= {name: [list(getattr(item, name)) for item in passages] for name in _TUPLES}
        prepared, self._prepared = self._prepared, {}
        columns["terms"] = [prepared.get(item.id) or _terms(item) for item in passages]
        for name, dimension in self._dimensions.items():
            flat = pa.array(vectors[name].reshape(-1), type=pa.float32())
            columns[name] = pa.FixedSizeListArray.from_arrays(flat, dimension)
        arrays = [pa.array(columns[field.name], type=field.type) for field in self._schema]
        with writing_to(self._folder):
            self._table.add(pa.Table.from_arrays(arrays, schema=self._schema))
        self._sync()

    def delete_documents(self, documents: Iterable[str]) -> None:
        """Removes all passages of the documents."""
        ids = sorted(documents)
        for start in range(0, len(ids), _BATCH):
            with writing_to(self._folder):
                self._table.delete(f"document IN ({quoted(ids[start : start + _BATCH])})")
        if ids:
            self._sync()

    def documents(self) -> set[str]:
        """Ids of all documents that have passages in the table."""
        try:
            found = self._table.search().select(["document"]).to_arrow()
        except RuntimeError as error:
            raise UserError(damaged(self._folder, error, _REBUILD)) from None
        return set(found["document"].unique().to_pylist())

    def count(self) -> int:
        """Number of passages in the table, visible or not."""
        return int(self._table.count_rows())

    def passage_ids(self) -> list[str]:
        """Ids of all rows, duplicates included: for checks."""
        return list(self._table.search().select(["id"]).to_arrow()["id"].to_pylist())

    def vocabulary(self, most: int) -> Vocabulary:
        """How often terms occur, counted over at most `most` passages."""
        found = self._table.search().select(["terms"]).limit(most).to_arrow()
        return count_terms(found["terms"].to_pylist())

    def regroup(self, documents: Mapping[str, tuple[str, ...]]) -> None:
        """Changes who may see the passages of the documents."""
        by_groups: dict[tuple[str, ...], list[str]] = {}
        for document, groups in documents.items():
            by_groups.setdefault(groups, []).append(document)
        for groups, ids in by_groups.items():
            value = f"make_array({quoted(groups)})" if groups else "arrow_cast(make_array(), 'List(Utf8)')"
            for start in range(0, len(ids), _BATCH):
                where = f"document IN ({quoted(ids[start : start + _BATCH])})"
                with writing_to(self._folder):
                    self._table.update(where=where, values_sql={"groups": value})
        if documents:
            self._sync()

    # --- what a serving snapshot is made of and told by ---

    def version(self) -> int:
        """Grows with every write to the table, also by other processes.

        Every write makes a file in the folder of versions. If that folder has the time stamp that it had when the version
        was last read, and had been left alone for _QUIET_NS by then, nothing was written since: what is written later
        has a later stamp, however coarse the clock of the file system.
        """
        try:
            stamp = (self._folder / "_versions").stat().st_mtime_ns
        except OSError:
            return int(self._table.version)
        known = self._quiet
        if known is not None and known[0] == stamp:
            return known[1]
        now = time.time_ns()
        version = int(self._table.version)
        self._quiet = (stamp, version) if now - stamp > _QUIET_NS else None
        return version

    @property
    def identity(self) -> Mapping[str, str]:
        """How terms and vectors of the table are made."""
        pinned = self._schema.metadata or {}
        return {key.decode(): value.decode() for key, value in pinned.items()}

    @property
    def vector_columns(self) -> tuple[str, ...]:
        """Names of the vector columns."""
        return tuple(self._dimensions)

    def row_keys(self, columns: Sequence[str] = ()) -> pa.Table:
        """The row ids of all rows (column _rowid), with these columns. A row id names one row as it was written, for ever:
        a row that is changed, or moved by compaction, has another one afterwards."""
        return self._table.search().select([*columns]).with_row_id(True).to_arrow()

    def rows(self, keys: Sequence[int] | None = None) -> pa.Table:
        """All columns and _rowid of the rows with these ids (of all rows: None)."""
        columns = [*_COLUMNS, "terms", *self._dimensions]
        if keys is None:
            return self._table.search().select(columns).with_row_id(True).to_arrow()
        return self._table.take_row_ids(list(keys)).select(columns).with_row_id().to_arrow()

    def optimize(self) -> None:
        """Brings the keyword index up to date with the rows."""
        indexed = {index.name for index in self._table.list_indices()}
        if "terms_idx" not in indexed:
            if self.count():
                # max_token_length None: long codes and compounds must stay findable
                config = FTS(base_tokenizer="whitespace", stem=False, remove_stop_words=False, lower_case=False,
                             ascii_folding=False, with_position=False, max_token_length=None)  # fmt: skip
                with writing_to(self._folder):
                    self._table.create_index("terms", config=config)
                self._sync()
            return
        stats = self._table.index_stats("terms_idx")
        if stats is None or stats.num_unindexed_rows >= _OPTIMIZE_ROWS:
            self.compact()

    def compact(self) -> None:
        """Merges small files and drops deleted rows: every row has another id afterwards. Old versions stay readable for an
        hour."""
        with writing_to(self._folder):
            self._table.optimize(cleanup_older_than=timedelta(hours=1))
        self._sync()

    def search_terms(self, words: Sequence[str], groups: Iterable[str], k: int) -> list[Hit]:
        """Passages by BM25 over the search terms, best first, ties by id."""
        condition = allowed_filter(groups)
        if not words or condition is None or k <= 0:
            return []
        query = self._table.search(_match(" ".join(words), "terms"), query_type="fts")
        found = query.where(condition, prefilter=True).select([*_COLUMNS, "_score"]).limit(k).to_arrow()
        return _hits(found, "_score", 1.0, 0.0)

    def search_vector(self, column: str, vector: Vectors, groups: Iterable[str], k: int) -> list[Hit]:
        """Passages by cosine of unit vectors (exact), best first, ties by id; `vector` has shape (dimension,)."""
        condition = allowed_filter(groups)
        if condition is None or k <= 0 or not vector.any():
            return []
        query = self._table.search(vector, vector_column_name=column).distance_type("dot")
        found = query.where(condition, prefilter=True).select([*_COLUMNS, "_distance"]).limit(k).to_arrow()
        return _hits(found, "_distance", -1.0, 1.0)

    def by_ids(self, ids: Sequence[str], groups: Iterable[str]) -> dict[str, Passage]:
        """The passages among `ids` that the groups may see, by id."""
        condition = allowed_filter(groups)
        if condition is None or not ids:
            return {}
        where = f"id IN ({quoted(ids)}) AND {condition}"
        found = self._table.search().where(where).select(list(_COLUMNS)).limit(len(ids)).to_arrow()
        return {row["id"]: _passage(row) for row in found.to_pylist()}

    def of_document(self, document: str, groups: Iterable[str]) -> list[Passage]:
        """The passages of one document that the groups may see, in reading order."""
        condition = allowed_filter(groups)
        if condition is None:
            return []
        where = f"document IN ({quoted([document])}) AND {condition}"
        found = self._table.search().where(where).select(list(_COLUMNS)).limit(self.count()).to_arrow()
        return sorted((_passage(row) for row in found.to_pylist()), key=lambda item: (item.start, item.end))


_match: Any = MatchQuery  # its dataclass has defaults that its stubs do not show
_TUPLES = ("heading_path", "groups")


def _terms(passage: Passage) -> str:
    return " ".join(terms(context_text(passage), passage.language))


def _schema(dimensions: Mapping[str, int], pinned: Mapping[str, str]) -> pa.Schema:
    text, words = pa.string(), pa.list_(pa.string())
    fields = [(name, words if name in _TUPLES else text) for name in _COLUMNS]
    numbers = {"page": pa.int32(), "start": pa.int64(), "end": pa.int64()}
    fields = [(name, numbers.get(name, kind)) for name, kind in fields]
    vectors = [(name, pa.list_(pa.float32(), dimension)) for name, dimension in dimensions.items()]
    return pa.schema([*fields, ("terms", text), *vectors], metadata=dict(pinned))


def _compare(found: pa.Schema, wanted: pa.Schema, folder: Path) -> None:
    if found.remove_metadata().equals(wanted.remove_metadata()):
        differing = {
            key for key, value in wanted.metadata.items() if (found.metadata or {}).get(key) != value
        }
        if not differing:
            return
        what = ", ".join(sorted(key.decode() for key in differing))
    else:
        what = "columns"
    raise UserError(
        f"{folder} was built with another {what} than metier.yaml and this version of metier use now. Nothing was "
        f"changed. Put the old setting back, or rename {folder} and run `metier ingest`, which builds it anew from the "
        "kept documents"
    )


def quoted(values: Iterable[str]) -> str:
    """The strings as a list in a filter of the table."""
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


def allowed_filter(groups: Iterable[str]) -> str | None:
    """The filter that keeps rows open to one of the groups; None if there are none, which means: no rows at all."""
    names = sorted(groups)
    return f"array_has_any(groups, make_array({quoted(names)}))" if names else None


def _hits(found: pa.Table, column: str, sign: float, offset: float) -> list[Hit]:
    """Lance's dot distance is 1 - cosine of unit vectors; its BM25 score stands as it is."""
    hits = [Hit(_passage(row), offset + sign * float(row[column])) for row in found.to_pylist()]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))


def _passage(row: Mapping[str, Any]) -> Passage:
    values: dict[str, Any] = {name: tuple(row[name]) if name in _TUPLES else row[name] for name in _COLUMNS}
    return Passage(**values)
