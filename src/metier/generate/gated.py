"""A language model behind the extractive policy: asked only where the evidence may hold an answer, replaced when down.

The extractive policy reads the same evidence in milliseconds. If it sees no answer at all the model is not tempted to
invent one; the passages it would quote are shown to the model first; if the model finds nothing where the policy is sure,
or cannot be used, the extractive draft answers.
"""

import dataclasses
from collections.abc import Sequence

from metier.errors import ModelUnavailable
from metier.stages import Generator, OnStatement
from metier.types import Draft, Evidence, Query, Statement


class GatedGenerator:
    """Implements stages.Generator."""

    def __init__(self, model: Generator, extractive: Generator, least: float, sure: float) -> None:
        """Confidences of the extractive draft, 0-1: below `least` the model is not asked, from `sure` on the draft
        answers where the model finds nothing."""
        self._model = model
        self._extractive = extractive
        self._least = least
        self._sure = sure

    @property
    def name(self) -> str:
        return self._model.name

    def generate(
        self, query: Query, evidence: Sequence[Evidence], on_statement: OnStatement | None = None
    ) -> Draft:
        """The model's draft with the extractive confidence, or the extractive draft if the model is not to be had."""
        floor = self._extractive.generate(query, evidence)
        if floor.confidence < self._least:
            return dataclasses.replace(floor, statements=(), reason=floor.reason or _NO_EVIDENCE)
        told: list[Statement] = []

        def tell(statement: Statement) -> None:
            told.append(statement)
            if on_statement is not None:
                on_statement(statement)

        try:
            draft = self._model.generate(query, _quoted_first(evidence, floor), tell)
        except ModelUnavailable as error:
            if told:  # what was shown stays; the rest is missing, and the answer says so
                raise
            return dataclasses.replace(
                floor, notes=(*floor.notes, f"answered without the language model: {error}")
            )
        if not draft.statements and floor.confidence >= self._sure:
            return dataclasses.replace(floor, notes=(*floor.notes, _QUOTED), usage=draft.usage)
        features = {**draft.features, "model_confidence": draft.confidence}
        return dataclasses.replace(draft, confidence=floor.confidence, features=features)


def _quoted_first(evidence: Sequence[Evidence], draft: Draft) -> list[Evidence]:
    """The evidence with the passages that the draft quotes in front: a model reads only as much as its budget allows."""
    places = [citation for statement in draft.statements for citation in statement.citations]

    def is_quoted(item: Evidence) -> bool:
        passage = item.passage
        return any(
            place.document == passage.document and passage.start <= place.start < passage.end
            for place in places
        )

    return sorted(evidence, key=lambda item: not is_quoted(item))


_QUOTED = "the language model found no answer; quoted instead"
_NO_EVIDENCE = "nothing that was found speaks of the question"
