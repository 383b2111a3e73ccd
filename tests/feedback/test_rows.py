"""What people say becomes a row, or a refusal that names what was expected."""

from typing import Any

import pytest

from metier.errors import UserError
from metier.feedback.rows import KINDS, feedback_row
from metier.types import Answer, Citation, Feedback, Outcome, Query, Statement, Trace

CITATION = Citation("c1", "d", "a.pdf", "T", "", 1, 0, 9, "quote")
ANSWER = Answer("a1", Outcome.ANSWERED, "r", (Statement("s1", "text", (CITATION,)),))
TRACE = Trace(ANSWER, "q", "me", ("hr", "it"), "then", Query("q"), (), None, (), 1)


def row(**data: Any) -> Feedback:
    return feedback_row({"answer": "a1", **data}, "me", TRACE, lambda: "now", lambda: "new")


def test_a_row_carries_who_when_and_whose_access() -> None:
    found = row(
        kind="reason", value="wrong year", statement="s1", citation="c1", propensity=0.5, supersedes="f0"
    )
    assert found == Feedback(
        "new", "a1", "reason", "wrong year", "me", "now", "s1", "c1", ("hr", "it"), True, "metier", 0.5, "f0"
    )


GOOD: list[tuple[str, Any, Any]] = [
    ("thumb", "up", 1),
    ("thumb", "down", -1),
    ("thumb", -1, -1),
    ("reason", "text", "text"),
    ("expert_answer", "140 euros", "140 euros"),
    ("edit", {"before": "a", "after": "b"}, {"before": "a", "after": "b"}),
    ("citation", "wrong", "wrong"),
    ("citation", {"better": {"uri": "x", "quote": "y"}}, {"better": {"uri": "x", "quote": "y"}}),
    ("should_abstain", True, True),
    ("extraction", {"page": 3}, {"page": 3}),
]


@pytest.mark.parametrize(("kind", "value", "stored"), GOOD)
def test_values_by_kind(kind: str, value: Any, stored: Any) -> None:
    assert row(kind=kind, value=value).value == stored


def test_every_kind_has_an_example_here() -> None:
    assert {kind for kind, _, _ in GOOD} == set(KINDS)


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "thumb", "value": 0},
        {"kind": "thumb", "value": True},
        {"kind": "thumb", "value": "sideways"},
        {"kind": "thumb"},
        {"kind": "reason", "value": "  "},
        {"kind": "reason", "value": 7},
        {"kind": "reason", "value": "x" * 20_001},
        {"kind": "edit", "value": {"before": "a"}},
        {"kind": "edit", "value": "text"},
        {"kind": "citation", "value": "so so"},
        {"kind": "should_abstain", "value": "true"},
        {"kind": "extraction", "value": {}},
        {"kind": "like", "value": 1},
        {"kind": ["thumb"], "value": 1},
        {"value": 1},
        {"kind": "thumb", "value": 1, "statment": "s1"},
        {"kind": "thumb", "value": 1, "statement": "s9"},
        {"kind": "thumb", "value": 1, "citation": "c9"},
        {"kind": "thumb", "value": 1, "consent": "false"},
        {"kind": "thumb", "value": 1, "propensity": "often"},
        {"kind": "thumb", "value": 1, "propensity": 0},
        {"kind": "thumb", "value": 1, "propensity": 1.5},
        {"kind": "thumb", "value": 1, "propensity": float("nan")},
    ],
)
def test_what_is_no_feedback_is_refused_with_words(data: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"^feedback: .{10,}"):
        row(**data)
