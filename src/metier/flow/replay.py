"""A stored answer against the same question asked again: bit for bit the same, or where they part and what had changed.

What had changed is told beside a difference, not as its proven cause: a newer ledger need not touch these documents.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from metier.types import Answer, Trace

_ANSWER = TypeAdapter(Answer)
# Of one asking, not of the answer: its id, the release (told among the changes), and what it took.
_OF_THE_ASKING = ("id", "release", "timings_ms", "tokens", "cost")


@dataclass(frozen=True, slots=True)
class Replay:
    """How the second answer compares with the first."""

    differences: tuple[str, ...]  # where in the answer, e.g. "statements[0].text: 'six weeks' -> 'two weeks'"
    # what was not as before when it was asked again, e.g. "documents: ledger version 3 -> 5"
    changes: tuple[str, ...]

    @property
    def same(self) -> bool:
        """True if nothing that leaves differs: outcome, every statement, citation, support, note, conflict."""
        return not self.differences


def compare_traces(before: Trace, now: Trace) -> Replay:
    """What differs between the answers, in order of their fields, and what had changed between the askings."""
    return Replay(tuple(_differences("", _leaves(before.answer), _leaves(now.answer))), _changes(before, now))


def _leaves(answer: Answer) -> dict[str, Any]:
    data: dict[str, Any] = _ANSWER.dump_python(answer, mode="json")
    return {name: value for name, value in data.items() if name not in _OF_THE_ASKING}


def _differences(place: str, before: Any, now: Any) -> list[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        names = list(dict.fromkeys((*before, *now)))
        inner = [(f"{place}.{name}" if place else name, before.get(name), now.get(name)) for name in names]
        return [line for part in inner for line in _differences(*part)]
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        pairs = enumerate(zip(before, now, strict=True))
        return [line for i, (one, other) in pairs for line in _differences(f"{place}[{i}]", one, other)]
    if isinstance(before, list) and isinstance(now, list):
        return [f"{place}: {len(before)} -> {len(now)} of them"]
    return [] if before == now else [f"{place}: {before!r} -> {now!r}"]


def _changes(before: Trace, now: Trace) -> tuple[str, ...]:
    compared = {
        "release": (before.answer.release[:12], now.answer.release[:12]),
        "documents: ledger version": (before.ledger_version, now.ledger_version),
        "groups of the asker": (", ".join(before.groups) or "none", ", ".join(now.groups) or "none"),
        "generator": (_generator(before), _generator(now)),
        "prompt": (before.prompt_hash[:12] or "none", now.prompt_hash[:12] or "none"),
        "models": (_models(before), _models(now)),
        "passages that models.reranker scored": (_scored(before), _scored(now)),
        "samples of the language model": (_sampled(before), _sampled(now)),
        "passages shown": (_shown(before), _shown(now)),
    }
    different = {name: pair for name, pair in compared.items() if pair[0] != pair[1]}
    return tuple(
        "passages shown: not the same ones in the same order"
        if name == "passages shown"
        else f"{name} {a} -> {b}"
        for name, (a, b) in different.items()
    )


def _generator(trace: Trace) -> str:
    return trace.draft.generator if trace.draft else "none"


def _models(trace: Trace) -> str:
    return ", ".join(f"{name} {identity}" for name, identity in sorted(trace.models.items())) or "none"


def _scored(trace: Trace) -> str:
    """How far its time let the model come, search by search, and what stopped it else."""
    told = (
        f"{one['scored']} of {one['of']}" + (f" ({one['problem']})" if one["problem"] else "")
        for one in trace.reordered
    )
    return ", ".join(told) or "none"


def _sampled(trace: Trace) -> str:
    """What each further answer began with and how likely it was."""
    told = (
        f"{sample.seed}: {sample.statements[0].text if sample.statements else 'nothing'!r} ({sample.chance:.2f})"
        for sample in trace.samples
    )
    return ", ".join(told) or "none"


def _shown(trace: Trace) -> list[str]:
    """Ids of the passages that the generator saw, in their order."""
    rows = [row for row in trace.pool if row["shown"]]
    return [str(row["passage"]) for row in sorted(rows, key=lambda row: int(row["shown"]))]
