"""The answer journey: question -> admitted -> evidence -> draft -> verified statements -> an answer, or none.

Access is an argument of every retriever; besides, each passage is checked again against the rules as they are now
before a generator sees it, and each citation once more before it leaves.
"""

import dataclasses
import math
import time
from collections.abc import Callable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import zip_longest
from typing import Any, TypeVar

from metier.errors import ModelUnavailable
from metier.flow.apart import PartGenerator, asked_apart, is_said, one_draft, one_settled
from metier.flow.screen import plain_settled, plain_statement, screened, suspicious_notes
from metier.stages import (
    Admission,
    AnswerLog,
    AuditLog,
    Check,
    DocumentStore,
    Generator,
    Ledger,
    Mixer,
    OnStatement,
    Reranker,
    Retriever,
    Settlement,
)
from metier.text.analyze import fold
from metier.text.arithmetic import calculations
from metier.text.context import context_text
from metier.text.places import boxes_for
from metier.text.plain import plain
from metier.text.sheets import cells_for
from metier.text.understand import understand
from metier.types import (
    Access,
    Answer,
    Citation,
    Conflict,
    Document,
    Draft,
    Evidence,
    Finding,
    Hit,
    Need,
    Query,
    Settled,
    Statement,
    Trace,
    Turn,
)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Answering:
    """Everything the journey needs."""

    admission: Admission
    retrievers: Sequence[Retriever]
    mixer: Mixer
    reranker: Reranker
    generator: Generator
    checks: Sequence[Check]
    support: Callable[[Sequence[Finding]], float]  # findings of one statement -> P(supported)
    settlement: Settlement
    ledger: Ledger
    documents: DocumentStore
    groups_of: Callable[[str], tuple[str, ...]]  # uri -> who may see it, by the rules as they are now
    answers: AnswerLog
    audit: AuditLog
    release: str
    wide: int
    narrow: int
    new_id: Callable[[], str]
    now: Callable[[], str]
    clock: Callable[[], float] = time.perf_counter
    # what the evidence lacks for an answer, as further searches; asked after each step until nothing is named or found
    needs: Callable[[Query, Sequence[Evidence], Access], tuple[Need, ...]] = lambda query, evidence, access: ()
    steps: int = 3  # of retrieval for one question, the first included
    engine: Callable[[], str] = lambda: ""  # what the retrievers search, for people
    # what other sources of the evidence say otherwise
    conflicts: Callable[[Query, Sequence[Statement], Sequence[Evidence]], Sequence[Conflict]] = (
        lambda query, statements, evidence: ()
    )
    screen: Callable[[Evidence], Evidence] = screened  # without text that gives orders to machines
    write: Callable[[str], str] = plain  # words as they leave, through every door: no links, no markup


@dataclass(slots=True)
class _Run:
    """One question on its way; mutable, lives for one call."""

    query: Query
    access: Access
    started: float
    timings: dict[str, float] = field(default_factory=dict)
    pool: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    draft: Draft | None = None
    rankings: Mapping[str, Sequence[Hit]] = field(default_factory=dict)
    evidence: Sequence[Evidence] = ()
    kept: dict[str, Statement | None] = field(default_factory=dict)
    documents: dict[str, Document | None] = field(default_factory=dict)


def answer(
    parts: Answering,
    question: str,
    access: Access,
    history: Sequence[Turn] = (),
    on_statement: OnStatement | None = None,
    within: str = "",
) -> Answer:
    """A cited answer, an abstention or a refusal; stored with its trace and noted in the audit log.

    `on_statement` hears statements that are verified and will stay. `within` is kept with the query: the id of the only
    document that the retrievers of `parts` search, where they do.
    """
    query = dataclasses.replace(understand(question, tuple(history)), within=within)
    run = _Run(query, access, parts.clock())
    ledger_version = parts.ledger.version()
    settled = _timed(parts, run, "admit", lambda: parts.admission.admit(run.query, access))
    if settled is None:
        if run.query.parts:
            settled = _answer_apart(parts, run, on_statement)
        else:
            _retrieve(parts, run)
            settled = _generate(parts, run, on_statement)
    return _finish(parts, run, settled, ledger_version)


def _answer_apart(parts: Answering, run: _Run, on_statement: OnStatement | None) -> Settled:
    """What came of the parts of the question, one after the other; `run` then holds what theirs hold."""
    said: list[Statement] = []
    settled: list[Settled] = []
    runs: list[_Run] = []

    def tell(statement: Statement) -> None:
        if on_statement is not None and not is_said(statement, said):
            on_statement(statement)

    for query in asked_apart(run.query):
        drafted = sum(len(one.draft.statements) for one in runs if one.draft is not None)
        own = _Run(query, run.access, run.started)
        _retrieve(parts, own)
        numbered = dataclasses.replace(
            parts, generator=PartGenerator(parts.generator, drafted, len(run.query.parts))
        )
        settled.append(_generate(numbered, own, tell))
        said += settled[-1].statements
        runs.append(own)
    for own in runs:
        for stage, spent in own.timings.items():
            run.timings[stage] = round(run.timings.get(stage, 0.0) + spent, 2)
        run.steps += own.steps
        run.findings += own.findings
    run.pool = _one_pool([own.pool for own in runs])
    run.evidence = _interleaved([own.evidence for own in runs])
    run.draft = one_draft([own.draft for own in runs if own.draft is not None], settled)
    return one_settled(run.query, settled)


def _one_pool(pools: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Every passage once, as the part saw it that showed it first."""
    best: dict[str, dict[str, Any]] = {}
    for row in (row for pool in pools for row in pool):
        known = best.get(row["passage"])
        if known is None or 0 < row["shown"] < (known["shown"] or math.inf):
            best[row["passage"]] = row
    return list(best.values())


def _interleaved(found: Sequence[Sequence[Evidence]]) -> list[Evidence]:
    """The best of each part, then the second of each, every passage once."""
    once: dict[str, Evidence] = {}
    for item in (item for row in zip_longest(*found) for item in row if item is not None):
        once.setdefault(item.passage.id, item)
    return list(once.values())


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a question, before anything is drafted."""

    query: Query
    rankings: Mapping[str, Sequence[Hit]]  # by retriever, of the first search
    evidence: Sequence[Evidence]  # what a generator would be given, best first


def find(parts: Answering, question: str, access: Access, history: Sequence[Turn] = ()) -> Found:
    """The first half of the journey; nothing is stored."""
    query = understand(question, tuple(history))
    run = _Run(dataclasses.replace(query, rewrites=query.rewrites or query.parts), access, parts.clock())
    _retrieve(parts, run)
    return Found(run.query, run.rankings, run.evidence)


def find_evidence(parts: Answering, question: str, access: Access) -> tuple[Query, Sequence[Evidence]]:
    """What a generator would be given for the question: the first half of the journey, nothing stored."""
    found = find(parts, question, access)
    return found.query, found.evidence


def rehearse(parts: Answering, question: str, access: Access, history: Sequence[Turn] = ()) -> Trace:
    """The whole journey with nothing stored: what would be answered, and how."""
    kept = _Rehearsal()
    answer(dataclasses.replace(parts, answers=kept, audit=_Silence()), question, access, history)
    return kept.traces()[0]


class _Rehearsal:
    """Implements stages.AnswerLog in memory, for one answer."""

    def __init__(self) -> None:
        self._traces: list[Trace] = []

    def append(self, trace: Trace) -> None:
        self._traces.append(trace)

    def trace(self, answer: str) -> Trace | None:
        return next((item for item in self._traces if item.answer.id == answer), None)

    def traces(self, limit: int = 100) -> list[Trace]:
        return self._traces[-limit:]


class _Silence:
    """Implements stages.AuditLog for what did not happen."""

    def append(self, kind: str, subject: str, principal: str, data: Mapping[str, Any]) -> str:
        return ""


def _timed(parts: Answering, run: _Run, stage: str, work: Callable[[], Result]) -> Result:
    before = parts.clock()
    result = work()
    run.timings[stage] = round(1000 * (parts.clock() - before), 2)
    return result


def _retrieve(parts: Answering, run: _Run) -> None:
    def ask(retriever: Retriever) -> list[Hit]:
        return _timed(
            parts,
            run,
            f"retrieve_{retriever.name}",
            lambda: _allowed(parts, run.query, run.access, retriever),
        )

    (rankings,) = _search(parts, [ask])
    run.rankings = rankings
    mixed = _timed(parts, run, "mix", lambda: parts.mixer.mix(run.query, rankings, parts.wide))
    ranked = _timed(parts, run, "rerank", lambda: parts.reranker.rerank(run.query, mixed, parts.narrow))
    run.evidence = [_to_be_read(parts, run, item) for item in ranked]
    added = _timed(parts, run, "steps", lambda: _further_steps(parts, run)) if parts.steps > 1 else []
    run.pool = _pool([*mixed, *added], run.evidence)


def _search(
    parts: Answering, searches: Sequence[Callable[[Retriever], list[Hit]]]
) -> list[dict[str, list[Hit]]]:
    """What each retriever found in each of the searches. They wait for the disk and for one another's locks more than they
    compute: all at once."""
    tasks = [
        {retriever.name: _searchers().submit(search, retriever) for retriever in parts.retrievers}
        for search in searches
    ]
    return [{name: task.result() for name, task in of_one.items()} for of_one in tasks]


@lru_cache(maxsize=1)
def _searchers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="search")


# The budget of further steps, in counts rather than seconds, so that the same question finds the same again.
_SEARCHES = 2  # in one step: a third is hardly ever what was meant, and each embeds a question (20 ms)
_ADDED = 6  # passages that a search may add: it looks for one text or row that speaks of one name


def _further_steps(parts: Answering, run: _Run) -> list[Evidence]:
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
        queries = [Query(need.search, run.query.language) for need in needs]
        searched = _search(parts, [partial(_allowed, parts, query, run.access) for query in queries])
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


def _to_be_read(parts: Answering, run: _Run, item: Evidence) -> Evidence:
    """The evidence without orders to machines, and without the name of a newer version that the asker may not see: names
    of files tell, too."""
    item = parts.screen(item)
    if not item.superseded_by or run.access.allows(parts.groups_of(item.superseded_by)):
        return item
    return dataclasses.replace(item, superseded_by="")


def _pool(mixed: Sequence[Evidence], shown: Sequence[Evidence]) -> list[dict[str, Any]]:
    place = {item.passage.id: number for number, item in enumerate(shown, start=1)}
    scores = {item.passage.id: dict(item.scores) for item in shown}
    suspicious = {item.passage.id: list(item.suspicious) for item in shown}
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


def _generate(parts: Answering, run: _Run, on_statement: OnStatement | None) -> Settled:
    sent: list[Statement] = []

    def hear(statement: Statement) -> None:
        alone = Draft((statement,), parts.generator.name)
        if kept := _verify(parts, run, alone, statement):
            sent.append(kept)  # also when nobody listens: the answer is the same through every door
            if on_statement is not None:
                on_statement(kept)

    try:
        draft = _timed(
            parts, run, "generate", lambda: parts.generator.generate(run.query, run.evidence, hear)
        )
    except ModelUnavailable as error:  # after its first statements: they stay
        draft = Draft(
            tuple(sent), parts.generator.name, confidence=1.0, notes=(f"the answer is cut short: {error}",)
        )
    run.draft = draft
    kept: list[Statement] = []
    if sent or parts.settlement.answerable(draft):
        verified = _timed(
            parts, run, "verify", lambda: [_verify(parts, run, draft, item) for item in draft.statements]
        )
        kept = _without_repeats([item for item in verified if item is not None], sent)
    if on_statement is not None:
        for statement in kept:
            if statement not in sent:
                on_statement(statement)
    settled = _timed(
        parts, run, "settle", lambda: parts.settlement.settle(run.query, draft, kept, run.evidence)
    )
    found = _timed(parts, run, "conflicts", lambda: _conflicts(parts, run, settled))
    return dataclasses.replace(settled, conflicts=(*settled.conflicts, *found))


def _conflicts(parts: Answering, run: _Run, settled: Settled) -> list[Conflict]:
    """Conflicts of which the asker may see every source, with places."""
    placed = [
        (conflict, [_place(parts, run, citation) for citation in conflict.citations])
        for conflict in parts.conflicts(run.query, settled.statements, run.evidence)
    ]
    return [
        dataclasses.replace(
            conflict, citations=tuple(citation for citation in places if citation is not None)
        )
        for conflict, places in placed
        if None not in places
    ]


def _without_repeats(kept: Sequence[Statement], sent: Sequence[Statement]) -> list[Statement]:
    """The statements without those, not yet sent, that rest on a place which an earlier one cites; what is calculated
    repeats no place."""
    found: list[Statement] = []
    for item in kept:
        quoted = [earlier for earlier in found if not calculations(earlier.text)]
        cited = [citation for earlier in quoted for citation in earlier.citations]
        is_new = not item.citations or not any(_overlap(item.citations[0], one) for one in cited)
        if is_new or item in sent or calculations(item.text):
            found.append(item)
    return found


def _overlap(one: Citation, other: Citation) -> bool:
    return one.document == other.document and one.start < other.end and other.start < one.end


def _verify(parts: Answering, run: _Run, draft: Draft, statement: Statement) -> Statement | None:
    """The statement with places and support, or None if it must not leave; each is judged once."""
    if statement.id in run.kept:
        return run.kept[statement.id]
    alone = dataclasses.replace(draft, statements=(statement,))
    findings = [found for check in parts.checks for found in check.check(run.query, alone, run.evidence)]
    run.findings += findings
    citations = [_place(parts, run, citation) for citation in statement.citations]
    allowed = [citation for citation in citations if citation is not None]
    kept = None
    if len(allowed) == len(statement.citations) and allowed:
        placed = dataclasses.replace(statement, citations=tuple(allowed))
        kept = parts.settlement.keep(placed, parts.support(findings), findings)
        kept = plain_statement(kept, parts.write) if kept else None
    run.kept[statement.id] = kept
    return kept


def _place(parts: Answering, run: _Run, citation: Citation) -> Citation | None:
    """The citation with page and boxes, or None if its document is not (or no longer) to be seen by the asker."""
    entry = parts.ledger.live().get(citation.document)
    if entry is None or not run.access.allows(parts.groups_of(entry.uri)):
        return None
    if citation.document not in run.documents:
        run.documents[citation.document] = parts.documents.document(citation.document)
    document = run.documents[citation.document]
    if document is None:
        return citation
    start, end = citation.start, citation.end
    page = next((page.number for page in document.pages if page.start <= start < page.end), citation.page)
    boxes, place = boxes_for(document, start, end), cells_for(document, start, end)
    return dataclasses.replace(citation, page=page, boxes=boxes, place=place)


def _finish(parts: Answering, run: _Run, settled: Settled, ledger_version: int) -> Answer:
    notes = (*settled.notes, *suspicious_notes(run.evidence))
    settled = plain_settled(dataclasses.replace(settled, notes=notes), parts.write)
    usage = run.draft.usage if run.draft else None
    run.timings["total"] = round(1000 * (parts.clock() - run.started), 2)
    result = Answer(
        parts.new_id(),
        settled.outcome,
        parts.release,
        settled.statements,
        settled.abstention,
        settled.conflicts,
        settled.notes,
        dict(run.timings),
        usage.prompt_tokens + usage.completion_tokens if usage else 0,
        usage.cost if usage else 0.0,
    )
    trace = Trace(
        result,
        run.query.text,
        run.access.principal,
        tuple(sorted(run.access.groups)),
        parts.now(),
        run.query,
        tuple(run.pool),
        run.draft,
        tuple(run.findings),
        ledger_version,
        run.draft.prompt_hash if run.draft else "",
        tuple(run.steps),
        parts.engine(),
    )
    parts.answers.append(trace)
    parts.audit.append("answer", result.id, run.access.principal, _summary(result, settled))
    return result


def _summary(result: Answer, settled: Settled) -> Mapping[str, Any]:
    """What the audit log keeps: the decision and what it rests on, not the words (answers.db has them)."""
    cited = sorted({citation.document for item in settled.statements for citation in item.citations})
    reason = settled.abstention.reason if settled.abstention else ""
    return {"outcome": result.outcome.value, "release": result.release, "documents": cited, "reason": reason}
