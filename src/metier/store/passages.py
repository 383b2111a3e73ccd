"""The Lance table of passages: text, search terms, vectors, groups. Knows nothing of visibility.

Every search takes the groups of the asker and filters on them before ranking (deny by default: no groups, no rows).
Rows that no index covers yet are searched all the same, so an append is searchable at once. Where another table takes this one's
place (store/place.py) whoever has it open goes on with that one: every call reads one of the two, wholly.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import update_wrapper
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import lancedb
import numpy as np
import pyarrow as pa
from lancedb.index import FTS
from lancedb.query import BooleanQuery, MatchQuery, Occur

from metier.errors import UserError
from metier.stages import EVEN, Documents, Embedder, Vectors
from metier.store.compaction import Compaction, fill_of, keep_compaction, read_compaction
from metier.store.lance import TableSync, damaged, open_or_create, writing_to
from metier.store.passage_schema import COLUMNS, TUPLES, compare, schema_of
from metier.store.place import TablePlace, number_of
from metier.text.analyze import terms
from metier.text.context import context_text
from metier.text.vocabulary import Vocabulary, count_terms
from metier.types import Hit, Passage

_BATCH = 500  # document ids in one SQL filter
_QUIET_NS = 2_000_000_000  # clocks of file systems are coarser than this nowhere: 10 ms on Linux, 2 s on FAT
REBUILD = "`metier reindex` builds it anew from the kept documents"
_TABLE = 1_000_000_000  # more than the writes to any table: versions of a later table are greater than all of an earlier one
_PROBES, _PROBE_TERMS, _PROBE_DEPTH = 16, 32, 10  # rows that are searched for before and after compacting

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Open:
    """One table that is open."""

    folder: Path
    table: Any  # lancedb types its builders by their common base alone
    sync: TableSync


def _reading(
    read: Callable[Concatenate["LancePassages", P], R],
) -> Callable[Concatenate["LancePassages", P], R]:
    """Reads again if another table took the place of the one that was read, whose files are removed then."""

    def reading(self: "LancePassages", /, *args: P.args, **kwargs: P.kwargs) -> R:
        while True:
            folder = self.folder
            try:
                return read(self, *args, **kwargs)
            except (RuntimeError, OSError, ValueError) as error:
                if self.folder != folder:
                    continue
                if isinstance(error, RuntimeError):
                    raise UserError(damaged(folder, error, REBUILD)) from error
                raise

    update_wrapper(reading, read)
    return reading


class LancePassages:
    """Implements stages.PassageStore, and the searches that the retrievers are made of."""

    def __init__(self, folder: Path, embedders: Mapping[str, Embedder]) -> None:
        """One vector column per embedder, whose identity is pinned in the table. `folder` is that of the first table (store/place.py).
        Raises UserError if the table was built by others: vectors of two embedders must never be compared."""
        self._dimensions = {name: embedder.dimension for name, embedder in embedders.items()}
        self._schema = schema_of(embedders)
        # read_consistency_interval 0: every read sees the newest version, also those other processes wrote
        self._db = lancedb.connect(folder.parent, read_consistency_interval=timedelta(0))
        self._place = TablePlace(folder)
        self._held = self._open()
        # number of the table, time stamp of its folder of versions, and the version then
        self._quiet: tuple[int, int, int] | None = None
        self._prepared: dict[str, str] = {}  # search terms by passage id, until they are added

    def _open(self) -> _Open:
        while True:
            folder = self._place.folder()
            try:
                table = open_or_create(self._db, folder, self._schema)
                compare(table.schema, self._schema, folder)
                held = _Open(folder, table, TableSync(folder))
            except (RuntimeError, ValueError, OSError) as error:
                if self._place.folder() != folder:
                    continue
                if not isinstance(error, RuntimeError):
                    raise
                raise UserError(damaged(folder, error, REBUILD)) from None
            if self._place.folder() == folder:
                return held

    def _now(self) -> _Open:
        """The table of this moment. Raises UserError if another embedder built the one that took the place of what was open."""
        held = self._held
        if held.folder != self._place.folder():
            held = self._held = self._open()
        return held

    @property
    def folder(self) -> Path:
        """Where the table is at this moment."""
        return self._place.folder()

    def prepare(self, passages: Sequence[Passage]) -> None:
        """Computes the search terms now, so that `add` has less to do."""
        self._prepared |= {item.id: _terms(item) for item in passages}

    def add(self, passages: Sequence[Passage], vectors: Mapping[str, Vectors]) -> None:
        """Appends the passages; `vectors` has one (len(passages), dimension) array per vector column."""
        if not passages:
            return
        columns: dict[str, Any] = {
            name: [getattr(item, name) for item in passages] for name in COLUMNS if name not in TUPLES
        }
        columns |= {name: [list(getattr(item, name)) for item in passages] for name in TUPLES}
        prepared, self._prepared = self._prepared, {}
        columns["terms"] = [prepared.get(item.id) or _terms(item) for item in passages]
        for name, dimension in self._dimensions.items():
            flat = pa.array(vectors[name].reshape(-1), type=pa.float32())
            columns[name] = pa.FixedSizeListArray.from_arrays(flat, dimension)
        arrays = [pa.array(columns[field.name], type=field.type) for field in self._schema]
        held = self._now()
        with writing_to(held.folder):
            held.table.add(pa.Table.from_arrays(arrays, schema=self._schema))
        held.sync()

    def delete_documents(self, documents: Iterable[str]) -> None:
        """Removes all passages of the documents."""
        ids, held = sorted(documents), self._now()
        for start in range(0, len(ids), _BATCH):
            with writing_to(held.folder):
                held.table.delete(f"document IN ({quoted(ids[start : start + _BATCH])})")
        if ids:
            held.sync()

    def remove_replaced(self) -> None:
        """Removes tables whose place was taken, of which a killed process may have left files. Only the one writer may call it."""
        self._place.remove_replaced()

    def begun(self) -> Path | None:
        """The folder of a table that is being built anew, or was when that was stopped."""
        return self._place.begun()

    @_reading
    def documents(self) -> set[str]:
        """Ids of all documents that have passages in the table."""
        found = self._now().table.search().select(["document"]).to_arrow()
        return set(found["document"].unique().to_pylist())

    @_reading
    def groups_of_documents(self) -> dict[str, tuple[str, ...]]:
        """Who may see the passages of each document, as stored."""
        found = self._now().table.search().select(["document", "groups"]).to_arrow()
        return dict(zip(found["document"].to_pylist(), map(tuple, found["groups"].to_pylist()), strict=True))

    @_reading
    def count(self) -> int:
        """Number of passages in the table, visible or not."""
        return int(self._now().table.count_rows())

    @_reading
    def passage_ids(self) -> list[str]:
        """Ids of all rows, duplicates included: for checks."""
        return list(self._now().table.search().select(["id"]).to_arrow()["id"].to_pylist())

    @_reading
    def vocabulary(self, most: int) -> Vocabulary:
        """How often terms occur, counted over at most `most` passages."""
        found = self._now().table.search().select(["terms"]).limit(most).to_arrow()
        return count_terms(found["terms"].to_pylist())

    def regroup(self, documents: Mapping[str, tuple[str, ...]]) -> None:
        """Changes who may see the passages of the documents."""
        by_groups: dict[tuple[str, ...], list[str]] = {}
        held = self._now()
        for document, groups in documents.items():
            by_groups.setdefault(groups, []).append(document)
        for groups, ids in by_groups.items():
            value = f"make_array({quoted(groups)})" if groups else "arrow_cast(make_array(), 'List(Utf8)')"
            for start in range(0, len(ids), _BATCH):
                where = f"document IN ({quoted(ids[start : start + _BATCH])})"
                with writing_to(held.folder):
                    held.table.update(where=where, values_sql={"groups": value})
        if documents:
            held.sync()

    # --- what a serving snapshot is made of and told by ---

    @_reading
    def version(self) -> int:
        """Grows with every write to the table, also by other processes, and when another takes its place.

        Every write makes a file in the folder of versions. If that folder has the time stamp that it had when the version
        was last read, and had been left alone for _QUIET_NS by then, nothing was written since: what is written later
        has a later stamp, however coarse the clock of the file system.
        """
        held = self._now()
        number = number_of(held.folder)
        try:
            stamp = (held.folder / "_versions").stat().st_mtime_ns
        except OSError:
            return number * _TABLE + int(held.table.version)
        known = self._quiet
        if known is not None and known[:2] == (number, stamp):
            return known[2]
        now = time.time_ns()
        version = number * _TABLE + int(held.table.version)
        self._quiet = (number, stamp, version) if now - stamp > _QUIET_NS else None
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

    @_reading
    def row_keys(self, columns: Sequence[str] = ()) -> pa.Table:
        """The row ids of all rows (column _rowid), with these columns. A row id names one row as it was written, for ever:
        a row that is changed, or moved by compaction, has another one afterwards, and another table has its own."""
        return self._now().table.search().select([*columns]).with_row_id(True).to_arrow()

    @_reading
    def rows(self, keys: Sequence[int] | None = None) -> pa.Table:
        """All columns and _rowid of the rows with these ids (of all rows: None)."""
        columns = [*COLUMNS, "terms", *self._dimensions]
        table = self._now().table
        if keys is None:
            return table.search().select(columns).with_row_id(True).to_arrow()
        return table.take_row_ids(list(keys)).select(columns).with_row_id().to_arrow()

    # --- keeping it in shape ---

    def optimize(self) -> None:
        """Makes the keyword index if there is none, and compacts the table if that is due (store/compaction.py)."""
        held = self._now()
        if "terms_idx" not in {index.name for index in held.table.list_indices()}:
            if held.table.count_rows():
                # max_token_length None: long codes and compounds must stay findable
                config = FTS(base_tokenizer="whitespace", stem=False, remove_stop_words=False, lower_case=False,
                             ascii_folding=False, with_position=False, max_token_length=None)  # fmt: skip
                with writing_to(held.folder):
                    held.table.create_index("terms", config=config)
                held.sync()
            return
        last = self.compaction()
        if last is None or last.is_rested(time.time()):
            stats = held.table.index_stats("terms_idx")
            unindexed = held.table.count_rows() if stats is None else int(stats.num_unindexed_rows)
            if why := fill_of(held.table, unindexed).why_compact():
                self.compact(why)

    def compact(self, why: str = "it was asked for") -> Compaction:
        """Merges small files and drops deleted rows: every row has another id afterwards. Old versions stay readable for an
        hour. What is kept of it says whether a few rows are found as before."""
        held = self._now()
        rows, probes = self.count(), self._probes()
        before = self._found(probes)
        started = time.monotonic()
        with writing_to(held.folder):
            held.table.optimize(cleanup_older_than=timedelta(hours=1))
        seconds = time.monotonic() - started
        done = Compaction(
            ended=time.time(),
            seconds=seconds,
            why=why,
            rows_before=rows,
            rows_after=self.count(),
            asked=len(probes) * (1 + len(self._dimensions)),
            found_before=before,
            found_after=self._found(probes),
        )
        keep_compaction(held.folder / _COMPACTION, done)
        held.sync()
        return done

    def compaction(self) -> Compaction | None:
        """The last one of this table."""
        return read_compaction(self.folder / _COMPACTION)

    @_reading
    def _probes(self) -> list[dict[str, Any]]:
        """Rows from all over the table that somebody may see."""
        table = self._now().table
        rows = int(table.count_rows())
        places = list(range(0, rows, max(1, rows // _PROBES)))[:_PROBES]
        columns = ["text", "terms", "groups", *self._dimensions]
        found = table.take_offsets(places).select(columns).to_arrow().to_pylist() if places else []
        return [row for row in found if row["groups"]]

    def _found(self, probes: Sequence[Mapping[str, Any]]) -> int:
        """In how many searches, by the terms and by each vector of a row, its text is among the first hits."""
        found = 0
        for row in probes:
            words = list(dict.fromkeys(row["terms"].split()))[:_PROBE_TERMS]
            searches = [self.search_terms(words, row["groups"], _PROBE_DEPTH)]
            for name in self._dimensions:
                vector = np.asarray(row[name], dtype=np.float32)
                searches.append(self.search_vector(name, vector, row["groups"], _PROBE_DEPTH))
            found += sum(any(hit.passage.text == row["text"] for hit in hits) for hits in searches)
        return found

    # --- searching ---

    @_reading
    def search_terms(
        self,
        words: Sequence[str],
        groups: Iterable[str],
        k: int,
        documents: Documents = None,
        kind: str | None = None,
        weights: Mapping[str, float] = EVEN,
    ) -> list[Hit]:
        """Passages by BM25 over the search terms, best first, ties by id; a word with a weight counts so much of what it would."""
        condition = allowed_filter(groups, documents)
        if not words or condition is None or k <= 0:
            return []
        if kind is not None:
            condition = f"kind IN ({quoted([kind])}) AND {condition}"
        query = self._now().table.search(_asked(words, weights), query_type="fts")
        found = query.where(condition, prefilter=True).select([*COLUMNS, "_score"]).limit(k).to_arrow()
        return _hits(found, "_score", 1.0, 0.0)

    @_reading
    def search_vector(
        self, column: str, vector: Vectors, groups: Iterable[str], k: int, documents: Documents = None
    ) -> list[Hit]:
        """Passages by cosine of unit vectors (exact), best first, ties by id; `vector` has shape (dimension,)."""
        condition = allowed_filter(groups, documents)
        if condition is None or k <= 0 or not vector.any():
            return []
        query = self._now().table.search(vector, vector_column_name=column).distance_type("dot")
        found = query.where(condition, prefilter=True).select([*COLUMNS, "_distance"]).limit(k).to_arrow()
        return _hits(found, "_distance", -1.0, 1.0)

    @_reading
    def by_ids(
        self, ids: Sequence[str], groups: Iterable[str], documents: Documents = None
    ) -> dict[str, Passage]:
        """The passages among `ids` that the groups may see, by id."""
        condition = allowed_filter(groups, documents)
        if condition is None or not ids:
            return {}
        where = f"id IN ({quoted(ids)}) AND {condition}"
        found = self._now().table.search().where(where).select(list(COLUMNS)).limit(len(ids)).to_arrow()
        return {row["id"]: _passage(row) for row in found.to_pylist()}

    @_reading
    def of_document(self, document: str, groups: Iterable[str]) -> list[Passage]:
        """The passages of one document that the groups may see, in reading order."""
        condition = allowed_filter(groups)
        if condition is None:
            return []
        where = f"document IN ({quoted([document])}) AND {condition}"
        table = self._now().table
        found = table.search().where(where).select(list(COLUMNS)).limit(table.count_rows()).to_arrow()
        return sorted((_passage(row) for row in found.to_pylist()), key=lambda item: (item.start, item.end))


def _asked(words: Sequence[str], weights: Mapping[str, float]) -> Any:
    """The query of the table; words of one weight are one part of it."""
    by_weight: dict[float, list[str]] = {}
    for word in words:
        by_weight.setdefault(weights.get(word, 1.0), []).append(word)
    parts = [_match(" ".join(own), "terms", boost=weight) for weight, own in by_weight.items()]
    return parts[0] if len(parts) == 1 else BooleanQuery([(Occur.SHOULD, part) for part in parts])


_match: Any = MatchQuery  # its dataclass has defaults that its stubs do not show
_COMPACTION = "compaction.json"  # in the table's folder: what is kept of it goes where the table goes


def same_table(one: int, other: int) -> bool:
    """Whether two versions are of one table."""
    return one // _TABLE == other // _TABLE


def _terms(passage: Passage) -> str:
    return " ".join(terms(context_text(passage), passage.language))


def quoted(values: Iterable[str]) -> str:
    """The strings as a list in a filter of the table."""
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


def allowed_filter(groups: Iterable[str], documents: Documents = None) -> str | None:
    """The filter that keeps rows open to one of the groups, of these documents if there are any; None if there are no groups, or
    no documents are left, which means: no rows at all."""
    names = sorted(groups)
    if not names or (documents is not None and not documents):
        return None
    opened = f"array_has_any(groups, make_array({quoted(names)}))"
    return opened if documents is None else f"document IN ({quoted(sorted(documents))}) AND {opened}"


def _hits(found: pa.Table, column: str, sign: float, offset: float) -> list[Hit]:
    """Lance's dot distance is 1 - cosine of unit vectors; its BM25 score stands as it is."""
    hits = [Hit(_passage(row), offset + sign * float(row[column])) for row in found.to_pylist()]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))


def _passage(row: Mapping[str, Any]) -> Passage:
    values: dict[str, Any] = {name: tuple(row[name]) if name in TUPLES else row[name] for name in COLUMNS}
    return Passage(**values)
