"""The first half of the answer journey: question -> what the asker may see that may answer it, step by step.

Access is an argument of every retriever; besides, each passage is checked again against the rules as they are now.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from metier.flow.answering import Answering, Run, timed
from metier.flow.filtering import narrowed
from metier.stages import Retriever
from metier.text.analyze import fold
from metier.text.context import context_text
from metier.text.understand import understand
from metier.types import Access, Evidence, Filter, Hit, Need, Query, Turn


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a question, before anything is drafted."""

    query: Query
    rankings: Mapping[str, Sequence[Hit]]  # by retriever, of the first search
    evidence: Sequence[Evidence]  # what a generator would be given, best first


def find(
    parts: Answering,
    question: str,
    access: Access,
    history: Sequence[Turn] = (),
    filter: Filter | None = None,
) -> Found:
    """The first half of the journey; nothing is stored."""
    query = dataclasses.replace(understand(question, tuple(history)), filter=filter)
    access, _ = narrowed(parts, query, access)
    run = Run(dataclasses.replace(query, rewrites=query.rewrites or query.parts), access, parts.clock())
    retrieve(parts, run)
    return Found(run.query, run.rankings, run.evidence)


def find_evidence(parts: Answering, question: str, access: Access) -> tuple[Query, Sequence[Evidence]]:
    """What a generator would be given for the question: the first half of the journey, nothing stored."""
    found = find(parts, question, access)
    return found.query, found.evidence


def retrieve(parts: Answering, run: Run) -> None:
    def ask(retriever: Retriever) -> list[Hit]:
        return timed(
            parts,
            run,
            f"retrieve_{retriever.name}",
            lambda: _allowed(parts, run.query, run.access, retriever),
        )

    (rankings,) = search_all(parts, [ask])
    run.rankings = rankings
    mixed = timed(parts, run, "mix", lambda: parts.mixer.mix(run.query, rankings, parts.wide))
    most = parts.narrow if parts.reorder is None else parts.wide
    ranked = timed(parts, run, "rerank", lambda: parts.reranker.rerank(run.query, mixed, most))
    ordered = _reordered(parts, run, [_to_be_read(parts, run, item) for item in ranked])
    run.evidence = ordered[: parts.narrow]
    added = timed(parts, run, "steps", lambda: _further_steps(parts, run)) if parts.steps > 1 else []
    added = [*added, *_beside_figures(parts, run)]
    run.pool = _pool([*mixed, *added], run.evidence, ordered[parts.narrow :])


def _reordered(parts: Answering, run: Run, evidence: list[Evidence]) -> list[Evidence]:
    """The evidence in its second order, if there is one. What is read for it is what the asker may see, screened."""
    reorder = parts.reorder
    if reorder is None or not evidence:
        return evidence
    found = timed(parts, run, "reorder", lambda: reorder.reorder(run.query, evidence))
    run.reordered.append(
        {
            "scored": found.scored,
            "of": len(evidence),
            "ms": found.ms,
            "tokens": found.usage.prompt_tokens,
            "cost": found.usage.cost,
            "problem": found.problem,
        }
    )
    return list(found.evidence)


def search_all(
    parts: Answering, searches: Sequence[Callable[[Retriever], list[Hit]]]
) -> list[dict[str, list[Hit]]]:
    """What each retriever found in each of the searches. Those that wait for the disk or a model are asked all at once; those
    that search memory by this thread, one after the other: handing one over costs a twelfth of what two of them take."""
    asked = [(place, leg) for place in range(len(searches)) for leg in parts.retrievers]
    waits = {leg.name: parts.waits(leg.name) for leg in parts.retrievers}
    mine = [one for one in asked if not waits[one[1].name]] or asked[-1:]
    others = [one for one in asked if one not in mine]
    tasks = {(place, leg.name): _searchers().submit(searches[place], leg) for place, leg in others}
    found = {(place, leg.name): searches[place](leg) for place, leg in mine}
    found |= {key: task.result() for key, task in tasks.items()}
    return [{leg.name: found[place, leg.name] for leg in parts.retrievers} for place in range(len(searches))]


@lru_cache(maxsize=1)
def _searchers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="search")


# The budget of further steps, in counts rather than seconds, so that the same question finds the same again.
_SEARCHES = 2  # in one step: a third is hardly ever what was meant, and each embeds a question (20 ms)
_ADDED = 6  # passages that a search may add: it looks for one text or row that speaks of one name


def _further_steps(parts: Answering, run: Run) -> list[Evidence]:
    """Evidence for what the search so far left open, step by step, until nothing more is named or found or the budget is
    spent; it is in run.evidence besides, and each search is noted in run.steps."""
    known = {item.passage.id for item in run.evidence}
    added: list[Evidence] = []
    asked = {run.query.text}
    is_bridged = False
    for step in range(2, parts.steps + 1):
        named = parts.needs(run.query, run.evidence, run.access)
        needs = [need for need in dict.fromkeys(named) if need.search not in asked][:_SEARCHES]
        fresh: list[Evidence] = []
        queries = [Query(need.search, run.query.language, filter=run.query.filter) for need in needs]
        searched = search_all(parts, [partial(_allowed, parts, query, run.access) for query in queries])
        for need, query, rankings in zip(needs, queries, searched, strict=True):
            found = _unknown(parts, need, query, rankings, known)[:_ADDED]
            ids = [item.passage.id for item in found]
            run.steps.append({"step": step, "search": need.search, "added": ids})
            fresh += [_to_be_read(parts, run, item) for item in found]
            known.update(ids)
            asked.add(need.search)
            is_bridged |= bool(need.about) and need.search != need.about
        run.evidence = [*run.evidence, *fresh]
        added += fresh
        # what stands beside the names of the question was asked about: nothing further is
        if not fresh or is_bridged:
            break
    return added


def _beside_figures(parts: Answering, run: Run) -> list[Evidence]:
    """Passages with figures that the question asks for, added to run.evidence in the document's own words; the figures are in
    run.figures."""
    if (search := parts.figures) is None:
        return []
    found = timed(parts, run, "figures", lambda: search(run.query, run.access))
    found = [item for item in found if run.access.allows(parts.groups_of(item.shown.uri))]
    run.figures = [item.shown for item in found]
    known = {item.passage.id for item in run.evidence}
    passages = {item.passage.id: item.passage for item in found if item.passage is not None}
    fresh = [Evidence(passage, 0.0) for identity, passage in passages.items() if identity not in known]
    if not fresh:
        return []
    added = [_to_be_read(parts, run, item) for item in parts.reranker.rerank(run.query, fresh, len(fresh))]
    run.evidence = [*run.evidence, *added]
    return added


def _unknown(
    parts: Answering, need: Need, query: Query, found: Mapping[str, Sequence[Hit]], known: Set[str]
) -> list[Evidence]:
    """The passages for what is needed that speak of what it is about, best first, without those that are known: these
    would take the places that one document may have in a mixture."""
    rankings = {name: [hit for hit in hits if hit.passage.id not in known] for name, hits in found.items()}
    ranked = parts.reranker.rerank(query, parts.mixer.mix(query, rankings, parts.wide), parts.narrow)
    about = fold(need.about)
    return [item for item in ranked if about in fold(context_text(item.passage))]


def _allowed(parts: Answering, query: Query, access: Access, retriever: Retriever) -> list[Hit]:
    """What the retriever found, without what the rules of this moment forbid (they may be newer than the index)."""
    hits = retriever.retrieve(query, access, parts.wide)
    return [hit for hit in hits if access.allows(parts.groups_of(hit.passage.uri))]


def _to_be_read(parts: Answering, run: Run, item: Evidence) -> Evidence:
    """The evidence without orders to machines, and without the name of a newer version that the asker may not see: names
    of files tell, too."""
    item = parts.screen(item)
    if not item.superseded_by or run.access.allows(parts.groups_of(item.superseded_by)):
        return item
    return dataclasses.replace(item, superseded_by="")


def _pool(
    mixed: Sequence[Evidence], shown: Sequence[Evidence], judged: Sequence[Evidence] = ()
) -> list[dict[str, Any]]:
    """What was mixed; of what is shown, or was judged beside it, with all scores."""
    place = {item.passage.id: number for number, item in enumerate(shown, start=1)}
    scores = {item.passage.id: dict(item.scores) for item in (*shown, *judged)}
    suspicious = {item.passage.id: list(item.suspicious) for item in (*shown, *judged)}
    return [
        {
            "passage": item.passage.id,
            "document": item.passage.document,
            "uri": item.passage.uri,
            "page": item.passage.page,
            "start": item.passage.start,
            "end": item.passage.end,
            "mixture": item.score,
            "scores": scores.get(item.passage.id, dict(item.scores)),
            "ranks": dict(item.ranks),
            "suspicious": suspicious.get(item.passage.id, []),
            "shown": place.get(item.passage.id, 0),  # 1-based order before the generator; 0 = not shown
        }
        for item in mixed
    ]
