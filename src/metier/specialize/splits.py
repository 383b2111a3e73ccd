"""Examples -> those to fit on, to choose on and to judge on: unseen documents, later in time.

Examples that share a document, a conversation or nearly the same question stay together, or the judging part would hold
what was learnt. The groups are dealt out in the order of their last question. It does not see that two documents say the
same thing.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from metier.specialize.cleaning import plain
from metier.specialize.rows import Example
from metier.text.analyze import content_words

# Of the examples three in ten are judged on, and of the others seven in ten fitted on, the rest chosen on.
_GATE, _FIT = 0.3, 0.7
# A gate sees 12 points, where a fifth of the answers change, with 130 questions (evaluate/power.py: .005 one-sided, 80%). It gets
# them as soon as 110 are left to learn from: a fit of some 30 anchored weights moves with fewer than the gate needs.
_ENOUGH_TO_JUDGE, _ENOUGH_TO_LEARN = 130, 110
_ALIKE = 0.8  # share of words in common from which two questions are one


@dataclass(frozen=True, slots=True)
class Split:
    """Three parts, and the group of every example."""

    fit: tuple[Example, ...]
    tune: tuple[Example, ...]
    gate: tuple[Example, ...]
    groups: Mapping[str, str]  # id of an example -> id of the first one of its group

    def labels(self, part: Sequence[Example]) -> list[str]:
        """The group of each example of a part."""
        return [self.groups[item.id] for item in part]


def split(examples: Sequence[Example], *, has_gate: bool = False) -> Split:
    """The parts. With `has_gate` the judging is done on other questions: all examples are fitted and chosen on."""
    groups = _groups(examples)
    members: dict[str, list[Example]] = {}
    for item in examples:
        members.setdefault(groups[item.id], []).append(item)
    ordered = sorted(members.values(), key=lambda own: (max(item.at for item in own), own[0].id))
    # One group with more than half of all (everybody asks about one handbook) can only be learnt from.
    ordered.sort(key=lambda own: 2 * len(own) <= len(examples))
    learnt = len(examples) - (0 if has_gate else _judged_on(len(examples)))
    fitted = round(_FIT * learnt)
    parts: tuple[list[Example], list[Example], list[Example]] = ([], [], [])
    done = 0
    for own in ordered:
        parts[0 if done < fitted else 1 if done < learnt else 2].extend(own)
        done += len(own)
    fit, tune, gate = (tuple(sorted(part, key=lambda item: (item.at, item.id))) for part in parts)
    return Split(fit, tune, gate, groups)


def _judged_on(count: int) -> int:
    """How many of so many examples are judged on."""
    return max(round(_GATE * count), min(_ENOUGH_TO_JUDGE, count - _ENOUGH_TO_LEARN))


def leaks(one: Sequence[Example], other: Sequence[Example]) -> list[str]:
    """Ids of examples of `other` that share a question, a document or a row of feedback with `one`: must be none."""
    questions = {plain(item.question) for item in one}
    documents = {uri for item in one for uri in documents_of(item)}
    rows = {row for item in one for row in item.feedback}
    return [
        item.id
        for item in other
        if plain(item.question) in questions
        or not documents.isdisjoint(documents_of(item))
        or not rows.isdisjoint(item.feedback)
    ]


def documents_of(example: Example) -> frozenset[str]:
    """What the example rests on: where people say the answer stands, else what was shown."""
    told = example.evidence or example.shown or example.rejected
    return frozenset(quote.uri for quote in told if quote.uri)


def _groups(examples: Sequence[Example]) -> dict[str, str]:
    parent = {item.id: item.id for item in examples}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one, other in _links(examples):
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    return {item.id: root(item.id) for item in examples}


def _links(examples: Sequence[Example]) -> Iterator[tuple[str, str]]:
    first: dict[tuple[str, ...], str] = {}
    for item in examples:
        keys: list[tuple[str, ...]] = [("document", uri) for uri in sorted(documents_of(item))]
        keys += [("question", plain(item.question))]
        keys += [("said", item.user, plain(turn.question)) for turn in item.history]
        keys += [("said", item.user, plain(item.question))]
        for key in keys:
            yield first.setdefault(key, item.id), item.id
    yield from _near(examples)


def _near(examples: Sequence[Example]) -> Iterator[tuple[str, str]]:
    """Pairs of nearly the same question. Two sets of which so large a share is common have one of their rarest words in common, so
    only those are looked up (prefix filtering, Chaudhuri et al. 2006): otherwise every question meets every other one."""
    words = {item.id: frozenset(content_words(item.question, "")) for item in examples}
    count = Counter(chain.from_iterable(words.values()))
    holders: dict[str, list[str]] = {}
    for item in examples:
        own = words[item.id]
        rare = sorted(own, key=lambda word: (count[word], word))
        rare = rare[: len(own) - math.ceil(_ALIKE * len(own) - 1e-9) + 1]
        near = {other for word in rare for other in holders.get(word, ())}
        for other in sorted(near):
            if len(own & words[other]) >= _ALIKE * len(own | words[other]):
                yield other, item.id
        for word in rare:
            holders.setdefault(word, []).append(item.id)
