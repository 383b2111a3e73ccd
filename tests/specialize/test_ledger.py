import pytest

from metier.specialize.ledger import ledger, sets_asked
from metier.specialize.tuning import Changes, Component


def component(name: str, kept: bool = True) -> Component:
    return Component(name, kept, "", changes={(name,): name})


def test_each_alone_each_left_out_and_every_two() -> None:
    asked: list[frozenset[str]] = []

    def share(changes: Changes, label: str) -> float:
        names = frozenset(path[0] for path in changes)
        asked.append(names)
        # a and b repair the same tenth; c repairs a tenth, and another one where a is there
        return 0.5 + 0.1 * bool(names & {"a", "b"}) + 0.1 * ("c" in names) + 0.1 * ({"a", "c"} <= names)

    made = ledger([component("a"), component("dropped", kept=False), component("b"), component("c")], share)
    assert made.rows == pytest.approx(
        {
            "parent": 0.5, "+ a": 0.6, "+ b": 0.6, "+ c": 0.6, "all - a": 0.7, "all - b": 0.8, "all - c": 0.6,
            "+ a + b": 0.6, "+ a + c": 0.8, "+ b + c": 0.7, "all": 0.8,
        }
    )  # fmt: skip
    assert made.pairs == pytest.approx({"a + b": -0.1, "a + c": 0.1, "b + c": 0.0})
    assert len(asked) == len(set(asked)), "what is left out of three is a pair of them, asked once"
    assert sets_asked([component("a"), component("b"), component("c")]) == len(asked)
    assert sets_asked([]) == 1


def test_of_two_all_is_the_pair() -> None:
    made = ledger([component("a"), component("b")], lambda changes, label: 0.5 + 0.1 * len(changes))
    assert list(made.rows) == ["parent", "+ a", "+ b", "all - a", "all - b", "all"]
    assert made.pairs == pytest.approx({"a + b": 0.0})


def test_nothing_kept_is_the_parent_alone() -> None:
    assert ledger([], lambda changes, label: 0.25).rows == {"parent": 0.25}
    one = ledger([component("a")], lambda changes, label: 0.25)
    assert (list(one.rows), one.pairs) == (["parent", "+ a"], {})
