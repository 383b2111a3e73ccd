"""What documents may not do to an answer: give orders to who writes it, and put live text into it.

Evidence is screened before anything reads it, so that the extractive policy, the language model and the checks see the
same; words are made plain when they leave, so that every door says the same. Quotes of citations stay as the page has
them: they are data, and doors show them as text.
"""

import dataclasses
from collections.abc import Callable, Sequence

from metier.text.plain import plain
from metier.text.suspicion import suspicions, without
from metier.types import Abstention, DescribedFigure, Document, Evidence, Settled, Statement, Suspect

Write = Callable[[str], str]
_SHOWN = 200  # characters of a suspicious sentence that are told
_NAMED = 3  # places named in notes; more of them are a matter for `metier status --suspicious`


def screened(item: Evidence) -> Evidence:
    """The evidence with orders to machines blanked in its passage, title and headings, and marked with their kinds."""
    passage = item.passage
    found = suspicions(passage.text, passage.language)
    kinds = [one.kind for one in found]
    bad = {name for name in (passage.title, *passage.heading_path) if suspicions(name)}
    if bad:
        kinds += [one.kind for name in sorted(bad) for one in suspicions(name)]
        title = passage.uri if passage.title in bad else passage.title
        path = tuple(name for name in passage.heading_path if name not in bad)
        passage = dataclasses.replace(passage, title=title, heading_path=path)
    if not kinds:
        return item
    passage = dataclasses.replace(passage, text=without(passage.text, found))
    return dataclasses.replace(item, passage=passage, suspicious=tuple(dict.fromkeys(kinds)))


def suspicious_notes(evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """One note for each place where text for machines was found, at most so many."""
    places = dict.fromkeys((item.passage.uri, item.passage.page) for item in evidence if item.suspicious)
    return tuple(
        f"{uri}, page {page}: text that gives orders to a machine was not read"
        for uri, page in list(places)[:_NAMED]
    )


def suspects_in(document: Document) -> list[Suspect]:
    """Every sentence of the document that gives orders to a machine, also where its page does not show it."""
    return [
        Suspect(document.id, document.uri, page.number, item.kind, _beginning(text[item.start : item.end]))
        for page in document.pages
        for text in (document.text[page.start : page.end],)
        for item in suspicions(text, document.language)
    ]


def _beginning(text: str) -> str:
    words = plain(" ".join(text.split()))
    return words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"


def plain_statement(statement: Statement, write: Write) -> Statement:
    """The statement in words that leave."""
    values = tuple(write(value) for value in statement.values)
    return dataclasses.replace(statement, text=write(statement.text), values=values)


def plain_settled(settled: Settled, write: Write) -> Settled:
    """Everything else that an answer says in words: why there is none, conflicts, notes."""
    conflicts = tuple(
        dataclasses.replace(conflict, statement=write(conflict.statement), note=write(conflict.note))
        for conflict in settled.conflicts
    )
    abstention = settled.abstention and _plain_abstention(settled.abstention, write)
    return dataclasses.replace(
        settled,
        abstention=abstention,
        conflicts=conflicts,
        notes=tuple(write(note) for note in settled.notes),
    )


def shown_figure(item: DescribedFigure, write: Write) -> DescribedFigure:
    """The figure as it is shown: what was said of it in plain words without orders to machines, its caption as the page has it."""
    said = without(item.description, suspicions(item.description, item.language))
    return dataclasses.replace(item, description=write(" ".join(said.split())))


def _plain_abstention(abstention: Abstention, write: Write) -> Abstention:
    return Abstention(
        write(abstention.reason),
        tuple(write(item) for item in abstention.found),
        tuple(write(item) for item in abstention.missing),
        write(abstention.next),
    )
