"""Faults planted into the answer journey by wrapping one stage's protocol; what the benchmarks of blame and diagnosis share.

A fault takes the parts of the journey and gives parts of which one stage is wrapped. Faults of one case hit the passages its
answer stands in; systemic faults hit whatever is asked.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from metier.evaluate.needed import Corpus, Needed, place_of
from metier.flow.answering import Answering
from metier.retrieve.remembering import Remembering
from metier.settings import Settings
from metier.stages import OnStatement, Retriever
from metier.types import (
    Abstention,
    Access,
    Document,
    Draft,
    Entry,
    Evidence,
    Failure,
    Finding,
    Hit,
    LedgerCount,
    Outcome,
    Passage,
    Query,
    Settled,
    State,
    Statement,
)

_DIGIT = re.compile(r"\d")
_MISREAD = str.maketrans("1234567890", "7389412056")  # each digit as another one


@dataclass(frozen=True, slots=True)
class View:
    """Implements needed.Corpus: the workspace as it is with the fault in it."""

    settings: Settings
    parts: Answering
    own: Callable[[str | None, str], list[Passage]]

    def journey(self) -> Answering:
        return self.parts

    def passages(self, user: str | None, document_id: str) -> list[Passage]:
        return self.own(user, document_id)


Plant = Callable[[Corpus, Sequence[Needed]], View]  # the workspace with the fault, for a case that needs this


def plain_view(corpus: Corpus) -> View:
    """The workspace as it is."""
    return View(corpus.settings, corpus.journey(), corpus.passages)


# --- what is wrapped --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Searching:
    """Implements stages.Retriever: what another one finds, changed."""

    inner: Retriever
    change: Callable[[list[Hit]], list[Hit]] = list
    ask: Callable[[Query], Query] = lambda query: query

    @property
    def name(self) -> str:
        return self.inner.name

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        return self.change(self.inner.retrieve(self.ask(query), access, k))


@dataclass(frozen=True, slots=True)
class Ranking:
    """Implements stages.Reranker: sees and gives what `before` and `after` leave."""

    inner: Any
    before: Callable[[Sequence[Evidence]], Sequence[Evidence]] = lambda evidence: evidence
    after: Callable[[list[Evidence], int], list[Evidence]] = lambda evidence, k: evidence

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        return self.after(self.inner.rerank(query, self.before(evidence), k), k)


@dataclass(frozen=True, slots=True)
class Reversed:
    """Implements stages.Reranker: the worst first."""

    inner: Any

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        return self.inner.rerank(query, evidence, len(evidence))[::-1][:k]  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Generating:
    """Implements stages.Generator: reads what `reads` leaves, and drafts what `says` makes of the draft."""

    inner: Any
    reads: Callable[[Sequence[Evidence]], Sequence[Evidence]] = lambda evidence: evidence
    says: Callable[[Draft], Draft] = lambda draft: draft

    @property
    def name(self) -> str:
        return str(self.inner.name)

    def generate(
        self, query: Query, evidence: Sequence[Evidence], on_statement: OnStatement | None = None
    ) -> Draft:
        return self.says(self.inner.generate(query, self.reads(evidence), None))


@dataclass(frozen=True, slots=True)
class Doubting:
    """Implements stages.Check: fails every statement with these letters in it."""

    fails: Callable[[Statement], bool]
    name: str = "doubting"

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        return [Finding(self.name, item.id, not self.fails(item), 0.0) for item in draft.statements]


@dataclass(frozen=True, slots=True)
class Closed:
    """Implements stages.Admission: refuses what it is told to."""

    refuses: Callable[[Query], bool]

    def admit(self, query: Query, access: Access) -> Settled | None:
        if not self.refuses(query):
            return None
        return Settled(Outcome.REFUSED, abstention=Abstention("This is not what this system is for."))


@dataclass(frozen=True, slots=True)
class LedgerWithout:
    """Implements stages.Ledger for reading: without one document, or with it quarantined."""

    inner: Any
    uris: frozenset[str]
    quarantined: bool = False

    def version(self) -> int:
        return int(self.inner.version())

    def entry(self, document: str) -> Entry | None:
        found: Entry | None = self.inner.entry(document)
        return None if found is None else next(iter(self._changed([found])), None)

    def entries(
        self, states: Iterable[State] | None = None, uri: str | None = None, limit: int | None = None, offset: int = 0
    ) -> list[Entry]:  # fmt: skip
        return self._changed(self.inner.entries(states, uri, limit, offset))

    def count(self) -> LedgerCount:
        found: LedgerCount = self.inner.count()
        return found

    def live(self) -> Mapping[str, Entry]:
        return {key: item for key, item in self.inner.live().items() if item.uri not in self.uris}

    def receive(self, entries: Sequence[Entry]) -> None:
        raise NotImplementedError("for reading")

    def advance(self, entries: Sequence[Entry]) -> None:
        raise NotImplementedError("for reading")

    def move(self, documents: Sequence[str], state: State) -> None:
        raise NotImplementedError("for reading")

    def _changed(self, entries: Sequence[Entry]) -> list[Entry]:
        if not self.quarantined:
            return [item for item in entries if item.uri not in self.uris]
        return [
            replace(item, state=State.QUARANTINED, reason="corrupt") if item.uri in self.uris else item
            for item in entries
        ]


@dataclass(frozen=True, slots=True)
class DocumentsChanged:
    """Implements stages.DocumentStore for reading: documents as a worse reader would have read them."""

    inner: Any
    change: Callable[[str], str]

    def document(self, document: str) -> Document | None:
        found: Document | None = self.inner.document(document)
        return found and replace(found, text=self.change(found.text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass(frozen=True, slots=True)
class RememberedRanking:
    """Implements stages.Reranker: the same passages for the same question are ordered once."""

    inner: Any
    known: dict[Any, tuple[Evidence, ...]]

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        key = (query, *map(_seen, evidence), k)
        if key not in self.known:
            self.known[key] = tuple(self.inner.rerank(query, evidence, k))
        return list(self.known[key])


@dataclass(frozen=True, slots=True)
class RememberedDrafts(Generating):
    """Implements stages.Generator: the same passages for the same question are drafted from once."""

    known: dict[Any, Draft] = field(default_factory=dict)

    def generate(
        self, query: Query, evidence: Sequence[Evidence], on_statement: OnStatement | None = None
    ) -> Draft:
        key = (query, *map(_seen, evidence))
        if key not in self.known:
            self.known[key] = self.inner.generate(query, evidence, None)
        return self.known[key]


def _seen(item: Evidence) -> tuple[Any, ...]:
    """Everything of a piece of evidence that a stage may look at, to look it up by."""
    return (
        item.passage,
        item.score,
        *item.scores.items(),
        *item.ranks.items(),
        item.superseded_by,
        item.suspicious,
    )


def remembered(parts: Answering) -> Answering:
    """The parts, which retrieve, rank and draft once for the same question, passages and rights."""
    known: dict[Any, Any] = {}
    return replace(
        parts,
        retrievers=[Remembering(leg, known) for leg in parts.retrievers],
        reranker=RememberedRanking(parts.reranker, {}),
        generator=RememberedDrafts(parts.generator),
    )


# --- faults of one case -------------------------------------------------------------------------------------------------


def _ids(pieces: Sequence[Needed]) -> frozenset[str]:
    return frozenset(passage.id for item in pieces for passage in item.passages)


def _searching(
    parts: Answering, change: Callable[[list[Hit]], list[Hit]] = list,
    ask: Callable[[Query], Query] = lambda query: query,
) -> Answering:  # fmt: skip
    return replace(parts, retrievers=[Searching(leg, change, ask) for leg in parts.retrievers])


def _on_parts(change: Callable[[Answering, frozenset[str]], Answering]) -> Plant:
    def plant(corpus: Corpus, pieces: Sequence[Needed]) -> View:
        view = plain_view(corpus)
        return replace(view, parts=change(view.parts, _ids(pieces)))

    return plant


def _without(gold: frozenset[str]) -> Callable[[Sequence[Evidence]], list[Evidence]]:
    """Takes these passages out of evidence."""
    return lambda evidence: [item for item in evidence if item.passage.id not in gold]


def _without_document(quarantined: bool) -> Plant:
    def plant(corpus: Corpus, pieces: Sequence[Needed]) -> View:
        view, uris = plain_view(corpus), frozenset(item.uri for item in pieces)
        parts = _searching(view.parts, lambda hits: [hit for hit in hits if hit.passage.uri not in uris])
        return replace(view, parts=replace(parts, ledger=LedgerWithout(view.parts.ledger, uris, quarantined)))

    return plant


def read_worse(change: Callable[[str, Sequence[str]], str]) -> Plant:
    """The quotes' words changed wherever they stand: in the document, and in every passage."""

    def plant(corpus: Corpus, pieces: Sequence[Needed]) -> View:
        view, quotes = plain_view(corpus), [item.quote for item in pieces]
        hurt = _ids(pieces)

        def passage(item: Passage) -> Passage:
            return replace(item, text=change(item.text, quotes)) if item.id in hurt else item

        parts = _searching(
            view.parts, lambda hits: [replace(hit, passage=passage(hit.passage)) for hit in hits]
        )
        documents = DocumentsChanged(view.parts.documents, lambda text: change(text, quotes))
        return View(
            view.settings,
            replace(parts, documents=documents),
            lambda user, key: [passage(item) for item in corpus.passages(user, key)],
        )

    return plant


def _blanked(text: str, quotes: Sequence[str]) -> str:
    for quote in quotes:
        if place := place_of(quote, text):
            text = text[: place[0]] + " " * (place[1] - place[0]) + text[place[1] :]
    return text


def _misread(text: str, quotes: Sequence[str]) -> str:
    for quote in quotes:
        if place := place_of(quote, text):
            text = text[: place[0]] + text[place[0] : place[1]].translate(_MISREAD) + text[place[1] :]
    return text


def other_figures(draft: Draft) -> Draft:
    """The draft with every figure of its statements changed, as a model that makes figures up."""
    said = tuple(
        replace(item, text=item.text.translate(_MISREAD), values=tuple(v.translate(_MISREAD) for v in item.values))
        for item in draft.statements
    )  # fmt: skip
    return replace(draft, statements=said)


def unsure(share: float) -> Callable[[Draft], Draft]:
    """The draft, `share` as sure."""
    return lambda draft: replace(draft, confidence=draft.confidence * share)


def silent(draft: Draft) -> Draft:
    """No draft, as a model that declines."""
    return replace(draft, statements=(), confidence=0.0, reason="I cannot answer this from the documents.")


def has_figure(statement: Statement) -> bool:
    """True if a digit stands in it."""
    return _DIGIT.search(statement.text) is not None


def first_words(query: Query) -> Query:
    """The question cut after three words, as a query that is too long for somebody's field."""
    return replace(query, text=" ".join(query.text.split()[:3]), rewrites=())


def by_hash(text: str, share: float) -> bool:
    """True for this share of all texts."""
    return sha256(text.encode()).digest()[0] < 256 * share


# stage that is to be blamed -> faults, by name
CASE_FAULTS: Mapping[str, Mapping[str, Plant]] = {
    "corpus silent": {"document removed": _without_document(quarantined=False)},
    "lost in extraction": {
        "document quarantined": _without_document(quarantined=True),
        "words not read": read_worse(_blanked),
        "figures misread": read_worse(_misread),
    },
    "not retrieved": {
        "passages not indexed": _on_parts(
            lambda parts, gold: _searching(
                parts, lambda hits: [hit for hit in hits if hit.passage.id not in gold]
            )
        ),
        "query cut": _on_parts(lambda parts, gold: _searching(parts, ask=first_words)),
    },
    "ranked below the cut": {
        "passages ranked last": _on_parts(
            lambda parts, gold: replace(
                parts,
                reranker=Ranking(
                    parts.reranker,
                    before=_without(gold),
                ),
            )
        ),
        "order reversed": _on_parts(
            lambda parts, gold: replace(parts, reranker=Reversed(parts.reranker))
        ),
    },
    "ignored by the generator": {
        "passages not read": _on_parts(
            lambda parts, gold: replace(
                parts,
                generator=Generating(
                    parts.generator,
                    reads=_without(gold),
                ),
            )
        ),
        "figures made up": _on_parts(
            lambda parts, gold: replace(parts, generator=Generating(parts.generator, says=other_figures))
        ),
    },
    "wrongly abstained": {
        "a third as sure": _on_parts(
            lambda parts, gold: replace(parts, generator=Generating(parts.generator, says=unsure(0.33)))
        ),
        "declines": _on_parts(
            lambda parts, gold: replace(parts, generator=Generating(parts.generator, says=silent))
        ),
    },
    "verification error": {
        "support too low": _on_parts(lambda parts, gold: replace(parts, support=lambda findings: 0.2)),
        "figures doubted": _on_parts(
            lambda parts, gold: replace(
                parts,
                checks=[*parts.checks, Doubting(has_figure)],
                support=lambda findings: min([0.2 for f in findings if not f.ok] or [parts.support(findings)]),
            )
        ),
    },
    "refused at the door": {
        "scope too narrow": _on_parts(
            lambda parts, gold: replace(parts, admission=Closed(lambda query: True))
        )
    },
}  # fmt: skip


# --- systemic faults ------------------------------------------------------------------------------------------------------


class Reading:
    """Implements stages.Extractor: what another one reads, changed."""

    def __init__(self, inner: Any, change: Callable[[Document], Document]) -> None:
        self._inner = inner
        self._change = change

    @property
    def identity(self) -> str:
        return f"{self._inner.identity} broken"

    def extract(self, document_id: str, uri: str, path: Path) -> Document | Failure:
        read = self._inner.extract(document_id, uri, path)
        return read if isinstance(read, Failure) else self._change(read)

    def close(self) -> None:
        self._inner.close()


def without_tables(document: Document) -> Document:
    """The document as a reader that does not see tables reads it."""
    text = document.text
    for block in document.blocks:
        if block.kind == "table":
            text = text[: block.start] + _spaces(text[block.start : block.end]) + text[block.end :]
    blocks = tuple(block for block in document.blocks if block.kind != "table")
    return replace(document, text=text, blocks=blocks)


def misread(document: Document) -> Document:
    """Half of the documents with every digit taken for another."""
    if not by_hash(document.uri, 0.5):
        return document
    blocks = tuple(
        replace(block, cells=tuple(replace(cell, text=cell.text.translate(_MISREAD)) for cell in block.cells))
        for block in document.blocks
    )
    return replace(document, text=document.text.translate(_MISREAD), blocks=blocks)


def _spaces(text: str) -> str:
    return "".join(character if character == "\n" else " " for character in text)


def _reading_only(parts: Answering, reads: Callable[[Sequence[Evidence]], Sequence[Evidence]]) -> Answering:
    return replace(parts, generator=Generating(parts.generator, reads=reads))


@dataclass(frozen=True, slots=True)
class Systemic:
    """A fault that hits whatever is asked: the stage to be blamed, and what is wrapped, in reading or in the journey."""

    stage: str
    reads: Callable[[Document], Document] | None = None
    journey: Callable[[Answering], Answering] = lambda parts: parts


SYSTEMIC: Mapping[str, Systemic] = {
    "tables not read": Systemic("lost in extraction", reads=without_tables),
    "figures of half the documents misread": Systemic("lost in extraction", reads=misread),
    "questions cut after three words": Systemic(
        "not retrieved", journey=lambda parts: _searching(parts, ask=first_words)
    ),
    "two fifths of the documents not in the index": Systemic(
        "not retrieved",
        journey=lambda parts: _searching(
            parts, lambda hits: [hit for hit in hits if not by_hash(hit.passage.uri, 0.4)]
        ),
    ),
    "order reversed": Systemic(
        "ranked below the cut", journey=lambda parts: replace(parts, reranker=Reversed(parts.reranker))
    ),
    "cut after one passage": Systemic(
        "ranked below the cut",
        journey=lambda parts: replace(
            parts, reranker=Ranking(parts.reranker, after=lambda evidence, k: evidence[:1])
        ),
    ),
    "tables passed over": Systemic(
        "ignored by the generator",
        journey=lambda parts: _reading_only(
            parts, lambda evidence: [item for item in evidence if item.passage.kind != "table"]
        ),
    ),
    "three best passages passed over": Systemic(
        "ignored by the generator", journey=lambda parts: _reading_only(parts, lambda evidence: evidence[3:])
    ),
    "half as sure": Systemic(
        "wrongly abstained",
        journey=lambda parts: replace(parts, generator=Generating(parts.generator, says=unsure(0.5))),
    ),
    "always sure": Systemic(
        "answered without grounds",
        journey=lambda parts: replace(
            parts, generator=Generating(parts.generator, says=lambda draft: replace(draft, confidence=1.0))
        ),
    ),
    "statements with figures doubted": Systemic(
        "verification error",
        journey=lambda parts: (
            CASE_FAULTS["verification error"]["figures doubted"](
                View(Settings(), parts, lambda user, key: []), ()
            ).parts
        ),
    ),
    "every third question out of scope": Systemic(
        "refused at the door",
        journey=lambda parts: replace(parts, admission=Closed(lambda query: by_hash(query.text, 1 / 3))),
    ),
}
