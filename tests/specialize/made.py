"""Small values for tests of specialize."""

from typing import Any

import numpy as np

from metier.generate.candidates import Candidate
from metier.generate.scoring import FEATURES
from metier.specialize.labels import Graded, Lesson
from metier.specialize.rows import Example
from metier.text.statements import Piece
from metier.types import (
    Answer,
    Citation,
    Evidence,
    EvidenceQuote,
    Feedback,
    Outcome,
    Query,
    Statement,
    Trace,
)
from tests.builders import passage


def trace(answer: str = "a1", question: str = "How long is the leave?", **changed: Any) -> Trace:
    """An answer with one statement that cites leave.txt."""
    text = changed.pop("text", "The leave is 30 days.")
    uri = changed.pop("uri", "leave.txt")
    cited = Citation("c1", "d1", uri, "Leave", "", 1, 0, len(text), text)
    statements = (Statement("s1", text, (cited,)),) if text else ()
    outcome = Outcome.ANSWERED if text else Outcome.ABSTAINED
    values: dict[str, Any] = {
        "answer": Answer(answer, outcome, "r", statements),
        "question": question,
        "principal": "me",
        "groups": ("all",),
        "at": f"2026-01-01T00:00:{answer[1:].zfill(4)}",
        "query": Query(question, "en"),
        "pool": (),
        "draft": None,
        "findings": (),
        "ledger_version": 1,
    }
    return Trace(**values | changed)


def said(identity: str, kind: Any, value: Any, answer: str = "a1", **changed: Any) -> Feedback:
    """A row of feedback."""
    values: dict[str, Any] = {"author": "ann", "at": "then", "access": ("all",)}
    return Feedback(identity, answer, kind, value, **values | changed)


def example(identity: str = "a1", **changed: Any) -> Example:
    """An example; nothing is said about it unless given."""
    values: dict[str, Any] = {
        "question": f"What is the price of item {identity}?",
        "user": "me",
        "at": identity.zfill(6),
        "feedback": (f"f{identity}",),
    }
    return Example(identity, **values | changed)


def quote(text: str, uri: str = "leave.txt") -> EvidenceQuote:
    return EvidenceQuote(uri, text)


def candidate(text: str, document: str = "leave") -> Candidate:
    """A sentence of a passage that holds nothing else."""
    found = passage(text, document)
    return Candidate(Evidence(found, 0.5), 0, Piece(text, 0, len(text)))


def lesson(rows: list[list[float]], good: list[int], **changed: Any) -> Lesson:
    """Candidates with the first few features given; `good` holds places of right ones (len(rows) = abstaining)."""
    features = np.zeros((len(rows), len(FEATURES)))
    for place, row in enumerate(rows):
        features[place, : len(row)] = row
    mask = np.zeros(len(rows) + 1, dtype=bool)
    mask[good] = True
    values: dict[str, Any] = {"weight": 1.0, "noise": 0.0}
    return Lesson(features, mask, **values | changed)


def graded(right: bool, shown: bool = True) -> Graded:
    return Graded(right, shown and not right, True)
