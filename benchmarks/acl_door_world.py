"""A random world behind the product's doors: a real System over real files, asked in this process through the HTTP API.

Ingest, ledger, stores, search, journey, log and doors are the product's. Exchanged are what makes a world slow or tame: files are
read here rather than in child processes, one bag of words embeds, a reranking service writes down what it is sent, and a generator
cites also what its asker may not see.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote as percent

import numpy as np
from fastapi.testclient import TestClient

from benchmarks.acl_rerank_service import URL, RerankService
from benchmarks.acl_world import THRESHOLDS, WORDS, Doc, Supported, Words, World, passage_of, quote
from metier.policy.settlement import ThresholdPolicy
from metier.serve.app import create_app
from metier.serve.ingesting import IngestJob
from metier.settings import Settings, parse_settings
from metier.stages import OnStatement
from metier.system import System, open_system, opened
from metier.types import Access, Block, Document, Draft, Evidence, Failure, Need, Page, Passage, Query

MOST_DOCS = 24  # ingest takes 20 ms a document; the doors' mistakes do not hide in numbers
PICTURE = b"\x89PNG of "
_SETTLED_S = 60.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What left a door."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The content as far as it is text."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The content as JSON."""
        return json.loads(self.content)


@dataclass
class Doors:
    """The application over one world, and what the oracle knows of it."""

    system: System
    client: TestClient
    job: IngestJob
    sources: Path
    world: World  # people and rights as metier.yaml says now
    there: frozenset[str] = frozenset()  # uris that are live
    known: frozenset[str] = frozenset()  # uris that ever were
    ids: dict[str, str] = field(default_factory=dict)  # uri -> id in the ledger
    kept: list[tuple[str, str]] = field(default_factory=list)  # (asker, id) of answers
    service: RerankService = field(default_factory=RerankService)

    def ask(self, access: Access, method: str, path: str, body: object = None) -> Reply:
        """What the door says to this person."""
        headers = {"X-Metier-User": percent(access.principal)}
        reply = self.client.request(method, path, headers=headers, json=body)
        return Reply(reply.status_code, dict(reply.headers), reply.content)

    def may_read(self, access: Access, doc: Doc) -> bool:
        """The law: it is live, and the rights of today have one group in common."""
        return doc.uri in self.there and self.may_know(access, doc)

    def may_know(self, access: Access, doc: Doc) -> bool:
        """The law of the ledger and of old answers, which outlive a document: the rights of today."""
        return any(group in access.groups for group in doc.groups)

    def rule(self, later: World) -> None:
        """metier.yaml says the rights of the later world; nothing is ingested, no process is started anew, so that what
        is kept in memory is tried too."""
        fresh = settings_of(later)
        vars(self.system.settings).update(users=fresh.users, groups=fresh.groups)
        self.world = later

    def follow(self) -> None:
        """Files come and go as the world says, and the first person has them ingested through the door."""
        self.write()
        self.ask(self.world.people[0], "POST", "/api/v1/ingest", {})
        self.settle()
        self.note()

    def write(self) -> None:
        """Live documents are files, the others are not."""
        for doc in self.world.docs:
            path = self.sources / doc.uri
            if doc.is_live:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(passage_of(doc).text, encoding="utf-8")
            else:
                path.unlink(missing_ok=True)

    def settle(self) -> None:
        """Waits for the ingest, if one runs."""
        until = time.monotonic() + _SETTLED_S
        while self.job.view(self.world.people[0])["state"] in ("running", "stopping"):
            if time.monotonic() > until:
                raise TimeoutError("the ingest of a world did not end")
            time.sleep(0.01)

    def note(self) -> None:
        """The oracle takes on what is there."""
        self.there = frozenset(doc.uri for doc in self.world.docs if doc.is_live)
        self.known |= self.there
        self.ids |= {row.uri: row.id for row in self.system.live_documents().values()}


@contextmanager
def open_doors(world: World, folder: Path) -> Iterator[Doors]:
    """The doors of a fresh workspace over the world, everything ingested."""
    sources = folder / "docs"
    sources.mkdir()
    (folder / "metier.yaml").write_text(json.dumps(yaml_of(world)), encoding="utf-8")
    service = RerankService()
    with (
        patch.object(opened, "open_embedder", lambda model: Words()),
        patch.object(opened, "open_reranker", lambda model: service.reranker()),
        patch.object(opened, "open_e5", lambda: None),
        open_system(folder) as system,
    ):
        system._intake._extractor = _Reader(world)  # type: ignore[assignment]  # what of it is called
        app = create_app(system)
        with TestClient(app, base_url="http://127.0.0.1:8321", raise_server_exceptions=False) as client:
            doors = Doors(system, client, app.state.desk.ingest, sources, world, service=service)
            system.keep_journey(
                replace(
                    system.journey(),
                    generator=_Careless(doors),
                    needs=lambda query, evidence, access: (Need(WORDS[2]),),
                    checks=(Supported(),),
                    support=lambda findings: 1.0,
                    settlement=ThresholdPolicy(THRESHOLDS, customer=False),
                )
            )
            doors.write()
            system.ingest()
            doors.note()
            yield doors


def small_world(world: World) -> World:
    """The first documents of the world."""
    return replace(world, docs=world.docs[:MOST_DOCS])


def later_world(world: World, rng: np.random.Generator) -> World:
    """The world changed, and besides one person has lost a group."""
    people = list(world.people)
    number = int(rng.integers(len(people)))
    groups = sorted(people[number].groups)
    people[number] = replace(people[number], groups=frozenset(groups[1:]))
    return replace(world.changed(rng).changed(rng), people=tuple(people))


def yaml_of(world: World) -> dict[str, Any]:
    """metier.yaml of the world: a rule per document."""
    return {
        "version": 1,
        "users": [{"id": one.principal, "groups": sorted(one.groups)} for one in world.people],
        "groups": [{"match": doc.uri, "allow": list(doc.groups)} for doc in world.docs],
        "sources": [{"folder": "docs"}],
        "retrieve": {"legs": ["keyword", "static"], "rerank_ms": 60_000},
        "models": {"reranker": {"source": f"endpoint:{URL}"}},
    }


def settings_of(world: World) -> Settings:
    """metier.yaml of the world as settings."""
    return parse_settings(yaml_of(world), "metier.yaml", {})


class _Reader:
    """Implements stages.Extractor in this process; a picture is its document's text."""

    identity = "acl-reader"

    def __init__(self, world: World) -> None:
        self._docs: Mapping[str, Doc] = {doc.uri: doc for doc in world.docs}

    def extract(self, document_id: str, uri: str, path: Path) -> Document | Failure:
        doc = self._docs[uri]
        passage = passage_of(doc)
        page = Page(1, 0.0, 0.0, 0, len(passage.text))
        block = Block("b0", "paragraph", 0, 1, 0, len(passage.text))
        return Document(document_id, uri, passage.title, "en", "text/plain", passage.text, (page,), (block,), "world",
                        doc.version_date)  # fmt: skip

    def render(self, path: Path, media_type: str, page: int, scale: float) -> bytes | Failure:
        return PICTURE + path.read_bytes()

    def warm(self) -> None: ...

    def close(self) -> None: ...


@dataclass
class _Careless:
    """A generator that has gone mad: it says one passage it was shown and every third document of the world, whoever asks;
    every other question it does not answer, so that what was near is named instead."""

    doors: Doors
    name = "extractive"

    def generate(
        self, query: Query, evidence: Sequence[Evidence], on_statement: OnStatement | None = None
    ) -> Draft:
        if len(query.text) % 2:
            return Draft((), self.name, 0.0)
        guessed = [doc for doc in self.doors.world.docs if doc.uri in self.doors.ids][::3]
        said = [quote(item.passage) for item in evidence[:1]]
        said += [quote(self._passage(doc), "g") for doc in guessed]
        if on_statement is not None:
            for statement in said:
                on_statement(statement)
        return Draft(tuple(said), self.name, 1.0)

    def _passage(self, doc: Doc) -> Passage:
        return replace(passage_of(doc), document=self.doors.ids[doc.uri])
