"""Does each leg find what it must find on this corpus? Questions whose right passage is known by construction.

Half are headings, searched as they stand; half are sentences of a passage with half of their words left out, shuffled.
A leg that finds far fewer of them than the best one does not understand this corpus (its language, its codes) and is
switched off until judged questions say otherwise: reciprocal-rank fusion with one such leg fell .163 nDCG@10 below BM25
alone. It knows only how documents are written, not how people ask: a leg that fails on people's wording passes here.
"""

import hashlib
import itertools
import json
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from metier.stages import Retriever
from metier.text.conditions import read_cells, value_of
from metier.text.sentences import split_sentences
from metier.text.statements import pieces
from metier.types import Access, Hit, Passage, Query

DEPTH = 10  # a known passage counts as found among so many hits
# Share of what the best leg finds below which a leg is off, its upper bound taken. Legs that helped the mixture found
# .90 or more of what the best one did, scrambled vectors .02 or less (docs/design/retrieval.md): room both ways.
BORDER = 0.25
LEAST = 12  # questions with fewer of which nothing is decided
_SENTENCE_WORDS = range(8, 41)  # shorter ones are captions, longer ones lists
_KEPT = 0.5  # share of a sentence's words that the question keeps
_HEADING_WORDS = range(2, 13)
_WORD = re.compile(r"[^\W_]+(?:[-'’.,][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class KnownItem:
    """One question and the passage it was made from."""

    question: str
    passage: Passage
    is_heading: bool  # then every passage under that heading of that document is right


@dataclass(frozen=True, slots=True)
class LegCheck:
    """How one leg did."""

    name: str
    found: int
    asked: int
    is_on: bool
    why: str


@dataclass(frozen=True, slots=True)
class KnownItemCheck:
    """What the check found and decided. `asked` is 0 where the corpus gave too few questions."""

    legs: tuple[LegCheck, ...] = ()
    asked: int = 0
    seconds: float = 0.0

    def off(self) -> frozenset[str]:
        """Names of the legs that are switched off."""
        return frozenset(leg.name for leg in self.legs if not leg.is_on)

    def as_json(self) -> dict[str, Any]:
        """As it is kept in the workspace."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "KnownItemCheck":
        """The check as it was kept. Raises ValueError if the data is no such thing."""
        try:
            legs = tuple(LegCheck(**leg) for leg in data["legs"])
            return cls(legs, int(data["asked"]), float(data["seconds"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a check of legs: {error}") from None


# --- the questions --------------------------------------------------------------------------------------------------


def known_items(passages: Sequence[Passage], count: int) -> list[KnownItem]:
    """At most `count` questions, by turns a heading and a sentence; at most one heading and one sentence of a passage.

    The same passages give the same questions, in an order that depends on their ids alone.
    """
    ordered = sorted(passages, key=lambda item: hashlib.sha256(item.id.encode()).digest())
    headings: dict[tuple[str, str], KnownItem] = {}
    for item in ordered:
        if (words := _heading(item)) and (item.document, words) not in headings:
            headings[item.document, words] = KnownItem(words, item, True)
    sentences = [KnownItem(question, item, False) for item in ordered if (question := _sentence(item))]
    few = min(len(headings), count // 2)
    chosen = list(headings.values())[: max(few, count - len(sentences))]
    return chosen + sentences[: count - len(chosen)]


def _heading(passage: Passage) -> str:
    """Title and innermost heading, if they are words enough to ask for; in the text itself they would be no test."""
    words = " ".join(dict.fromkeys((passage.title, *passage.heading_path[-1:]))).strip()
    return words if len(_WORD.findall(words)) in _HEADING_WORDS else ""


def _sentence(passage: Passage) -> str:
    """Half of the words of the sentence nearest to the passage's middle; empty if none has a fitting length."""
    if passage.kind == "table":
        return ""
    spans = split_sentences(passage.text, passage.language)
    fitting = [span for span in spans if len(_WORD.findall(passage.text[slice(*span)])) in _SENTENCE_WORDS]
    if not fitting:
        return ""
    middle = len(passage.text) / 2
    start, end = min(fitting, key=lambda span: abs(sum(span) / 2 - middle))
    words = _WORD.findall(passage.text[start:end])
    drawn = sorted(range(len(words)), key=lambda n: hashlib.sha256(f"{passage.id}/{n}".encode()).digest())
    return " ".join(words[n] for n in drawn[: math.ceil(len(words) * _KEPT)])


def row_items(passages: Sequence[Passage], count: int) -> list[KnownItem]:
    """At most `count` questions for everything of which a value is at least that of a row, one for each passage of a table that has
    such a row: for a leg that compares values and finds nothing else."""
    ordered = sorted(passages, key=lambda item: hashlib.sha256(item.id.encode()).digest())
    items = (KnownItem(question, item, False) for item in ordered if (question := _of_a_row(item)))
    return list(itertools.islice(items, count))


def _of_a_row(passage: Passage) -> str:
    """What asks for a row by its value; empty if no row has one."""
    for piece in pieces(passage) if passage.kind == "table" else ():
        row = passage.text[piece.start - passage.start : piece.end - passage.start]
        cells = read_cells(piece.header, row) if piece.is_row else []
        for head, cell in cells[1:]:
            said = value_of(cell, head, passage.language)
            if said is not None and cells[0][0] and _WORD.search(head):
                return f"List all {cells[0][0]} with {head} of at least {said[0]:f} {said[1]}".strip()
    return ""


# --- the check ------------------------------------------------------------------------------------------------------


def check_legs(
    retrievers: Sequence[Retriever],
    items: Sequence[KnownItem],
    seconds: float,
    clock: Callable[[], float],
    own: Mapping[str, Sequence[KnownItem]] | None = None,
) -> KnownItemCheck:
    """Asks every leg the questions, as somebody who may see all their passages, until done or out of time; decides.

    A leg that returns nothing for any question is not there yet (sentence vectors before deepening) and not judged. Legs that `own`
    names are asked those questions instead, and judged by how many of them they find.
    """
    if len(items) < LEAST:
        return KnownItemCheck()
    started = clock()
    apart = [leg for leg in retrievers if leg.name in (own or {})]
    retrievers = [leg for leg in retrievers if leg not in apart]
    access = _access(items)
    found = {retriever.name: 0 for retriever in retrievers}
    answered: set[str] = set()
    asked = 0
    for item in items:
        if clock() - started > seconds:
            break
        asked += 1
        for retriever in retrievers:
            hits = retriever.retrieve(Query(item.question, item.passage.language), access, DEPTH)
            answered.update([retriever.name] if hits else ())
            found[retriever.name] += any(_is_right(item, hit.passage) for hit in hits)
    took = clock() - started
    if asked < LEAST or not answered:
        return KnownItemCheck((), 0, took)
    best = max(found.values())
    legs = tuple(
        _judge(name, number, asked, best) for name, number in sorted(found.items()) if name in answered
    )
    judged = [_judged_apart(leg, (own or {})[leg.name], started + seconds, clock) for leg in apart]
    return KnownItemCheck((*legs, *(leg for leg in judged if leg)), asked, took)


def _access(items: Sequence[KnownItem]) -> Access:
    return Access("metier", frozenset(group for item in items for group in item.passage.groups))


def _judged_apart(
    leg: Retriever, items: Sequence[KnownItem], until: float, clock: Callable[[], float]
) -> LegCheck | None:
    """How the leg did on questions of its own; None where these were too few."""
    access, asked, found = _access(items), 0, 0
    for item in items:
        if clock() > until:
            break
        hits = leg.retrieve(Query(item.question, item.passage.language), access, DEPTH)
        asked, found = asked + 1, found + any(_is_right(item, hit.passage) for hit in hits)
    return _judge(leg.name, found, asked, asked, "all were there to be found") if asked >= LEAST else None


def _is_right(item: KnownItem, passage: Passage) -> bool:
    wanted = item.passage
    if item.is_heading:
        return passage.document == wanted.document and passage.heading_path[-1:] == wanted.heading_path[-1:]
    return passage.id == wanted.id or passage.text == wanted.text


def _judge(name: str, found: int, asked: int, best: int, could: str = "") -> LegCheck:
    # Two standard errors of a count above what was found (Poisson; +1 so that 0 found has one): bad luck is no verdict.
    bound = found + 2 * math.sqrt(found + 1)
    is_on = bound >= BORDER * best
    verdict = "" if is_on else f"; off, since {could or f'the best leg found {best}'}"
    return LegCheck(name, found, asked, is_on, f"found {found} of {asked} known passages{verdict}")


class KeptCheck:
    """The last check in a small file of the workspace, read again when the file has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[int, KnownItemCheck] = (-1, KnownItemCheck())

    def write(self, check: KnownItemCheck) -> None:
        """Keeps the check, whole at every moment. Losing it in a power cut costs another check."""
        temporary = self._path.with_suffix(f".{os.getpid()}.part")
        temporary.write_text(json.dumps(check.as_json(), indent=1) + "\n", encoding="utf-8")
        temporary.replace(self._path)

    def read(self) -> KnownItemCheck:
        """The check as it was last kept; an empty one, which switches nothing off, if there is none or it is damaged."""
        try:
            stamp = self._path.stat().st_mtime_ns
            if stamp != self._known[0]:
                self._known = (
                    stamp,
                    KnownItemCheck.from_json(json.loads(self._path.read_text(encoding="utf-8"))),
                )
        except (OSError, ValueError):
            return KnownItemCheck()
        return self._known[1]


class Switched:
    """A retriever that returns nothing while `is_off` says so. Implements stages.Retriever."""

    def __init__(self, retriever: Retriever, is_off: Callable[[str], bool]) -> None:
        self._retriever = retriever
        self._is_off = is_off

    @property
    def name(self) -> str:
        return self._retriever.name

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        """What the retriever finds, or nothing; a leg that returns nothing takes no weight in the mixture."""
        return [] if self._is_off(self.name) else self._retriever.retrieve(query, access, k)
