"""Why an answer is wrong: the first stage at which what it needed was lost, found from its trace and from replays.

The trace of the answer says what was found, shown, drafted and dropped; the workspace says what was read. Then the question
is asked again with what the blamed stage should have given in its place (the oracle's passages, a settlement that lets
everything out): if the answer is right then, mending that stage is enough; if not, the next stage that fails is named.

It does not know meaning: a right answer in other words than the case lists is blamed on the generator, and gold evidence is
found by its words. Answers are replayed on the documents as they are now.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from pydantic import TypeAdapter, ValidationError

from metier.errors import UserError
from metier.evaluate.grade import TO_ANSWER, Grade, grade
from metier.evaluate.needed import Corpus, Needed, needed
from metier.evaluate.run import Row
from metier.evaluate.suites import DEFAULT_USER
from metier.flow.answer import rehearse
from metier.flow.answering import Answering
from metier.flow.finding import find
from metier.text.arithmetic import calculations
from metier.text.numbers import NUMBER
from metier.types import (
    Access,
    Answer,
    Case,
    Draft,
    Evidence,
    Finding,
    Hit,
    Outcome,
    Passage,
    Progress,
    Query,
    Settled,
    Statement,
    Trace,
)

Stage = Literal[
    "system error",  # it did not answer at all
    "case in doubt",  # the asker may not see what the case's answer stands in
    "leak",  # something was shown that the asker may not see
    "refused at the door",  # taken for a question out of scope
    "let in at the door",  # out of scope, and not refused
    "corpus silent",  # no document says it
    "lost in extraction",  # its document is there, but was not read, or not all of it
    "not retrieved",
    "ranked below the cut",
    "ignored by the generator",  # was given the evidence and drafted something else
    "wrongly abstained",  # too unsure of a right draft, or said nothing with the evidence before it
    "answered without grounds",  # nothing answers it, and something was said
    "verification error",  # a right statement was dropped, or one that its citation does not carry was let out
    "right when asked again",
]
STAGES: tuple[str, ...] = get_args(Stage)
_FIGURE = re.compile(NUMBER)
_LABELS = re.compile(r"[^;:\n]*: ")  # "Q1: 4,478; 2025: 17,039": columns are not in the quote of a row
_LOST: Mapping[str, Stage] = {
    "absent": "corpus silent",
    "closed": "case in doubt",
    "unread": "lost in extraction",
    "lost": "lost in extraction",
    "uncut": "lost in extraction",
}


@dataclass(frozen=True, slots=True)
class Blame:
    """Where one wrong answer was lost. `mended` says whether putting that stage right alone makes the answer right, None if
    that cannot be tried; if not, `then` is the next stage that fails."""

    case: str
    stage: Stage
    why: str
    mended: bool | None = None
    then: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document that would answer questions nothing answers now."""

    what: str  # its name where a case names it, else the first of the questions
    known: bool  # a case says that an answer exists; else nobody knows whether there is one
    questions: tuple[str, ...]
    nearest: tuple[str, ...]  # titles found instead


@dataclass(frozen=True, slots=True)
class Attribution:
    """All wrong answers of a run, blamed; `counts` by stage, most first."""

    blames: tuple[Blame, ...]
    counts: Mapping[str, int]
    wanted: tuple[Wanted, ...]  # documents you should add, most asked for first
    left: int = 0  # wrong answers that were not looked at
    run: str = ""  # whose answers they are (Run.identity); "" where nobody said


_ATTRIBUTION = TypeAdapter(Attribution)


def read_attribution(path: Path) -> Attribution:
    """What `metier evaluate blame --out` wrote. Raises UserError if the file is something else."""
    try:
        return _ATTRIBUTION.validate_json(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from None
    except ValidationError:
        raise UserError(f"{path} is nothing that `metier evaluate blame --out` wrote") from None


def attribute_rows(
    rows: Sequence[Row],
    corpus: Corpus,
    trace_of: Callable[[str], Trace | None],
    most: int = 0,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = lambda: 0.0,
) -> Attribution:
    """The rows that are not right, blamed; at most `most` of them (0 = all), in their order. An answer whose trace is not
    here is asked again first."""
    wrong = [row for row in rows if row.error or _wrong(row, corpus)]
    chosen = wrong[:most] if most else wrong
    begun, blames = clock(), []
    for number, row in enumerate(chosen, start=1):
        if should_stop():
            break
        trace = trace_of(row.answer.id) if row.answer else None
        blames.append(attribute(row.case, row.answer, trace, corpus, row.error))
        on_progress(Progress(number, len(chosen), 0, clock() - begun, row.case.id, "answers"))
    counts: Counter[str] = Counter(item.stage for item in blames)
    ordered = dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
    return Attribution(tuple(blames), ordered, wanted(rows, blames), len(wrong) - len(blames))


def attribute(
    case: Case, answer: Answer | None, trace: Trace | None, corpus: Corpus, error: str = ""
) -> Blame:
    """Where this wrong answer was lost. Without its trace the question is asked again, and nothing of it is stored."""
    if error or answer is None:
        return Blame(case.id, "system error", error or "no answer")
    parts = corpus.journey()
    access = corpus.settings.access(None if case.user == DEFAULT_USER else case.user)
    if trace is None:
        trace = rehearse(parts, case.question, access)
        if _graded(case, trace.answer, access, parts).right:
            return Blame(
                case.id, "right when asked again", "its trace is not here, and the answer is right now"
            )
    pieces = needed(case, corpus, access) if case.kind in TO_ANSWER else []
    stage, why = locate(case, trace, pieces, access, parts)
    if case.kind not in TO_ANSWER:
        return Blame(case.id, stage, why)
    mended, then = _replay(case, stage, trace, pieces, access, parts)
    return Blame(case.id, stage, why, mended, then)


def locate(
    case: Case, trace: Trace, pieces: Sequence[Needed], access: Access, parts: Answering
) -> tuple[Stage, str]:
    """The first stage at which something needed was lost, as the trace tells, and why it is that one."""
    found = _graded(case, trace.answer, access, parts)
    if found.leaked:
        return "leak", found.reason
    if case.kind not in TO_ANSWER:
        return said_too_much(case, trace.answer)
    if trace.answer.outcome is Outcome.REFUSED and not trace.pool:
        return "refused at the door", trace.answer.abstention.reason if trace.answer.abstention else ""
    for standing in ("absent", "closed", "unread", "lost", "uncut"):
        if lacking := next((item for item in pieces if item.standing == standing), None):
            return _LOST[standing], lacking.why
    pool = {item["passage"]: item["shown"] for item in trace.pool}
    for item in pieces:
        if not any(passage.id in pool for passage in item.passages):
            return "not retrieved", f"{item.uri}: none of {len(pool)} passages found holds the evidence"
    for item in pieces:
        if not any(pool.get(passage.id, 0) for passage in item.passages):
            places = [1 + list(pool).index(passage.id) for passage in item.passages if passage.id in pool]
            shown = sum(map(bool, pool.values()))
            return (
                "ranked below the cut",
                f"{item.uri}: found in place {min(places)}, not among the {shown} that were read",
            )
    return _after_reading(case, trace, found, access, parts)


def _after_reading(
    case: Case, trace: Trace, found: Grade, access: Access, parts: Answering
) -> tuple[Stage, str]:
    draft = trace.draft or Draft((), "")
    if not draft.statements:
        return "wrongly abstained", f"the evidence was read, and nothing drafted: {draft.reason}"
    drafted = Answer("", Outcome.ANSWERED, "", draft.statements)
    if not _graded(case, drafted, access, parts).right:
        return "ignored by the generator", f"the evidence was read; the draft: {_short(draft.statements)}"
    if trace.answer.outcome is Outcome.ANSWERED:
        return "verification error", f"a right statement was drafted and dropped: {found.reason}"
    dropped = [item for item in trace.findings if not item.ok]
    if trace.findings:
        told = ", ".join(sorted({item.check for item in dropped})) or "support"
        return "verification error", f"the draft was right, and dropped by {told}"
    return "wrongly abstained", f"the draft was right, with a confidence of {draft.confidence:.2f}"


def said_too_much(case: Case, answer: Answer) -> tuple[Stage, str]:
    """What failed where nothing should have been said."""
    if case.kind == "out_of_scope":
        return "let in at the door", f"out of scope, and {answer.outcome}"
    if bad := next((item for item in answer.statements if not carried(item)), None):
        return "verification error", f"let out what its citation does not say: {bad.text[:120]}"
    return "answered without grounds", f"nothing answers it; said: {_short(answer.statements)}"


def carried(statement: Statement) -> bool:
    """False if a figure of the statement stands in none of its quotes and was not computed from them."""
    if calculations(statement.text):
        return True
    quoted = " ".join(citation.quote for citation in statement.citations)
    return all(figure in quoted for figure in _FIGURE.findall(_LABELS.sub("", statement.text)))


def _graded(case: Case, answer: Answer, access: Access, parts: Answering) -> Grade:
    return grade(answer, case, lambda uri: access.allows(parts.groups_of(uri)))


def _wrong(row: Row, corpus: Corpus) -> bool:
    if row.answer is None:
        return True
    access = corpus.settings.access(None if row.case.user == DEFAULT_USER else row.case.user)
    return not _graded(row.case, row.answer, access, corpus.journey()).right


def _short(statements: Sequence[Statement]) -> str:
    return " ".join(item.text for item in statements)[:120]


# --- replays with what a stage should have given ----------------------------------------------------------------------


def _replay(
    case: Case, stage: Stage, trace: Trace, pieces: Sequence[Needed], access: Access, parts: Answering
) -> tuple[bool | None, str]:
    """Whether putting this stage right alone makes the answer right; if not, the stage that fails then."""
    gold = [passage for item in pieces for passage in item.passages]
    if stage in ("not retrieved", "ranked below the cut"):
        again = replay_with(case, [*gold], access, parts, beside=True)
    elif stage == "ignored by the generator":
        again = replay_with(case, gold, access, parts)
    elif stage == "wrongly abstained":
        again = rehearse(replace(parts, settlement=_Lenient(parts)), case.question, access)
    elif stage == "verification error":
        again = rehearse(replace(parts, settlement=_Lenient(parts, keeps=True)), case.question, access)
    elif stage == "refused at the door":
        again = rehearse(replace(parts, admission=_Open()), case.question, access)
    else:
        return None, ""
    if _graded(case, again.answer, access, parts).right:
        return True, ""
    return False, locate(case, again, pieces, access, parts)[0]


def replay_with(
    case: Case, gold: Sequence[Passage], access: Access, parts: Answering, beside: bool = False
) -> Trace:
    """The question answered from these passages, best first; `beside` adds what is found now, below them."""
    found = {item.passage.id: item for item in find(parts, case.question, access).evidence}
    first = {item.id: found.get(item.id, Evidence(item, 1.0)) for item in gold}
    others = [item for key, item in found.items() if key not in first] if beside else []
    given = Given(tuple([*first.values(), *others][: max(parts.narrow, len(first))]))
    return rehearse(
        replace(parts, retrievers=(), mixer=given, reranker=given, reorder=None, admission=_Open()),
        case.question,
        access,
    )


@dataclass(frozen=True, slots=True)
class Given:
    """Implements stages.Mixer and stages.Reranker: these passages, whatever was found."""

    evidence: tuple[Evidence, ...]

    def mix(self, query: Query, rankings: Mapping[str, Sequence[Hit]], k: int) -> list[Evidence]:
        return list(self.evidence)

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        return list(self.evidence)


@dataclass(frozen=True, slots=True)
class _Lenient:
    """Implements stages.Settlement: every draft may go on; with `keeps` every statement stays, too."""

    parts: Answering
    keeps: bool = False

    def answerable(self, draft: Draft) -> bool:
        return bool(draft.statements)

    def keep(self, statement: Statement, support: float, findings: Sequence[Finding]) -> Statement | None:
        if self.keeps:
            return replace(statement, support=support)
        return self.parts.settlement.keep(statement, support, findings)

    def settle(
        self, query: Query, draft: Draft, kept: Sequence[Statement], evidence: Sequence[Evidence]
    ) -> Settled:
        return self.parts.settlement.settle(query, draft, kept, evidence)


class _Open:
    """Implements stages.Admission: everything may be asked."""

    def admit(self, query: Query, access: Access) -> Settled | None:
        return None


# --- what to add ------------------------------------------------------------------------------------------------------


def wanted(rows: Sequence[Row], blames: Sequence[Blame]) -> tuple[Wanted, ...]:
    """Documents you should add: those that cases name and the workspace lacks, and questions that nothing answers, by the
    group they belong to; most questions first."""
    silent = {item.case for item in blames if item.stage == "corpus silent"}
    topics: dict[tuple[bool, str], list[Row]] = {}
    for row in rows:
        if row.case.id in silent:
            uri = row.case.evidence[0].uri if row.case.evidence else ""
            topics.setdefault((True, uri or row.case.group), []).append(row)
        elif row.case.kind == "unanswerable" and row.answer and row.answer.outcome is Outcome.ABSTAINED:
            topics.setdefault((False, row.case.group), []).append(row)
    found = [_wanted(known, some) for (known, _), some in topics.items()]
    return tuple(sorted(found, key=lambda item: (not item.known, -len(item.questions), item.what)))


def _wanted(known: bool, rows: Sequence[Row]) -> Wanted:
    named = rows[0].case.evidence[0].uri if rows[0].case.evidence else ""
    nearest = [
        title for row in rows if row.answer and row.answer.abstention for title in row.answer.abstention.found
    ]
    return Wanted(
        what=named or rows[0].case.question,
        known=known,
        questions=tuple(row.case.question for row in rows),
        nearest=tuple(dict.fromkeys(nearest))[:3],
    )
