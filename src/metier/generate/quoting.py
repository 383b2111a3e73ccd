"""Which sentences and rows are said: the best of each part of a question with what completes it, or one of each side of a
comparison."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metier.generate.agreeing import agreeing
from metier.generate.bridge import bridge, first_step, holders, reaches_nobody, unnamed, who_is
from metier.generate.candidates import Candidate
from metier.generate.completing import completed
from metier.generate.computing import computed
from metier.generate.joining import joins, spoken_of
from metier.generate.looked_up import looked_up
from metier.generate.meant import UNLIKELY
from metier.generate.ranking import Ranked, Ranker
from metier.generate.scoring import tells_kind
from metier.generate.second_look import READ
from metier.generate.several import misses_year, several
from metier.generate.sides import (
    about,
    best_pair,
    fitting,
    likeness,
    says_whose,
    side_words,
)
from metier.text.abbreviations import spelled_out
from metier.text.analyze import content_set
from metier.text.restated import is_of_period, restated
from metier.types import Query

MOST_STATEMENTS = 3
# A further sentence is shown if it is at least this fraction as likely as the best one: below, it is noise to readers.
_FURTHER = 0.15
# share of words that two sides of a comparison have in common, from which one vouches for the other
_SAID_ALIKE = 0.3
_READ_SIDE = 12  # candidates read for each side of a comparison
_READ_HOLDER = 8  # rows read for the person behind a role
_READ_JOINED = 8  # candidates read that speak of what a row is about
_LOOKED_UP = 0.8  # P(a row answers that the question names cell by cell): docs/design/extractive.md
_HOLDS = 0.5  # least P(a row names that person)
_MAX_WORDS = 80  # of all statements together

Said = tuple[Sequence[Candidate], str]  # what a statement rests on, and its words


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was ranked, what is said of it, and how sure that is."""

    ranked: list[Ranked]
    said: list[Said]
    sure: float
    composed: bool = False  # calculated, or put together of parts that need one another
    notes: tuple[str, ...] = ()  # what is missing or otherwise than asked, for people


def quote(ranker: Ranker, query: Query, options: Sequence[Candidate]) -> Chosen:
    """The best of each part of the question, each with what completes it, and what is computed of them. Where the question has one
    part, a list, a row that it names cell by cell, or two rows that lead to the answer may take their place."""
    parts = query.rewrites or (query.text,)
    ranked = [_surer(ranker, part, query.language, options, max(1, READ // len(parts))) for part in parts]
    picked = [_pick(ranker, query, part, max(1, MOST_STATEMENTS // len(parts)), options) for part in ranked]
    chosen: list[Candidate] = []
    for one in picked:
        chosen += [item for item in one.items if not _repeats(item, chosen)]
    whole = [completed(item, options) for item in chosen]
    lacking = picked[-1].lacking
    sure = _sure(query, parts, ranked, whole, bool(lacking))
    composed = any(one.composed for one in picked)
    notes = tuple(unnamed(role, query.language) for role in lacking)
    answer = Chosen(ranked, _each(whole), sure, composed, notes)
    answer = _with_result(query, chosen, answer)
    if len(parts) == 1:
        answer = _told_together(query, chosen, answer, options)
        answer = _looked_up(query, answer, options)
        answer = _followed(ranker, query, answer, options)
    return answer


def _each(items: Sequence[Candidate]) -> list[Said]:
    return [((item,), item.text) for item in items]


@dataclass(frozen=True, slots=True)
class _Picked:
    """What is said of one part of a question."""

    items: Sequence[Candidate]
    composed: bool  # of two steps
    lacking: Sequence[str] = ()  # the role that is named where who holds it is asked for, and not found


def _pick(ranker: Ranker, query: Query, ranked: Ranked, most: int, options: Sequence[Candidate]) -> _Picked:
    """The best with what completes it, else with those nearly as good."""
    found = best_of(ranked.items, ranked.chance, most)
    lacking: Sequence[str] = ()
    for first in found:
        second, missing = bridge(query.text, query.language, first, options)
        if first is found[0]:
            lacking = missing[:1]
        if second := second or _holder(ranker, query.text, missing, first, options):
            return _Picked([second] if _tells_all(second, first, query) else [first, second], composed=True)
    beside = [
        item
        for item in found[1:]
        if not (_is_outdone(item, found[0], query.text) or _is_of_other_kind(item, found[0], query.text))
    ]
    return _Picked([*found[:1], *beside], False, lacking)


def _sure(
    query: Query, parts: Sequence[str], ranked: Sequence[Ranked], said: Sequence[Candidate], is_noted: bool
) -> float:
    """P(all parts are answered); hardly any where the number to call or the year that is asked for is not said. `is_noted`: a note
    says that nobody is named for the role."""
    lacks_contact = not is_noted and reaches_nobody(query.text, said)
    lacks_year = bool(said) and misses_year(query.text, query.language, said[0])
    each = (
        max(part.certain, part.together(agreeing(asked, query.language, part)))
        for part, asked in zip(ranked, parts, strict=True)
    )
    return min(UNLIKELY if lacks_contact or lacks_year else 1.0, *each)


def _with_result(query: Query, chosen: Sequence[Candidate], answer: Chosen) -> Chosen:
    """The answer led by what is computed of its first two statements, where that is asked for."""
    if len(chosen) < 2 or likeness(*chosen[:2]) < _SAID_ALIKE:
        return answer
    one, two = chosen[:2]
    result = computed(query, one, two)
    if result is None:
        return answer
    said: list[Said] = [((one, two), result.text), *answer.said[:2]]
    return dataclasses.replace(answer, said=said, composed=True, notes=result.notes)


def _told_together(
    query: Query, chosen: Sequence[Candidate], answer: Chosen, options: Sequence[Candidate]
) -> Chosen:
    """All steps, or all things of a kind, where these are asked for; else the answer."""
    (ranked,) = answer.ranked
    more = None if answer.composed else several(query.text, query.language, ranked, chosen, options)
    if more is None:
        return answer
    sure = max(answer.sure, ranked.together(more.items)) if more.is_list else answer.sure
    return Chosen(answer.ranked, _each(more.items), sure, composed=True, notes=more.notes)


def _looked_up(query: Query, answer: Chosen, options: Sequence[Candidate]) -> Chosen:
    """The row that the question names cell by cell, where the answer is less sure than such a row."""
    is_open = not answer.composed and answer.sure < _LOOKED_UP
    row = looked_up(query.text, query.language, options) if is_open else None
    return Chosen(answer.ranked, _each([row]), _LOOKED_UP) if row else answer


def _followed(ranker: Ranker, query: Query, answer: Chosen, options: Sequence[Candidate]) -> Chosen:
    """A row that holds what the question names with what is said of the thing in it, where that is surer than the answer."""
    for join in joins(query.text, query.language, options):
        if about_it := spoken_of(join, options):
            best = ranker.rank(join.question, query.language, about_it, _READ_JOINED)
            if best.certain > answer.sure:
                answer = Chosen([best], _each([join.row, best.items[0]]), best.certain, composed=True)
    return answer


def _surer(ranker: Ranker, part: str, language: str, options: Sequence[Candidate], most: int) -> Ranked:
    """The candidates for the part as it is asked, or in the words of tables and of the texts, where these find a surer one."""
    asked = ranker.rank(first_step(part), language, options, most)
    plain = restated(part)
    other = spelled_out(plain or part, dict.fromkeys(item.passage.text for item in options)) or plain
    if not other:
        return asked
    told = ranker.rank(other, language, options, most)
    first = next(iter(told.items), None)
    is_meant = first is not None and is_of_period(other, f"{first.passage.place} {first.text}")
    return max(asked, told, key=lambda ranked: ranked.certain) if is_meant else asked


def compare(ranker: Ranker, query: Query, options: Sequence[Candidate]) -> Chosen:
    """One candidate of each side, each among the options that speak of it, and what was to be computed of both."""
    one, two = query.rewrites
    words = [side_words(part, other, query.language) for part, other in ((one, two), (two, one))]
    ranked = [
        ranker.rank(part, query.language, fitting(query.text, about(side, options)), _READ_SIDE)
        for part, side in zip((one, two), words, strict=True)
    ]
    pair = best_pair([(side.items, side.chance) for side in ranked])
    if pair is None:
        return quote(ranker, dataclasses.replace(query, rewrites=()), options)
    certain = [side.certain for side in ranked]
    is_alike = likeness(*pair) >= _SAID_ALIKE  # then either vouches for what both say
    sure = 1 - math.prod(1 - one for one in certain) if is_alike else min(certain)
    said: list[Said] = [((item,), says_whose(item, side)) for item, side in zip(pair, words, strict=True)]
    notes: tuple[str, ...] = ()
    if result := computed(query, *pair, words):
        said.insert(0, (pair, result.text))
        notes = result.notes
    return Chosen(ranked, said, sure, composed=True, notes=notes)


def _tells_all(second: Candidate, first: Candidate, query: Query) -> bool:
    """True if the row that names somebody says of the question what the sentence does: "Who is the HR Business Partner?" """
    asked = content_set(query.text, query.language)
    return first.words & asked <= second.words


def _holder(
    ranker: Ranker, question: str, roles: Sequence[str], first: Candidate, options: Sequence[Candidate]
) -> Candidate | None:
    """The row that the reader takes for the one of a role which it calls by another name, as in another language."""
    rows = holders(question, first, options) if roles and ranker.reads else []
    for role in roles if rows else ():
        language = first.language
        best = ranker.rank(who_is(role, language), language, rows, _READ_HOLDER)
        if best.certain >= _HOLDS:
            return best.items[0]
    return None


def best_of(ranked: Sequence[Candidate], chance: NDArray[np.float64], most: int) -> list[Candidate]:
    """The best candidate and those nearly as good, within the limits; both arguments best first."""
    chosen: list[Candidate] = []
    words = 0
    for item, likely in zip(ranked, chance, strict=True):
        length = len(item.text.split())
        if chosen and (likely < _FURTHER * chance[0] or words + length > _MAX_WORDS):
            continue
        if _repeats(item, chosen) or (chosen and item.is_outdated and not chosen[0].is_outdated):
            continue
        chosen.append(item)
        words += length
        if len(chosen) == most:
            break
    return chosen


def _is_outdone(item: Candidate, best: Candidate, question: str) -> bool:
    """True for a row that says only some of the question's words which the best row says: it is another thing's."""
    if not (item.is_row and best.is_row):
        return False
    said, best_said = (one.words & content_set(question, one.language) for one in (item, best))
    return said < best_said


def _is_of_other_kind(item: Candidate, best: Candidate, question: str) -> bool:
    """True for what tells no value of the kind that is asked for, beside one that does."""
    return tells_kind(question, best) is True and tells_kind(question, item) is False


def _repeats(item: Candidate, chosen: Sequence[Candidate]) -> bool:
    return any(item.text == other.text or _same_place(item, other) for other in chosen)


def _same_place(one: Candidate, other: Candidate) -> bool:
    same = one.passage.document == other.passage.document
    return same and one.piece.start < other.piece.end and other.piece.start < one.piece.end
