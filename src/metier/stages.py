"""One Protocol per stage, one verb each: what `flow` knows of the rooms.

A room implements these by shape; nothing inherits from them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from metier.types import (
    Access,
    Answer,
    Described,
    Document,
    Draft,
    Entailment,
    Entry,
    Evidence,
    Failure,
    Finding,
    Hit,
    LedgerCount,
    PairScores,
    Passage,
    Query,
    Reordered,
    Settled,
    Source,
    State,
    Statement,
    Trace,
)

Vectors = NDArray[np.float32]
OnStatement = Callable[[Statement], None]
Documents = frozenset[str] | None  # ids of the only documents that are searched; None: all
EVEN: Mapping[str, float] = MappingProxyType({})  # all words count 1


class Connector(Protocol):
    """Where documents come from."""

    def find(self) -> Iterator[Source | Failure]:
        """Every source there is now, in a stable order; what cannot be looked at is a Failure."""
        ...


class Extractor(Protocol):
    """bytes -> Document, in a sandbox."""

    @property
    def identity(self) -> str:
        """Names engines and versions; part of the pipeline hash."""
        ...

    def extract(self, document_id: str, uri: str, path: Path) -> Document | Failure:
        """What was read from the file at `path`. Thread-safe: each call uses a child process of its own pool."""
        ...

    def close(self) -> None:
        """Ends the child processes."""
        ...


class Chunker(Protocol):
    """Document -> passages."""

    @property
    def identity(self) -> str: ...

    def split(self, document: Document, groups: tuple[str, ...]) -> list[Passage]:
        """Passages in reading order; every non-furniture character of the text is in at least one."""
        ...


class Embedder(Protocol):
    """Text -> unit vectors."""

    @property
    def identity(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), float32, unit length (a text without known words is all zeros)."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """As embed_passages, for questions."""
        ...


class SentenceVectors(Protocol):
    """Vectors of the sentences of passages that are deepened."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...

    def is_begun(self) -> bool:
        """Whether so many passages are deepened that vectors count; those of the others are then made when they are needed."""
        ...

    def of_passages(self, passages: Sequence[str]) -> Mapping[tuple[str, int, int], Vectors]:
        """By (document, start, end); none before it is begun."""
        ...

    def of_texts(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension): of sentences in their place (`statements.in_place`), made on the spot."""
        ...


class Space(Protocol):
    """What a dense leg compares: unit vectors of questions and of passages."""

    @property
    def identity(self) -> str:
        """Of the embedder."""
        ...

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension)."""
        ...

    def passages(self, passages: Sequence[Passage]) -> Mapping[str, Vectors]:
        """By id, shape (parts of the passage, dimension); the passage is as near as its nearest part. Without those that have no
        vectors yet."""
        ...


class Retriever(Protocol):
    """Query + Access -> passages. The access filter is applied inside, before ranking."""

    @property
    def name(self) -> str: ...

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        """At most k live passages the asker may see, best first, ties by passage id."""
        ...


class Mixer(Protocol):
    """Rankings of several retrievers -> one."""

    def mix(self, query: Query, rankings: Mapping[str, Sequence[Hit]], k: int) -> list[Evidence]: ...


class Reranker(Protocol):
    """Better-ordered, fewer evidence."""

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]: ...


class PairScorer(Protocol):
    """A model that reads a question and a text together."""

    @property
    def identity(self) -> str: ...

    @property
    def batch(self) -> int:
        """How many texts it takes at once."""
        ...

    def score(self, question: str, texts: Sequence[str], within_s: float) -> PairScores:
        """One score per text, the higher the better. Raises ModelUnavailable when it cannot, or not in that time."""
        ...


class Reorder(Protocol):
    """A second order of evidence, within a budget of time."""

    def reorder(self, query: Query, evidence: Sequence[Evidence]) -> Reordered:
        """All of the evidence; never raises because of the model."""
        ...


class Entailer(Protocol):
    """A model that says whether a sentence follows from a text, or contradicts it."""

    @property
    def identity(self) -> str: ...

    def entail(self, text: str, sentence: str) -> Entailment:
        """Raises ModelUnavailable when it cannot say."""
        ...


class Generator(Protocol):
    """Evidence -> Draft of cited statements, or an abstention."""

    @property
    def name(self) -> str: ...

    def generate(
        self, query: Query, evidence: Sequence[Evidence], on_statement: OnStatement | None = None
    ) -> Draft:
        """A draft of cited statements, or one without statements that says why. A generator that writes gradually
        tells each statement as soon as it is whole."""
        ...


class LanguageModel(Protocol):
    """A chat model, local or behind an endpoint."""

    @property
    def identity(self) -> str: ...

    def complete(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, temperature: float, seed: int
    ) -> Iterator[str]:
        """Pieces of text as they come. Raises ModelUnavailable when the model cannot be reached or fails."""
        ...


class Describer(Protocol):
    """A model that says what a picture shows."""

    @property
    def identity(self) -> str: ...

    def describe(self, picture: bytes, language: str) -> Described:
        """What the PNG shows, in that language. Raises ModelUnavailable when the model cannot be asked."""
        ...


class Check(Protocol):
    """One question asked of a draft."""

    @property
    def name(self) -> str: ...

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]: ...


class Ledger(Protocol):
    """The record of every document; the only judge of what is visible."""

    def version(self) -> int:
        """Grows by one with every commit that changes what is visible."""
        ...

    def entry(self, document: str) -> Entry | None: ...

    def entries(
        self,
        states: Iterable[State] | None = None,
        uri: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Entry]:
        """Entries in order of uri then arrival."""
        ...

    def count(self) -> LedgerCount: ...

    def receive(self, entries: Sequence[Entry]) -> None:
        """Adds new entries (or brings back superseded, removed, retried ones) as RECEIVED; one transaction."""
        ...

    def advance(self, entries: Sequence[Entry]) -> None:
        """Writes entries as they are now, in one transaction; an entry that becomes visible supersedes every other
        entry of its uri, one that is quarantined leaves its visible predecessor."""
        ...

    def move(self, documents: Sequence[str], state: State) -> None:
        """Gives documents a state on their way to being visible, in one transaction; nothing else of them changes, but that
        IN_FLIGHT counts as an attempt. Documents that are visible stay so."""
        ...

    def live(self) -> Mapping[str, Entry]:
        """Visible documents (live and partial) by id, as of version()."""
        ...


class PassageStore(Protocol):
    """The table of passages and vectors; knows nothing of visibility."""

    def prepare(self, passages: Sequence[Passage]) -> None:
        """Computes now what adding these passages will need besides their vectors; writes nothing."""
        ...

    def add(self, passages: Sequence[Passage], vectors: Mapping[str, Vectors]) -> None: ...

    def delete_documents(self, documents: Iterable[str]) -> None: ...

    def documents(self) -> set[str]:
        """Ids of all documents that have passages in the table."""
        ...

    def regroup(self, documents: Mapping[str, tuple[str, ...]]) -> None:
        """Changes who may see the passages of the given documents."""
        ...

    def optimize(self) -> None:
        """Brings the indexes up to date with the rows."""
        ...


class PassageSearch(Protocol):
    """The searches that retrievers are made of. Each filters on the asker's groups, and on `documents` and the `kind` of
    passage if there are any, before it ranks."""

    def search_terms(
        self,
        words: Sequence[str],
        groups: Iterable[str],
        k: int,
        documents: Documents = None,
        kind: str | None = None,
        weights: Mapping[str, float] = EVEN,
    ) -> list[Hit]:
        """Passages by BM25 over the search terms, best first, ties by id; a word with a weight counts so much of what it would."""
        ...

    def search_vector(
        self, column: str, vector: Vectors, groups: Iterable[str], k: int, documents: Documents = None
    ) -> list[Hit]:
        """Passages by cosine, best first, ties by id; `vector` has shape (dimension,)."""
        ...

    def by_ids(
        self, ids: Sequence[str], groups: Iterable[str], documents: Documents = None
    ) -> Mapping[str, Passage]:
        """The passages among `ids` that the groups may see, by id."""
        ...


class DocumentStore(Protocol):
    """Bytes of sources and what was read from them, by content."""

    def put_blob(self, path: Path) -> tuple[str, int]:
        """(sha256, size) of a file whose bytes are kept once sync_blobs() was called."""
        ...

    def sync_blobs(self) -> None:
        """Makes the blobs put so far durable; called before the ledger knows of them."""
        ...

    def blob(self, sha256: str) -> Path: ...

    def begin_documents(self, documents: Sequence[Document]) -> None:
        """May start to write them; says nothing of when they are there."""
        ...

    def put_documents(self, documents: Sequence[Document]) -> None:
        """All of them are written durably, begun or not, when it returns."""
        ...

    def document(self, document: str) -> Document | None: ...

    def delete_documents(self, documents: Iterable[str]) -> None: ...


class AnswerLog(Protocol):
    """Where traces of answers are kept."""

    def append(self, trace: Trace, /) -> None: ...


class CellStore(Protocol):
    """Answered cells of grids by their key."""

    def get(self, key: str) -> Answer | None: ...

    def put(self, key: str, answer: Answer) -> None: ...


class AuditLog(Protocol):
    """A hash chain of what happened."""

    def append(self, kind: str, subject: str, principal: str, data: Mapping[str, Any]) -> str:
        """The hash of the new row."""
        ...


class Admission(Protocol):
    """Who may ask what, decided before anything is read."""

    def admit(self, query: Query, access: Access) -> Settled | None:
        """A refusal, or None if the question may go on."""
        ...


class Settlement(Protocol):
    """What may leave. Monotone, so that a statement once sent is never withdrawn."""

    def answerable(self, draft: Draft) -> bool:
        """False if the draft itself doubts too much that it answers the question."""
        ...

    def keep(self, statement: Statement, support: float, findings: Sequence[Finding]) -> Statement | None:
        """The statement with its support, or None if it must not leave."""
        ...

    def settle(
        self, query: Query, draft: Draft, kept: Sequence[Statement], evidence: Sequence[Evidence]
    ) -> Settled:
        """Answered with the kept statements, or abstained saying what was found and what is missing."""
        ...
