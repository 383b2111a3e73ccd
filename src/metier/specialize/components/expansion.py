"""Component: words of the documents that are searched besides those of a question (expansion.json), from questions and the passages
that answer them.

A dictionary per group of people: of passages that the group may read, and questions whose feedback is open to it, so nobody is
searched for, or shown, a word that was learnt from what others may read. A pair needs two different questions and, as
marks come from people, two who gave them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from metier.retrieve.expansion import Expansion
from metier.retrieve.keyword import query_terms
from metier.specialize.association import Book, Observed, associations
from metier.specialize.bench import OpenTrial, Replay, with_changes
from metier.specialize.sought import LEAST, K, Sought, gain, sought
from metier.specialize.tuning import Component, judge
from metier.text.analyze import terms
from metier.text.context import context_text
from metier.types import Passage, Release

NAME = "expansion"
# Of an association's weight; a word that is always told with another then counts half of what was asked. On the halves of Cranfield .2, .5
# and 1 gained .1, .6 and .3 points.
_STRENGTH = 0.5
_TOLD = 0.5  # share of the right passages that must hold a word: one alone tells more of its own subject than of the question's
_INSTEAD = 10  # passages found instead that are counted
_UNIT = f"nDCG@{K}"


def fit(
    base: Release, fitting: Sequence[Replay], tuning: Sequence[Replay], open_trial: OpenTrial
) -> Component:
    """The component; kept if the right passages stand higher on the tuning examples, searched again. Refitted on all, if kept."""
    old = open_trial(base)
    first, second = sought(old, fitting), sought(old, tuning)
    if len(first) < LEAST:
        return Component(
            NAME, False, f"{len(first)} questions with a known passage; {LEAST} are needed", len(first)
        )
    part = dictionary(first)
    if not part["groups"]:
        why = "no word goes with another one in two different questions that two people spoke of"
        return Component(NAME, False, why, len(first))
    new, known = open_trial(with_changes(base, {(NAME,): part})), Expansion(part)
    before = Expansion(base.parts.get(NAME))
    gains = [gain(old, new, one) if _differs(one, before, known) else 0.0 for one in second]
    kept, gained, reason = judge(gains, [one.group for one in second])
    if not kept:
        return Component(NAME, False, reason, len(first), gained, _UNIT)
    whole = dictionary([*first, *second])
    pairs = sum(len(others) for book in whole["groups"].values() for others in book.values())
    told = f"{reason}; {pairs} associations"
    return Component(NAME, True, told, len(first) + len(second), gained, _UNIT, {(NAME,): whole})


def dictionary(items: Sequence[Sought]) -> dict[str, Any]:
    """expansion.json; `groups` is empty where nothing goes together."""
    languages = tuple(sorted({one.language for item in items for one in item.right if one.language}))
    names = sorted({name for item in items for one in item.right for name in one.groups})
    books = {name: associations([*_observed(items, name, languages)]) for name in names}
    return {
        "groups": {name: _weighed(book) for name, book in books.items() if book},
        "origin": f"{len(items)} questions with a known passage",
    }


def _observed(items: Sequence[Sought], group: str, languages: Sequence[str]) -> Iterable[Observed]:
    """What the group may know of the questions."""
    for item in items:
        right = [one for one in item.right if group in one.groups]
        if not right or (item.example.access and group not in item.example.access):
            continue
        told = frozenset(word for word, share in _shares(right).items() if share >= _TOLD)
        wrong = [one for one in item.wrong if group in one.groups][:_INSTEAD]
        asked = frozenset(query_terms(item.query, languages))
        yield Observed(asked, told, frozenset(item.example.authors), _shares(wrong))


def _shares(passages: Sequence[Passage]) -> dict[str, float]:
    """Share of the passages that hold each word."""
    counts = Counter(word for one in passages for word in set(terms(context_text(one), one.language)))
    return {word: count / len(passages) for word, count in counts.items()}


def _weighed(book: Book) -> dict[str, dict[str, float]]:
    found = {
        word: {other: round(_STRENGTH * weight, 4) for other, weight in own.items()}
        for word, own in book.items()
    }
    return {
        word: {other: weight for other, weight in own.items() if weight > 0} for word, own in found.items()
    }


def _differs(item: Sought, before: Expansion, after: Expansion) -> bool:
    words = query_terms(item.query)
    return before.added(words, item.access.groups) != after.added(words, item.access.groups)
