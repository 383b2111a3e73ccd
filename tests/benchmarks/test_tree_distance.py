"""The tree distance against cases worked out by hand."""

from typing import Any

import pytest

from benchmarks.tree_distance import Node, distance, size


def tree(label: str, *children: Any) -> Node[str]:
    return Node(label, list(children))


def differ(a: str, b: str) -> float:
    return float(a != b)


def test_equal_trees_are_at_distance_zero() -> None:
    one = tree("a", tree("b"), tree("c", tree("d")))
    assert size(one) == 4
    assert distance(one, one, differ) == 0


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (tree("a"), tree("b"), 1),
        (tree("a", tree("b")), tree("a"), 1),
        # deleting an inner node hands its children up
        (tree("a", tree("b", tree("c"), tree("d"))), tree("a", tree("c"), tree("d")), 1),
        # the example of Zhang and Shasha 1989: f(d(a c(b)) e) and f(c(d(a b)) e)
        (
            tree("f", tree("d", tree("a"), tree("c", tree("b"))), tree("e")),
            tree("f", tree("c", tree("d", tree("a"), tree("b"))), tree("e")),
            2,
        ),
    ],
)
def test_distance_by_hand(one: Node[str], other: Node[str], expected: float) -> None:
    assert distance(one, other, differ) == expected
    assert distance(other, one, differ) == expected


def test_renaming_costs_what_is_said() -> None:
    assert distance(tree("a", tree("x")), tree("a", tree("y")), lambda a, b: 0.25 * (a != b)) == 0.25
