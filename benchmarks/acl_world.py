"""A small random world of documents, groups and people, and the product's own rooms over it.

Every document carries a word of its own (its marker) in its text and title, and has a uri of its own, so that anything that
leaves can be searched for what must not. Groups have names that break careless filters; people have any of them, or none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from metier.flow.answering import Answering
from metier.policy.settlement import ThresholdPolicy
from metier.rerank.features import Echoing, FeatureReranker
from metier.rerank.versions import Versions
from metier.retrieve.dense import DenseRetriever
from metier.retrieve.keyword import KeywordRetriever
from metier.retrieve.mixture import ConvexMixer, Following
from metier.retrieve.sentence import SentenceRetriever
from metier.stages import Mixer, OnStatement, Reranker, Retriever, Vectors
from metier.store.passages import LancePassages
from metier.store.sentences import LanceSentences
from metier.store.serving import ServedPassages
from metier.text.context import context_text
from metier.text.echo import echoed
from metier.text.vocabulary import Vocabulary
from metier.types import (
    Access,
    Citation,
    Document,
    Draft,
    Entry,
    Evidence,
    Finding,
    Hit,
    Need,
    Page,
    Passage,
    Query,
    Settled,
    State,
    Statement,
    Trace,
)

# No two of them share a stem, none is a stop word: the oracle compares words, not stems.
WORDS = ("anchor", "basket", "candle", "dragon", "engine", "forest", "garden", "hammer", "island", "jacket", "kettle", "ladder",
         "magnet", "needle", "orange", "pillow", "rabbit", "saddle", "timber", "violin", "walnut", "yellow")  # fmt: skip
GROUPS = ("hr", "HR", "hr-board", "board", "all", "a", "o'neil", "a, b", "%", "größe", "x') OR (1=1", "null")
WIDE, NARROW = 40, 12
FOLLOWS = Following(0.2, 0.6, {"keyword": 0.1, "static": 0.1}, {"keyword": 0.5, "static": 0.1})
_DIMENSION = 64


@dataclass(frozen=True, slots=True)
class Doc:
    """One document of the world as the oracle sees it."""

    id: str
    uri: str
    words: tuple[str, ...]
    groups: tuple[str, ...]
    is_live: bool
    version_date: str = ""

    @property
    def marker(self) -> str:
        """The word that stands in this document and nowhere else."""
        return f"marker{self.id}end"


@dataclass(frozen=True, slots=True)
class World:
    """Documents, people, and what is asked."""

    docs: tuple[Doc, ...]
    people: tuple[Access, ...]
    questions: tuple[Query, ...]  # one per person

    def changed(self, rng: np.random.Generator) -> "World":
        """The same world later: some rights are taken or given, some documents are gone."""
        docs = []
        for doc in self.docs:
            dice = rng.random()
            if dice < 0.08:
                doc = replace(doc, groups=_some(rng, GROUPS, 3))
            elif dice < 0.16:
                doc = replace(doc, is_live=not doc.is_live)
            docs.append(doc)
        return replace(self, docs=tuple(docs))


def random_world(rng: np.random.Generator) -> World:
    """60 to 110 documents, some of them versions of one another, and four people with one question each."""
    docs: list[Doc] = []
    for number in range(int(rng.integers(60, 111))):
        words = _some(rng, WORDS, 6) or (WORDS[0],)
        identity = f"d{number}"
        if (
            docs and rng.random() < 0.2 and docs[-1].version_date == "2020-01-01"
        ):  # the newer version of the last one
            uri = docs[-1].uri.replace("-v1", "-v2")
            docs.append(Doc(identity, uri, docs[-1].words, _some(rng, GROUPS, 3), True, "2024-01-01"))
            continue
        is_policy = rng.random() < 0.4
        uri = f"policy{number}/policy-v1.txt" if is_policy else f"files/marker{identity}end.txt"
        dated = "2020-01-01" if is_policy else ""
        docs.append(Doc(identity, uri, words, _some(rng, GROUPS, 3), bool(rng.random() < 0.85), dated))
    people = [Access(f"p{number}", frozenset(_some(rng, GROUPS, 4))) for number in range(3)]
    people.append(Access("p3", frozenset() if rng.random() < 0.5 else frozenset({"nobody-is-here"})))
    questions = []
    for _ in people:
        text = " ".join(_some(rng, WORDS, 3) or (WORDS[1],))
        rewrites = (str(rng.choice(WORDS)),) if rng.random() < 0.3 else ()
        questions.append(Query(text, "en", rewrites))
    return World(tuple(docs), tuple(people), tuple(questions))


def _some(rng: np.random.Generator, names: Sequence[str], most: int) -> tuple[str, ...]:
    drawn = rng.choice(len(names), size=int(rng.integers(0, most + 1)), replace=False)
    return tuple(sorted(names[number] for number in drawn))


# --- the oracle -----------------------------------------------------------------------------------------------------


def may_see(access: Access, doc: Doc) -> bool:
    """The law itself: live, one group in common, and not left out by the filter of the question."""
    is_chosen = access.documents is None or doc.id in access.documents
    return doc.is_live and is_chosen and any(group == mine for group in doc.groups for mine in access.groups)


def most_echoed(product: "Product", docs: Sequence[Doc], query: Query) -> float:
    """The echo of a question in the one of these documents that holds most of it."""
    vocabulary = product.vocabulary()
    return max(
        (FOLLOWS.echo(echoed(query, [Hit(passage_of(doc), 1.0)], vocabulary)) for doc in docs), default=0.0
    )


def expected(world: World, leg: str, query: Query, access: Access) -> set[str]:
    """Ids of all documents the leg must return when it is asked for as many as there are."""
    wanted = set(" ".join((query.text, *query.rewrites)).split())
    seen = [doc for doc in world.docs if may_see(access, doc)]
    return {doc.id for doc in seen if leg != "keyword" or wanted & set(doc.words)}


# --- the product over it --------------------------------------------------------------------------------------------


class Words:
    """Implements stages.Embedder: a bag of words, one dimension per word, the rest shared by markers."""

    identity = "acl-words"
    dimension = _DIMENSION

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), _DIMENSION), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[_DIMENSION - 1] = 0.1  # so that every document is a little near to every question
            for word in text.lower().split():
                if word in WORDS:
                    row[WORDS.index(word)] += 1.0
            row /= np.linalg.norm(row)
        return rows

    embed_queries = embed_passages


@dataclass
class Product:
    """The rooms as System wires them, over one world. Bugs are planted by changing its attributes."""

    table: LancePassages
    served: ServedPassages  # the table's snapshot, made before half of the passages were there: what the legs search
    sentences: LanceSentences
    world: World
    rules: Mapping[str, tuple[str, ...]]  # uri -> groups as metier.yaml says now; may be newer than the index
    legs: list[Retriever] = field(default_factory=list)
    mixer: Mixer = field(default_factory=lambda: ConvexMixer({}, 3))
    reranker: Reranker | None = None
    settlement: Any = None
    traces: list[Trace] = field(default_factory=list)
    visible: Mapping[str, Entry] = field(init=False)

    def __post_init__(self) -> None:
        self.visible = {doc.id: entry_of(doc) for doc in self.world.docs if doc.is_live}

    def vocabulary(self) -> Vocabulary:
        """How rare words are in all passages."""
        return self._counted

    @cached_property
    def _counted(self) -> Vocabulary:
        return self.table.vocabulary(100)

    def live(self) -> Mapping[str, Entry]:
        """Visible documents by id, as the ledger would say."""
        return self.visible

    def groups_of(self, uri: str) -> tuple[str, ...]:
        """Who may see a uri now."""
        return self.rules.get(uri, ())

    def parts(self) -> Answering:
        """The answer journey over these rooms, with a generator that cites whatever it can get hold of."""
        return Answering(
            admission=_Admission(),
            retrievers=self.legs,
            mixer=self.mixer,
            reranker=self.reranker or _reranker(self),
            generator=_Careless(self),
            needs=lambda query, evidence, access: (Need(SECOND_QUESTION),),
            checks=(Supported(),),
            support=lambda findings: 1.0,
            settlement=self.settlement or ThresholdPolicy(THRESHOLDS, customer=False),
            ledger=_Ledger(self),  # type: ignore[arg-type]  # the two methods the journey asks for
            documents=_Documents(self),  # type: ignore[arg-type]
            groups_of=self.groups_of,
            answers=_Answers(self),
            audit=_Audit(),
            release="r0",
            wide=WIDE,
            narrow=NARROW,
            new_id=lambda: "a",
            now=lambda: "now",
        )

    def move_to(self, later: World) -> None:
        """The index and the ledger follow the changed world."""
        before = {doc.id: doc for doc in self.world.docs}
        moved = {doc.id: doc.groups for doc in later.docs if doc.groups != before[doc.id].groups}
        self.table.regroup(moved)
        self.sentences.delete_documents(sorted(moved))
        rows = [passage_of(doc) for doc in later.docs if doc.id in moved]
        self.sentences.add(
            [(row, row.start, row.end) for row in rows], Words().embed_passages([r.text for r in rows])
        )
        self.world = later
        self.visible = {doc.id: entry_of(doc) for doc in later.docs if doc.is_live}


SECOND_QUESTION = WORDS[2]
THRESHOLDS = {"extractive": 0.5, "language_model": 0.1, "support": 0.5, "customer": 0.1}


def build(world: World, folder: Path) -> Product:
    """The world in the product's tables: half of the passages before the keyword index is made, half after it."""
    table = LancePassages(folder / "passages.lance", {"static": Words()})
    sentences = LanceSentences(folder / "sentences.lance", Words())
    served = ServedPassages(table, folder / "snapshots", 64)
    rows = [passage_of(doc) for doc in world.docs]
    half = len(rows) // 2
    for some in (rows[:half], rows[half:]):
        table.add(some, {"static": Words().embed_passages([context_text(row) for row in some])})
        if some is not rows[half:]:
            table.optimize()
            served.refresh()
    sentences.add(
        [(row, row.start, row.end) for row in rows], Words().embed_passages([row.text for row in rows])
    )
    product = Product(table, served, sentences, world, rules_of(world))
    product.mixer = ConvexMixer({}, 3, neighbours=0.4, following=FOLLOWS, vocabulary=product.vocabulary)
    product.legs = [
        KeywordRetriever(served, product.live),
        DenseRetriever("static", served, Words(), product.live),
        SentenceRetriever(sentences, served, Words(), product.live, lambda: True),
    ]
    return product


def rules_of(world: World) -> dict[str, tuple[str, ...]]:
    """uri -> groups, as metier.yaml would say."""
    return {doc.uri: doc.groups for doc in world.docs}


def passage_of(doc: Doc) -> Passage:
    """The document's only passage."""
    text = f"{' '.join(doc.words)} {doc.marker}"
    return Passage(f"{doc.id}-p", doc.id, doc.uri, f"Title {doc.marker}", 1, 0, len(text), text, (), "text", "en",
                   doc.version_date, doc.groups)  # fmt: skip


def entry_of(doc: Doc) -> Entry:
    """The document's row of the ledger."""
    return Entry(doc.id, doc.uri, doc.id, "p", State.LIVE, groups=doc.groups, title=f"Policy {doc.marker}",
                 version_date=doc.version_date)  # fmt: skip


def _reranker(product: Product) -> Reranker:
    versions = Versions(product.live, lambda: date(2025, 1, 1))
    weights = {"mixture": 1.0, "coverage": 1.0}
    return FeatureReranker(weights, product.vocabulary, versions, echoing=Echoing(0.5, 0.5))


class _Admission:
    def admit(self, query: Query, access: Access) -> Settled | None:
        return None


class _Careless:
    """A generator that has gone mad: it quotes all evidence, and cites every other document of the world, too. What it
    cites that the asker may not see must be stopped by the journey."""

    name = "extractive"

    def __init__(self, product: Product) -> None:
        self._product = product

    def generate(
        self, query: Query, evidence: Sequence[Evidence], on_statement: OnStatement | None = None
    ) -> Draft:
        shown = [quote(item.passage) for item in evidence]
        guessed = [quote(passage_of(doc), "g") for doc in self._product.world.docs]
        if on_statement is not None:
            for statement in (*shown, *guessed):
                on_statement(statement)
        return Draft((*shown, *guessed), self.name, 1.0)


def quote(passage: Passage, mark: str = "s") -> Statement:
    """A statement that says the whole passage and cites it."""
    place = Citation(f"c{passage.id}", passage.document, passage.uri, passage.title, "", 1, passage.start, passage.end,
                     passage.text)  # fmt: skip
    return Statement(f"{mark}{passage.id}", passage.text, (place,))


class Supported:
    """Implements stages.Check: whatever is said is supported."""

    name = "support"

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        return [Finding("support", item.id, True, 1.0) for item in draft.statements]


@dataclass
class _Ledger:
    product: Product

    def version(self) -> int:
        return 1

    def live(self) -> Mapping[str, Entry]:
        return self.product.live()


@dataclass
class _Documents:
    product: Product

    def document(self, identity: str) -> Document | None:
        doc = next(doc for doc in self.product.world.docs if doc.id == identity)
        passage = passage_of(doc)
        page = Page(1, 0.0, 0.0, 0, len(passage.text))
        return Document(
            identity, doc.uri, passage.title, "en", "text/plain", passage.text, (page,), (), "world"
        )


@dataclass
class _Answers:
    product: Product

    def append(self, trace: Trace) -> None:
        self.product.traces.append(trace)


class _Audit:
    def append(self, kind: str, subject: str, principal: str, data: Mapping[str, Any]) -> str:
        return ""
