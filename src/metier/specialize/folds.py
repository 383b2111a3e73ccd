"""Which fold a question falls into: by the hash of its id, so that every fit leaves out the same ones together."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

FOLDS = 5


class HasAnswers(Protocol):
    """A judged question."""

    @property
    def id(self) -> str: ...
    @property
    def relevance(self) -> Mapping[str, float]: ...


Row = TypeVar("Row", bound=HasAnswers)


def digest(identity: str) -> int:
    """First byte of the id's sha256; even is the tuning half, odd the checking half."""
    return hashlib.sha256(identity.encode()).digest()[0]


def fold_of(identity: str) -> int:
    """0 to FOLDS - 1."""
    return digest(identity) % FOLDS


def with_answers(judged: Iterable[Row]) -> list[Row]:
    """The questions that have a relevant passage, in an order that does not depend on how they came."""
    kept = (row for row in judged if any(grade > 0 for grade in row.relevance.values()))
    return sorted(kept, key=lambda row: hashlib.sha256(row.id.encode()).digest())
