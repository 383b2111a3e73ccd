"""A question of several parts: each part takes the journey by itself, and one answer is made of what came of them.

What can be answered is; a part of which nothing is said is named. So an answer holds for the parts that it speaks of, and its
confidence is that of the least sure of them.
"""

import dataclasses
from collections.abc import Sequence

from metier.stages import Generator, OnStatement
from metier.text.understand import understand
from metier.types import Abstention, Draft, Evidence, Outcome, Query, Settled, Statement, Usage

_MOST = 6  # statements of all parts together, unless they need one another
_TITLES = 2  # of each part that an abstention names


def asked_apart(query: Query) -> tuple[Query, ...]:
    """The parts of the question as questions of their own, searched where the whole is; none if it asks one thing."""
    return tuple(
        dataclasses.replace(understand(part), history=query.history, within=query.within, filter=query.filter)
        for part in query.parts
    )


class PartGenerator:
    """Implements stages.Generator for one part: few statements, numbered on from those of the parts before it."""

    def __init__(self, generator: Generator, after: int, parts: int) -> None:
        """`after`: how many statements were drafted before; `parts`: how many the question has."""
        self._generator = generator
        self._after = after
        self._most = _MOST // parts

    @property
    def name(self) -> str:
        return self._generator.name

    def generate(
        self, query: Query, evidence: Sequence[Evidence], on_statement: OnStatement | None = None
    ) -> Draft:
        """As the generator of the whole."""
        told = 0

        def tell(statement: Statement) -> None:
            nonlocal told
            told += 1
            if on_statement is not None and told <= self._most:
                on_statement(statement.numbered(self._after + told))

        draft = self._generator.generate(query, evidence, tell)
        statements = draft.statements if draft.composed else draft.statements[: self._most]
        numbered = (item.numbered(number) for number, item in enumerate(statements, start=self._after + 1))
        return dataclasses.replace(draft, statements=tuple(numbered))


def is_said(statement: Statement, said: Sequence[Statement]) -> bool:
    """True if an earlier part was answered with the same words."""
    return any(one.text == statement.text for one in said)


def one_draft(drafts: Sequence[Draft], settled: Sequence[Settled]) -> Draft:
    """What was drafted for all parts. Its confidence is the least of the parts that are answered, or the most of all."""
    answered = [draft for draft, part in zip(drafts, settled, strict=True) if part.statements]
    leading = (
        min(answered, key=lambda draft: draft.confidence)
        if answered
        else max(drafts, key=lambda draft: draft.confidence)
    )
    return dataclasses.replace(
        leading,
        statements=tuple(item for draft in drafts for item in draft.statements),
        usage=sum((draft.usage for draft in drafts), Usage()),
        prompt_hash=",".join(draft.prompt_hash for draft in drafts if draft.prompt_hash),
        notes=tuple(dict.fromkeys(note for draft in drafts for note in draft.notes)),
        leads=tuple(dict.fromkeys(lead for draft in drafts for lead in draft.leads)),
        options=tuple(option for draft in drafts for option in draft.options),
        prompt=tuple(message for draft in drafts for message in draft.prompt),
        composed=any(draft.composed for draft in drafts),
        replaced=tuple(place for draft in drafts for place in draft.replaced),
    )


def one_settled(query: Query, settled: Sequence[Settled]) -> Settled:
    """What was settled of all parts: answered if any of them is, with the others named."""
    statements: list[Statement] = []
    for part in settled:
        statements += [item for item in part.statements if not is_said(item, statements)]
    conflicts = tuple(conflict for part in settled for conflict in part.conflicts)
    notes = [note for part in settled for note in part.notes]
    if not statements:
        abstentions = [part.abstention for part in settled if part.abstention is not None]
        return Settled(Outcome.ABSTAINED, abstention=_one_abstention(query, abstentions), notes=_once(notes))
    still_open = [asked for asked, part in zip(query.parts, settled, strict=True) if not part.statements]
    notes += [f"nothing was found on: {asked}" for asked in still_open]
    return Settled(Outcome.ANSWERED, tuple(statements), conflicts=conflicts, notes=_once(notes))


def _one_abstention(query: Query, abstentions: Sequence[Abstention]) -> Abstention:
    first = abstentions[0]
    found = _once([title for one in abstentions for title in one.found[:_TITLES]])
    return dataclasses.replace(first, found=found, missing=query.parts)


def _once(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
