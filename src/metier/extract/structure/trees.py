"""Boosted trees in numpy: small models that were fitted elsewhere (benchmarks/fit_structure.py) and ship as arrays.

The arrays are those of scikit-learn's HistGradientBoostingClassifier, whose answers they reproduce to rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Rows that are asked about at once: few enough for their tests to stay in the cache.
_ROWS = 256
_MOST_LEAVES = 16
_BITS = np.arange(1 << _MOST_LEAVES)
_LOWEST_BIT = np.log2(np.maximum(1, _BITS & -_BITS)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Tests:
    """All tests of all trees side by side. A test that sends a row to the right rules out the leaves on its left.

    The leaves of a tree are numbered from left to right; the first that no test rules out is the row's.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    missing_right: NDArray[np.bool_]
    kept: NDArray[np.uint16]  # bits of the leaves that are not on its left
    start: NDArray[np.int64]  # of each tree's tests
    value: NDArray[np.float32]  # (tree, leaf)


@dataclass(frozen=True)
class Trees:
    """One or more classes of additive trees. Arrays are (tree, node); a leaf has left == its own number; at most 16 leaves."""

    features: tuple[str, ...]
    classes: tuple[str, ...]
    feature: NDArray[np.int16]
    threshold: NDArray[np.float64]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    missing_left: NDArray[np.bool_]
    value: NDArray[np.float32]
    group: NDArray[np.int16]  # which class a tree adds to
    base: NDArray[np.float64]

    def scores(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """(rows, groups) of raw sums: log-odds for one group, logits for several."""
        known = self._tests
        rows, columns = table.shape
        column = known.feature + columns * known.missing_right
        first_leaf = np.arange(len(known.value))[:, None] * known.value.shape[1]
        total = np.tile(self.base, (rows, 1)).astype(np.float64)
        for start in range(0, rows, _ROWS):
            part = table[start : start + _ROWS].T
            unknown = np.isnan(part)
            both = np.vstack([np.where(unknown, -np.inf, part), np.where(unknown, np.inf, part)])
            right = both.take(column, axis=0) > known.threshold[:, None]
            # a test that fails rules nothing out: all bits set
            passed = known.kept[:, None] | (right.astype(np.uint16) - np.uint16(1))
            left = np.bitwise_and.reduceat(passed, known.start, axis=0)
            leaf = first_leaf + _LOWEST_BIT.take(left)
            value = np.ascontiguousarray(known.value.ravel().take(leaf).T)
            for group in range(total.shape[1]):
                total[start : start + _ROWS, group] += value[:, self.group == group].sum(axis=1)
        return total

    @cached_property
    def _tests(self) -> _Tests:
        """Raises ValueError for trees of more leaves than there are bits."""
        tests: list[tuple[int, int, int]] = []  # tree, node, leaves on its left
        start, leaves = [], []
        for tree in range(len(self.value)):
            found: list[tuple[int, int]] = []
            order: list[int] = []
            _walk(self.left[tree].tolist(), self.right[tree].tolist(), 0, found, order)
            start.append(len(tests))
            # a tree of one leaf has no test; one that rules nothing out stands in
            tests += [(tree, node, bits) for node, bits in found or [(0, 0)]]
            leaves.append(order)
        most = max(map(len, leaves))
        if most > _MOST_LEAVES:
            raise ValueError(f"trees of {most} leaves, at most {_MOST_LEAVES}")
        at = tuple(np.array([(tree, node) for tree, node, _ in tests]).T)
        return _Tests(
            self.feature[at].astype(np.int64),
            # splits between known and unknown have no bound: what is unknown is beyond every known value
            np.minimum(self.threshold[at], np.finfo(np.float64).max),
            ~self.missing_left[at],
            ~np.array([bits for _, _, bits in tests], dtype=np.uint16),
            np.array(start),
            np.array(
                [self.value[tree, order + [0] * (most - len(order))] for tree, order in enumerate(leaves)]
            ),
        )

    def probabilities(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """(rows, classes); for two classes the second column is the chance of the second."""
        if len(table) == 0:
            return np.zeros((0, len(self.classes)))
        scores = self.scores(table)
        if scores.shape[1] == 1:
            chance = 1 / (1 + np.exp(-np.clip(scores[:, 0], -30, 30)))
            return np.column_stack([1 - chance, chance])
        scores -= scores.max(axis=1, keepdims=True)
        powers = np.exp(scores)
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)


def _walk(
    left: list[int], right: list[int], node: int, found: list[tuple[int, int]], order: list[int]
) -> int:
    """The leaves below the node as bits; adds inner nodes with the leaves on their left, and leaves, from left to right."""
    if left[node] == node:
        order.append(node)
        return 1 << (len(order) - 1)
    bits = _walk(left, right, left[node], found, order)
    found.append((node, bits))
    return bits | _walk(left, right, right[node], found, order)


def load(path: Path, name: str) -> Trees:
    """The trees called `name` in an npz file without pickled objects. Raises KeyError, ValueError."""
    with np.load(path, allow_pickle=False) as arrays:
        return Trees(
            tuple(str(item) for item in arrays[f"{name}.features"]),
            tuple(str(item) for item in arrays[f"{name}.classes"]),
            *(
                arrays[f"{name}.{field}"]
                for field in (
                    "feature",
                    "threshold",
                    "left",
                    "right",
                    "missing_left",
                    "value",
                    "group",
                    "base",
                )
            ),
        )


def arrays_of(name: str, trees: Trees) -> dict[str, NDArray[Any]]:
    """What `load` reads back."""
    return {
        f"{name}.features": np.array(trees.features),
        f"{name}.classes": np.array(trees.classes),
        f"{name}.feature": trees.feature,
        f"{name}.threshold": trees.threshold,
        f"{name}.left": trees.left,
        f"{name}.right": trees.right,
        f"{name}.missing_left": trees.missing_left,
        f"{name}.value": trees.value,
        f"{name}.group": trees.group,
        f"{name}.base": trees.base,
    }


def from_nodes(
    features: Sequence[str],
    classes: Sequence[str],
    forest: Sequence[Sequence[Sequence[dict[str, Any]]]],
    base: Sequence[float],
) -> Trees:
    """Trees from lists of nodes: forest[round][group] = nodes with feature, threshold, left, right, missing_left, value, leaf."""
    trees = [(group, nodes) for step in forest for group, nodes in enumerate(step)]
    shape = len(trees), max(len(nodes) for _, nodes in trees)
    feature, left, right = (np.zeros(shape, np.int16) for _ in range(3))
    threshold, value = np.zeros(shape, np.float64), np.zeros(shape, np.float32)
    missing = np.zeros(shape, np.bool_)
    for number, (_, nodes) in enumerate(trees):
        for index, node in enumerate(nodes):
            if node["leaf"]:
                left[number, index] = right[number, index] = index
                value[number, index] = node["value"]
                continue
            feature[number, index], threshold[number, index] = node["feature"], node["threshold"]
            left[number, index], right[number, index] = node["left"], node["right"]
            missing[number, index] = node["missing_left"]
    return Trees(
        tuple(features),
        tuple(classes),
        feature,
        threshold,
        left,
        right,
        missing,
        value,
        np.array([group for group, _ in trees], np.int16),
        np.array(base, np.float64),
    )
