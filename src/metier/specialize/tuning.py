"""The tuning gate of one component: kept only if it gains on examples it was not fitted on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from metier.evaluate.estimates import mean
from metier.types import Estimate

Changes = Mapping[
    tuple[str, ...], Any
]  # path of a value in a release, e.g. ("generator", "read", "weights") -> value

LEAST = 5  # examples to choose on; with fewer the spread itself is a guess
# One standard error: a worthless component passes one time in six and then faces the sealed gate; at 95% a gain of five
# points would be dropped in most runs with 100 examples.
_CONFIDENCE = 0.68


@dataclass(frozen=True, slots=True)
class Component:
    """What one component came to."""

    name: str
    kept: bool
    reason: str
    examples: int = 0  # that taught it
    gain: Estimate | None = None  # on the tuning examples, in `unit`
    unit: str = ""
    changes: Changes = field(default_factory=dict)  # of the release; empty if dropped
    apart: Mapping[str, Any] = field(
        default_factory=dict
    )  # by group: `whole` of generator.json, fitted without it

    def as_json(self) -> dict[str, Any]:
        """Without the changes, which are in the files of the release, and what was fitted apart, which is nowhere."""
        gain = self.gain
        told = None if gain is None else [round(v, 6) for v in (gain.value, gain.low, gain.high)]
        return {
            "name": self.name, "kept": self.kept, "reason": self.reason, "examples": self.examples,
            "gain": told, "unit": self.unit, "tuned_on": 0 if gain is None else gain.n,
        }  # fmt: skip


def changed(parts: Mapping[str, Mapping[str, Any]], changes: Changes) -> dict[str, Mapping[str, Any]]:
    """The parts of a release with some values set; only the parts that change. The given ones stay as they are."""
    out: dict[str, Any] = {}
    for path, value in sorted(changes.items()):
        name, *rest = path
        out[name] = _set(out.get(name, parts.get(name, {})), rest, value)
    return out


def _set(data: Mapping[str, Any], path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    return {**data, path[0]: _set(data.get(path[0], {}), path[1:], value)}


def judge(gains: Sequence[float], groups: Sequence[str]) -> tuple[bool, Estimate, str]:
    """Whether a component is kept, its mean gain with an interval of one standard error, and the reason in words."""
    found = mean(gains, groups, _CONFIDENCE)
    if len(gains) < LEAST or len(set(groups)) < 2:
        return False, found, f"only {len(gains)} examples to choose on ({LEAST} in two groups are needed)"
    if found.low > 0:
        return True, found, "gains on examples it was not fitted on"
    word = "loses" if found.high < 0 else "no sure gain"
    return False, found, f"{word} on examples it was not fitted on"
