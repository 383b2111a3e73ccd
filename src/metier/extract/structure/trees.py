"""Boosted trees in numpy: small models that were fitted elsewhere (benchmarks/fit_structure.py) and ship as arrays.

The arrays are those of scikit-learn's HistGradientBoostingClassifier, whose answers they reproduce to rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Trees:
    """One or more classes of additive trees. Arrays are (tree, node); a leaf has left == its own number."""

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
        rows, columns = table.shape
        trees, nodes = self.feature.shape
        flat = np.ascontiguousarray(table, dtype=np.float64).ravel()
        root = np.arange(trees, dtype=np.int64) * nodes
        start = np.arange(rows, dtype=np.int64)[:, None] * columns
        feature, threshold = self.feature.ravel(), self.threshold.ravel()
        children = np.stack([self.left.ravel(), self.right.ravel()], axis=1).astype(np.int64)
        missing_right = ~self.missing_left.ravel()
        node = np.zeros((rows, trees), dtype=np.int64)
        while True:
            at = root + node
            value = flat.take(start + feature.take(at))
            unknown = np.isnan(value)
            goes_right = (value > threshold.take(at)) | (unknown & missing_right.take(at))
            following = children.ravel().take(2 * at + goes_right)
            if np.array_equal(following, node):
                break
            node = following
        leaf = self.value.ravel().take(root + node)
        total = np.tile(self.base, (rows, 1)).astype(np.float64)
        for group in range(total.shape[1]):
            total[:, group] += leaf[:, self.group == group].sum(axis=1)
        return total

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
