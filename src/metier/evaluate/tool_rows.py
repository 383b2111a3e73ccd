"""What result files of other tools come to: rows with scores; and reading of data whose shape nobody promised."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

Tool = Literal["ragas", "deepeval", "promptfoo", "inspect"]

MOST_BYTES = 500 << 20  # of one file, unpacked


@dataclass(frozen=True, slots=True)
class Result:
    """One question as a tool scored it. `group` is shared by repeats of it."""

    id: str
    question: str
    answer: str
    reference: tuple[str, ...]
    scores: Mapping[str, float]
    group: str
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Results:
    """A file of results."""

    tool: Tool
    name: str
    system: str
    rows: tuple[Result, ...]

    @property
    def metrics(self) -> list[str]:
        """Names of the scores that at least one row has."""
        return sorted({name for row in self.rows for name in row.scores})


def result(
    identity: str, question: str, answer: str, reference: object, scores: Mapping[str, float], error: str, seconds: object,
    group: str = "",
) -> Result:  # fmt: skip
    listed = reference if isinstance(reference, list | tuple) else [reference]
    told = tuple(str(item) for item in listed if item is not None and str(item).strip())
    spent = float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else 0.0
    same = group or sha256(question.encode()).hexdigest()[:16]
    return Result(identity, question or identity, answer, told, dict(scores), same, error, spent)


def put(scores: dict[str, float], found: Mapping[str, object]) -> None:
    """Adds what is a number (also in words, as in CSV); nan and texts are no scores."""
    for name, value in found.items():
        figure = number(value)
        if figure is not None:
            scores[name] = figure


def number(value: object) -> float | None:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        if value.strip().lower() in ("true", "false"):
            return float(value.strip().lower() == "true")
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None


def either(row: Mapping[str, Any], *keys: str) -> Any:
    return next((row[key] for key in keys if row.get(key) is not None), None)


def as_object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def as_objects(value: object) -> list[Mapping[str, Any]]:
    return list(_mappings(value)) if isinstance(value, list) else []


def _mappings(values: Sequence[object]) -> Iterator[Mapping[str, Any]]:
    return (item for item in values if isinstance(item, Mapping))
