"""As many passages as wanted, in the product's own table: real texts first, then recombinations of their sentences.

A recombination takes its title and sentences from different documents of one collection, so that its words are those of
the field and its sense is nobody's. It is harder to tell from a real text by words and vectors than text of another field would be.
"""

import time
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import yaml

from benchmarks.common import say
from benchmarks.ir_collections import Collection
from metier.errors import UserError
from metier.models.static_embedder import load_static_embedder
from metier.retrieve.dense import DenseRetriever
from metier.retrieve.keyword import KeywordRetriever
from metier.retrieve.mixture import mixer_of
from metier.stages import PassageSearch, Retriever, Vectors
from metier.store.database import open_database
from metier.store.ledger import SqlLedger
from metier.store.passages import LancePassages
from metier.store.releases import RELEASE_0, read_parts
from metier.store.serving import ServedPassages
from metier.store.workspace import Workspace
from metier.text.context import context_text
from metier.text.sentences import split_sentences
from metier.text.vocabulary import Vocabulary
from metier.types import Access, Entry, Evidence, Passage, Query, State

SHARES = {"all": 1.0, "tenth": 0.1, "hundredth": 0.01}  # groups, and how much of everything each may read
_SENTENCES = 5  # of a recombination: about as long as an abstract
_BATCH = 5_000
_VOCABULARY = 20_000  # passages counted for the rarity of words, as the product does
_MEMORY_MB = 4096  # for the snapshot of a million passages


def recombined(
    collections: Sequence[Collection], count: int, seed: int, avoid: Set[tuple[str, str]] = frozenset()
) -> Iterator[Passage]:
    """`count` passages nobody wrote. No sentence comes from a document in `avoid` (collection, id)."""
    rng = np.random.default_rng(seed)
    sources = [_sources(one, avoid) for one in collections]
    sources = [source for source in sources if source[1]]
    if count and not sources:
        raise UserError("every document is relevant to a question: nothing is left to make distractors of")
    for number in range(count):
        titles, sentences, language = sources[int(rng.integers(len(sources)))]
        title = titles[int(rng.integers(len(titles)))]
        text = " ".join(sentences[place] for place in rng.integers(len(sentences), size=_SENTENCES))
        yield _document(f"recombined-{seed}-{number}", title, text, language)


def _sources(collection: Collection, avoid: Set[tuple[str, str]]) -> tuple[list[str], list[str], str]:
    kept = [row for row in collection.passages.values() if (collection.name, row.id) not in avoid]
    sentences = [
        row.text[start:end] for row in kept for start, end in split_sentences(row.text, row.language)
    ]
    return [row.title for row in kept], sentences, "en"


def _document(identity: str, title: str, text: str, language: str) -> Passage:
    return Passage(
        identity, identity, identity, title, 1, 0, len(text), text, (), "text", language, "", ("all",)
    )


def real(collection: Collection, ids: Sequence[str]) -> list[Passage]:
    """Documents of a collection under names that no other collection has."""
    rows = (collection.passages[identity] for identity in ids)
    return [replace(row, id=(name := f"{collection.name}/{row.id}"), document=name, uri=name) for row in rows]


class Corpus:
    """A growing table with its two legs that need no deepening, and what is needed to check them."""

    def __init__(self, folder: Path, seed: int) -> None:
        """The table is made in `folder`; `seed` draws who may read what."""
        self.build_s = 0.0
        self.snapshot_s = 0.0
        self.live: dict[str, Entry] = {}
        self.ids: list[str] = []
        self.groups: list[tuple[str, ...]] = []
        self.vectors: list[Vectors] = []  # in the order of ids
        self.embedder = load_static_embedder()
        self.table = LancePassages(folder / "passages.lance", {"static": self.embedder})
        self.served = ServedPassages(self.table, folder / "snapshots", _MEMORY_MB)
        self.retrievers = self.legs(self.served)
        self._rng = np.random.default_rng(seed)
        self._mixer = mixer_of(read_parts(RELEASE_0)["mixture"], self.vocabulary)
        self._counted: tuple[Mapping[str, Entry] | None, Vocabulary] = (None, Vocabulary())
        self._pool = ThreadPoolExecutor(
            8, thread_name_prefix="search"
        )  # two askers, two legs each, and some air

    def legs(self, searched: PassageSearch) -> list[Retriever]:
        """Both legs over the table itself, or over its snapshot."""
        return [
            KeywordRetriever(searched, lambda: self.live),
            DenseRetriever("static", searched, self.embedder, lambda: self.live),
        ]

    def add(self, passages: Iterator[Passage]) -> None:
        """Adds them, each open to everybody and by chance to the smaller groups, and brings index and snapshot up to date."""
        started = time.perf_counter()
        batch: list[Passage] = []
        for passage in passages:
            batch.append(replace(passage, groups=self._drawn_groups()))
            if len(batch) == _BATCH:
                self._add(batch)
                batch = []
        self._add(batch)
        self.table.optimize()
        self.build_s += time.perf_counter() - started
        started = time.perf_counter()
        self.served.refresh()
        self.snapshot_s += time.perf_counter() - started
        say(f"{len(self.ids)} passages indexed in {self.build_s:.0f} s")

    def _drawn_groups(self) -> tuple[str, ...]:
        chance = float(self._rng.random())
        return tuple(name for name, share in SHARES.items() if chance < share)

    def _add(self, batch: Sequence[Passage]) -> None:
        if not batch:
            return
        vectors = self.embedder.embed_passages([context_text(row) for row in batch])
        self.table.add(batch, {"static": vectors})
        self.vectors.append(vectors)
        self.ids += [row.id for row in batch]
        self.groups += [row.groups for row in batch]
        # A new mapping for every state, as the ledger's: retrievers tell by it that what they counted is old.
        self.live = self.live | {
            row.id: Entry(row.id, row.uri, row.id, "benchmark", State.LIVE, groups=row.groups, language=row.language)
            for row in batch
        }  # fmt: skip

    def find(self, query: Query, group: str, wide: int) -> list[Evidence]:
        """What a question finds, both legs at once and mixed as release 0 does."""
        access = Access("benchmark", frozenset({group}))
        found = self._pool.map(lambda leg: leg.retrieve(query, access, wide), self.retrievers)
        rankings = dict(zip((leg.name for leg in self.retrievers), found, strict=True))
        return self._mixer.mix(query, rankings, wide)

    def vocabulary(self) -> Vocabulary:
        """How rare words are, counted as the product counts them, once for every state."""
        if self._counted[0] is not self.live:
            self._counted = (self.live, self.table.vocabulary(_VOCABULARY))
        return self._counted[1]

    def remove(self, ids: Sequence[str]) -> None:
        """Takes documents out of the table and of what is live."""
        gone = set(ids)
        self.table.delete_documents(gone)
        kept = [place for place, identity in enumerate(self.ids) if identity not in gone]
        self.vectors = [np.concatenate(self.vectors)[kept]]
        self.groups = [self.groups[place] for place in kept]
        self.ids = [self.ids[place] for place in kept]
        self.live = {identity: self.live[identity] for identity in self.ids}

    def write_workspace(self, workspace: Workspace) -> None:
        """What makes the folder that the table stands in a workspace: settings, with an asker who may read all first, and
        the ledger."""
        users = [{"id": name, "groups": [name]} for name in SHARES]
        told = {
            "users": users,
            "groups": [{"match": "**", "allow": list(SHARES)}],
            "retrieve": {"legs": ["keyword", "static"], "memory_mb": _MEMORY_MB, "known_items": 0},
        }
        workspace.settings.write_text(yaml.safe_dump(told), encoding="utf-8")
        engine = open_database(workspace.database_url("ledger"), "ledger")
        SqlLedger(engine).advance(list(self.live.values()))
        engine.dispose()

    def close(self) -> None:
        """Ends the threads."""
        self._pool.shutdown()


def asked_of(collections: Sequence[Collection]) -> Mapping[str, tuple[Collection, str]]:
    """Every test query as name -> (collection, id)."""
    return {f"{one.name}/{query}": (one, query) for one in collections for query in one.test}
