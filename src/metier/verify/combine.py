"""Findings of one statement -> P(supported): a logistic combination with fitted weights.

Weights are data (`verifier.json` of a release; `weights.json` here is the default, written by
`benchmarks.fit_verifier`). What no weight can outvote: a citation that is not true to its page, a link or personal data
that the source does not hold, a contradiction that an entailment model found; there the probability is 0. Nor is any
statement likelier supported than the shipped weights have it: a release can hold back more, and never lets through more. People mark
what they are shown, so nothing is learnt of what is held back.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any, Final

from metier.errors import UserError
from metier.types import Finding

VETO: Final = ("citation", "links", "personal", "contradiction")
_OVERLAP: Final = {
    "words": "support", "tokens": "support_tokens", "order": "support_order", "pairs": "support_pairs",
    "known": "support_known",
}  # fmt: skip
HARD: Final = ("numbers", "dates", "names", "negation")  # faults of fact
SOFT: Final = (*_OVERLAP, "person", "question")
FEATURES: Final = (*_OVERLAP, *HARD, "person", "question")
_LARGEST = 100.0  # of a weight; those fitted are below 10, and products with features 0-1 stay finite


def features(findings: Iterable[Finding]) -> dict[str, float]:
    """FEATURES of the findings of one statement, each 0-1. A check that was not run finds no fault, overlap 0."""
    score = {finding.check: finding.score for finding in findings}
    found = {name: score.get(check, 0.0) for name, check in _OVERLAP.items()}
    # One wrong number makes a sentence wrong, however many others are right.
    found |= {name: float(score.get(name, 1.0) < 1.0) for name in ("numbers", "dates", "names")}
    if score.get("derived", 1.0) < 1.0:
        found["numbers"] = 1.0  # a figure under another kind's name is a wrong figure
    for fault, check in (("negation", "negation"), ("person", "voice"), ("question", "voice_question")):
        found[fault] = 1.0 - score.get(check, 1.0)
    return found


DEFAULT: Final[Mapping[str, Any]] = json.loads(  # with what they were fitted on
    resources.files("metier.verify").joinpath("weights.json").read_text(encoding="utf-8")
)


class SupportModel:
    """Says of a statement how likely it is supported, with the weights of one release."""

    def __init__(self, weights: Mapping[str, Any] | None = None) -> None:
        """`weights`: the release part "verifier", {"bias": float, "weights": {feature: float}}; None = as shipped.
        Raises UserError if it is not of that shape."""
        self._weights = _checked(DEFAULT if weights is None else weights)

    def probability(self, findings: Sequence[Finding]) -> float:
        """P(the statement is supported by what it cites), 0-1, from the findings of that one statement; 0 if nobody looked."""
        if not findings or any(finding.check in VETO and not finding.ok for finding in findings):
            return 0.0
        found = features(findings)
        return min(_logistic(self._weights, found), _logistic(DEFAULT, found))


def _logistic(weights: Mapping[str, Any], found: Mapping[str, float]) -> float:
    logit = weights["bias"] + sum(weight * found[name] for name, weight in weights["weights"].items())
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))


def speaks_for(feature: str) -> bool:
    """True for what can only make a statement likelier supported, False for what can only make it less so."""
    return feature in _OVERLAP


def _checked(weights: Mapping[str, Any]) -> Mapping[str, Any]:
    bias, table = weights.get("bias"), weights.get("weights")
    numbers = [bias, *table.values()] if isinstance(table, Mapping) else [None]
    if not all(_is_number(value) for value in numbers):
        raise UserError(
            'verifier.json: expected {"bias": number, "weights": {feature: number}}; '
            "make the release again with `metier specialize` or go back with `metier release rollback`"
        )
    if unknown := sorted(set(weights["weights"]) - set(FEATURES)):
        raise UserError(
            f"verifier.json: unknown features {', '.join(unknown)} (known: {', '.join(FEATURES)})"
        )
    turned = [name for name, value in weights["weights"].items() if value and (value > 0) != speaks_for(name)]
    if turned or weights["bias"] > 0:
        raise UserError(
            f"verifier.json: {turned[0] if turned else 'bias'} has the wrong sign: it would make sentences likelier "
            "supported that have less in common with what they cite; do not use this release (`metier release rollback` leaves it)"
        )
    return weights


def _is_number(value: Any) -> bool:
    """A finite number of a plausible size: JSON as Python reads it has NaN and Infinity, too."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
