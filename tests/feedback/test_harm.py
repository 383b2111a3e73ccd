"""What counts as harm."""

from typing import Any

import pytest

from metier.feedback.harm import says_harm
from metier.types import Feedback, FeedbackKind


@pytest.mark.parametrize(
    ("kind", "value", "harm"),
    [
        ("thumb", -1, True),
        ("thumb", 1, False),
        ("citation", "wrong", True),
        ("citation", {"better": {"uri": "a"}}, True),
        ("citation", "right", False),
        ("should_abstain", True, True),
        ("should_abstain", False, False),
        ("edit", {"before": "a", "after": "b"}, True),
        ("expert_answer", "six weeks", True),
        ("reason", "too long", None),
        ("extraction", {"page": 3}, None),
    ],
)
def test_harm_is_what_had_to_be_noticed_or_mended(kind: FeedbackKind, value: Any, harm: bool | None) -> None:
    assert says_harm(Feedback("f", "a", kind, value, "me", "now")) is harm
