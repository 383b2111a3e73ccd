"""What people say about answers, checked and made into rows."""

from collections.abc import Callable, Mapping
from typing import Any, get_args

from metier.errors import UserError
from metier.types import Answer, Feedback, FeedbackKind, Trace

KINDS: tuple[str, ...] = get_args(FeedbackKind)
_KEYS = {"answer", "kind", "value", "statement", "citation", "consent", "source", "propensity", "supersedes"}
_MAX_TEXT = 20_000  # characters of a value; more is not feedback

_EXPECTED: Mapping[str, str] = {
    "thumb": '1 or -1 (also "up", "down")',
    "reason": "a text",
    "edit": 'an object {"before": text, "after": text}',
    "citation": '"right", "wrong", or an object {"better": {"uri": ..., "quote": ...}}',
    "should_abstain": "true or false",
    "expert_answer": "a text",
    "extraction": "an object that says what was read wrongly",
}


def feedback_row(
    data: Mapping[str, Any], author: str, trace: Trace, now: Callable[[], str], new_id: Callable[[], str]
) -> Feedback:
    """The row for `data` about the traced answer. Raises UserError naming what is wrong and what is expected.

    The row carries the groups of its author's access, so that what it teaches stays among them.
    """
    if unknown := set(data) - _KEYS:
        raise UserError(f"feedback: unknown key {min(unknown)!r}; known are {', '.join(sorted(_KEYS))}")
    kind = data.get("kind")
    if kind not in KINDS:
        raise UserError(f"feedback: kind must be one of {', '.join(KINDS)}, not {kind!r}")
    value = _value(kind, data.get("value"))
    statement, citation = str(data.get("statement") or ""), str(data.get("citation") or "")
    consent, propensity = data.get("consent", True), data.get("propensity")
    if not isinstance(consent, bool):
        raise UserError(f"feedback: consent must be true or false, not {consent!r}")
    if propensity is not None and not _is_probability(propensity):
        raise UserError(f"feedback: propensity must be a number above 0 and at most 1, not {propensity!r}")
    _check_places(trace.answer, statement, citation)
    return Feedback(
        id=new_id(),
        answer=trace.answer.id,
        kind=kind,
        value=value,
        author=author,
        at=now(),
        statement=statement,
        citation=citation,
        access=trace.groups,
        consent=consent,
        source=str(data.get("source") or "metier"),
        propensity=propensity,
        supersedes=str(data.get("supersedes") or ""),
    )


def _value(kind: str, value: Any) -> Any:
    if kind == "thumb":
        value = {"up": 1, "down": -1}.get(value, value) if isinstance(value, str) else value
    good = {
        "thumb": lambda: value in (1, -1) and not isinstance(value, bool),
        "reason": lambda: _is_text(value),
        "expert_answer": lambda: _is_text(value),
        "edit": lambda: (
            isinstance(value, dict) and all(_is_text(value.get(key)) for key in ("before", "after"))
        ),
        "citation": lambda: value in ("right", "wrong") or (isinstance(value, dict) and "better" in value),
        "should_abstain": lambda: isinstance(value, bool),
        "extraction": lambda: isinstance(value, dict) and bool(value),
    }
    if not good[kind]():
        raise UserError(f"feedback: the value of kind {kind!r} must be {_EXPECTED[kind]}")
    if len(str(value)) > _MAX_TEXT:
        raise UserError(f"feedback: the value is longer than {_MAX_TEXT} characters")
    return value


def _is_probability(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _check_places(answer: Answer, statement: str, citation: str) -> None:
    statements = {item.id: item for item in answer.statements}
    if statement and statement not in statements:
        raise UserError(f"feedback: the answer {answer.id} has no statement {statement!r}")
    citations = {found.id for item in answer.statements for found in item.citations}
    if citation and citation not in citations:
        raise UserError(f"feedback: the answer {answer.id} has no citation {citation!r}")
