"""The answer journey: question -> admitted -> evidence -> draft -> verified statements -> an answer, or none.

Access is an argument of every retriever; besides, each passage is checked again against the rules as they are now
before a generator sees it, and each citation once more before it leaves.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from metier.errors import ModelUnavailable
from metier.flow.answering import Answering, Rewording, Run, timed
from metier.flow.apart import PartGenerator, asked_apart, is_said, one_draft, one_settled
from metier.flow.filtering import narrowed, nothing_left, with_filter_told
from metier.flow.finding import retrieve
from metier.flow.sampled import best_sample
from metier.flow.screen import plain_settled, plain_statement, shown_figure, suspicious_notes
from metier.stages import OnStatement
from metier.text.arithmetic import calculations
from metier.text.places import boxes_for
from metier.text.said import says_all
from metier.text.sheets import cells_for
from metier.text.understand import understand
from metier.types import (
    Access,
    Answer,
    Citation,
    Conflict,
    Draft,
    Evidence,
    Filter,
    Finding,
    Outcome,
    Query,
    Reworded,
    Settled,
    Statement,
    Trace,
    Turn,
)


def answer(
    parts: Answering,
    question: str,
    access: Access,
    history: Sequence[Turn] = (),
    on_statement: OnStatement | None = None,
    within: str = "",
    filter: Filter | None = None,
) -> Answer:
    """A cited answer, an abstention or a refusal; stored with its trace and noted in the audit log.

    `on_statement` hears statements that are verified and will stay. `within` is kept with the query: the id of the only
    document that the retrievers of `parts` search, where they do. `filter` says which documents the asker means; no other
    one is read.
    """
    if parts.writes_for is not None:
        parts = dataclasses.replace(parts, generator=parts.writes_for(access))
    query = dataclasses.replace(understand(question, tuple(history)), within=within, filter=filter)
    run = Run(query, access, parts.clock())
    ledger_version = parts.ledger.version()
    settled = timed(parts, run, "admit", lambda: parts.admission.admit(run.query, access))
    if settled is None and filter is not None:
        run.access, run.chosen = narrowed(parts, query, access)
        settled = nothing_left(query, run.chosen)
    if settled is None:
        if run.query.parts:
            settled = _answer_apart(parts, run, on_statement)
        else:
            retrieve(parts, run)
            settled = _generate(parts, run, on_statement)
            if settled.outcome is Outcome.ABSTAINED:
                settled = (
                    _answer_sampled(parts, run, on_statement)
                    or _answer_reworded(parts, run, on_statement)
                    or settled
                )
    return _finish(parts, run, with_filter_told(settled, filter, run.chosen), ledger_version)


def _answer_apart(parts: Answering, run: Run, on_statement: OnStatement | None) -> Settled:
    """What came of the parts of the question, one after the other; `run` then holds what theirs hold."""
    said: list[Statement] = []
    settled: list[Settled] = []
    runs: list[Run] = []

    def tell(statement: Statement) -> None:
        if on_statement is not None and not is_said(statement, said):
            on_statement(statement)

    for query in asked_apart(run.query):
        drafted = sum(len(one.draft.statements) for one in runs if one.draft is not None)
        own = Run(query, run.access, run.started)
        retrieve(parts, own)
        numbered = dataclasses.replace(
            parts, generator=PartGenerator(parts.generator, drafted, len(run.query.parts))
        )
        settled.append(_generate(numbered, own, tell))
        said += settled[-1].statements
        runs.append(own)
    for own in runs:
        run.add(own)
    run.pool = _one_pool([own.pool for own in runs])
    run.evidence = _interleaved([own.evidence for own in runs])
    run.draft = one_draft([own.draft for own in runs if own.draft is not None], settled)
    return one_settled(run.query, settled)


def _answer_sampled(parts: Answering, run: Run, on_statement: OnStatement | None) -> Settled | None:
    """What came of several answers of the language model, where the policy trusts one; `run` then holds its draft."""

    def verify(own: Run, draft: Draft) -> list[Statement]:
        verified = [_verify(parts, own, draft, item) for item in draft.statements]
        return _without_repeats([item for item in verified if item is not None], [])

    if (best := best_sample(parts, run, verify)) is None or best.draft is None:
        return None
    run.draft, run.findings, run.kept = best.draft, best.findings, best.kept
    kept = best.samples[0].statements
    if on_statement is not None:
        for statement in kept:
            on_statement(statement)
    settled = parts.settlement.settle(run.query, best.draft, kept, run.evidence)
    return dataclasses.replace(
        settled, conflicts=(*settled.conflicts, *_conflicts(parts, run, settled)), notes=settled.notes
    )


def _answer_reworded(parts: Answering, run: Run, on_statement: OnStatement | None) -> Settled | None:
    """What came of the question in other words, where that is sure to be answered; `run` then holds what was found for it."""
    if (other := parts.rewording) is None or run.query.rewrites:
        return None
    for reword in other.wordings:
        if settled := _answer_worded(parts, run, reword, other, on_statement):
            return settled
    return None


def _answer_worded(
    parts: Answering,
    run: Run,
    reword: Callable[[Query], Reworded],
    other: Rewording,
    on_statement: OnStatement | None,
) -> Settled | None:
    if run.draft is None:
        return None
    worded = timed(parts, run, "reword", lambda: reword(run.query))
    run.draft = dataclasses.replace(run.draft, usage=run.draft.usage + worded.usage)
    if not worded.text:
        return None
    said = {"rewrites": (worded.text,)} if worded.besides else {"text": worded.text}
    own = Run(dataclasses.replace(run.query, **said), run.access, run.started)
    retrieve(parts, own)
    run.reordered += own.reordered  # it was done and paid, whatever comes of it
    own.reordered = []
    sure = other.sure(own.query, own.evidence)
    run.steps.append({"step": 1, "search": worded.text, "reworded": True, "confidence": round(sure, 3)})
    known = {item.passage.id for item in run.evidence}
    if sure < other.least or (other.only_new and known.issuperset(item.passage.id for item in own.evidence)):
        return None
    settled = _generate(parts, own, on_statement)
    if own.draft is None:
        return None
    usage = run.draft.usage + own.draft.usage
    if settled.outcome is not Outcome.ANSWERED:
        run.draft = dataclasses.replace(run.draft, usage=usage)
        return None
    run.add(own)
    run.pool, run.evidence = own.pool, own.evidence
    run.draft = dataclasses.replace(own.draft, usage=usage)
    how = "searched for in other words" if worded.besides else "answered as if the question were"
    note = f'{how}: "{worded.text}"'
    return dataclasses.replace(settled, notes=(note, *settled.notes))


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


def rehearse(
    parts: Answering,
    question: str,
    access: Access,
    history: Sequence[Turn] = (),
    filter: Filter | None = None,
) -> Trace:
    """The whole journey with nothing stored: what would be answered, and how."""
    kept: list[Trace] = []
    answer(
        dataclasses.replace(parts, answers=kept, audit=_Silence()), question, access, history, filter=filter
    )
    return kept[0]


class _Silence:
    """Implements stages.AuditLog for what did not happen."""

    def append(self, kind: str, subject: str, principal: str, data: Mapping[str, Any]) -> str:
        return ""


def _generate(parts: Answering, run: Run, on_statement: OnStatement | None) -> Settled:
    sent: list[Statement] = []

    def hear(statement: Statement) -> None:
        alone = Draft((statement,), parts.generator.name)
        if kept := _verify(parts, run, alone, statement):
            sent.append(kept)  # also when nobody listens: the answer is the same through every door
            if on_statement is not None:
                on_statement(kept)

    try:
        draft = timed(parts, run, "generate", lambda: parts.generator.generate(run.query, run.evidence, hear))
    except ModelUnavailable as error:  # after its first statements: they stay
        draft = Draft(
            tuple(sent), parts.generator.name, confidence=1.0, notes=(f"the answer is cut short: {error}",)
        )
    run.draft = draft
    kept: list[Statement] = []
    if sent or parts.settlement.answerable(draft):
        verified = timed(
            parts, run, "verify", lambda: [_verify(parts, run, draft, item) for item in draft.statements]
        )
        kept = _without_repeats([item for item in verified if item is not None], sent)
    if on_statement is not None:
        for statement in kept:
            if statement not in sent:
                on_statement(statement)
    settled = timed(
        parts, run, "settle", lambda: parts.settlement.settle(run.query, draft, kept, run.evidence)
    )
    found = timed(parts, run, "conflicts", lambda: _conflicts(parts, run, settled))
    return dataclasses.replace(settled, conflicts=(*settled.conflicts, *found))


def _conflicts(parts: Answering, run: Run, settled: Settled) -> list[Conflict]:
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
    """The statements without those, not yet sent, that rest on a place which an earlier one cites, or whose words or short answer
    one says; what is calculated repeats no place."""
    found: list[Statement] = []
    for item in kept:
        quoted = [earlier for earlier in found if not calculations(earlier.text)]
        cited = [citation for earlier in quoted for citation in earlier.citations]
        is_new = not item.citations or not any(item.citations[0].overlaps(one) for one in cited)
        if (is_new and not _is_said(item, found)) or item in sent or calculations(item.text):
            found.append(item)
    return found


def _is_said(item: Statement, earlier: Sequence[Statement]) -> bool:
    """True if an earlier statement has the same words, or its whole short answer."""
    return any(item.text == one.text or says_all(one.text, item.values) for one in earlier)


def _verify(parts: Answering, run: Run, draft: Draft, statement: Statement) -> Statement | None:
    """The statement with places and support, or None if it must not leave; each is judged once."""
    if statement.id in run.kept:
        return run.kept[statement.id]
    kept, findings = _judged(parts, run, draft, statement)
    if kept is None and parts.restate is not None and draft.generator == parts.generator.name:
        other = parts.restate(run.query, statement, run.evidence, findings)
        if other is not None and other.text != statement.text:
            kept, others = _judged(parts, run, draft, other)
            why = ", ".join(found.check for found in findings if found.detail) or "support"
            findings = [*others, Finding("restated", statement.id, True, 1.0, why)] if kept else findings
    run.findings += findings
    run.kept[statement.id] = kept
    return kept


def _judged(
    parts: Answering, run: Run, draft: Draft, statement: Statement
) -> tuple[Statement | None, list[Finding]]:
    """The statement with places and support, or None if it must not leave, and what the checks say of it."""
    alone = dataclasses.replace(draft, statements=(statement,))
    findings = [found for check in parts.checks for found in check.check(run.query, alone, run.evidence)]
    citations = [_place(parts, run, citation) for citation in statement.citations]
    allowed = [citation for citation in citations if citation is not None]
    kept = None
    if len(allowed) == len(statement.citations) and allowed:
        placed = dataclasses.replace(statement, citations=tuple(allowed))
        kept = parts.settlement.keep(placed, parts.support(findings), findings)
        kept = plain_statement(kept, parts.write) if kept else None
    return kept, findings


def _place(parts: Answering, run: Run, citation: Citation) -> Citation | None:
    """The citation with page and boxes, or None if its document is not (or no longer) to be seen by the asker."""
    if not _may_see(parts, run, citation.document):
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


def _may_see(parts: Answering, run: Run, document: str) -> bool:
    """Whether the asker may see the document now and asked it, and it is still there."""
    entry = parts.ledger.live().get(document)
    return entry is not None and run.access.allows(parts.groups_of(entry.uri)) and run.access.reads(entry.id)


def _finish(parts: Answering, run: Run, settled: Settled, ledger_version: int) -> Answer:
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
        (usage.prompt_tokens + usage.completion_tokens if usage else 0)
        + sum(one["tokens"] for one in run.reordered),
        (usage.cost if usage else 0.0) + sum(one["cost"] for one in run.reordered),
        tuple(
            shown_figure(item, parts.write)
            for item in run.figures
            if _may_see(parts, run, item.figure.document)
        ),
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
        parts.occasion,
        dict(parts.models),
        tuple(run.reordered),
        None if run.chosen is None else len(run.chosen.documents),
        tuple(run.samples),
    )
    parts.answers.append(trace)
    parts.audit.append("answer", result.id, run.access.principal, _summary(result, settled))
    return result


def _summary(result: Answer, settled: Settled) -> Mapping[str, Any]:
    """What the audit log keeps: the decision and what it rests on, not the words (answers.db has them)."""
    cited = sorted({citation.document for item in settled.statements for citation in item.citations})
    reason = settled.abstention.reason if settled.abstention else ""
    return {"outcome": result.outcome.value, "release": result.release, "documents": cited, "reason": reason}
