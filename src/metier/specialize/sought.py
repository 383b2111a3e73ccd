"""Questions with the passages that answer them, found or not: what teaches retrievers what to look for.

Whoever names a better place, or writes an answer that some passage carries, says what should have been found. Where no retriever found
it, the document that the place names is read, or the answer itself is searched for: those are the questions that have most to teach.
Always as the asker, so nothing is learnt from what that person may not see.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from metier.evaluate.metrics import ndcg
from metier.flow.finding import Found
from metier.specialize.bench import Replay, Trial
from metier.specialize.labels import at_place, holds, relevance
from metier.specialize.rows import Example
from metier.text.analyze import content_words
from metier.types import Access, Hit, Passage, Query

LEAST = 20  # questions; with fewer the gain on others is a guess (specialize/mixture.py)
K = 10
_SEARCHED = 4  # words of an answer from which it is searched for: fewer stand in many passages by chance
_MISTAKEN = 10  # hits of each retriever that count as what was found instead


@dataclass(frozen=True, slots=True)
class Sought:
    """One question, what should be found for it and what is found instead."""

    example: Example
    group: str
    query: Query
    access: Access
    right: tuple[Passage, ...]
    wrong: tuple[Passage, ...]  # nearest first


def sought(trial: Trial, replays: Sequence[Replay]) -> list[Sought]:
    """The questions whose right passages are known, with those that nothing found."""
    found = []
    for item in replays:
        example = item.example
        if not example.weight or not (example.answers or example.evidence):
            continue
        access, known = trial.access(example.user), relevance(example, item.found, item.whole)
        passages = {hit.passage.id: hit.passage for hits in item.found.rankings.values() for hit in hits}
        right = tuple(passages[name] for name in known) or missed(trial, example, item.found, access)
        if right:
            wrong = _wrong(example, item.found.rankings, {one.id for one in right})
            found.append(Sought(example, item.group, item.found.query, access, right, wrong))
    return found


def missed(trial: Trial, example: Example, found: Found, access: Access) -> tuple[Passage, ...]:
    """Passages that hold what people wrote or pointed at, of the document they named, else of what their answer finds."""
    if example.evidence:
        uris = dict.fromkeys(quote.uri for quote in example.evidence if quote.uri)
        read = [one for uri in uris for one in trial.read(uri, access)]
        return tuple(one for one in read if at_place(one.uri, one.text, example.evidence))
    language = found.query.language
    searches = [
        Query(text, language) for text in example.answers if len(content_words(text, language)) >= _SEARCHED
    ]
    hits = [hit for query in searches for own in trial.search(query, access).values() for hit in own]
    passages = {hit.passage.id: hit.passage for hit in hits}
    return tuple(one for _, one in sorted(passages.items()) if holds(one, example))


def gain(old: Trial, new: Trial, item: Sought) -> float:
    """nDCG@10 of what the new release finds and orders, minus that of the old one. What only one of them finds counts for both."""
    before, after = (one.search(item.query, item.access) for one in (old, new))
    known = {hit.passage.id for hits in before.values() for hit in hits}
    fresh = {
        hit.passage.id: hit.passage for hits in after.values() for hit in hits if hit.passage.id not in known
    }
    right = {one.id for one in item.right} | {name for name, one in fresh.items() if holds(one, item.example)}
    grades = dict.fromkeys(sorted(right), 1.0)
    return _value(new, item.query, after, grades) - _value(old, item.query, before, grades)


def _value(
    trial: Trial, query: Query, rankings: Mapping[str, Sequence[Hit]], grades: Mapping[str, float]
) -> float:
    ranked = trial.rerank(query, trial.mix(query, rankings, trial.wide), K)
    return ndcg([one.passage.id for one in ranked], grades, K)


def _wrong(example: Example, rankings: Mapping[str, Sequence[Hit]], right: set[str]) -> tuple[Passage, ...]:
    """What people called wrong, then what stood first and is not right."""
    ordered = [hit.passage for hits in rankings.values() for hit in hits]
    rejected = [one for one in ordered if at_place(one.uri, one.text, example.rejected)]
    first = [hit.passage for hits in rankings.values() for hit in hits[:_MISTAKEN]]
    found = {one.id: one for one in [*rejected, *first] if one.id not in right}
    return tuple(found.values())
