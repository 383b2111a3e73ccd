"""A language model and the extractive policy together: the model phrases and combines, the policy leads and vouches.

The extractive policy reads the same evidence in a fraction of a second. If it sees no answer at all the model is not
tempted to invent one; the model is shown the passages that promise an answer, best first. What the policy would have
quoted stands below the model's sentences (the journey leaves out what a verified sentence of the model cites already, so a
quote remains where the model's sentence does not pass). If the model finds nothing where the policy is sure, or cannot be
used, the extractive draft answers. So it does where it is put together of parts, by two steps, a calculation, a comparison
or a whole table: code does that on cited operands, and no model is asked. What another version replaces no model is shown.
"""

import dataclasses
from collections.abc import Sequence

from metier.errors import ModelUnavailable
from metier.generate.stating import written_short
from metier.stages import Generator, OnStatement
from metier.text.suspicion import blanked
from metier.types import Draft, Evidence, Query, Statement


class GatedGenerator:
    """Implements stages.Generator."""

    def __init__(
        self, model: Generator, extractive: Generator, least: float, vouched: float, sure: float
    ) -> None:
        """Confidences of the extractive draft, 0-1: below `least` the model is not asked, from `vouched` on the quotes
        stand below the model's sentences, from `sure` on they answer where the model finds nothing."""
        self._model = model
        self._extractive = extractive
        self._least = least
        self._vouched = vouched
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
        if floor.composed and floor.confidence >= self._vouched:
            return floor
        told: list[Statement] = []

        def tell(statement: Statement) -> None:
            statement = statement if told else written_short(query, statement, evidence)
            told.append(statement)
            if on_statement is not None:
                on_statement(statement)

        try:
            draft = self._model.generate(query, _promising(_current(evidence, floor), floor), tell)
        except ModelUnavailable as error:
            if told:  # what was shown stays; the rest is missing, and the answer says so
                raise
            return dataclasses.replace(
                floor, notes=(*floor.notes, f"answered without the language model: {error}")
            )
        if not draft.statements and floor.confidence >= self._sure:
            return dataclasses.replace(
                floor,
                notes=(*floor.notes, _QUOTED),
                usage=draft.usage,
                prompt_hash=draft.prompt_hash,
                prompt=draft.prompt,
            )
        features = {**draft.features, "model_confidence": draft.confidence}
        # the first with its short answer
        statements = (*(told or draft.statements)[:1], *draft.statements[1:])
        if statements and floor.confidence >= self._vouched:
            statements = (*statements, *_numbered_on(floor.statements, len(statements)))
        return dataclasses.replace(
            draft,
            statements=statements,
            confidence=floor.confidence,
            features=features,
            options=floor.options,
        )


def _current(evidence: Sequence[Evidence], draft: Draft) -> list[Evidence]:
    """The evidence with the sentences blanked that another version replaces; every other character keeps its place."""
    return [_without(item, draft.replaced) for item in evidence]


def _without(item: Evidence, ranges: Sequence[tuple[str, int, int]]) -> Evidence:
    passage = item.passage
    text = passage.text
    for document, start, end in ranges:
        first, last = start - passage.start, end - passage.start
        if document == passage.document and first >= 0 and last <= len(text):
            text = blanked(text, first, last)
    return (
        item
        if text == passage.text
        else dataclasses.replace(item, passage=dataclasses.replace(passage, text=text))
    )


def _promising(evidence: Sequence[Evidence], draft: Draft) -> list[Evidence]:
    """The passages that the extractive policy would look for an answer in, best first: a model reads only as much as its
    budget allows. All of them as they are if the policy names none."""
    place = {passage: number for number, passage in enumerate(draft.leads)}
    leading = [item for item in evidence if item.passage.id in place]
    return sorted(leading, key=lambda item: place[item.passage.id]) or list(evidence)


_MOST_STATEMENTS = 3  # quotes are added up to here, and at least one: more than that is not read


def _numbered_on(quotes: Sequence[Statement], written: int) -> list[Statement]:
    """The quotes, numbered on from so many written statements."""
    room = max(1, _MOST_STATEMENTS - written)
    return [quote.numbered(number) for number, quote in enumerate(quotes[:room], start=written + 1)]


_QUOTED = "the language model found no answer; quoted instead"
_NO_EVIDENCE = "nothing that was found speaks of the question"
