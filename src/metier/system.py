"""The composition root: Settings + Release -> a ready System. The only file that constructs the rooms."""

import dataclasses
import json
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from metier.chunk.structure import StructureChunker
from metier.connect.containers import Containers
from metier.connect.folder import Folder
from metier.errors import UserError
from metier.extract.sandbox import SandboxExtractor
from metier.feedback.exchange import imported_row
from metier.feedback.rows import feedback_row
from metier.flow.answer import Answering, Found, answer, find, find_evidence, rehearse
from metier.flow.deepen import Deepening, DeepenReport, deepen
from metier.flow.grid import Ask, Column, Grid
from metier.flow.ingest import IngestReport, ingest
from metier.flow.ingestion import Ingestion
from metier.flow.screen import suspects_in
from metier.generate.extractive import Considered, ExtractiveGenerator
from metier.generate.gated import GatedGenerator
from metier.generate.language_model import LanguageModelGenerator
from metier.generate.whole import Whole
from metier.models.e5 import OpenE5, find_e5
from metier.models.gguf import GgufModel
from metier.models.open import open_embedder, open_language_model
from metier.models.reader import load_reader
from metier.models.sentence_embedder import SentenceEmbedder, sentence_embedder
from metier.models.sources import ModelFile, sha256_of
from metier.policy.admission import ScopePolicy
from metier.policy.settlement import ThresholdPolicy
from metier.rerank.features import reranker_of
from metier.rerank.versions import Versions
from metier.retrieve.bridging import bridges
from metier.retrieve.dense import DenseRetriever
from metier.retrieve.keyword import KeywordRetriever
from metier.retrieve.known_item import KeptCheck, KnownItemCheck, Switched, check_legs, known_items
from metier.retrieve.mixture import mixer_of
from metier.retrieve.remembering import Remembering
from metier.retrieve.sentence import SentenceRetriever
from metier.retrieve.titles import Titles
from metier.retrieve.within import legs_within
from metier.settings import Model, Settings, load_settings
from metier.stages import CellStore, Embedder, Generator, OnStatement, Retriever, Vectors
from metier.store.answers import SqlAnswers
from metier.store.audit import FileAudit
from metier.store.cells import FileCells
from metier.store.database import Name, open_database
from metier.store.documents import FileDocuments
from metier.store.feedback import SqlFeedback
from metier.store.forgetful import ForgetfulAnswers, ForgetfulAudit
from metier.store.ledger import SqlLedger, utc_now
from metier.store.looks import FileLooks
from metier.store.passages import LancePassages
from metier.store.releases import ADAPTER, FileReleases
from metier.store.sentences import LanceSentences
from metier.store.serving import ServedPassages
from metier.store.suspects import FileSuspects
from metier.store.workspace import Workspace, find_workspace
from metier.text.vocabulary import Vocabulary
from metier.types import (
    Access,
    Answer,
    Document,
    Entry,
    Evidence,
    Failure,
    Feedback,
    Hit,
    LedgerCount,
    Need,
    Passage,
    Progress,
    Query,
    Release,
    State,
    Suspect,
    Trace,
    Turn,
)
from metier.verify.checks import all_checks
from metier.verify.combine import SupportModel
from metier.verify.complete import left_open
from metier.verify.conflict import conflicts

# Passages whose terms are counted for rarity: more changes no weight by more than its own noise, and costs start-up time.
_VOCABULARY_PASSAGES = 20_000
_CHECK_S = 4.0  # most seconds of the known-item check; a question to one retriever takes 10 to 30 ms
_PER_DOCUMENT = 3  # passages of one document that the check draws from, so that no long one fills the sample


def never() -> bool:
    """False: nobody asks to stop."""
    return False


@dataclass(frozen=True, slots=True)
class Deep:
    """Sentence vectors and what makes them; implements generate's DeepVectors."""

    table: LanceSentences
    embedder: SentenceEmbedder
    is_ready: Callable[[], bool]  # whether nearly all documents have them

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embedder.embed_queries(texts)

    def of_passages(self, passages: Sequence[str]) -> Mapping[tuple[str, int, int], Vectors]:
        """Vectors by place; nothing until nearly all documents have them, or those that have would win unfairly."""
        return self.table.of_passages(passages) if self.is_ready() else {}


class System:
    """One workspace, ready to ingest and to answer. Asking is thread-safe; writing is for one process at a time."""

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        """Raises UserError if the workspace cannot be opened."""
        workspace.create()
        self.workspace = workspace
        self.settings = settings
        self._releases = FileReleases(workspace.releases, workspace.live)
        self._releases.install_release_0()
        names: tuple[Name, ...] = ("ledger", "answers", "feedback")
        engines = {name: open_database(workspace.database_url(name), name) for name in names}
        self._engines = tuple(engines.values())
        self._ledger = SqlLedger(engines["ledger"])
        self._answers = SqlAnswers(engines["answers"])
        self._feedback = SqlFeedback(engines["feedback"])
        self._audit = FileAudit(workspace.audit)
        self._legs = KeptCheck(workspace.legs)
        self._suspects = FileSuspects(workspace.suspects)
        self._documents = FileDocuments(workspace.blobs, workspace.documents)
        self._embedder = open_embedder(settings.models.static)
        self._passages = LancePassages(workspace.passages, {"static": self._embedder})
        # where retrievers search: a snapshot in memory where there is one that fits, else the table
        self._served = ServedPassages(self._passages, workspace.snapshots, settings.retrieve.memory_mb)
        model = _open_e5()
        self._deep = None if model is None else _open_sentences(workspace, settings, self._ledger, model)
        self._reader = None if model is None else load_reader(model)
        self._vocabulary: tuple[int, Vocabulary] = (-1, Vocabulary())
        self._extractor: SandboxExtractor | None = None
        self._extractor_lock = threading.Lock()

    @cached_property
    def release(self) -> Release:
        """The release that answers. Raises UserError if it is damaged; promote and rollback work all the same."""
        return self._releases.live()

    # --- asking -----------------------------------------------------------------------------------------------------

    def ask(
        self,
        question: str,
        user: str | None = None,
        history: Sequence[Turn] = (),
        on_statement: OnStatement | None = None,
    ) -> Answer:
        """A cited answer, an abstention or a refusal. Raises UserError for an unknown user or an empty question."""
        if not question.strip():
            raise UserError(
                'the question is empty; ask something, e.g. metier ask "How long is the notice period?"'
            )
        return answer(self._answering, question, self.settings.access(user), history, on_statement)

    def ask_document(self, question: str, document: str, user: str | None = None) -> Answer:
        """An answer from that document alone, as `ask` gives it; abstains if the user may not see it. Raises UserError for
        an unknown user or an empty question."""
        if not question.strip():
            raise UserError("the question is empty")
        access = self.settings.access(user)
        return answer(self._within(document, access), question, access, within=document)

    def _within(self, document: str, access: Access) -> Answering:
        """The journey through the passages of one document."""
        found = self._passages.of_document(document, access.groups) if document in self._ledger.live() else []
        mixture = {**self.release.parts["mixture"], "per_document": self.settings.retrieve.wide}
        return dataclasses.replace(
            self._answering,
            retrievers=[
                Switched(leg, lambda name: self._is_off(name, self.release))
                for leg in legs_within(found, self._current_vocabulary(), self._embedder, self._deep)
                if leg.name in self.settings.retrieve.legs
            ],
            mixer=mixer_of(mixture, self.settings.retrieve.collapse),
        )

    def ask_again(self, trace: Trace) -> Answer:
        """The question of that answer once more, as its asker."""
        if trace.query.within:
            return self.ask_document(trace.question, trace.query.within, trace.principal)
        return self.ask(trace.question, trace.principal, trace.query.history)

    def grid(
        self, columns: Sequence[Column], patterns: Sequence[str] = (), user: str | None = None
    ) -> tuple[Grid, Ask, CellStore]:
        """What fills a grid (flow.grid): the documents that the user may see, those whose path matches one of the patterns
        if there are any, in order of their paths; how one is asked; and the cells that are kept. Raises UserError if
        there is no such document."""
        access = self.settings.access(user)
        seen = [
            item for item in self._ledger.live().values() if access.allows(self.settings.groups_of(item.uri))
        ]
        chosen = [
            item
            for item in seen
            if not patterns or any(fnmatchcase(item.uri, pattern) for pattern in patterns)
        ]
        if not chosen:
            what = f"match {', '.join(patterns)}" if patterns else "are there"
            raise UserError(
                f"no documents that {access.principal} may see {what}; `metier status` says what is there"
            )
        told = [access.principal, sorted(access.groups), self.release.id, self.settings.model_dump_json()]
        grid = Grid(sorted(chosen, key=lambda item: item.uri), columns, json.dumps(told))
        within = lru_cache(maxsize=1)(
            lambda document: self._within(document, access)
        )  # all questions to one, then the next

        def ask(document: str, question: str) -> Answer:
            return answer(within(document), question, access, within=document)

        return grid, ask, FileCells(self.workspace.cells)

    def ask_unlogged(self, question: str, user: str | None = None) -> Trace:
        """The trace of an answer that is kept nowhere, nor is the question: for sealed suites, never for a door."""
        kept = ForgetfulAnswers()
        unlogged = dataclasses.replace(self._answering, answers=kept, audit=ForgetfulAudit())
        answer(unlogged, question, self.settings.access(user))
        if kept.last is None:
            raise LookupError("the journey ended without an answer")
        return kept.last

    def search(self, question: str, user: str | None = None) -> tuple[Query, Sequence[Evidence]]:
        """The question as it is understood, and the passages a generator would be given, best first."""
        return find_evidence(self._answering, question, self.settings.access(user))

    def journey(self) -> Answering:
        """The parts of the answer journey: for benchmarks, which exchange one of them."""
        return self._answering

    def scoring(self) -> tuple[Embedder, Vocabulary, Deep | None]:
        """What the extractive policy scores candidates with: for fitting it."""
        return self._embedder, self._current_vocabulary(), self._deep

    def trace(self, answer_id: str, user: str | None = None) -> Trace | None:
        """Everything about one answer, or None unless this user asked it."""
        trace = self._answers.trace(answer_id)
        return trace if trace and trace.principal == self.settings.principal(user).id else None

    def stored_trace(self, answer_id: str) -> Trace | None:
        """The trace of anybody's answer: for the operator's command line, never for a door."""
        return self._answers.trace(answer_id)

    def traces(self, limit: int = 100) -> list[Trace]:
        """The newest traces of everybody: for the operator's command line, never for a door."""
        return self._answers.traces(limit)

    def add_feedback(self, rows: Sequence[Mapping[str, Any]], user: str | None = None) -> list[Feedback]:
        """Stores what the user says about their answers. Raises UserError, and stores nothing, if one row is wrong."""
        author = self.settings.principal(user).id
        made: list[Feedback] = []
        for data in rows:
            trace = self.trace(str(data.get("answer", "")), user)
            if trace is None:
                raise UserError(
                    f"feedback: there is no answer {data.get('answer')!r} that {author} asked for"
                )
            made.append(feedback_row(data, author, trace, utc_now, _new_id))
        self._feedback.append(made)
        for row in made:
            self._audit.append("feedback", row.answer, author, {"kind": row.kind, "id": row.id})
        return made

    def import_feedback(self, rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
        """(added, known already) of rows that `metier feedback export` or another system wrote: for the operator, since
        they name their authors. A row about an answer that is not here has its question asked now. Raises UserError, and
        stores nothing, if one row is wrong."""
        known = {row.id for row in self._feedback.rows()}
        made: list[Feedback] = []
        skipped = 0
        for number, data in enumerate(rows, start=1):
            if str(data.get("id") or "") in known:
                skipped += 1
                continue
            try:
                made.append(imported_row(data, self._trace_for, utc_now, _new_id))
            except UserError as error:
                raise UserError(f"row {number}: {error}") from None
            known.add(made[-1].id)
        self._feedback.append(made)
        self._audit.append("feedback_import", "", "operator", {"added": len(made), "known": skipped})
        return len(made), skipped

    def _trace_for(self, answer_id: str, question: str, user: str | None) -> Trace | None:
        """The trace of an answer, or of the question asked now."""
        if (trace := self._answers.trace(answer_id)) or not question.strip():
            return trace
        return self._answers.trace(self.ask(question, user).id)

    def feedback(self, answer_id: str | None = None) -> list[Feedback]:
        """Stored rows, oldest first."""
        return self._feedback.rows(answer_id)

    @cached_property
    def _answering(self) -> Answering:
        return self._assembled(self.release, self._extractive(self.release))

    def _assembled(self, release: Release, extractive: ExtractiveGenerator) -> Answering:
        customer = self.settings.audience == "customer"
        live = self._ledger.live
        versions = Versions(live, lambda: datetime.now(UTC).date())
        mixture, wide = release.parts["mixture"], self.settings.retrieve.wide
        return Answering(
            admission=ScopePolicy(
                self.settings.scope,
                self.settings.purpose,
                customer,
                self._embedder.embed_queries,
                release.parts["scope"],
            ),
            retrievers=[
                Switched(leg, lambda name: self._is_off(name, release)) for leg in self._retrievers()
            ],
            mixer=mixer_of(mixture, self.settings.retrieve.collapse),
            reranker=reranker_of(
                release.parts["reranker"], self._current_vocabulary, versions, self.settings.retrieve.prefer
            ),
            generator=self._generator(release, extractive),
            needs=self._needs(extractive),
            steps=self.settings.retrieve.steps,
            engine=self._served.engine,
            conflicts=conflicts,
            left_open=left_open,
            checks=all_checks(),
            support=SupportModel(release.parts.get("verifier")).probability,
            settlement=ThresholdPolicy(self._thresholds(release), customer),
            ledger=self._ledger,
            documents=self._documents,
            groups_of=self.settings.groups_of,
            answers=self._answers,
            audit=self._audit,
            release=release.id,
            wide=wide,
            narrow=self.settings.retrieve.narrow,
            new_id=_new_id,
            now=utc_now,
        )

    def _needs(
        self, extractive: ExtractiveGenerator
    ) -> Callable[[Query, Sequence[Evidence], Access], tuple[Need, ...]]:
        """What to search for next: people behind roles, things that rows are about, things beside what was named."""
        titles = Titles(self._ledger.live, self.settings.groups_of)

        def needs(query: Query, evidence: Sequence[Evidence], access: Access) -> tuple[Need, ...]:
            is_whole = not query.rewrites  # a question of several parts, or sides, is answered part by part
            named = bridges(query, evidence, lambda name: titles.is_called(name, access)) if is_whole else ()
            return (*map(Need, extractive.needs(query, evidence)), *named)

        return needs

    def _retrievers(self) -> list[Retriever]:
        known: dict[str, Callable[[], Retriever]] = {
            "keyword": lambda: KeywordRetriever(self._served, self._ledger.live),
            "static": lambda: DenseRetriever("static", self._served, self._embedder, self._ledger.live),
        }
        if (deep := self._deep) is not None:
            known["sentence"] = lambda: SentenceRetriever(
                deep.table, self._served, deep.embedder, self._ledger.live, deep.is_ready
            )
        return [known[name]() for name in self.settings.retrieve.legs if name in known]

    def _is_off(self, leg: str, release: Release) -> bool:
        """Whether the known-item check switched the leg off; weights fitted on judged questions know better than it."""
        return "fitted" not in release.parts["mixture"] and leg in self.legs().off()

    def _extractive(self, release: Release) -> ExtractiveGenerator:
        models = release.parts["generator"]
        return ExtractiveGenerator(models, self._embedder, self._current_vocabulary, self._deep, self._reader)

    def _generator(self, release: Release, extractive: ExtractiveGenerator) -> Generator:
        chosen = self.settings.models.generator
        if chosen is None:
            return extractive
        model = self._writer(release, chosen)
        thresholds = self._thresholds(release)
        return GatedGenerator(
            model, extractive, thresholds["language_model"], thresholds["extractive"], thresholds["sure"]
        )

    def thresholds(self) -> Mapping[str, float]:
        """What a draft and a statement must reach to leave, as settings and the live release say."""
        return self._thresholds(self.release)

    def _writer(self, release: Release, chosen: Model) -> LanguageModelGenerator:
        """The language model, with what the release taught it if it was this very file that was taught."""
        model = open_language_model(chosen)
        part = release.parts.get("language_model")
        if part is None or not isinstance(model, GgufModel) or model.file.sha256 != part["base"]:
            return LanguageModelGenerator(model, max_tokens=chosen.max_tokens)
        taught = model.with_adapter(self._adapter(release, part["adapter"]))
        return LanguageModelGenerator(
            taught, chosen.max_tokens, evidence_tokens=part["evidence_tokens"], form="brief"
        )

    def _adapter(self, release: Release, sha256: str) -> ModelFile:
        """In the release, or, while it is tried before there is one, where it was trained."""
        for path in (self.workspace.training / f"{sha256}.gguf", Path(release.path) / ADAPTER):
            if path.is_file() and sha256_of(path) == sha256:
                return ModelFile(path, sha256)
        raise UserError(
            f"release {release.id[:12]} names an adapter {sha256[:12]} of the language model that is not there; "
            "make another one live with `metier release rollback`"
        )

    def language_model_file(self) -> ModelFile | None:
        """The GGUF file of `models.generator`, which can be taught; None if another kind of model answers, or none."""
        chosen = self.settings.models.generator
        model = None if chosen is None else open_language_model(chosen)
        return model.file if isinstance(model, GgufModel) else None

    def _thresholds(self, release: Release) -> dict[str, float]:
        released = {name: value for name, value in release.parts["thresholds"].items() if name != "origin"}
        if (own := self.settings.thresholds.abstain) is not None:
            released["extractive"] = own
        return released

    def _current_vocabulary(self) -> Vocabulary:
        version = self._ledger.version()
        if self._vocabulary[0] != version:
            self._vocabulary = (version, self._passages.vocabulary(_VOCABULARY_PASSAGES))
        return self._vocabulary[1]

    # --- documents --------------------------------------------------------------------------------------------------

    def count(self) -> LedgerCount:
        """The ledger in numbers."""
        return self._ledger.count()

    def documents(
        self, user: str | None = None, state: State | None = None, limit: int = 100, offset: int = 0
    ) -> list[Entry]:
        """Ledger rows of documents the user may see, by uri."""
        access = self.settings.access(user)
        rows = self._ledger.entries([state] if state else None)
        return [row for row in rows if access.allows(self.settings.groups_of(row.uri))][
            offset : offset + limit
        ]

    def failures(self) -> list[Entry]:
        """All quarantined and partial documents, for the operator."""
        return self._ledger.entries([State.QUARANTINED, State.PARTIAL])

    def suspects(self, look_s: float = 0.0) -> list[Suspect]:
        """Sentences of live documents that give orders to machines, by uri, for the operator. Documents that were not
        looked at yet are read for at most so many seconds; the next call goes on."""
        live = self._ledger.live()
        known = {key: rows for key, rows in self._suspects.read().items() if key in live}
        fresh = [key for key in live if key not in known] if look_s > 0 else []
        started = time.monotonic()
        for key in fresh:
            if time.monotonic() - started > look_s:
                break
            document = self._documents.document(key)
            known[key] = suspects_in(document) if document else []
        if fresh:
            self._suspects.write(known)
        return sorted((row for rows in known.values() for row in rows), key=lambda row: (row.uri, row.page))

    def document(self, user: str | None, document_id: str) -> Document | None:
        """What was read, or None if there is no such live document or the user may not see it."""
        entry = self._visible(user, document_id)
        return self._documents.document(document_id) if entry else None

    def passages(self, user: str | None, document_id: str) -> list[Passage]:
        """The passages of one live document, if the user may see it."""
        access = self.settings.access(user)
        return (
            self._passages.of_document(document_id, access.groups) if self._visible(user, document_id) else []
        )

    def page_png(
        self, user: str | None, document_id: str, page: int, scale: float = 1.5
    ) -> bytes | Failure | None:
        """A picture of one page (1-based), made in the sandbox; None if the user may not see the document."""
        entry = self._visible(user, document_id)
        if entry is None:
            return None
        return self._sandbox().render(self._documents.blob(entry.sha256), entry.media_type, page, scale)

    def _visible(self, user: str | None, document_id: str) -> Entry | None:
        access = self.settings.access(user)
        entry = self._ledger.live().get(document_id)
        return entry if entry and access.allows(self.settings.groups_of(entry.uri)) else None

    # --- ingest -----------------------------------------------------------------------------------------------------

    def ingest(
        self,
        paths: Sequence[Path] = (),
        on_progress: Callable[[Progress], None] = lambda progress: None,
        should_stop: Callable[[], bool] = never,
        retry: bool = False,
        reasons: Collection[str] = (),
    ) -> IngestReport:
        """Brings the workspace up to date. Raises Busy if another process writes, UserError if nothing can be done."""
        connectors = self._connectors(paths)
        workspace = self.workspace
        with workspace.writing("ingest"):
            self._documents.delete_leftovers()
            report = ingest(
                self._ingestion(connectors, self._warm_sandbox()),
                on_progress,
                lambda: should_stop() or workspace.cancel_request.exists(),
                retry,
                reasons,
            )
            self._served.refresh()
            if not report.interrupted:  # what was not put together by now never will be
                shutil.rmtree(workspace.reading, ignore_errors=True)
        self._audit.append("ingest", "", "operator", _ingest_summary(report))
        return report

    def deepen(
        self,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        should_stop: Callable[[], bool] = never,
    ) -> DeepenReport | None:
        """Adds sentence vectors to documents that have none, for at most retrieve.deepen_s seconds; everything is
        searchable meanwhile. None where this machine has no sentence embedder. Raises Busy if another process writes.
        """
        if (deep := self._deep) is None:
            return None
        workspace = self.workspace
        parts = Deepening(
            ledger=self._ledger,
            sentences=deep.table,
            embedder=deep.embedder,
            passages_of=lambda entry: self._passages.of_document(entry.id, entry.groups),
            seconds=self.settings.retrieve.deepen_s,
        )
        with workspace.writing("ingest"):
            return deepen(parts, on_progress, lambda: should_stop() or workspace.cancel_request.exists())

    def check_legs(self) -> KnownItemCheck:
        """Asks every retriever for passages of this corpus that are known to be there, and keeps what came of it: those
        that find too few are switched off. Takes a few seconds at most; nothing is asked, and all stay on, where
        retrieve.known_items is 0."""
        asked = self.settings.retrieve.known_items
        items = known_items(self._sample_passages(2 * asked), asked)
        found = check_legs(self._retrievers(), items, _CHECK_S, time.monotonic) if asked else KnownItemCheck()
        self._legs.write(found)
        self._audit.append("legs", "", "operator", {leg.name: leg.why for leg in found.legs})
        return found

    def legs(self) -> KnownItemCheck:
        """What the last check of the retrievers found and decided; empty before the first."""
        return self._legs.read()

    def _sample_passages(self, most: int) -> list[Passage]:
        """Passages of live documents, drawn by the hash of the documents' ids; for the check, shown to nobody."""
        entries = sorted(self._ledger.live().values(), key=lambda entry: sha256(entry.id.encode()).digest())
        drawn: list[Passage] = []
        started = time.monotonic()
        for entry in entries:
            if len(drawn) >= most or time.monotonic() - started > _CHECK_S / 2:
                break
            drawn += self._passages.of_document(entry.id, entry.groups)[:_PER_DOCUMENT]
        return drawn

    def deepened(self) -> int | None:
        """How many live documents have sentence vectors; None where this machine has no sentence embedder."""
        return None if self._deep is None else len(self._deep.table.documents() & set(self._ledger.live()))

    def prepare_answers(self) -> None:
        """Begins to load what the first question would wait for: the models and the rarity of words."""
        threading.Thread(target=self._load_models, name="metier-models", daemon=True).start()

    def _load_models(self) -> None:
        self._served.refresh_in_background()
        self._current_vocabulary()
        if self._deep is not None:
            self._deep.embed_queries(["?"])
        if self._reader is not None:
            self._reader.score("?", ["?"])

    def warm(self) -> None:
        """Starts the child processes, so that the first document does not wait for them."""
        self._sandbox().warm()

    def _sandbox(self) -> SandboxExtractor:
        with self._extractor_lock:
            if self._extractor is None:
                self._extractor = SandboxExtractor(
                    self.settings.extract, self._slots, spool=self.workspace.reading
                )
            return self._extractor

    def _warm_sandbox(self) -> SandboxExtractor:
        """The sandbox, its children starting while the sources are looked through."""
        extractor = self._sandbox()
        threading.Thread(target=extractor.warm, name="metier-warm", daemon=True).start()
        return extractor

    @property
    def _slots(self) -> int:
        return self.settings.extract.workers or available_cores()

    def _ingestion(self, connectors: Sequence[Containers], extractor: SandboxExtractor) -> Ingestion:
        return Ingestion(
            connectors=connectors,
            ledger=self._ledger,
            documents=self._documents,
            extractor=extractor,
            chunker=StructureChunker(),
            embedders={"static": self._embedder},
            passages=self._passages,
            slots=self._slots,
            max_bytes=self.settings.extract.max_mb << 20,
        )

    def _connectors(self, paths: Sequence[Path]) -> list[Containers]:
        sources = self.settings.sources
        if not sources:
            raise UserError(
                f"{self.workspace.settings}: sources is empty; add e.g.\nsources:\n  - folder: /path/to/documents"
            )
        roots = [(self.workspace.root / source.folder).resolve() for source in sources]
        for path in paths:
            if not any(path.resolve() == root or root in path.resolve().parents for root in roots):
                raise UserError(
                    f"{path} is not inside a source of {self.workspace.settings}; add to `sources` there:\n"
                    f"  - folder: {path.resolve()}"
                )
            if not path.exists():
                raise UserError(f"{path} does not exist")
        documents = self._documents
        return [
            Containers(
                Folder(root, source.include, source.exclude, self.settings.groups_of, prefix, paths),
                lambda uri, path: self._sandbox().unpack(uri, path),
                documents.put_blob,
                documents.blob,
                self.workspace.members,
            )
            for root, source, prefix in zip(roots, sources, _prefixes(roots), strict=True)
        ]

    # --- trying what is not live --------------------------------------------------------------------------------------

    def trial(self, release: Release, known: dict[Any, Any] | None = None) -> "Trial":
        """The release, tried on questions with nothing stored; trials that share `known` share what retrievers found."""
        extractive = self._extractive(release)
        parts = self._assembled(release, extractive)
        legs = [Remembering(leg, {} if known is None else known) for leg in parts.retrievers]
        return Trial(
            replace(parts, retrievers=legs), extractive, self.settings.access, self._current_vocabulary
        )

    def users(self) -> list[str]:
        """Ids of the people who may ask."""
        return [user.id for user in self.settings.users]

    def take_look(self, recipe: str, questions: Collection[str]) -> int:
        """Which look (from 1) at these questions of a gate this is; kept before it is answered."""
        return FileLooks(self.workspace.looks).take(recipe, questions)

    def live_documents(self) -> Mapping[str, Entry]:
        """Visible documents by id: for the operator's command line, never for a door."""
        return self._ledger.live()

    # --- releases ---------------------------------------------------------------------------------------------------

    def releases(self) -> list[Release]:
        """All releases of the workspace that are whole."""
        return self._releases.all()

    def damaged_releases(self) -> list[str]:
        """Ids of releases that were changed after they were made, and cannot be used."""
        return self._releases.damaged()

    def live_release(self) -> str:
        """Id of the live release, also if it is damaged."""
        return self._releases.history()[0]

    def load_release(self, identity: str) -> Release:
        """The release with this id or the beginning of one. Raises UserError if it is missing or changed."""
        return self._releases.load(identity)

    def add_release(self, folder: Path) -> Release:
        """Copies a release folder into the workspace; it is not live by that."""
        release = self._releases.add(folder)
        self._audit.append("release", release.id, "operator", {"parents": list(release.parents)})
        return release

    def export_release(self, identity: str, target: Path) -> Release:
        """Writes a release to a ZIP file."""
        return self._releases.export(identity, target)

    def import_release(self, source: Path) -> Release:
        """Adds the release in a ZIP file; it is not live by that. Raises UserError if the file is no release."""
        release = self._releases.read_archive(source)
        self._audit.append("release", release.id, "operator", {"from": source.name})
        return release

    def promote(self, identity: str, user: str = "operator", *, anyway: bool = False) -> Release:
        """Makes a release live; a running server takes it on at its next start. Raises UserError for one that did not pass
        its gate, unless `anyway`."""
        gate = self._releases.load(identity).manifest.get("gate")
        if isinstance(gate, Mapping) and gate.get("verdict") != "pass" and not anyway:
            raise UserError(
                f"release {identity[:12]} did not pass its gate ({gate.get('verdict')}): {gate.get('reason')}"
                "; --anyway promotes it all the same, and the audit log says so"
            )
        release = self._releases.promote(identity)
        self._audit.append("promote", release.id, user, {"anyway": True} if anyway else {})
        return release

    def rollback(self, user: str = "operator") -> Release:
        """Makes the release before the live one live again."""
        release = self._releases.rollback()
        self._audit.append("rollback", release.id, user, {})
        return release

    def close(self) -> None:
        """Ends child processes and closes the databases."""
        for engine in self._engines:
            engine.dispose()
        if self._extractor is not None:
            self._extractor.close()

    def __enter__(self) -> "System":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Trial:
    """One release, asked as the people of the workspace; nothing is stored. Safe to share between threads."""

    def __init__(
        self,
        parts: Answering,
        extractive: ExtractiveGenerator,
        access: Callable[[str | None], Access],
        vocabulary: Callable[[], Vocabulary],
    ) -> None:
        self._parts = parts
        self._extractive = extractive
        self._access = access
        self._vocabulary = vocabulary

    def find(self, question: str, user: str, history: Sequence[Turn] = ()) -> Found:
        """What is found. Raises UserError for an unknown user."""
        return find(self._parts, question, self._access(user), history)

    def consider(self, found: Found) -> tuple[Considered, ...]:
        """The candidates as each look of the extractive policy sees them; none if it is answered part by part."""
        return self._extractive.consider(found.query, found.evidence)

    def whole(self, found: Found) -> Whole | None:
        """The whole answers that the extractive policy could give; None where there is none."""
        return self._extractive.whole(found.query, found.evidence)

    @property
    def wide(self) -> int:
        """Passages of the mixture that the reranker orders."""
        return self._parts.wide

    def vocabulary(self) -> Vocabulary:
        """What the reranker counts the rarity of words by."""
        return self._vocabulary()

    def mix(self, query: Query, rankings: Mapping[str, Sequence[Hit]], k: int) -> list[Evidence]:
        """The release's mixture of what the retrievers found."""
        return self._parts.mixer.mix(query, rankings, k)

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        """The release's order of what was mixed."""
        return self._parts.reranker.rerank(query, evidence, k)

    def answer(self, question: str, user: str | None, history: Sequence[Turn] = ()) -> Trace:
        """What would be answered. Raises UserError for an unknown user."""
        return rehearse(self._parts, question, self._access(user), history)


def _open_e5() -> OpenE5 | None:
    """The model of sentence vectors and reader; None where this machine has no weights for it (`doctor` says so)."""
    try:
        return find_e5()
    except UserError:
        return None


def _open_sentences(
    workspace: Workspace, settings: Settings, ledger: SqlLedger, model: OpenE5
) -> Deep | None:
    """None if sentence vectors are switched off."""
    if "sentence" not in settings.retrieve.legs or not settings.retrieve.deepen_s:
        return None
    embedder = sentence_embedder(model)
    table = LanceSentences(workspace.sentences, embedder)
    return Deep(table, embedder, _Readiness(table, ledger).is_ready)


# Share of live documents with sentence vectors from which they are used: with fewer, the deepened half of a corpus would
# outrank the other half whatever it says.
_READY = 0.95


class _Readiness:
    """Whether enough documents are deepened, asked again when the ledger or the table has changed."""

    def __init__(self, table: LanceSentences, ledger: SqlLedger) -> None:
        self._table = table
        self._ledger = ledger
        self._known: tuple[tuple[int, int], bool] = ((-1, -1), False)

    def is_ready(self) -> bool:
        versions = (self._ledger.version(), self._table.version())
        if self._known[0] != versions:
            live = self._ledger.live()
            deep = len(self._table.documents() & set(live))
            self._known = (versions, bool(live) and deep >= _READY * len(live))
        return self._known[1]


def open_system(start: Path) -> System:
    """The System of the workspace at or above the folder. Raises UserError if there is none or it cannot be opened."""
    workspace = find_workspace(start)
    return System(workspace, load_settings(workspace.settings))


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _new_id() -> str:
    return uuid.uuid4().hex


def _prefixes(roots: Sequence[Path]) -> list[str]:
    """The first source's uris are plain paths; those of further ones begin with their folder's name, counted if the
    same name comes again."""
    prefixes = [""]
    for root in roots[1:]:
        name, number = root.name, 1
        while (prefix := f"{name}-{number}/" if number > 1 else f"{name}/") in prefixes:
            number += 1
        prefixes.append(prefix)
    return prefixes


def _ingest_summary(report: IngestReport) -> dict[str, Any]:
    names = ("found", "unchanged", "added", "changed", "removed", "regrouped", "done", "interrupted")
    return {name: getattr(report, name) for name in names} | {"failed": len(report.failures)}
