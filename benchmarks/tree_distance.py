"""Distance between two ordered trees: the least cost of inserting, deleting and renaming nodes.

Zhang and Shasha 1989 (SIAM J. Comput. 18:1245); gives what APTED gives, in a few lines.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Node(Generic[T]):
    """A node with a label and its children in order."""

    label: T
    children: "list[Node[T]]" = field(default_factory=list)


def size(tree: Node[T]) -> int:
    """The number of nodes, the root counted."""
    return 1 + sum(size(child) for child in tree.children)


def distance(one: Node[T], other: Node[T], rename: Callable[[T, T], float]) -> float:
    """The edit distance with costs insert 1, delete 1, and `rename` of two labels."""
    labels_a, left_a, keys_a = _postorder(one)
    labels_b, left_b, keys_b = _postorder(other)
    cost = [[rename(a, b) for b in labels_b] for a in labels_a]
    trees = [[0.0] * len(labels_b) for _ in labels_a]
    for i in keys_a:
        for j in keys_b:
            _forests(i, j, left_a, left_b, cost, trees)
    return trees[-1][-1]


def _postorder(tree: Node[T]) -> tuple[list[T], list[int], list[int]]:
    """Labels in postorder, each node's leftmost leaf, and the roots of the subtrees to be solved (keyroots)."""
    labels: list[T] = []
    left: list[int] = []

    def walk(node: Node[T]) -> int:
        first = -1
        for child in node.children:
            leaf = walk(child)
            first = leaf if first < 0 else first
        labels.append(node.label)
        left.append(len(labels) - 1 if first < 0 else first)
        return left[-1]

    walk(tree)
    highest = {leaf: index for index, leaf in enumerate(left)}
    return labels, left, sorted(highest.values())


def _forests(
    i: int, j: int, left_a: list[int], left_b: list[int], cost: list[list[float]], trees: list[list[float]]
) -> None:
    a, b = left_a[i], left_b[j]
    rows, columns = i - a + 2, j - b + 2
    forest = [[0.0] * columns for _ in range(rows)]
    for x in range(1, rows):
        forest[x][0] = x
    forest[0] = [float(y) for y in range(columns)]
    for x in range(1, rows):
        above, row = forest[x - 1], forest[x]
        node = a + x - 1
        from_a = left_a[node]
        costs, solved = cost[node], trees[node]
        for y in range(1, columns):
            other = b + y - 1
            least = min(above[y], row[y - 1]) + 1
            if from_a == a and left_b[other] == b:
                least = min(least, above[y - 1] + costs[other])
                solved[other] = least
            else:
                least = min(least, forest[from_a - a][left_b[other] - b] + solved[other])
            row[y] = least
