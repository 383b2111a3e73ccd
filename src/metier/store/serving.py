"""The serving snapshot: searches of the passage table answered from memory, never otherwise than the table would.

A snapshot is made of all rows at one version of the table and kept in `.metier/snapshots/<version>/`. Before every search
the table's version is asked (half a millisecond); if it has moved, the rows that are gone are masked and the new ones are
laid out beside the old ones, so that what was written, deleted or regrouped counts at the next search. Row ids name rows as
they were written, for ever, so this comparison cannot miss a change. A process that opens a snapshot first compares ids and
groups of all its rows with the table's. Whatever is in doubt (a torn file, a row that differs, too many changes, an error,
too little memory) is answered by the table itself until there is a new snapshot: nothing is ever only in the snapshot.
"""

import json
import logging
import shutil
import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import log
from pathlib import Path

import numpy as np
import pyarrow as pa
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from metier.errors import UserError
from metier.stages import EVEN, Documents, Vectors
from metier.store.passages import LancePassages, same_table
from metier.store.segment import Mask, Segment, load, read_manifest, save, segment_of
from metier.types import Hit, Passage

_LOG = logging.getLogger(__name__)
# New rows laid out beside a snapshot, in the search that meets them: half a second. With more the table answers.
_MOST_NEW = 5_000
# A new snapshot is due when so much of the old one is gone or stands beside it.
_STALE_SHARE, _STALE_LEAST = 0.1, 1_000
_MASKS = 64  # groups of askers, and filters, whose rows are kept worked out
_BUILDING = ".building"
# A row of 60 terms: its postings, its vector on the axes, and small change; what a table is judged by before it is laid out.
_BYTES_PER_ROW = 1_100


@dataclass(frozen=True)
class _State:
    """What answers at one version of the table."""

    version: int
    segments: tuple[Segment, ...]  # the snapshot, and what was written since
    present: tuple[Mask, ...]  # rows that the table still has
    masks: dict[tuple[frozenset[str], Documents], tuple[Mask, ...]] = field(default_factory=dict)

    def allowed(self, groups: frozenset[str], documents: Documents = None) -> tuple[Mask, ...]:
        """Rows, by segment, that are there and open to one of the groups, of these documents if there are any."""
        key = (groups, documents)
        if (found := self.masks.get(key)) is None:
            if len(self.masks) >= _MASKS:
                self.masks.clear()
            pairs = zip(self.segments, self.present, strict=True)
            found = self.masks[key] = tuple(part.allowed(groups, documents) & there for part, there in pairs)
        return found

    @cached_property
    def is_stale(self) -> bool:
        """Whether a new snapshot is due."""
        base = len(self.segments[0])
        gone = base - int(np.count_nonzero(self.present[0]))
        new = sum(len(part) for part in self.segments[1:])
        return gone + new > max(_STALE_LEAST, _STALE_SHARE * base)


class ServedPassages:
    """Implements stages.PassageSearch over a table and its snapshot; safe to share between threads."""

    def __init__(self, table: LancePassages, folder: Path, memory_mb: int) -> None:
        """Snapshots are kept in `folder`; none is used or made that needs more than `memory_mb`."""
        self._table = table
        self._folder = folder
        self._most = memory_mb << 20
        self._state: _State | None = None
        self._stamped = 0  # stamp of the folder of snapshots when the state was made
        self._tried: set[str] = set()  # snapshots that are not to be used
        self._doubted = (
            -1,
            0,
        )  # version of the table, and stamp of the folder, for which there is no snapshot
        self._lock = threading.Lock()

    # --- searching ---

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
        names = frozenset(groups)
        if (state := self._current()) is None:
            return self._table.search_terms(words, names, k, documents, kind, weights)
        if not words or not names or k <= 0:
            return []
        rarity = _rarity(state.segments, words, weights)
        masks = state.allowed(names, documents)
        if kind is not None:
            masks = tuple(mask & part.of_kind(kind) for part, mask in zip(state.segments, masks, strict=True))
        pairs = zip(state.segments, masks, strict=True)
        return _merged([(part, *part.score_terms(rarity, mask, k)) for part, mask in pairs], k)

    def search_vector(
        self, column: str, vector: Vectors, groups: Iterable[str], k: int, documents: Documents = None
    ) -> list[Hit]:
        """Passages by cosine of unit vectors, best first, ties by id; `vector` has shape (dimension,)."""
        names = frozenset(groups)
        if (state := self._current()) is None:
            return self._table.search_vector(column, vector, names, k, documents)
        if not names or k <= 0 or not vector.any():
            return []
        pairs = zip(state.segments, state.allowed(names, documents), strict=True)
        return _merged([(part, *part.score_vector(column, vector, mask, k)) for part, mask in pairs], k)

    def by_ids(
        self, ids: Sequence[str], groups: Iterable[str], documents: Documents = None
    ) -> dict[str, Passage]:
        """The passages among `ids` that the groups may see, by id."""
        names = frozenset(groups)
        if (state := self._current()) is None:
            return self._table.by_ids(ids, names, documents)
        found: dict[str, Passage] = {}
        for part, mask in zip(state.segments, state.allowed(names, documents), strict=True):
            rows = [row for identity in ids if (row := part.by_id.get(identity)) is not None and mask[row]]
            found |= {passage.id: passage for passage in part.made(rows)}
        return found

    def engine(self) -> str:
        """What answers now, for people."""
        if (state := self._current()) is None:
            return "the table"
        new = sum(len(part) for part in state.segments[1:])
        return f"the snapshot ({len(state.segments[0])} passages, {new} newer ones)"

    @property
    def is_in_memory(self) -> bool:
        """Whether the last search was answered from memory, and so most likely the next one will be."""
        return self._state is not None

    # --- keeping up ---

    def _current(self) -> _State | None:
        """What answers at the table's version of this moment; None: the table itself."""
        # asked before the rows are looked at: what is written meanwhile is met at the next search
        version = self._table.version()
        state = self._state
        if state is not None and self._holds(state, version):
            return state
        if state is None and self._doubted == (version, self._stamp()):
            return None
        with self._lock:
            state = self._state
            if state is not None and self._holds(state, version):
                return state
            stamp = self._stamped = self._stamp()
            try:
                self._state = self._at(version)
            except (OSError, ValueError, RuntimeError, KeyError, MemoryError, UserError) as error:
                _LOG.warning("the snapshot is not used, the table answers: %s", error)
                self._state = None
            if self._state is None:
                self._doubted = (version, stamp)
            return self._state

    def _holds(self, state: _State, version: int) -> bool:
        """Whether it is of this version, and there is no new snapshot of another process to take its place, if one is due."""
        return state.version == version and not (state.is_stale and self._stamp() != self._stamped)

    def _stamp(self) -> int:
        """Changes when a snapshot is made, by whatever process."""
        try:
            return self._folder.stat().st_mtime_ns
        except OSError:
            return 0

    def _at(self, version: int) -> _State | None:
        """What is there caught up with this version or a newer one, or a newer snapshot that another process made."""
        state = self._state
        # another table stands there now, whose row ids name other rows
        if state is not None and (version < state.version or not same_table(version, state.version)):
            state = None
        caught = None if state is None else self._caught_up(state, version)
        if (caught is None or caught.is_stale) and (opened := self._open(version)) is not None:
            caught = self._caught_up(opened, version) or caught
        if not same_table(self._table.version(), version):
            raise ValueError("another table took the place of the one that was looked at")
        return caught

    def _open(self, version: int) -> _State | None:
        """The newest snapshot that is whole, fits, and agrees with the table. What does not is not looked at again."""
        for folder in sorted(self._folder.glob("[0-9]*"), reverse=True):
            if folder.name in self._tried or not same_table(_version_of(folder), version):
                continue
            self._tried.add(folder.name)
            try:
                manifest = read_manifest(folder)
                if manifest["identity"] != dict(self._table.identity) or manifest["resident"] > self._most:
                    continue
                segment = load(folder)
                if self._agrees(segment):
                    return _State(int(manifest["version"]), (segment,), (np.ones(len(segment), dtype=bool),))
                _LOG.info("%s is of another table and is not used", folder)
            except (
                OSError,
                ValueError,
                KeyError,
                TypeError,
                json.JSONDecodeError,
                pa.ArrowException,
            ) as error:
                _LOG.warning("%s is not used: %s", folder, error)
        return None

    def _agrees(self, segment: Segment) -> bool:
        """True if all rows that both have are the same passages, open to the same groups; ids are hashes of content."""
        now = self._table.row_keys(("id", "groups"))
        keys = _keys(now)
        common, ours, theirs = np.intersect1d(segment.keys, keys, assume_unique=True, return_indices=True)
        if not len(common):
            return not len(segment)
        mine = segment.passages.select(["id", "groups"]).take(pa.array(ours))
        return bool(mine.equals(now.select(["id", "groups"]).take(pa.array(theirs)).cast(mine.schema)))

    def _caught_up(self, state: _State, version: int) -> _State | None:
        """The state at this version or a newer one; None if too much is new."""
        if state.version == version:
            return state
        base = state.segments[0]
        keys = _keys(self._table.row_keys())
        new = np.setdiff1d(keys, base.keys, assume_unique=True)
        if len(new) > _MOST_NEW:
            return None
        segments: tuple[Segment, ...] = (base,)
        present = [np.isin(base.keys, keys, assume_unique=True)]
        if len(new):
            delta = next(
                (part for part in state.segments[1:] if np.array_equal(np.sort(part.keys), new)), None
            )
            if delta is None:
                columns = self._table.vector_columns
                delta = segment_of(self._table.rows(new.tolist()), columns, base.length)
            if not np.isin(delta.keys, new).all():
                raise ValueError("the table gave other rows than were asked for")
            segments = (base, delta)
            present.append(np.ones(len(delta), dtype=bool))
        return _State(version, segments, tuple(present))

    # --- making ---

    def refresh(self) -> bool:
        """Makes a new snapshot if there is none that fits or the one there is is stale; True if one was made. Not while
        another process makes one, nor of a table that needs more memory than there may be."""
        state = self._current()
        rows = self._table.count()
        if (state is not None and not state.is_stale) or not rows or rows * _BYTES_PER_ROW > self._most:
            return False
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self._folder / "build.lock", timeout=0):
                self._build()
        except Timeout:
            return False
        with self._lock:
            self._state, self._doubted = None, (-1, 0)
        return True

    def refresh_in_background(self) -> None:
        """As refresh, in a thread of its own."""
        threading.Thread(target=self._refresh_quietly, name="metier-snapshot", daemon=True).start()

    def _refresh_quietly(self) -> None:
        try:
            self.refresh()
        except (OSError, ValueError, RuntimeError, MemoryError, UserError) as error:
            _LOG.warning("no snapshot was made, the table answers: %s", error)

    def _build(self) -> None:
        for left in self._folder.glob(f"{_BUILDING}*"):  # by a process that was killed: the lock is ours
            shutil.rmtree(left, ignore_errors=True)
        # before the rows are read: newer ones among them are met again when catching up
        version = self._table.version()
        segment = segment_of(self._table.rows(), self._table.vector_columns)
        building = self._folder / f"{_BUILDING}-{uuid.uuid4().hex}"
        save(segment, building, {"version": version, "identity": dict(self._table.identity)})
        done = self._folder / f"{version:012d}-{uuid.uuid4().hex[:8]}"
        building.rename(done)
        for old in self._folder.glob("[0-9]*"):  # mapped by other processes they live on until these let go
            if old != done:
                shutil.rmtree(old, ignore_errors=True)


def _version_of(folder: Path) -> int:
    """The version of the table that a snapshot was made of; -1 for a folder that is none."""
    number = folder.name.partition("-")[0]
    return int(number) if number.isdecimal() else -1


def _keys(table: pa.Table) -> NDArray[np.uint64]:
    keys: NDArray[np.uint64] = table["_rowid"].to_numpy().astype(np.uint64)
    return keys


def _rarity(
    segments: Sequence[Segment], words: Sequence[str], weights: Mapping[str, float]
) -> Mapping[str, float]:
    """Inverse document frequency of the words, times their weight, over all rows, those that are gone included, as in any index
    until it is made again."""
    rows = sum(len(part) for part in segments)
    found: dict[str, float] = {}
    for word in words:
        places = [part.postings(word) for part in segments]
        seen = sum(place.stop - place.start for place in places)
        found[word] = weights.get(word, 1.0) * log(1 + (rows - seen + 0.5) / (seen + 0.5))
    return found


def _merged(parts: Sequence[tuple[Segment, NDArray[np.int64], Vectors]], k: int) -> list[Hit]:
    """The k best of all segments, ties by passage id."""
    hits = [
        Hit(passage, score)
        for part, rows, scores in parts
        for passage, score in zip(part.made(rows.tolist()), scores.tolist(), strict=True)
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))[:k]
