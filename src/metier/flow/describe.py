"""Describing figures: live documents are looked through for figures, and a vision model says what each shows, one after the other.

Everything is searchable before this starts and stays so; it may be stopped or killed anywhere and goes on in the next run. Nothing
that fails here concerns the document: it is kept with the figure, and tried again a few times in later runs.
"""

import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Protocol

from metier.errors import ModelUnavailable
from metier.stages import Describer, DocumentStore, Ledger
from metier.types import DescribedFigure, Document, Entry, Failure, Figure, Progress, Usage

_TRIES = 3  # of a figure of which the model says nothing, or that cannot be drawn, and of a document that cannot be looked at
_SPOKEN = ("en", "de")  # languages of questions; of other documents figures are described in the first
_GIVES_UP = 2  # figures in a row for which the model could not be asked: one may be too large for it, two say that it is down


class FigureStore(Protocol):
    """Where figures and what was said of them are kept."""

    def figures(self) -> Mapping[str, Sequence[Figure]]: ...

    def described(self) -> Mapping[str, DescribedFigure]: ...

    def failures(self) -> Mapping[str, int]: ...

    def put_off(self) -> Mapping[str, int]: ...

    def keep_figures(self, document: str, figures: Sequence[Figure]) -> None: ...

    def keep_described(self, found: DescribedFigure) -> None: ...

    def keep_failure(self, document: str, subject: str, why: str) -> None: ...

    def keep_put_off(self, figure: Figure) -> None: ...

    def keep_only(self, documents: Set[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Describing:
    """Everything the journey needs."""

    ledger: Ledger
    documents: DocumentStore
    kept: FigureStore
    look: Callable[[Entry, Document], Sequence[Figure] | Failure]
    draw: Callable[[Entry, Figure], bytes | Failure]
    describer: Describer
    seconds: float  # a run stops after this long
    now: Callable[[], str]
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class DescribeReport:
    """How many figures of live documents are described now, and what this run did."""

    described: int
    figures: int  # of documents that were looked at
    left: int  # documents that were not looked at, or have figures that wait
    new: int
    failed: int
    usage: Usage
    seconds: float
    problem: str = ""  # why the model could not be asked; the run ended by that


def describe(
    parts: Describing, on_progress: Callable[[Progress], None], should_stop: Callable[[], bool]
) -> DescribeReport:
    """Describes what is not yet described until done, stopped, out of time or without a model. The caller holds the writer's lock."""
    run = _Run(parts, on_progress, should_stop)
    parts.kept.keep_only(set(parts.ledger.live()))
    waiting = [entry for entry in parts.ledger.live().values() if _waits(parts, entry)]
    waiting.sort(key=lambda entry: (_failures(parts, entry), entry.uri))
    for done, entry in enumerate(waiting):
        run.tell(done, len(waiting), entry)
        if not run.goes_on():
            break
        run.describe(entry)
    run.tell(len(waiting), len(waiting), None)
    return run.report()


def _pending(parts: Describing, figures: Sequence[Figure]) -> list[Figure]:
    described, failures = parts.kept.described(), parts.kept.failures()
    return [item for item in figures if item.id not in described and failures.get(item.id, 0) < _TRIES]


def _waits(parts: Describing, entry: Entry) -> bool:
    figures = parts.kept.figures().get(entry.id)
    if figures is None:
        return parts.kept.failures().get(entry.id, 0) < _TRIES
    return bool(_pending(parts, figures))


def _failures(parts: Describing, entry: Entry) -> int:
    """What failed before comes last, so that nothing waits for it."""
    failed, put_off = parts.kept.failures(), parts.kept.put_off()
    subjects = [entry.id, *(item.id for item in parts.kept.figures().get(entry.id, ()))]
    return sum(failed.get(subject, 0) + put_off.get(subject, 0) for subject in subjects)


class _Run:
    """One run on its way."""

    def __init__(
        self, parts: Describing, on_progress: Callable[[Progress], None], should_stop: Callable[[], bool]
    ) -> None:
        self._parts, self._on_progress, self._should_stop = parts, on_progress, should_stop
        self._started = parts.clock()
        self._new = self._failed = self._unasked = 0
        self._usage = Usage()
        self._problem = ""

    @property
    def _spent(self) -> float:
        return self._parts.clock() - self._started

    def goes_on(self) -> bool:
        return self._unasked < _GIVES_UP and not self._should_stop() and self._spent <= self._parts.seconds

    def tell(self, done: int, total: int, entry: Entry | None) -> None:
        words = f"describing figures of {entry.uri}" if entry else ""
        if total:
            self._on_progress(
                Progress(done, total, self._failed, self._spent, words, "documents", self._parts.seconds)
            )

    def describe(self, entry: Entry) -> None:
        """Looks at the document if nobody did, and has its figures described."""
        kept = self._parts.kept
        document = self._parts.documents.document(entry.id)
        if document is None:
            return  # the next ingest reads it again
        if (figures := kept.figures().get(entry.id)) is None:
            found = self._parts.look(entry, document)
            if isinstance(found, Failure):
                self._fail(entry.id, entry.id, found.detail)
                return
            kept.keep_figures(entry.id, found)
            figures = found
        for figure in _pending(self._parts, figures):
            if not self.goes_on():
                return
            self._describe(entry, document, figure)

    def _describe(self, entry: Entry, document: Document, figure: Figure) -> None:
        parts = self._parts
        language = document.language if document.language in _SPOKEN else _SPOKEN[0]
        picture = parts.draw(entry, figure)
        if isinstance(picture, Failure):
            self._fail(entry.id, figure.id, picture.detail)
            return
        try:
            said = parts.describer.describe(picture, language)
        except ModelUnavailable as error:
            self._unasked += 1
            self._problem = str(error)
            self._failed += 1
            parts.kept.keep_put_off(figure)
            return
        self._unasked, self._problem = 0, ""
        self._usage += said.usage
        if not said.text:
            self._fail(entry.id, figure.id, said.problem)
            return
        model = parts.describer.identity
        parts.kept.keep_described(
            DescribedFigure(figure, entry.uri, document.title, language, said.text, model, parts.now())
        )
        self._new += 1

    def _fail(self, document: str, subject: str, why: str) -> None:
        self._failed += 1
        self._parts.kept.keep_failure(document, subject, why)

    def report(self) -> DescribeReport:
        parts, live = self._parts, self._parts.ledger.live()
        figures = [item for document in live for item in parts.kept.figures().get(document, ())]
        described = parts.kept.described()
        return DescribeReport(
            described=sum(item.id in described for item in figures),
            figures=len(figures),
            left=sum(_waits(parts, entry) for entry in live.values()),
            new=self._new,
            failed=self._failed,
            usage=self._usage,
            seconds=self._spent,
            problem=self._problem,
        )
