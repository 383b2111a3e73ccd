"""Rows of a snapshot as passages, some dozens at a time: nearly half of what a question cost was making their values one by one."""

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metier.types import Passage

Rows = NDArray[np.int64]
Column = Callable[[Rows], list[Any]]  # numbers of rows -> their values

_NAMES = tuple(Passage.__dataclass_fields__)
_FEW = ("kind", "language", "version_date")  # columns of few different values, each of which is made once
# What the constructor of a frozen dataclass does for each field by its name, at twice the time.
_SETTERS = tuple(getattr(Passage, name).__set__ for name in _NAMES)


class PassageRows:
    """Passages by the numbers of their rows; safe to share between threads."""

    def __init__(self, table: pa.Table, sets: NDArray[np.int32]) -> None:
        """`table` has the columns of Passage and at least one row; rows with equal `sets` have equal groups."""
        columns = {name: table[name].combine_chunks() for name in _NAMES}
        self._read = {name: _column(name, column) for name, column in columns.items()}
        codes, firsts = np.unique(sets, return_index=True)
        own = _values(columns["groups"].take(pa.array(firsts)))
        self._read["groups"] = _coded(np.searchsorted(codes, sets), own)

    def __call__(self, rows: Rows) -> list[Passage]:
        """The passages of these rows, in their order."""
        made = [object.__new__(Passage) for _ in rows]
        for name, setter in zip(_NAMES, _SETTERS, strict=True):
            deque(map(setter, made, self._read[name](rows)), maxlen=0)
        return made


def _column(name: str, column: pa.Array) -> Column:
    if name in _FEW:
        coded = column.dictionary_encode("encode")
        return _coded(coded.indices.to_numpy(), coded.dictionary.to_pylist())
    if pa.types.is_list(column.type):
        return _lists(column)
    if column.null_count or pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return lambda rows: list(column.take(pa.array(rows)).to_pylist())
    numbers = column.to_numpy()
    return lambda rows: numbers.take(rows).tolist()


def _coded(codes: NDArray[np.integer[Any]], values: list[Any]) -> Column:
    return lambda rows: [values[code] for code in codes.take(rows).tolist()]


def _lists(column: pa.ListArray) -> Column:
    places, inner = column.offsets.to_numpy(), column.values

    def read(rows: Rows) -> list[Any]:
        starts = places.take(rows)
        sizes = places.take(rows + 1) - starts
        if not sizes.any():
            return [()] * len(rows)
        upto = np.cumsum(sizes)
        wanted = np.repeat(starts - upto + sizes, sizes) + np.arange(sizes.sum())
        found = inner.take(pa.array(wanted)).to_pylist()
        return [
            tuple(found[end - size : end]) for size, end in zip(sizes.tolist(), upto.tolist(), strict=True)
        ]

    return read


def _values(column: pa.Array) -> list[Any]:
    """The column as Python values, lists as tuples."""
    return [tuple(value) if isinstance(value, list) else value for value in column.to_pylist()]
