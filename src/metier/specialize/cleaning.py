"""Feedback rows -> those that may teach, each other one with the reason why it may not; and how far each person can be
relied on.

It cannot tell a lie that nobody contradicts.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from metier.evaluate.matching import contains_answer
from metier.text.analyze import fold
from metier.text.suspicion import suspicions
from metier.types import Feedback, Trace

# Rows of one person that teach at most this share of all, where there are several people: beyond, one person's taste (or
# malice) is the system's. With 3 people .5 leaves the other two a say.
_MOST_SHARE, _SEVERAL, _ALWAYS = 0.5, 3, 30
_MOST_WORDS = 300  # of an answer somebody writes; more is a document
# Beta prior of how often a person agrees with others: 8 of 10, so one quarrel does not silence anybody.
_AGREE, _PRIOR = 8.0, 10.0
_CHANCE = 0.5  # who agrees half of the time says nothing; below, nothing that is safe to turn round
_TRUSTED = 0.8
SEALED = "nearly a question of the vault"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is left, what is not and why."""

    rows: tuple[Feedback, ...]
    dropped: Mapping[str, int]  # reason -> rows
    reliability: Mapping[str, float]  # author -> 0-1
    reasons: Mapping[str, str] = field(default_factory=dict)  # id of a dropped row -> reason


def clean(
    rows: Sequence[Feedback],
    traces: Mapping[str, Trace],
    users: Sequence[str],
    is_sealed: Callable[[str], bool] = lambda question: False,
) -> Cleaned:
    """Rows in the order given. `users` are the people who may ask now: only their questions can be asked again.

    `is_sealed` knows questions that are nearly those of the vault: who learnt from them would pass its looks for nothing."""
    is_sealed = cache(is_sealed)  # many rows speak of one question
    replaced = {row.supersedes for row in rows if row.supersedes}
    last_word = {(row.author, row.answer, row.kind, row.statement, row.citation): row.id for row in rows}
    seen: set[tuple[Any, ...]] = set()
    reasons: dict[str, str] = {}
    for row in rows:
        trace = traces.get(row.answer)
        key = (row.author, row.answer, row.kind, row.statement, row.citation)
        if not row.consent:
            reasons[row.id] = "no consent"
        elif trace is None:
            reasons[row.id] = "its answer is gone"
        elif trace.principal not in users:
            reasons[row.id] = "who asked may not ask any more"
        elif is_sealed(trace.question) or is_sealed(
            trace.query.text
        ):  # a follow-up may say it only once understood
            reasons[row.id] = SEALED
        elif row.id in replaced or last_word[key] != row.id:
            reasons[row.id] = "replaced by a later row"
        elif why := _unfit(_texts(row), trace):
            reasons[row.id] = why
        else:
            again = (row.author, plain(trace.question), row.kind, repr(row.value), _places(trace, row))
            if again in seen:
                reasons[row.id] = "said before"
            seen.add(again)
    reasons |= _over_the_cap([row for row in rows if row.id not in reasons])
    kept = tuple(row for row in rows if row.id not in reasons)
    return Cleaned(kept, dict(sorted(Counter(reasons.values()).items())), _reliability(kept, traces), reasons)


def plain(question: str) -> str:
    """The question as what two spellings of it have in common."""
    return " ".join(re.findall(r"\w+", fold(question)))


def _texts(row: Feedback) -> list[str]:
    """What its author wrote."""
    if row.kind == "edit":
        return [str(row.value["after"])]
    if row.kind == "citation" and isinstance(row.value, Mapping):
        better = row.value.get("better")
        return [str(better.get("quote", ""))] if isinstance(better, Mapping) else [""]
    return [str(row.value)] if row.kind == "expert_answer" else []


def _unfit(texts: Sequence[str], trace: Trace) -> str:
    for text in texts:
        if suspicions(text):
            return "speaks to machines"
        if len(text.split()) > _MOST_WORDS:
            return "too long for an answer"
        if not plain(text) or plain(text) == plain(trace.question):
            return "says nothing"
    return ""


def _places(trace: Trace, row: Feedback) -> str:
    """What a thumb or a mark is about, so that the same thumb on another answer is no repetition."""
    if row.kind not in ("thumb", "citation"):
        return ""
    return " ".join(statement.text for statement in trace.answer.statements) + row.statement + row.citation


def _over_the_cap(rows: Sequence[Feedback]) -> dict[str, str]:
    """The oldest rows of people who said more than their share."""
    per_author = Counter(row.author for row in rows)
    if len(per_author) < _SEVERAL:
        return {}
    others = {author: len(rows) - count for author, count in per_author.items()}
    dropped: dict[str, str] = {}
    for author, count in per_author.items():
        most = max(_ALWAYS, int(others[author] * _MOST_SHARE / (1 - _MOST_SHARE)))
        own = [row for row in rows if row.author == author]
        dropped |= {row.id: "more than one person's share" for row in own[: max(0, count - most)]}
    return dropped


def _reliability(rows: Sequence[Feedback], traces: Mapping[str, Trace]) -> dict[str, float]:
    """By author: 1 for who agrees with others four times in five or more, 0 from one in two down.

    Compared are opinions of different people on one question: whether what was shown is right (thumbs; for who wrote the
    right answer, whether it was shown), and whether there is an answer at all.
    """
    opinions: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows:
        trace = traces[row.answer]
        shown = " ".join(statement.text for statement in trace.answer.statements)
        about = (plain(trace.question), shown)
        if row.kind == "thumb":
            opinions.setdefault(about, {})[row.author] = float(row.value)
        elif row.kind in ("edit", "expert_answer"):
            (text,) = _texts(row)
            opinions.setdefault(about, {})[row.author] = 1.0 if contains_answer(shown, [text]) else -1.0
        elif row.kind == "should_abstain" and shown:
            opinions.setdefault(about, {})[row.author] = -1.0 if row.value else 1.0
    agreed: Counter[str] = Counter()
    compared: Counter[str] = Counter()
    for views in opinions.values():
        for author, view in views.items():
            others = sum(other for name, other in views.items() if name != author)
            if others:
                compared[author] += 1
                agreed[author] += view * others > 0
    return {
        author: _trust((_AGREE + agreed[author]) / (_PRIOR + compared[author]))
        for author in sorted({row.author for row in rows})
    }


def _trust(agreement: float) -> float:
    return round(min(1.0, max(0.0, (agreement - _CHANCE) / (_TRUSTED - _CHANCE))), 4)
