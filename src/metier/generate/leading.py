"""A language model that decides by itself, for one that reads better than the extractive policy.

It is asked whenever anything was found, is shown whole passages, those first that the policy would look for an answer in, and where it
finds nothing the answer is an abstention. Beside it the policy keeps what code does better (two sides compared, calculations, steps, whole
tables, where it vouches for them), leaves out what another version replaces, and answers where the model is not to be had. What
the model writes leaves only sentence by sentence, verified like every other; a sentence in another language than its source, which no
check here can hold against it, leaves in the words of the source, and so does what the checks do not confirm (`stating.restated`).
"""

import dataclasses
from collections.abc import Sequence

from metier.errors import ModelUnavailable
from metier.generate.gated import current, promising, without_model
from metier.generate.stating import in_words_of_source, written_short
from metier.stages import Generator, OnStatement
from metier.types import Draft, Evidence, Query, Statement

_SPOKEN = 0.5  # least confidence where the model answers; the policy's own goes over the other half
_SILENT = 0.4  # most confidence where it finds nothing


class LeadingGenerator:
    """Implements stages.Generator."""

    def __init__(self, model: Generator, extractive: Generator, vouched: float) -> None:
        """From the confidence `vouched` (0-1) on, what the policy puts together stands and the model is not asked."""
        self._model = model
        self._extractive = extractive
        self._vouched = vouched

    @property
    def name(self) -> str:
        return self._model.name

    def generate(
        self, query: Query, evidence: Sequence[Evidence], on_statement: OnStatement | None = None
    ) -> Draft:
        """The model's draft, the policy's where that is put together of parts or the model is not to be had. The confidence orders
        answers by the policy's; it is at least 0.5 where the model answers and at most 0.4 where it finds nothing."""
        floor = self._extractive.generate(query, evidence)
        if floor.composed and floor.confidence >= self._vouched:
            return floor
        told: list[Statement] = []

        def tell(statement: Statement) -> None:
            statement = in_words_of_source(statement, evidence)
            told.append(statement if told else written_short(query, statement, evidence))
            if on_statement is not None:
                on_statement(told[-1])

        shown = current(evidence, floor)
        try:
            draft = self._model.generate(query, promising(shown, floor, rest=True), tell)
        except ModelUnavailable as error:
            if told:  # what was shown stays; the rest is missing, and the answer says so
                raise
            return without_model(floor, error)
        sure = floor.confidence
        return dataclasses.replace(
            draft,
            statements=tuple(told),
            confidence=_SPOKEN + (1 - _SPOKEN) * sure if told else min(_SILENT, sure),
            features={**draft.features, "model_confidence": draft.confidence, "policy_confidence": sure},
            options=floor.options,
        )
