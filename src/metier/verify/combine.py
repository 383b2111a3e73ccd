"""Findings of one statement -> P(supported): a logistic combination with fitted weights.

Weights are data (`verifier.json` of a release; `weights.json` here is the default, written by
`benchmarks.fit_verifier`). What no weight can outvote: a citation that is not true to its page, a link or personal data
that the source does not hold, a contradiction that an entailment model found; there the probability is 0.
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
FEATURES: Final = (*_OVERLAP, "numbers", "dates", "names", "negation", "person", "question")


def features(findings: Iterable[Finding]) -> dict[str, float]:
    """FEATURES of the findings of one statement, each 0-1. A check that was not run finds no fault, overlap 0."""
    score = {finding.check: finding.score for finding in findings}
    found = {name: score.get(check, 0.0) for name, check in _OVERLAP.items()}
    # One wrong number makes a sentence wrong, however many others are right.
    found |= {name: float(score.get(name, 1.0) < 1.0) for name in ("numbers", "dates", "names")}
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
        logit = self._weights["bias"]
        logit += sum(weight * found[name] for name, weight in self._weights["weights"].items())
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))


def _checked(weights: Mapping[str, Any]) -> Mapping[str, Any]:
    bias, table = weights.get("bias"), weights.get("weights")
    numbers = [bias, *table.values()] if isinstance(table, Mapping) else [None]
    if not all(isinstance(value, (int, float)) for value in numbers):
        raise UserError(
            'verifier.json: expected {"bias": number, "weights": {feature: number}}; '
            "make the release again with `metier specialize` or go back with `metier release rollback`"
        )
    if unknown := sorted(set(weights["weights"]) - set(FEATURES)):
        raise UserError(
            f"verifier.json: unknown features {', '.join(unknown)} (known: {', '.join(FEATURES)})"
        )
    return weights
