"""Which of several answers of a language model is right: one log-linear policy over the answers and saying nothing.

Answers that say the same are one candidate: they share a short answer, or rest on the same text with the same figures. What counts is
how many of those drawn say it, how sure the model was of its words, what the checks found, and what the extractive policy thinks of
the question and of the place that is cited. Self-consistency: Wang et al. 2022; verified best-of-n: Cobbe et al. 2021.
"""

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence

from metier.text.analyze import content_set
from metier.text.said import says_all
from metier.types import Draft, Option, Query, Sample, Statement

FEATURES = ("bias", "agreement", "silence", "support", "logprob", "trust", "quoted")
# Reasoned, not fitted (docs/design/models.md): below the threshold the 1.5B model's first answers were right in 5 of 9 where
# they cite what the policy would quote first, and wrong in most others. So two that agree leave if they cite that, hardly ever else.
WEIGHTS: Mapping[str, float] = {
    "bias": -2.2,
    "agreement": 1.5,
    "silence": -2.0,
    "support": 0.5,
    "logprob": 1.0,
    "trust": 1.0,
    "quoted": 1.5,
}
_UNKNOWN_LOGPROB = -0.2  # what a token of an answer has on average; for engines that do not tell
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def say_the_same(query: Query, one: Sample, other: Sample) -> bool:
    """True if both say something, and the same: the short answer of one is said by the other, or the same text is cited with the
    same figures."""
    if not one.statements or not other.statements:
        return False
    first, second = one.statements[0], other.statements[0]
    if any(says_all(a.text, b.values) and _one_more(b, query) for a, b in ((first, second), (second, first))):
        return True
    cited = any(a.overlaps(b) for a in first.citations for b in second.citations)
    return cited and _figures(first, query) == _figures(second, query)


def weighed(
    query: Query, draft: Draft, samples: Sequence[Sample], weights: Mapping[str, float] = WEIGHTS
) -> list[Sample]:
    """The samples with features and chances; `draft` is that of the question, which nothing of was shown."""
    is_first_silent = bool(draft.prompt)  # the model's first answer was had before
    groups = _groups(query, samples)
    drawn = len(samples) + is_first_silent
    silent = sum(not sample.statements for sample in samples) + is_first_silent
    rows = [
        _features(group, samples, draft, silent / drawn) if samples[group[0]].statements else None
        for group in groups
    ]
    score = [
        sum(weights.get(name, 0.0) * row[name] for name in FEATURES) if row else -math.inf for row in rows
    ]
    top = max([0.0, *score])
    whole = math.exp(-top) + sum(math.exp(value - top) for value in score)
    found = list(samples)
    for group, row, value in zip(groups, rows, score, strict=True):
        for place in group:
            features = {**samples[place].features, **(row or {})}
            found[place] = dataclasses.replace(
                samples[place], features=features, chance=math.exp(value - top) / whole
            )
    return found


def _groups(query: Query, samples: Sequence[Sample]) -> list[list[int]]:
    """Places of the samples that say the same, the surest of its words first."""
    groups: list[list[int]] = []
    for place, sample in enumerate(samples):
        same = next((group for group in groups if say_the_same(query, samples[group[0]], sample)), None)
        if same is None:
            groups.append([place])
        else:
            same.append(place)
    return groups


def _features(
    group: Sequence[int], samples: Sequence[Sample], draft: Draft, silence: float
) -> dict[str, float]:
    said = [samples[place] for place in group]
    drawn = len(samples) + bool(draft.prompt)
    told = [sample.logprob for sample in said if sample.logprob is not None]
    trust = min(0.999, max(0.001, draft.confidence))
    supports = [item.support for sample in said for item in sample.statements]
    best = max((option.chance for option in draft.options), default=0.0)
    cited = max((_chance_of(said[0].statements[0], option) for option in draft.options), default=0.0)
    return {
        "bias": 1.0,
        "agreement": len(said) / drawn,
        "silence": silence,
        "support": sum(supports) / len(supports),
        "logprob": sum(told) / len(told) if told else _UNKNOWN_LOGPROB,
        "trust": math.log(trust / (1 - trust)),
        "quoted": cited / best if best else 0.0,
    }


def _chance_of(statement: Statement, option: Option) -> float:
    """The policy's chance of a candidate that stands where the statement cites."""
    quotes = [citation.quote for citation in statement.citations]
    return option.chance if any(option.text in quote or quote in option.text for quote in quotes) else 0.0


def _one_more(statement: Statement, query: Query) -> bool:
    """True if the short answer says more than the question does."""
    return not content_set(" ".join(statement.values), "") <= content_set(query.text, "")


def _figures(statement: Statement, query: Query) -> frozenset[str]:
    return frozenset(_FIGURE.findall(statement.text)) - frozenset(_FIGURE.findall(query.text))
