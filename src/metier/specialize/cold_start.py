"""Weights of the mixture before anybody has asked or judged anything: questions that the documents themselves answer.

A heading asks for what stands under it; a sentence asks for the rest of its passage (the inverse cloze task of Lee et al.
2019). What asks is taken out of the passages before they are searched: left in, every question would be a quotation, which
words find best, and the fit would learn nothing but that. Questions that no leg answers among its first hits are dropped
(round-trip consistency: Alberti et al. 2019).

It knows how authors write, not how people ask. So what it fits has half a vote beside the weights there were, and neither
classes of question nor vouching, which depend on what people ask for, are taken from it.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from metier.specialize.mixture import LEAST, Judged, MixtureFit, fit_mixture
from metier.text.sentences import split_sentences
from metier.types import Hit, Passage, Query

# Half: the weights of a release were fitted on questions of people to other documents, these on the documents but on no
# question of people. Nothing known says which of the two errs more; nDCG is nearly concave in the weights, so the middle loses
# at most half of what the worse of both does.
_VOTE = 0.5
_FOUND = 20  # hits of a leg among which the passage must be, or the question does not tell what it asks for
_HEADING_WORDS = range(3, 21)
_SENTENCE_WORDS = range(6, 41)
_BODY_WORDS = 12  # that must be left: less is no passage to find
_MOST_UNDER = 5  # passages under a heading; of a longer chapter the heading says too little
_WORD = re.compile(r"[^\W_]+(?:[-'’.,][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Cloze:
    """A question, and the passages that answer it without the words it was made of."""

    id: str
    query: Query
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class ColdStart:
    """The weights of the mixture, from so many questions, and what fitted them."""

    weights: Mapping[str, float]
    asked: int
    kept: int
    note: str
    fit: MixtureFit


def cloze_questions(passages: Sequence[Passage], count: int) -> list[Cloze]:
    """At most `count` questions, by turns from a heading and from a sentence where there are enough of both; none shares a
    passage with another. The same passages give the same questions, in an order that depends on their ids alone."""
    ordered = sorted(passages, key=lambda item: hashlib.sha256(item.id.encode()).digest())
    under: dict[tuple[str, str], list[Passage]] = {}
    for item in ordered:
        under.setdefault((item.document, _heading(item)), []).append(item)
    chosen: list[Cloze] = []
    used: set[str] = set()
    for item in ordered:
        if len(chosen) >= count:
            break
        together = under[item.document, _heading(item)]
        if any(one.id in used for one in together):
            continue
        by_heading, by_sentence = _from_heading(together), _from_sentence(item)
        first, second = (by_heading, by_sentence) if len(chosen) % 2 == 0 else (by_sentence, by_heading)
        if (one := first or second) is not None:
            chosen.append(one)
            used.update(passage.id for passage in one.passages)
    return chosen


def without_answers(passages: Sequence[Passage], questions: Sequence[Cloze]) -> list[Passage]:
    """The passages as they are to be searched: those of the questions without the words that ask."""
    changed = {passage.id: passage for one in questions for passage in one.passages}
    return [changed.get(passage.id, passage) for passage in passages]


def fit_cold_start(
    questions: Sequence[Cloze],
    search: Callable[[Query], Mapping[str, Sequence[Hit]]],
    weights: Mapping[str, float],
    per_document: int,
) -> ColdStart:
    """The weights, half of the way from those there are to those that answer the questions best; unchanged where too few
    questions are answered. `search` gives each leg's hits among `without_answers`."""
    judged = [
        Judged(one.id, one.query, search(one.query), {passage.id: 1.0 for passage in one.passages})
        for one in questions
    ]
    kept = [row for row in judged if _answered(row)]
    fit = fit_mixture(kept, weights, per_document)
    total = sum(weights.values()) or 1.0
    before = {leg: value / total for leg, value in weights.items()}
    if len(kept) < LEAST:
        note = f"{len(kept)} of {len(questions)} questions of the documents' own were answered: too few, the weights stay"
        return ColdStart(before, len(questions), len(kept), note, fit)
    moved = {leg: round((1 - _VOTE) * before[leg] + _VOTE * fit.release["weights"][leg], 4) for leg in before}
    note = f"from {len(kept)} questions of the documents' own, without labels"
    return ColdStart(moved, len(questions), len(kept), note, fit)


def _answered(row: Judged) -> bool:
    return any(hit.passage.id in row.relevance for hits in row.rankings.values() for hit in hits[:_FOUND])


def _heading(passage: Passage) -> str:
    """The innermost heading, else the title."""
    return (passage.heading_path[-1] if passage.heading_path else passage.title).strip()


def _from_heading(together: Sequence[Passage]) -> Cloze | None:
    """What stands under one heading of one document, asked for by the heading."""
    heading = _heading(together[0])
    if _words(heading) not in _HEADING_WORDS or len(together) > _MOST_UNDER:
        return None
    bare = tuple(
        replace(
            item,
            title="" if item.title.strip() == heading else item.title,
            heading_path=tuple(name for name in item.heading_path if name.strip() != heading),
        )
        for item in together
    )
    if any(heading in item.text or _words(item.text) < _BODY_WORDS for item in bare):
        return None
    return Cloze(f"heading {bare[0].id}", Query(heading, bare[0].language), bare)


def _from_sentence(passage: Passage) -> Cloze | None:
    """A passage asked for by its middle sentence; by its first third where it is a single one."""
    if passage.kind == "table":
        return None
    text = passage.text
    spans = split_sentences(text, passage.language)
    if len(spans) < 2:
        spans = _thirds(text)
    fitting = [span for span in spans if _words(text[slice(*span)]) in _SENTENCE_WORDS]
    if not fitting:
        return None
    middle = len(text) / 2
    start, end = min(fitting, key=lambda span: abs(sum(span) / 2 - middle))
    rest = f"{text[:start].rstrip()} {text[end:].lstrip()}".strip()
    asked = text[start:end].strip()
    if _words(rest) < _BODY_WORDS or asked in rest:
        return None
    left = replace(passage, text=rest, end=passage.start + len(rest))
    return Cloze(f"sentence {passage.id}", Query(asked, passage.language), (left,))


def _thirds(text: str) -> list[tuple[int, int]]:
    """The first third of the words."""
    places = [match.end() for match in _WORD.finditer(text)]
    return [(0, places[len(places) // 3])] if len(places) >= 3 else []


def _words(text: str) -> int:
    return len(_WORD.findall(text))
