"""Feedback -> examples: one record per answered question, with all that people said about it; every objective reads these.

What a person wrote (edit, expert answer) or pointed at (citation) says what is right; a thumb says only whether what was
shown was right; "should have abstained" says that nothing is. An example knows what was said, not what it teaches: that
depends on what a release finds for the question (labels.py).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from metier.types import (
    Answer,
    Citation,
    EvidenceQuote,
    Feedback,
    Filter,
    Finding,
    Outcome,
    Statement,
    Trace,
    Turn,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What one person said of one sentence beside what it cites, and what the checks had said of it."""

    supported: bool
    kind: Literal["thumb", "written"]
    findings: tuple[Finding, ...]
    weight: float = 1.0  # reliability of who said it, 0-1


@dataclass(frozen=True, slots=True)
class Example:
    """One question as it was asked, and what people said about its answer."""

    id: str  # of the answer
    question: str
    user: str  # who asked; replays have this person's access as it is now
    at: str
    history: tuple[Turn, ...] = ()
    answers: tuple[str, ...] = ()  # right, in people's own words
    evidence: tuple[EvidenceQuote, ...] = ()  # where people say that it stands
    rejected: tuple[EvidenceQuote, ...] = ()  # cited, and called wrong
    shown: tuple[EvidenceQuote, ...] = ()  # what thumbs speak of; none if the system abstained
    lead: Statement | None = (
        None  # the statement that was shown first, or that thumbs name; None if the system abstained
    )
    thumb: float = 0.0  # -1..1, weighted by the reliability of who gave it; 0 = none
    propensity: float | None = None  # P(what thumbs speak of was shown), if it was logged
    declines: bool = False  # people say there is no answer
    weight: float = 1.0  # reliability of the people behind it, 0-1
    authors: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()  # ids of the rows behind it
    access: tuple[str, ...] = ()  # groups whose members' words these are
    marks: tuple[Mark, ...] = ()  # of single sentences
    said: tuple[str, ...] = ()  # the sentences that were shown
    edits: tuple[tuple[str, str], ...] = ()  # what was shown, and what a person made of it
    # what a stronger model made of what people called wrong (revisions.py): it teaches, and is no label that anything is judged by
    revised: str = ""
    filter: Filter | None = None  # which documents the question was put to

    @property
    def says_what_is_right(self) -> bool:
        """True if the expected behaviour is known, not only whether what was shown was it."""
        return bool(self.answers or self.evidence or self.declines)


def examples(
    rows: Iterable[Feedback], traces: Mapping[str, Trace], reliability: Mapping[str, float] | None = None
) -> list[Example]:
    """One example per answer that somebody said something about, in the order the questions were asked."""
    said: dict[str, list[Feedback]] = {}
    for row in rows:
        if row.answer in traces:
            said.setdefault(row.answer, []).append(row)
    trust = reliability or {}
    found = [_example(traces[answer], own, trust) for answer, own in said.items()]
    return sorted((item for item in found if item is not None), key=lambda item: (item.at, item.id))


def snapshot_id(rows: Iterable[Feedback], documents: Iterable[str]) -> str:
    """16 digits over the ids of the feedback rows and of the live documents: the same for the same data."""
    lines = [*sorted(f"feedback {row.id}" for row in rows), *sorted(f"document {one}" for one in documents)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _example(trace: Trace, rows: Sequence[Feedback], trust: Mapping[str, float]) -> Example | None:
    answers: list[str] = []
    evidence: list[EvidenceQuote] = []
    rejected: list[EvidenceQuote] = []
    meant: list[str] = []
    thumbs: list[tuple[float, float]] = []
    shown_with: float | None = None
    declines: list[bool] = []
    used: list[Feedback] = []
    for row in rows:
        reliable = trust.get(row.author, 1.0)
        if row.kind == "expert_answer":
            answers.append(str(row.value))
        elif row.kind == "edit":
            answers.append(str(row.value["after"]))
        elif row.kind == "citation":
            cited = _citations(trace.answer, row.citation, row.statement)
            if isinstance(row.value, Mapping):
                better = _better(row.value)
                evidence += better
                rejected += cited if better and row.citation else []
            else:
                (evidence if row.value == "right" else rejected).extend(cited)
        elif row.kind == "should_abstain":
            declines.append(bool(row.value))
        elif row.kind == "thumb":
            thumbs.append((float(row.value), reliable))
            meant.append(row.statement)
            shown_with = row.propensity or shown_with
        else:
            continue  # a reason explains other rows, an extraction correction is learnt from elsewhere
        used.append(row)
    if not used:
        return None
    total = sum(weight for _, weight in thumbs)
    is_declined = bool(declines and declines[-1]) and not answers
    return Example(
        id=trace.answer.id,
        question=trace.question,
        user=trace.principal,
        at=trace.at,
        history=tuple(trace.query.history),
        filter=trace.query.filter,
        answers=tuple(dict.fromkeys(answers)),
        evidence=tuple(dict.fromkeys(evidence)),
        rejected=tuple(dict.fromkeys(one for one in rejected if one not in evidence)),
        shown=tuple(
            dict.fromkeys(one for name in meant or [""] for one in _citations(trace.answer, "", name))
        ),
        lead=_lead(trace.answer, meant),
        thumb=sum(value * weight for value, weight in thumbs) / total if total else 0.0,
        propensity=shown_with,
        declines=is_declined,
        weight=max(trust.get(row.author, 1.0) for row in used),
        authors=tuple(sorted({row.author for row in used})),
        feedback=tuple(sorted(row.id for row in used)),
        access=tuple(sorted({group for row in used for group in row.access})),
        marks=tuple(_marks(trace, used, trust)),
        said=_said(trace.answer),
        edits=tuple(dict.fromkeys(one for row in used if (one := _edit(row, trace.answer)) is not None)),
    )


def _said(answer: Answer) -> tuple[str, ...]:
    return tuple(one.text for one in answer.statements) if answer.outcome is Outcome.ANSWERED else ()


def _edit(row: Feedback, answer: Answer) -> tuple[str, str] | None:
    """The two sides of an edit of something that was shown: else anybody could name a right sentence as what is worse."""
    if row.kind != "edit":
        return None
    before, after = str(row.value["before"]), str(row.value["after"])
    shown = " ".join(" ".join(_said(answer)).split())
    return (before, after) if " ".join(before.split()) in shown else None


def _marks(trace: Trace, rows: Sequence[Feedback], trust: Mapping[str, float]) -> list[Mark]:
    """Sentences that somebody marked, or whose only citation, and those that an edit replaced, deleted or left as they were."""
    if trace.answer.outcome is not Outcome.ANSWERED:
        return []
    found: list[Mark] = []
    for row in rows:
        kind: Literal["thumb", "written"] = "thumb" if row.kind == "thumb" else "written"
        for said in trace.answer.statements:
            if (supported := _says_of(row, said)) is None:
                continue
            own = tuple(one for one in trace.findings if one.statement == said.id)
            found.append(Mark(supported, kind, own, trust.get(row.author, 1.0)))
    return found


def _says_of(row: Feedback, said: Statement) -> bool | None:
    """Whether the row calls the sentence supported by what it cites; None if it does not speak of that."""
    is_named = row.statement == said.id
    if row.kind == "thumb" and is_named:
        return bool(row.value > 0)
    if row.kind == "citation" and row.value in ("right", "wrong"):
        is_meant = any(cited.id == row.citation for cited in said.citations)
        # of several citations one may be wrong and the others enough
        return (
            row.value == "right" if is_meant and (row.value == "right" or len(said.citations) == 1) else None
        )
    if row.kind == "edit" and (is_named or not row.statement):
        before, after = (" ".join(str(row.value[side]).split()) for side in ("before", "after"))
        text = " ".join(said.text.split())
        return text in after if is_named or text in before else None
    return None


def _lead(answer: Answer, meant: Sequence[str]) -> Statement | None:
    if answer.outcome is not Outcome.ANSWERED:
        return None
    named = [one for one in answer.statements if one.id in meant]
    return next(iter(named or answer.statements), None)


def _citations(answer: Answer, citation: str, statement: str) -> list[EvidenceQuote]:
    """The places meant: one citation, those of one statement, or (neither named) those of the first statement."""
    if answer.outcome is not Outcome.ANSWERED:
        return []
    every = [(said, cited) for said in answer.statements for cited in said.citations]
    if citation:
        chosen: list[Citation] = [cited for _, cited in every if cited.id == citation]
    else:
        first = statement or (answer.statements[0].id if answer.statements else "")
        chosen = [cited for said, cited in every if said.id == first]
    return [EvidenceQuote(cited.uri, cited.quote, cited.page) for cited in chosen]


def _better(value: Mapping[str, object]) -> list[EvidenceQuote]:
    better = value.get("better")
    if not isinstance(better, Mapping) or not str(better.get("quote") or "").strip():
        return []
    return [EvidenceQuote(str(better.get("uri") or ""), str(better["quote"]))]
