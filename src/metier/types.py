"""The vocabulary: every value that crosses a room's threshold.

All values are frozen; work returns new ones. Ranges are half-open code points into the text of one document; boxes are
in points (1/72 inch) from the top left of the page as displayed. This module imports the standard library alone, so
that a sandboxed child loads little.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

# --- who asks -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Principal:
    """A person (or service) known to the workspace."""

    id: str
    name: str
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Access:
    """What one asker may read: passages whose groups meet these groups. No groups, no passages. `documents` are the only ones
    that are read for one question, which its filter has left; it never adds to what the groups open."""

    principal: str
    groups: frozenset[str]
    documents: frozenset[str] | None = None

    def allows(self, groups: frozenset[str] | tuple[str, ...]) -> bool:
        """True if one of `groups` (those a document is open to) is among the asker's."""
        return not self.groups.isdisjoint(groups)

    def reads(self, document: str) -> bool:
        """False for a document that the filter of the question leaves out."""
        return self.documents is None or document in self.documents


# --- what is read ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """One file (or message, or page) found by a connector, before anything of it was read."""

    uri: str  # stable name within the workspace; for folders the path relative to the folder, with forward slashes
    path: str  # where its bytes are now
    size: int
    mtime_ns: int
    groups: tuple[str, ...]  # who may see it; empty = nobody


@dataclass(frozen=True, slots=True)
class Failure:
    """Something of the world that went wrong with one subject; a value, never raised."""

    subject: str
    stage: str
    reason: str  # one of a small set of words, e.g. "encrypted", "timeout": what quarantine is grouped by
    detail: str  # what, where, what to do next
    retry: bool = False  # whether trying again, unchanged, can help


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page."""

    page: int  # 1-based
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Word:
    """One printed word: its range in the document's text and its box."""

    start: int
    end: int
    box: Box


_NUMBERS = 6  # of one word: start, end, x0, y0, x1, y1


@dataclass(frozen=True, slots=True)
class Words:
    """The printed words of one page, sorted by start; made into `Word` values when they are looked at.

    A page has some 400 words. As one row of whole numbers they cost a fifth of the time and a tenth of the memory that
    values with boxes do, between processes, on disk and when read back. Boxes are kept to a hundredth of a point.
    """

    page: int = 1
    numbers: tuple[int, ...] = ()  # start, end, x0, y0, x1, y1 of each word; boxes in hundredths of a point

    def __post_init__(self) -> None:
        if len(self.numbers) % _NUMBERS:
            raise ValueError(f"{len(self.numbers)} numbers are not {_NUMBERS} for each word")

    @classmethod
    def of(cls, page: int, words: Iterable[Word]) -> "Words":
        """The words given one by one."""
        rows = ((w.start, w.end, w.box.x0, w.box.y0, w.box.x1, w.box.y1) for w in words)
        return cls(page, tuple(n for s, e, *box in rows for n in (s, e, *(round(100 * v) for v in box))))

    def __len__(self) -> int:
        return len(self.numbers) // _NUMBERS

    def __getitem__(self, index: int) -> Word:
        at = range(len(self))[index] * _NUMBERS
        start, end, *box = self.numbers[at : at + _NUMBERS]
        return Word(start, end, Box(self.page, *(value / 100 for value in box)))

    def __iter__(self) -> Iterator[Word]:
        return (self[index] for index in range(len(self)))

    def starts(self) -> tuple[int, ...]:
        """Where each word starts in the document's text."""
        return self.numbers[::_NUMBERS]


@dataclass(frozen=True, slots=True)
class Page:
    """One page as displayed (rotation and crop already applied). Formats without pages have one of size 0."""

    number: int  # 1-based
    width: float
    height: float
    start: int
    end: int
    words: Words = Words()
    label: str = ""  # sheet or slide name where there is one
    ocr: float | None = None  # read by OCR, which is so sure on average (0-1); None = the file's own text
    confidence: float | None = None  # how sure the reading is (0-1); None where nothing can be compared


@dataclass(frozen=True, slots=True)
class Cell:
    """One table cell; `start:end` is where its text stands in the document's text.

    A cell merged over rows stands in each of them; the first has the `row_span`, the others 1.
    """

    row: int
    column: int
    text: str
    start: int
    end: int
    header: bool = False
    row_span: int = 1
    column_span: int = 1
    box: Box | None = None


BlockKind = Literal[
    "heading", "paragraph", "list_item", "table", "code", "caption", "header", "footer", "figure", "hidden"
]  # hidden: in the file, but not on the page as people see it; in no passage


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a page with one role. Its text is `document.text[start:end]`."""

    id: str  # document id + "." + order
    kind: BlockKind
    order: int
    page: int
    start: int
    end: int
    box: Box | None = None
    level: int = 0  # headings: 1..6
    heading_path: tuple[str, ...] = ()  # headings above this block, outermost first
    cells: tuple[Cell, ...] = ()
    anchor: str = ""  # in spreadsheets: where its first cell stands on the sheet, e.g. "B4"
    continues: str = ""  # tables: id of the table, on the page before, that this one carries on
    # captions: id of their table or figure; footnotes: id of the block that refers to them
    belongs_to: str = ""
    confidence: float | None = None  # how sure the reading is (0-1); None where nothing can be compared


DropReason = Literal[
    "off_page",  # beyond the edges of the paper
    "spelling",  # what stands there is in the text in other letters: the file's fonts name wrong ones
    "illegible",  # the file's fonts name no letters at all: the page was read from its picture
]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A word of a file's text layer that is not in the document's text, and why."""

    page: int
    text: str
    reason: DropReason


@dataclass(frozen=True, slots=True)
class Document:
    """What was read from one source: the text and where each piece of it stands."""

    id: str
    uri: str
    title: str
    language: str  # ISO 639-1, "" if unknown
    media_type: str
    text: str
    pages: tuple[Page, ...]
    blocks: tuple[Block, ...]
    engine: str  # name and version of what read it
    version_date: str = ""  # ISO date the document itself claims (effective from, dated), "" if none
    warnings: tuple[str, ...] = ()  # e.g. "page 3: no text layer and OCR is off; ..." ; any makes it partial
    version: str = ""  # the version it says it is, e.g. "3.2"
    supersedes: str = ""  # what it says it replaces, in its own words
    dropped: tuple[Dropped, ...] = ()  # every other word of the text layer is in the text


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrievable stretch of one document."""

    id: str
    document: str
    uri: str
    title: str
    page: int  # page of its first character
    start: int
    end: int
    text: str
    heading_path: tuple[str, ...]
    kind: str  # "text" or "table"
    language: str
    version_date: str
    groups: tuple[str, ...]

    @property
    def place(self) -> str:
        """Its title and all headings above it, as one text."""
        return " ".join((self.title, *self.heading_path))

    def cite(self, identity: str, start: int, end: int) -> "Citation":
        """These characters of its document as a citation; boxes are added when the page is known."""
        quote = self.text[start - self.start : end - self.start]
        return Citation(
            identity, self.document, self.uri, self.title, self.version_date, self.page, start, end, quote
        )

    def holds(self, citation: "Citation") -> bool:
        """True if all that is cited stands in it."""
        return (
            self.document == citation.document and self.start <= citation.start and citation.end <= self.end
        )


class State(StrEnum):
    """Where a document stands in the ledger. Every document is in exactly one."""

    RECEIVED = "received"  # known, nothing done
    IN_FLIGHT = "in_flight"  # a worker has it
    PARSED = "parsed"  # its Document is on disk
    INDEXED = "indexed"  # its passages are in the table, not yet visible
    LIVE = "live"
    PARTIAL = "partial"  # visible, but something of it could not be read; the reason says what
    QUARANTINED = "quarantined"  # not visible, with a reason
    SUPERSEDED = "superseded"  # a newer content of the same uri took its place
    REMOVED = "removed"  # its source is gone
    ERASED = "erased"  # removed on request, bytes gone


VISIBLE = (State.LIVE, State.PARTIAL)  # what answers may rest on


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the document ledger."""

    id: str
    uri: str
    sha256: str
    pipeline: str
    state: State
    reason: str = ""
    detail: str = ""
    retry: bool = False
    size: int = 0
    mtime_ns: int = 0
    groups: tuple[str, ...] = ()
    title: str = ""
    language: str = ""
    version_date: str = ""
    media_type: str = ""
    pages: int = 0
    passages: int = 0
    attempts: int = 0
    updated_at: str = ""


@dataclass(frozen=True, slots=True)
class LedgerCount:
    """The ledger in numbers, read in one transaction."""

    version: int
    states: Mapping[State, int]
    reasons: Mapping[str, int]  # quarantined and partial documents by reason

    @property
    def received(self) -> int:
        """All documents ever received: the left side of the conservation law."""
        return sum(self.states.values())


# --- what is asked and found ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Need:
    """What to search for besides, because the evidence lacks it."""

    search: str
    about: str = ""  # a name that has to stand in what is found, or in its title or headings


@dataclass(frozen=True, slots=True)
class Filter:
    """Which documents a question is put to: all that meet every part that is not empty. Days are ISO dates and count themselves."""

    paths: tuple[str, ...] = ()  # globs, folders or files; one of them
    types: tuple[str, ...] = ()  # endings of file names, without the dot; one of them
    since: str = ""  # the date that the document states is this day or later
    until: str = ""
    as_of: str = ""  # the versions in force on this day

    def __str__(self) -> str:
        dated = (("since", self.since), ("until", self.until), ("as of", self.as_of))
        listed = (("in", ", ".join(self.paths)), ("type", ", ".join(self.types)))
        return "; ".join(f"{name} {value}" for name, value in (*listed, *dated) if value)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a filter leaves of the documents that the asker may see."""

    documents: frozenset[str]
    notes: tuple[str, ...] = ()  # what in the filter meets nothing, and what was meant perhaps
    undated: int = 0  # documents that are left out because they state no date


@dataclass(frozen=True, slots=True)
class Query:
    """A question ready for retrieval. `text` is what was asked; `rewrites` is what is searched besides: the completed follow-up
    or, if `compares`, one question per side of the comparison. `parts`: what it asks, where that is several things that are
    answered one by one. `within` is the id of the one document that is searched, empty for all; `filter` says which are searched, None for all."""

    text: str
    language: str = ""
    rewrites: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    compares: bool = False
    within: str = ""
    parts: tuple[str, ...] = ()
    filter: Filter | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One retriever's opinion of one passage; scores compare only within one retriever and query."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage with everything retrieval knows about it."""

    passage: Passage
    score: float
    scores: Mapping[str, float] = field(
        default_factory=dict
    )  # raw score per retriever (and reranker feature)
    ranks: Mapping[str, int] = field(default_factory=dict)  # 1-based rank per retriever
    superseded_by: str = ""  # uri of the version in force, if this one is not
    suspicious: tuple[str, ...] = ()  # kinds of text for machines that were blanked in its passage


@dataclass(frozen=True, slots=True)
class Suspect:
    """A sentence of a document that gives orders to a machine; it is not read for answers."""

    document: str
    uri: str
    page: int
    kind: str  # as text.suspicion names it
    text: str  # its beginning, in plain words


@dataclass(frozen=True, slots=True)
class UnsurePage:
    """A page whose reading a person should compare with what is printed."""

    document: str
    uri: str
    page: int
    confidence: float
    blocks: int  # of its blocks, those that are unsure themselves
    ocr: bool  # read from its picture


@dataclass(frozen=True, slots=True)
class Findings:
    """What people should look at in one document."""

    suspects: tuple[Suspect, ...] = ()
    unsure: tuple[UnsurePage, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A span of a page that a statement rests on."""

    id: str
    document: str
    uri: str
    title: str
    version_date: str
    page: int
    start: int
    end: int
    quote: str
    boxes: tuple[Box, ...] = ()
    place: str = ""  # in spreadsheets: sheet and cells, e.g. "Prices!B4:D4"

    def overlaps(self, other: "Citation") -> bool:
        """True if both rest on some of the same text."""
        return self.document == other.document and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture or chart on a page. In the text it stands where its caption does, else where what it follows does."""

    id: str  # document id + ".f" + number
    document: str
    box: Box
    caption: str  # the document's own words, "" if it has none
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DescribedFigure:
    """A figure and what a vision model says it shows: words that find it. They are not the document's: nothing rests on them."""

    figure: Figure
    uri: str
    title: str
    language: str  # of the description
    description: str
    model: str
    at: str


@dataclass(frozen=True, slots=True)
class FoundFigure:
    """A figure that a question asks for, and the passage it stands in, if there is one."""

    shown: DescribedFigure
    passage: Passage | None


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer and what it rests on. `support` is P(supported), 0-1.

    `values` is the short answer inside it (figures as written or computed, years, names), empty where that is the whole
    sentence; `scale` is what its figures count: "", thousand, million, billion or percent.
    """

    id: str
    text: str
    citations: tuple[Citation, ...]
    support: float = 0.0
    values: tuple[str, ...] = ()
    scale: str = ""

    def numbered(self, number: int) -> "Statement":
        """The same as statement `number` of its answer, with its citations numbered likewise."""
        citations = (
            replace(item, id=f"s{number}c{place}") for place, item in enumerate(self.citations, start=1)
        )
        return replace(self, id=f"s{number}", citations=tuple(citations))


@dataclass(frozen=True, slots=True)
class Usage:
    """What a language model consumed."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cost + other.cost,
        )


@dataclass(frozen=True, slots=True)
class Described:
    """What a vision model says a picture shows, and what that cost."""

    text: str  # empty if it says nothing of use
    usage: Usage = Usage()
    problem: str = ""  # why it says nothing


@dataclass(frozen=True, slots=True)
class Reworded:
    """A question in the words of documents, empty if there is no other wording, and what that cost."""

    text: str
    usage: Usage = Usage()
    besides: bool = (
        False  # searched beside the question, which is what is answered: it is said in another language
    )


@dataclass(frozen=True, slots=True)
class PairScores:
    """How well each of some texts answers a question; scores compare only within one model and question."""

    values: tuple[float, ...]
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Reordered:
    """Evidence in the order of a model that reads question and passage together, as far as it came."""

    evidence: tuple[Evidence, ...]
    scored: int  # of the evidence; the others follow in the order they had
    ms: float
    usage: Usage = Usage()
    problem: str = ""  # why it did not come further, but for its time being spent


@dataclass(frozen=True, slots=True)
class Entailment:
    """What follows from a text for a sentence, as a model has it: three probabilities that sum to 1."""

    entailed: float
    neutral: float
    contradicted: float


@dataclass(frozen=True, slots=True)
class Option:
    """One of the statements that a generator chose from. `chance` is its share of what all of them and saying nothing have."""

    text: str
    passage: str
    chance: float


@dataclass(frozen=True, slots=True)
class Draft:
    """What a generator proposes, before verification. No statements = it abstains, and `reason` says why."""

    statements: tuple[Statement, ...]
    generator: str
    confidence: float = 0.0  # the generator's own P(this answers the question), 0-1
    reason: str = ""
    features: Mapping[str, float] = field(default_factory=dict)
    usage: Usage = Usage()
    prompt_hash: str = ""
    notes: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()  # ids of the passages that promise an answer, best first
    options: tuple[Option, ...] = ()  # the likeliest it chose from, of each part of the question, best first
    prompt: tuple[Mapping[str, str], ...] = ()  # the messages that a language model was sent
    composed: bool = False  # calculated, or put together of parts that need one another
    # (document, start, end) of evidence that an amendment or the version in force says otherwise
    replaced: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """One of several answers that a language model wrote, and what became of it. `statements` are those that passed the checks,
    `left_out` the others."""

    seed: int
    temperature: float
    statements: tuple[Statement, ...] = ()
    left_out: tuple[Statement, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)  # what the policy weighed
    chance: float = 0.0  # that it answers, by the policy; those that say the same have one chance together
    is_served: bool = False
    usage: Usage = Usage()
    logprob: float | None = None  # mean of its tokens (nats), where the engine tells


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says about one statement (or, with an empty statement id, about the whole draft)."""

    check: str
    statement: str
    ok: bool
    score: float  # 0-1, higher is better
    detail: str = ""


class Outcome(StrEnum):
    """How a question ended."""

    ANSWERED = "answered"
    ABSTAINED = "abstained"  # in scope, but the evidence does not carry an answer
    REFUSED = "refused"  # out of scope or prohibited
    ESCALATED = "escalated"  # handed to a person


@dataclass(frozen=True, slots=True)
class Abstention:
    """Why there is no answer, and what the asker can do."""

    reason: str
    found: tuple[str, ...] = ()  # what is there: titles or short quotes
    missing: tuple[str, ...] = ()  # which part of the question nothing speaks of; none: nothing was asked
    next: str = ""  # where to look or whom to ask


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sources that say different things."""

    statement: str
    citations: tuple[Citation, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What the policy decided about a question or a draft: an Answer without its identity."""

    outcome: Outcome
    statements: tuple[Statement, ...] = ()
    abstention: Abstention | None = None
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What leaves the building. Its JSON is the same through every door."""

    id: str
    outcome: Outcome
    release: str
    statements: tuple[Statement, ...] = ()
    abstention: Abstention | None = None
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    tokens: int = 0
    cost: float = 0.0
    figures: tuple[
        DescribedFigure, ...
    ] = ()  # that may show what was asked; no statement rests on a description


# Why a question was asked: only what a person asked says what people ask.
Occasion = Literal["person", "evaluation", "grid", "replay", "import"]


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything needed to replay or explain one answer; stored beside it, never shown to other people."""

    answer: Answer
    question: str
    principal: str
    groups: tuple[str, ...]
    at: str
    query: Query
    # whole candidate pool: passage id, scores and ranks per retriever, shown order
    pool: tuple[Mapping[str, Any], ...]
    draft: Draft | None
    findings: tuple[Finding, ...]
    ledger_version: int
    prompt_hash: str = ""
    # further searches: step (from 2), what was searched, ids of the passages it added
    steps: tuple[Mapping[str, Any], ...] = ()
    engine: str = ""  # what was searched: the table, or its snapshot in memory
    occasion: Occasion = "person"
    models: Mapping[str, str] = field(
        default_factory=dict
    )  # identities of models.reranker and models.entailment
    # what models.reranker did in each search of a part: scored, of, ms, tokens, cost, problem
    reordered: tuple[Mapping[str, Any], ...] = ()
    searched: int | None = None  # documents that the filter of the question left; None: it has none
    samples: tuple[Sample, ...] = ()  # that the language model wrote besides its first answer, in their order


# --- what people said, what is measured -----------------------------------------------------------------------------

FeedbackKind = Literal["thumb", "reason", "edit", "citation", "should_abstain", "expert_answer", "extraction"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """One thing one person said about one answer; rows are only ever appended."""

    id: str
    answer: str
    kind: FeedbackKind
    value: Any
    author: str
    at: str
    statement: str = ""
    citation: str = ""
    access: tuple[str, ...] = ()
    consent: bool = True
    source: str = "metier"
    propensity: float | None = None
    supersedes: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceQuote:
    """Where a gold answer stands: a quote, so that it survives re-extraction."""

    uri: str
    quote: str
    page: int | None = None


CaseKind = Literal["answerable", "unanswerable", "superseded", "permission", "out_of_scope", "injection"]


@dataclass(frozen=True, slots=True)
class Case:
    """One question with its expected behaviour."""

    id: str
    question: str
    user: str
    kind: CaseKind
    answers: tuple[str, ...] = ()
    answer_type: str = "span"
    scale: str = ""
    tolerance: float = 0.0
    evidence: tuple[EvidenceQuote, ...] = ()
    group: str = ""
    split: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its doubt: the interval is 95% unless said otherwise. n = 0 means nothing is known."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Release:
    """A named, immutable set of everything that was fitted. Missing parts fall back to release 0's."""

    id: str
    parents: tuple[str, ...]
    path: str
    manifest: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, Any]]  # JSON parts by name without ending: "mixture", "thresholds", ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long piece of work is."""

    done: int
    total: int
    failed: int
    seconds: float
    current: str = ""
    unit: str = "documents"  # what is counted
    most_seconds: float = math.inf  # it ends by then, done or not

    @property
    def per_second(self) -> float:
        """Items per second so far; 0 before anything is done."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds until done or out of time, or None while nothing can be said: the first of many also waits
        for what is loaded."""
        is_early = self.done * 50 < self.total and self.seconds < 5.0
        if not self.per_second or is_early:
            return None
        return min((self.total - self.done) / self.per_second, max(0.0, self.most_seconds - self.seconds))
