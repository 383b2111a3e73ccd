"""A language model and the extractive policy together: the model phrases and combines, the policy leads and vouches.

The extractive policy reads the same evidence in a fraction of a second. If it sees no answer at all the model is not
tempted to invent one; the model is shown the passages that promise an answer, best first. Where the policy vouches for what it
would quote, the model's sentences leave from the first on that says the same (the same place or the same short answer); the
quotes stand below them, and remain where the model's sentence does not pass (the journey leaves out what a verified sentence
says already). If the model says nothing of it where the policy is sure, or something else, or cannot be used, the extractive
draft answers. So it does where it is put together of parts, by two steps, a calculation, a comparison or a whole table: code does
that on cited operands, and no model is asked. What another version replaces no model is shown.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Protocol

from metier.errors import ModelUnavailable
from metier.generate.extractive import NOTHING
from metier.generate.quoting import MOST_STATEMENTS
from metier.generate.stating import written_short
from metier.stages import Generator, OnStatement
from metier.text.said import says_all
from metier.text.suspicion import blanked
from metier.types import Draft, Evidence, Query, Statement

_QUOTED = "the language model found no answer; quoted instead"
_OUTVOTED = "the language model said nothing that the surest quote confirms; quoted instead"


class Writer(Generator, Protocol):
    """A generator that can write more than one draft."""

    def sample(self, query: Query, evidence: Sequence[Evidence], seed: int, temperature: float) -> Draft:
        """A further draft."""
        ...


class GatedGenerator:
    """Implements stages.Generator."""

    def __init__(
        self, model: Writer, extractive: Generator, least: float, vouched: float, sure: float
    ) -> None:
        """Confidences of the extractive draft, 0-1: below `least` the model is not asked, from `vouched` on it must agree with
        the quotes, from `sure` on they answer where the model finds nothing."""
        self._model = model
        self._extractive = extractive
        self._least = least
        self._vouched = vouched
        self._sure = sure

    @property
    def name(self) -> str:
        return self._model.name

    def sampler(self, query: Query, evidence: Sequence[Evidence]) -> Callable[[int, float], Draft]:
        """What draws a further draft by seed and temperature, each with the confidence and the candidates of the extractive policy
        and from the prompt that `generate` uses."""
        floor = self._extractive.generate(query, evidence)
        shown = promising(current(evidence, floor), floor)

        def draw(seed: int, temperature: float) -> Draft:
            draft = self._model.sample(query, shown, seed, temperature)
            said = tuple(written_short(query, item, evidence) for item in draft.statements[:MOST_STATEMENTS])
            return dataclasses.replace(
                draft, statements=said, confidence=floor.confidence, options=floor.options
            )

        return draw

    def generate(
        self, query: Query, evidence: Sequence[Evidence], on_statement: OnStatement | None = None
    ) -> Draft:
        """The model's draft with the extractive confidence, or the extractive draft if the model is not to be had."""
        floor = self._extractive.generate(query, evidence)
        if floor.confidence < self._least:
            return dataclasses.replace(floor, statements=(), reason=floor.reason or NOTHING)
        if floor.composed and floor.confidence >= self._vouched:
            return floor
        quote = floor.statements[0] if floor.statements and floor.confidence >= self._vouched else None
        told: list[Statement] = []

        def tell(statement: Statement) -> None:
            if quote is not None:
                if not told and not _agrees(statement, quote):
                    return
                statement = statement.numbered(len(told) + 1)
            if not told:
                statement = _short_as(quote, statement) or written_short(query, statement, evidence)
            told.append(statement)
            if on_statement is not None:
                on_statement(statement)

        try:
            draft = self._model.generate(query, promising(current(evidence, floor), floor), tell)
        except ModelUnavailable as error:
            if told:  # what was shown stays; the rest is missing, and the answer says so
                raise
            return without_model(floor, error)
        if not draft.statements and floor.confidence >= self._sure:
            return _instead(floor, draft, _QUOTED)
        if draft.statements and quote is not None and not told:
            return _instead(floor, draft, _OUTVOTED)
        below = _numbered_on(floor.statements, len(told)) if told and quote is not None else ()
        return dataclasses.replace(
            draft,
            statements=(*told, *below),
            confidence=floor.confidence,
            features={**draft.features, "model_confidence": draft.confidence},
            options=floor.options,
        )


def without_model(floor: Draft, error: ModelUnavailable) -> Draft:
    """The extractive draft, with why it stands alone."""
    return dataclasses.replace(floor, notes=(*floor.notes, f"answered without the language model: {error}"))


def _instead(floor: Draft, draft: Draft, note: str) -> Draft:
    """The extractive draft, with what the model was asked and what that cost."""
    return dataclasses.replace(
        floor,
        notes=(*floor.notes, note),
        usage=draft.usage,
        prompt_hash=draft.prompt_hash,
        prompt=draft.prompt,
    )


def _agrees(written: Statement, quote: Statement) -> bool:
    """True if the model's sentence rests on the place of the quote or says its short answer, and says more than that."""
    if quote.values and written.text.strip(" .") in quote.values:
        return False  # "3" is no sentence: the quote says of what
    if any(one.overlaps(other) for one in written.citations for other in quote.citations):
        return True
    return says_all(written.text, quote.values)


def _short_as(quote: Statement | None, written: Statement) -> Statement | None:
    """The model's sentence with the short answer of the quote, where it says that."""
    if quote is None or not says_all(written.text, quote.values):
        return None
    return dataclasses.replace(written, values=quote.values, scale=quote.scale)


def current(evidence: Sequence[Evidence], draft: Draft) -> list[Evidence]:
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


def promising(evidence: Sequence[Evidence], draft: Draft, rest: bool = False) -> list[Evidence]:
    """The passages that the extractive policy would look for an answer in, best first: a model reads only as much as its
    budget allows. All of them as they are if the policy names none; with `rest`, the others follow."""
    place = {passage: number for number, passage in enumerate(draft.leads)}
    leading = [item for item in evidence if item.passage.id in place]
    others = [item for item in evidence if item.passage.id not in place] if rest or not leading else []
    return [*sorted(leading, key=lambda item: place[item.passage.id]), *others]


def _numbered_on(quotes: Sequence[Statement], written: int) -> list[Statement]:
    """The quotes, numbered on from so many written statements: at least one, and no more than are read."""
    room = max(1, MOST_STATEMENTS - written)
    return [quote.numbered(number) for number, quote in enumerate(quotes[:room], start=written + 1)]
