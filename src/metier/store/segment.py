"""Rows of the passage table, laid out for searching from memory: postings, vectors, who may see what, and the texts.

A segment never changes. Saved in a folder it is mapped into memory rather than read, so several processes share one copy.
Keyword scores are exact BM25. Vector search is exact up to _SCANNED rows; above, rows are chosen by their coordinates on the
_AXES axes that tell most, first on half of them, and only those are compared in full: of 100,000 real and recombined texts that
kept .998 of the first ten and .997 of the first sixty (docs/design/retrieval.md). Rights are a mask applied before anything is chosen.
"""

import contextlib
import json
import math
import mmap
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metier.stages import Documents, Vectors
from metier.store.files import sync_files, sync_folders
from metier.store.passage_rows import PassageRows
from metier.text.vocabulary import BM25_B, BM25_K1
from metier.types import Passage

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

_SCANNED = 20_000  # rows whose vectors are compared in full: 20 MB, a millisecond
_AXES = 128
_LEAST_CHOSEN, _CHOSEN_SHARE = 1_024, 0.01  # rows compared in full above that: so many, or this share of all
_WIDER = 16  # times as many rows are looked at on the second half of the axes: scanning both halves takes twice as long
_GATHERED = 4_000  # allowed rows up to which these alone are compared, in full
_KEPT = 20_000  # passages kept as values: the same ones come up again and again
_FORMAT = 2


@dataclass(frozen=True)
class Segment:
    """`keys` are the table's row ids; row n of everything else belongs to keys[n]."""

    keys: NDArray[np.uint64]
    passages: pa.Table  # the columns of Passage
    sets: NDArray[np.int32]  # which of `groups` the row has
    groups: tuple[frozenset[str], ...]
    terms: NDArray[np.uint64]  # hashes of all terms, ascending
    starts: NDArray[np.int64]  # postings of term n are starts[n]:starts[n + 1]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]  # of the term in the row: BM25 without the term's rarity
    length: float  # mean number of terms of a row, which `weights` are counted with
    vectors: Mapping[str, Vectors]
    axes: Mapping[str, Vectors]  # (dimension, _AXES), of large segments only
    coarse: Mapping[str, Vectors]  # the vectors on these axes: (2, rows, _AXES / 2), what tells more first
    _made: dict[int, Passage] = field(default_factory=dict, repr=False)
    _kinds: dict[str, Mask] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.keys)

    def allowed(self, groups: frozenset[str], documents: Documents = None) -> Mask:
        """The rows that are open to one of the groups, of these documents if there are any."""
        opened: Mask = np.array([bool(groups & one) for one in self.groups], dtype=bool)[self.sets]
        if documents is None:
            return opened
        wanted = pa.array(list(documents), type=pa.string())
        chosen: Mask = pc.is_in(self.passages["document"], value_set=wanted).to_numpy()
        return opened & chosen

    def of_kind(self, kind: str) -> Mask:
        """The rows whose passages are of this kind."""
        if (found := self._kinds.get(kind)) is None:
            found = self._kinds[kind] = pc.equal(self.passages["kind"], kind).to_numpy()
        return found

    def postings(self, term: str) -> slice:
        """Where the term's postings are; empty for a term that no row has."""
        wanted = np.uint64(_hash(term))
        place = int(np.searchsorted(self.terms, wanted))
        if place == len(self.terms) or self.terms[place] != wanted:
            return slice(0, 0)
        return slice(int(self.starts[place]), int(self.starts[place + 1]))

    def score_terms(self, rarity: Mapping[str, float], allowed: Mask, k: int) -> tuple[Rows, Vectors]:
        """Allowed rows that have a term, with BM25 scores: the k best and whatever scores as high as the last of them."""
        scores = np.zeros(len(self), dtype=np.float32)
        for term, idf in rarity.items():
            found = self.postings(term)
            np.add.at(scores, self.rows[found], np.float32(idf) * self.weights[found])
        rows = _leading(scores, allowed & (scores > 0), k)
        return _best_of(rows, scores[rows], k)

    def score_vector(self, column: str, vector: Vectors, allowed: Mask, k: int) -> tuple[Rows, Vectors]:
        """Allowed rows with cosines of unit vectors: the k best and whatever scores as high as the last of them."""
        own = self.vectors[column]
        count = int(np.count_nonzero(allowed))
        chosen = max(_LEAST_CHOSEN, int(_CHOSEN_SHARE * len(self)), 4 * k)
        if count <= max(_GATHERED, chosen):
            rows = np.flatnonzero(allowed)
            return _best_of(rows, _times_gathered(own, rows, vector), k)
        if column not in self.coarse:
            scores = _times(own, vector)
            rows = _leading(scores, allowed, k)
            return _best_of(rows, scores[rows], k)
        first, second = self.coarse[column]
        asked = np.einsum("d,da->a", vector, self.axes[column])
        near = _times(first, asked[: first.shape[1]])
        rows = _leading(near, allowed, min(count, _WIDER * chosen))
        nearer = near[rows] + _times_gathered(second, rows, asked[first.shape[1] :])
        rows, _ = _best_of(rows, nearer, chosen)
        return _best_of(rows, _times_gathered(own, rows, vector), k)

    def passage(self, row: int) -> Passage:
        """The passage of a row."""
        return self.made([row])[0]

    def made(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of the rows, in their order."""
        known = self._made
        if missing := [row for row in rows if row not in known]:
            if len(known) > _KEPT:
                known.clear()
                missing = list(dict.fromkeys(rows))
            known.update(zip(missing, self._read(missing), strict=True))
        # what another thread forgot just now is read once more
        return [known.get(row) or self._read([row])[0] for row in rows]

    def _read(self, rows: Sequence[int]) -> list[Passage]:
        return self._rows(np.array(rows, dtype=np.int64))

    @cached_property
    def _rows(self) -> PassageRows:
        return PassageRows(self.passages, self.sets)

    @cached_property
    def by_id(self) -> Mapping[str, int]:
        """Passage id -> row."""
        return {identity: row for row, identity in enumerate(self.passages["id"].to_pylist())}

    @property
    def resident(self) -> int:
        """Bytes that searching needs in memory; texts and full vectors are read where needed."""
        arrays: list[NDArray[Any]] = [self.keys, self.sets, self.terms, self.starts, self.rows, self.weights]
        arrays += (self.coarse or self.vectors).values()
        return sum(array.nbytes for array in arrays)


_STRIP = 64  # rows at a time


def _times(matrix: Vectors, vector: Vectors) -> Vectors:
    """matrix @ vector in one thread. OpenBLAS would take all cores for it, and spends most of what it takes on waiting: 7.7 ms
    of processor time for 22,000 rows on a busy machine instead of 0.5; askers are what keeps cores busy here."""
    out = np.empty(len(matrix), dtype=np.float32)
    whole = len(matrix) // _STRIP * _STRIP
    strips = matrix[:whole].reshape(-1, _STRIP, matrix.shape[1])
    np.matmul(strips, vector, out=out[:whole].reshape(-1, _STRIP))
    np.matmul(matrix[whole:], vector, out=out[whole:])
    return out


_CACHED = 1 << 17  # numbers that stay in a core's own memory (512 kB) between being gathered and being used


def _times_gathered(matrix: Vectors, rows: Rows, vector: Vectors) -> Vectors:
    """matrix[rows] @ vector. `take` that clips numbers outside takes half the time of one that looks at each; there are none
    outside."""
    size = max(_STRIP, _CACHED // matrix.shape[1] // _STRIP * _STRIP)
    parts = [
        _times(matrix.take(rows[at : at + size], 0, mode="clip"), vector) for at in range(0, len(rows), size)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)


_SAMPLE = 16  # every so manieth row tells how high a score must be


def _leading(scores: Vectors, allowed: Mask, k: int) -> Rows:
    """Allowed rows, in order, the k best (all, if they are fewer) among them and few others. A sample tells the score that
    somewhat more than k of them reach: ordering 100,000 scores takes 40 times as long as comparing each with one number."""
    some = scores[::_SAMPLE][allowed[::_SAMPLE]]
    expected = k / _SAMPLE
    rank = int(expected + 4 * math.sqrt(expected) + 4)  # four standard errors: hardly ever too few
    if len(some) > rank:
        rows = np.flatnonzero(allowed & (scores >= np.partition(some, len(some) - rank)[-rank]))
        if len(rows) >= k:
            return rows
    return np.flatnonzero(allowed)


def _best_of(rows: Rows, scores: Vectors, k: int) -> tuple[Rows, Vectors]:
    """The rows that score no less than the k-th best."""
    if len(rows) > k:
        least = np.partition(scores, len(scores) - k)[-k]
        kept = scores >= least
        return rows[kept], scores[kept]
    return rows, scores


def _hash(term: str) -> int:
    """64 bits: among a million terms two are one with a chance of one in 30 million."""
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


# --- making ---------------------------------------------------------------------------------------------------------


def segment_of(table: pa.Table, vectors: Sequence[str], length: float | None = None) -> Segment:
    """The rows of the passage table (with _rowid) as a segment. `length` is the mean number of terms to count with: of the
    segment that this one stands beside."""
    table = table.combine_chunks()
    sets, groups = _group_sets(table["groups"].to_pylist())
    terms, starts, rows, weights, mean = _postings(table["terms"], length)
    own = {name: _matrix(table[name]) for name in vectors}
    axes, coarse = {}, {}
    if table.num_rows > _SCANNED:
        for name, matrix in own.items():
            if matrix.shape[1] > _AXES:
                axes[name] = _main_axes(matrix)
                coarse[name] = np.stack(np.hsplit(matrix @ axes[name], 2))
    names = [name for name in Passage.__dataclass_fields__ if name in table.column_names]
    texts = table.select(names)
    place = names.index("text")
    texts = texts.set_column(place, "text", pc.cast(texts["text"], pa.large_string()))
    keys = table["_rowid"].to_numpy().astype(np.uint64)
    return Segment(keys, texts, sets, groups, terms, starts, rows, weights, mean, own, axes, coarse)


def _group_sets(rows: Iterable[Sequence[str]]) -> tuple[NDArray[np.int32], tuple[frozenset[str], ...]]:
    known: dict[tuple[str, ...], int] = {}
    codes = [known.setdefault(tuple(row), len(known)) for row in rows]
    return np.array(codes, dtype=np.int32), tuple(frozenset(row) for row in known)


def _postings(column: pa.ChunkedArray, length: float | None) -> tuple[Any, Any, Any, Any, float]:
    """terms, starts, rows, weights, length of a Segment."""
    lines = pc.split_pattern(column.combine_chunks(), " ")  # as Lance does: terms hold no space
    words = pc.dictionary_encode(pc.list_flatten(lines))
    codes, line = words.indices.to_numpy(), pc.list_parent_indices(lines).to_numpy()
    kept = [
        bool(word) for word in words.dictionary.to_pylist()
    ]  # a line without terms splits into one empty word
    if not all(kept):
        is_term = np.array(kept, dtype=bool)[codes]
        codes, line = codes[is_term], line[is_term]
    count = len(column)
    lengths = np.bincount(line, minlength=count)
    own = float(lengths.mean()) if count else 0.0
    mean = (own if length is None else length) or 1.0  # of rows without any term any mean will do
    hashes = np.array([_hash(word) for word in words.dictionary.to_pylist()], dtype=np.uint64)
    order = np.argsort(hashes, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    pairs, times = np.unique(rank[codes] * max(1, count) + line, return_counts=True)
    term, row = np.divmod(pairs, max(1, count))
    starts = np.searchsorted(term, np.arange(len(order) + 1)).astype(np.int64)
    norm = BM25_K1 * (1 - BM25_B + BM25_B * lengths[row] / mean)
    weights = (times * (BM25_K1 + 1) / (times + norm)).astype(np.float32)
    return hashes[order], starts, row.astype(np.int32), weights, mean


def _matrix(column: pa.ChunkedArray) -> Vectors:
    flat = column.combine_chunks()
    size = flat.type.list_size
    return np.asarray(flat.flatten().to_numpy(zero_copy_only=False), dtype=np.float32).reshape(-1, size)


_SAMPLED = 20_000  # rows that the axes are taken from


def _main_axes(matrix: Vectors) -> Vectors:
    """The _AXES directions that hold most of the rows' length, as columns."""
    some = matrix[:: max(1, len(matrix) // _SAMPLED)]
    _, directions = np.linalg.eigh(some.T @ some)  # ascending
    return np.ascontiguousarray(directions[:, ::-1][:, :_AXES], dtype=np.float32)


# --- keeping --------------------------------------------------------------------------------------------------------

_ARRAYS = ("keys", "sets", "terms", "starts", "rows", "weights")


def save(segment: Segment, folder: Path, told: Mapping[str, Any]) -> None:
    """Writes the segment into the folder, durably; `told` is kept beside it."""
    folder.mkdir(parents=True)
    files = {name: getattr(segment, name) for name in _ARRAYS}
    for kind in ("vectors", "axes", "coarse"):
        files |= {f"{kind}-{name}": array for name, array in getattr(segment, kind).items()}
    for name, array in files.items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)
    with (
        pa.OSFile(str(folder / "passages.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, segment.passages.schema) as out,
    ):
        out.write_table(segment.passages)
    paths = sorted(folder.iterdir())
    manifest = {
        "format": _FORMAT,
        "files": {path.name: [path.stat().st_size, _checksum(path)] for path in paths},
        "groups": [sorted(one) for one in segment.groups],
        "length": segment.length,
        "resident": segment.resident,
        **told,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    sync_files([*paths, folder / "manifest.json"])
    sync_folders([folder])


def read_manifest(folder: Path) -> dict[str, Any]:
    """What was kept beside a segment. Raises ValueError or OSError if there is nothing whole."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if not isinstance(manifest, dict) or manifest.get("format") != _FORMAT:
        raise ValueError(f"{folder}: not a snapshot of this version of metier")
    return manifest


def load(folder: Path) -> Segment:
    """The segment, mapped into memory. Raises ValueError or OSError if a file is missing or not what was written."""
    manifest = read_manifest(folder)
    for name, (size, checksum) in manifest["files"].items():
        path = folder / name
        if path.stat().st_size != size or _checksum(path) != checksum:
            raise ValueError(f"{path}: not as it was written")
    arrays = {path.stem: _mapped_array(path) for path in sorted(folder.glob("*.npy"))}
    passages = pa.ipc.open_file(pa.py_buffer(_mapped(folder / "passages.arrow"))).read_all()
    kinds = {
        kind: {name.partition("-")[2]: array for name, array in arrays.items() if name.startswith(f"{kind}-")}
        for kind in ("vectors", "axes", "coarse")
    }
    groups = tuple(frozenset(one) for one in manifest["groups"])
    parts: dict[str, Any] = {name: arrays[name] for name in _ARRAYS} | kinds
    return Segment(passages=passages, groups=groups, length=float(manifest["length"]), **parts)


_POPULATE_READ = 22  # Linux 5.14: madvise that maps all pages now


def _mapped(path: Path) -> mmap.mmap:
    """The file in memory, shared with all who map it. Its pages were read for the checksum a moment ago, so mapping all at
    once takes milliseconds; one by one, as searches meet them, they cost a search a millisecond."""
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # one that does not know it
            mapped.madvise(_POPULATE_READ)
    return mapped


def _mapped_array(path: Path) -> NDArray[Any]:
    """The array in a file that numpy wrote. Not numpy's own memmap: a slice of one takes 20 us, and every term of a
    question is one."""
    with path.open("rb") as file:
        np.lib.format.read_magic(file)
        shape, _, kind = np.lib.format.read_array_header_1_0(file)
        start = file.tell()
    flat = np.frombuffer(_mapped(path), kind, offset=start) if math.prod(shape) else np.empty(0, kind)
    return flat.reshape(shape)


def _checksum(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            found = zlib.crc32(block, found)
    return found
