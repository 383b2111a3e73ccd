"""What the answer journey needs, and one question on its way through it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from metier.flow.screen import screened
from metier.stages import (
    Admission,
    AnswerLog,
    AuditLog,
    Check,
    DocumentStore,
    Generator,
    Ledger,
    Mixer,
    Reorder,
    Reranker,
    Retriever,
    Settlement,
)
from metier.text.plain import plain
from metier.types import (
    Access,
    Chosen,
    Conflict,
    DescribedFigure,
    Document,
    Draft,
    Evidence,
    Filter,
    Finding,
    FoundFigure,
    Hit,
    Need,
    Occasion,
    Query,
    Reworded,
    Sample,
    Statement,
)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Rewording:
    """Other wordings for a question that was not answered, one after the other, and who decides whether they are answered."""

    wordings: Sequence[Callable[[Query], Reworded]]
    sure: Callable[[Query, Sequence[Evidence]], float]  # P(what was found answers), without writing anything
    least: float  # of that, from which the other wording is answered
    only_new: bool = False  # whether a wording that finds no other passage is not answered: who read them would say the same


@dataclass(frozen=True, slots=True)
class Sampling:
    """Further answers of a language model to a question that was not answered, and who chooses among them."""

    # question and evidence -> what draws a further draft by seed and temperature
    sampler: Callable[[Query, Sequence[Evidence]], Callable[[int, float], Draft]]
    # the samples with what the policy weighed and their chances, from its own draft (statements that passed) and them
    weigh: Callable[[Query, Draft, Sequence[Sample]], Sequence[Sample]]
    agree: Callable[[Query, Sample, Sample], bool]  # whether both say the same
    most: int  # answers in all, the first one included
    within_s: float  # after so long no further one is begun
    least: float = 0.0  # confidence of the draft below which none is drawn


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
    sampling: Sampling | None = None
    rewording: Rewording | None = None
    # who writes for this asker, in place of `generator`: a prompt may hold examples that not everybody may read
    writes_for: Callable[[Access], Generator] | None = None
    engine: Callable[[], str] = lambda: ""  # what the retrievers search, for people
    occasion: Occasion = "person"  # why it is asked, kept with the answer
    # whether the retriever of that name waits for the disk or a model
    waits: Callable[[str], bool] = lambda leg: True
    # what a filter leaves of what the asker may see; without one that works it out: nothing
    choose: Callable[[Filter, Access], Chosen] = lambda filter, access: Chosen(frozenset())
    # what other sources of the evidence say otherwise
    conflicts: Callable[[Query, Sequence[Statement], Sequence[Evidence]], Sequence[Conflict]] = (
        lambda query, statements, evidence: ()
    )
    # a sentence of the generator that was not let through, in words that may be; None: it is dropped
    restate: Callable[[Query, Statement, Sequence[Evidence], Sequence[Finding]], Statement | None] | None = (
        None
    )
    # a second order of what the reranker ordered; None: there is none
    reorder: Reorder | None = None
    models: Mapping[str, str] = field(
        default_factory=dict
    )  # identities of models that order or check, by their setting
    # figures that the question asks for and the asker may see; their descriptions are shown beside the answer, never read for it
    figures: Callable[[Query, Access], Sequence[FoundFigure]] | None = None
    screen: Callable[[Evidence], Evidence] = screened  # without text that gives orders to machines
    write: Callable[[str], str] = plain  # words as they leave, through every door: no links, no markup


@dataclass(slots=True)
class Run:
    """One question on its way; mutable, lives for one call."""

    query: Query
    access: Access
    started: float
    timings: dict[str, float] = field(default_factory=dict)
    pool: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    reordered: list[dict[str, Any]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    draft: Draft | None = None
    rankings: Mapping[str, Sequence[Hit]] = field(default_factory=dict)
    evidence: Sequence[Evidence] = ()
    figures: list[DescribedFigure] = field(default_factory=list)
    kept: dict[str, Statement | None] = field(default_factory=dict)
    documents: dict[str, Document | None] = field(default_factory=dict)
    chosen: Chosen | None = None  # what the filter of the question left

    def add(self, other: "Run") -> None:
        """What another journey for the same asker spent, searched and found out."""
        for stage, spent in other.timings.items():
            self.timings[stage] = round(self.timings.get(stage, 0.0) + spent, 2)
        self.steps += other.steps
        self.reordered += other.reordered
        self.samples += other.samples
        self.findings += other.findings
        self.figures += [item for item in other.figures if item not in self.figures]


def timed(parts: Answering, run: Run, stage: str, work: Callable[[], Result]) -> Result:
    before = parts.clock()
    result = work()
    run.timings[stage] = round(1000 * (parts.clock() - before), 2)
    return result
