"""A language model behind the extractive policy: asked only where the evidence may hold an answer, replaced when down.

The extractive policy reads the same evidence in milliseconds. If it sees no answer at all the model is not tempted to
invent one; if the model cannot be used, the extractive draft answers and says so.
"""

import dataclasses
from collections.abc import Sequence

from metier.errors import ModelUnavailable
from metier.stages import Generator, OnStatement
from metier.types import Draft, Evidence, Query


class GatedGenerator:
    """Implements stages.Generator."""

    def __init__(self, model: Generator, extractive: Generator, least: float) -> None:
        """`least`: confidence of the extractive draft below which the model is not asked, 0-1."""
        self._model = model
        self._extractive = extractive
        self._least = least

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
        told: list[object] = []

        def tell(statement: object) -> None:
            told.append(statement)
            if on_statement is not None:
                on_statement(statement)  # type: ignore[arg-type]

        try:
            draft = self._model.generate(query, evidence, tell)
        except ModelUnavailable as error:
            if told:  # what was shown stays; the rest is missing, and the answer says so
                raise
            return dataclasses.replace(
                floor, notes=(*floor.notes, f"answered without the language model: {error}")
            )
        features = {**draft.features, "model_confidence": draft.confidence}
        return dataclasses.replace(draft, confidence=floor.confidence, features=features)


_NO_EVIDENCE = "nothing that was found speaks of the question"
