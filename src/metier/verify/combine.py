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
    found["numbers"] = float(score.get("numbers", 1.0) < 1.0)
    found["dates"] = float(score.get("dates", 1.0) < 1.0)
    found["names"] = float(score.get("names", 1.0) < 1.0)
    for fault, check in (("negation", "negation"), ("person", "voice"), ("question", "voice_question")):
        found[fault] = 1.0 - score.get(check, 1.0)
    return found


def support_probability(findings: Sequence[Finding], weights: Mapping[str, Any] | None = None) -> float:
    """P(the statement is supported by what it cites), 0-1, from the findings of that one statement."""
    checked = _checked(default_weights() if weights is None else weights)
    if any(finding.check in VETO and not finding.ok for finding in findings):
        return 0.0
    if not findings:
        return 0.0  # nobody looked
    found = features(findings)
    logit = checked["bias"] + sum(weight * found[name] for name, weight in checked["weights"].items())
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))


class SupportModel:
    """Says for each statement of a draft how likely it is supported, with the weights of one release."""

    def __init__(self, weights: Mapping[str, Any] | None = None) -> None:
        """`weights`: the release part "verifier", {"bias": float, "weights": {feature: float}}; None = as shipped.
        Raises UserError if it is not of that shape."""
        self._weights = _checked(default_weights() if weights is None else weights)

    def probability(self, findings: Sequence[Finding]) -> float:
        """As support_probability, for the findings of one statement."""
        return support_probability(findings, self._weights)

    def probabilities(self, findings: Sequence[Finding]) -> dict[str, float]:
        """P(supported) by statement id, for the findings of a whole draft."""
        by_statement: dict[str, list[Finding]] = {}
        for finding in findings:
            if finding.statement:
                by_statement.setdefault(finding.statement, []).append(finding)
        return {statement: self.probability(own) for statement, own in by_statement.items()}


def default_weights() -> Mapping[str, Any]:
    """The weights that ship with the package, with what they were fitted on."""
    return _DEFAULT


def _checked(weights: Mapping[str, Any]) -> Mapping[str, Any]:
    bias, table = weights.get("bias"), weights.get("weights")
    numbers = isinstance(bias, (int, float)) and isinstance(table, Mapping)
    if (
        not numbers
        or not isinstance(table, Mapping)
        or not all(isinstance(value, (int, float)) for value in table.values())
    ):
        raise UserError(
            'verifier.json: expected {"bias": number, "weights": {feature: number}}; '
            "make the release again with `metier specialize` or go back with `metier release rollback`"
        )
    if unknown := sorted(set(table) - set(FEATURES)):
        raise UserError(
            f"verifier.json: unknown features {', '.join(unknown)} (known: {', '.join(FEATURES)})"
        )
    return weights


_DEFAULT: Final[Mapping[str, Any]] = json.loads(
    resources.files("metier.verify").joinpath("weights.json").read_text(encoding="utf-8")
)
