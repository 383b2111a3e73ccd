"""Who may ask what, decided before anything is read.

A prohibited use is declined if the question is nearer to one of its examples than to every example inside the scope; a
question is out of scope if the same holds for the examples of what is outside. Nearness is cosine of embeddings plus
shared words. Without examples nothing is declined here: the evidence decides later.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from metier.policy.small_talk import small_talk
from metier.settings import Scope
from metier.stages import Vectors
from metier.text.analyze import content_words
from metier.types import Abstention, Access, Outcome, Query, Settled

_FEW_WORDS = 3  # "How many employees do we have?" has one word in common with many examples, and nothing else
Embed = Callable[[Sequence[str]], Vectors]


class ScopePolicy:
    """Implements stages.Admission. `audience: customer` declines at a lower similarity."""

    def __init__(
        self, scope: Scope, purpose: str, customer: bool, embed: Embed, thresholds: Mapping[str, float]
    ) -> None:
        """`thresholds` (release part "scope") has `near` and `near_customer`: the least nearness that declines."""
        self._purpose = purpose
        self._examples = scope.examples.within
        self._near = thresholds["near_customer" if customer else "near"]
        self._margin = thresholds["margin"]
        self._inside = _Examples([*scope.examples.within, *scope.within], embed)
        self._outside = _Examples([*scope.examples.out, *scope.out], embed)
        self._prohibited = [
            (item.use, _Examples([item.use, *item.examples], embed)) for item in scope.prohibited
        ]
        self._embed = embed

    def admit(self, query: Query, access: Access) -> Settled | None:
        """A refusal that says why, what this is for where nothing is asked, or None."""
        if (talk := small_talk(query, self._purpose, self._examples)) is not None:
            return talk
        vector = self._embed([query.text])[0]
        words = set(content_words(query.text, query.language))
        inside = self._inside.nearness(vector, words)
        for use, examples in self._prohibited:
            if self._declines(examples.nearness(vector, words), inside):
                return _refusal(f"This use is not allowed here: {use}", self._purpose)
        if self._declines(self._outside.nearness(vector, words), inside):
            return _refusal("This question is outside what this system is for.", self._purpose)
        return None

    def _declines(self, near: float, inside: float) -> bool:
        return near >= self._near and near >= inside + self._margin


class _Examples:
    def __init__(self, texts: Sequence[str], embed: Embed) -> None:
        self._vectors = embed(texts) if texts else None
        self._words = [set(content_words(text)) for text in texts]

    def nearness(self, vector: Vectors, words: set[str]) -> float:
        """0..1: the mean of cosine and word overlap with the nearest example; 0 without examples."""
        if self._vectors is None:
            return 0.0
        cosine = np.clip(self._vectors @ vector, 0.0, 1.0)
        overlap = [len(words & known) / max(_FEW_WORDS, min(len(words), len(known))) for known in self._words]
        return float(np.max(0.5 * cosine + 0.5 * np.array(overlap)))


def _refusal(reason: str, purpose: str) -> Settled:
    hint = f"It answers questions like: {purpose}" if purpose else "Ask the people who run this system."
    return Settled(Outcome.REFUSED, abstention=Abstention(reason, next=hint))
