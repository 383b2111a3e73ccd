"""One workspace, ready: Settings + Release -> everything the command line, the API and the server call."""

import gc
import json
import shutil
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

from metier.errors import UserError
from metier.flow.answer import answer, rehearse
from metier.flow.answering import Answering
from metier.flow.deepen import DeepenReport, deepen
from metier.flow.describe import DescribeReport, describe
from metier.flow.finding import find_evidence
from metier.flow.grid import Ask, Column, Grid
from metier.flow.ingest import IngestReport, ingest
from metier.models.identities import model_identities
from metier.models.pacing import UNATTENDED_WAIT_S, waiting_at_most
from metier.models.sources import ModelFile
from metier.retrieve.expansion import Added
from metier.retrieve.known_item import KnownItemCheck
from metier.retrieve.mixture import BEGUN, following_of
from metier.retrieve.remembering import Remembering
from metier.settings import Settings, load_settings
from metier.stages import CellStore, Embedder, OnStatement
from metier.store.cells import FileCells
from metier.store.compaction import Compaction
from metier.store.looks import FileLooks
from metier.store.workspace import Workspace, find_workspace
from metier.system.answering import Assembly, new_id
from metier.system.canary import CanaryReport, CanaryRun
from metier.system.changing import Changing
from metier.system.deep import Deep
from metier.system.imported import check_parts
from metier.system.index_state import IndexState, index_state
from metier.system.intake import Intake
from metier.system.journeys import Journey, Journeys
from metier.system.looking import findings_of
from metier.system.opened import Opened
from metier.system.opinions import Opinions
from metier.system.trial import Trial, searched_by
from metier.text.echo import ECHO
from metier.text.vocabulary import Vocabulary
from metier.types import (
    Answer,
    DescribedFigure,
    Document,
    Entry,
    Evidence,
    Failure,
    Feedback,
    Filter,
    LedgerCount,
    Occasion,
    Passage,
    Progress,
    Query,
    Release,
    Source,
    State,
    Suspect,
    Trace,
    Turn,
    UnsurePage,
)

# Values that may be made before some are looked through for garbage; Python's own 700 are what one question makes, and looking
# took a tenth of its time among 100,000 passages (docs/design/retrieval.md).
_COLLECTED_AFTER = 20_000


def never() -> bool:
    """False: nobody asks to stop."""
    return False


class System:
    """One workspace, ready to ingest and to answer. Asking is thread-safe; writing is for one process at a time."""

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        """Raises UserError if the workspace cannot be opened."""
        self.workspace = workspace
        self._open = Opened(workspace, settings)
        self._assembly = Assembly(self._open)
        self._intake = Intake(self._open)
        self._journeys = Journeys(self._open, self._assembly)
        self._canary = CanaryRun(self._open, self._journeys, new_id)
        self._changing = Changing(self._open, self._canary)
        self._opinions = Opinions(self._open, self._canary, self._ask_for_import)

    @property
    def settings(self) -> Settings:
        """metier.yaml as it was when the workspace was opened, with users and rules for documents as they are now."""
        return self._open.rules.now()

    @property
    def release(self) -> Release:
        """The release that is live now. Raises UserError if it is damaged; promote and rollback work all the same."""
        return self._journeys.live_release()

    # --- asking -----------------------------------------------------------------------------------------------------

    def ask(
        self,
        question: str,
        user: str | None = None,
        history: Sequence[Turn] = (),
        on_statement: OnStatement | None = None,
        *,
        filter: Filter | None = None,
        occasion: Occasion = "person",
    ) -> Answer:
        """A cited answer, an abstention or a refusal. Raises UserError for an unknown user or an empty question. `filter` says which
        of the documents that the user may see are read (text.filters makes one); `occasion` says
        why it is asked, so that what people ask can be told apart; an evaluation is of the live release, also for people whom
        a canary answers."""
        _check_question(question)
        access = self.settings.access(user)

        def ask(journey: Journey) -> Answer:
            parts = replace(journey.parts, occasion=occasion)
            if on_statement is None or journey.release.id == self.live_release():
                return answer(parts, question, access, history, on_statement, filter=filter)
            found = answer(
                parts, question, access, history, filter=filter
            )  # told once it is whole: it may yet fail
            for statement in found.statements:
                on_statement(statement)
            return found

        with waiting_at_most(self._wait_s(occasion)):
            return (
                ask(self._journeys.live()) if occasion == "evaluation" else self._canary.answer(access, ask)
            )

    def _ask_for_import(self, question: str, user: str | None) -> Answer:
        return self.ask(question, user, occasion="import")

    def ask_document(
        self, question: str, document: str, user: str | None = None, *, occasion: Occasion = "person"
    ) -> Answer:
        """An answer from that document alone, as `ask` gives it; abstains if the user may not see it. Raises UserError for
        an unknown user or an empty question."""
        _check_question(question)
        access = self.settings.access(user)

        def ask(journey: Journey) -> Answer:
            parts = replace(journey.parts, occasion=occasion)
            inside = self._assembly.within(parts, journey.release, document, access)
            return answer(inside, question, access, within=document)

        with waiting_at_most(self._wait_s(occasion)):
            return self._canary.answer(access, ask)

    def ask_again(self, trace: Trace) -> Answer:
        """The question of that answer once more, as its asker."""
        if trace.query.within:
            return self.ask_document(trace.question, trace.query.within, trace.principal, occasion="replay")
        asked = trace.query
        return self.ask(
            trace.question, trace.principal, asked.history, filter=asked.filter, occasion="replay"
        )

    def grid(
        self, columns: Sequence[Column], patterns: Sequence[str] = (), user: str | None = None
    ) -> tuple[Grid, Ask, CellStore]:
        """What fills a grid (flow.grid): the documents that the user may see, those whose path matches one of the patterns
        if there are any, in order of their paths; how one is asked; and the cells that are kept. Raises UserError if
        there is no such document."""
        access = self.settings.access(user)
        seen = self._open.visible(access)
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
        live = self._journeys.live()  # cells of several people stand side by side, so no canary fills them
        own = {key: value for key, value in self.answering().items() if key != "rights"}
        told = [access.principal, sorted(access.groups), live.release.id, own]
        grid = Grid(sorted(chosen, key=lambda item: item.uri), columns, json.dumps(told))
        parts = replace(live.parts, occasion="grid")
        within = lru_cache(maxsize=1)(
            lambda document: self._assembly.within(parts, live.release, document, access)
        )  # all questions to one, then the next

        def ask(document: str, question: str) -> Answer:
            with waiting_at_most(self._wait_s("grid")):
                return answer(within(document), question, access, within=document)

        return grid, ask, FileCells(self.workspace.cells)

    def ask_unlogged(self, question: str, user: str | None = None) -> Trace:
        """The trace of an answer that is kept nowhere, nor is the question: for sealed suites, never for a door."""
        with waiting_at_most(self._wait_s("evaluation")):
            return rehearse(self._journeys.live().parts, question, self.settings.access(user))

    def _wait_s(self, occasion: Occasion) -> float:
        """Most seconds that one question waits for the language model's server: nobody stands by where many are asked."""
        model = self.settings.models.generator
        own = model.wait_s if model is not None else 0.0
        return own if occasion in ("person", "replay") else max(own, UNATTENDED_WAIT_S)

    def search(self, question: str, user: str | None = None) -> tuple[Query, Sequence[Evidence]]:
        """The question as it is understood, and the passages a generator would be given, best first."""
        access = self.settings.access(user)
        return find_evidence(self._journeys.for_asker(access.principal).parts, question, access)

    def journey(self) -> Answering:
        """The parts of the live release's answer journey: for benchmarks, which exchange one of them (`keep_journey`)."""
        return self._journeys.live().parts

    def keep_journey(self, parts: Answering) -> None:
        """Answers with these parts as long as its release is live: for benchmarks."""
        self._journeys.keep(Journey(self.release, parts))

    def model_decides(self) -> bool:
        """Whether the language model decides if passages answer (`models.generator.decides`)."""
        return self._open.model_decides

    def answering(self) -> dict[str, str]:
        """What an answer depends on beside documents and release, to be compared with another day's: the settings' part of it
        (`Settings.answering`), and under `model SLOT` what each model is by content, as its files are now."""
        opened = self._open
        sentence = "none" if opened.deep is None else opened.deep.embedder.identity
        vectors = {"static": opened.embedder.identity, "sentence": sentence}
        told = vectors | model_identities(self.settings.models)
        if opened.model_decides:
            told["generator"] += " (decides)"
        return self.settings.answering() | {f"model {slot}": identity for slot, identity in told.items()}

    def scoring(self) -> tuple[Embedder, Vocabulary, Deep | None]:
        """What the extractive policy scores candidates with: for fitting it."""
        return self._open.embedder, self._open.vocabulary(), self._open.deep

    def trace(self, answer_id: str, user: str | None = None) -> Trace | None:
        """Everything about one answer, or None unless this user asked it."""
        trace = self._open.answers.trace(answer_id)
        return trace if trace and trace.principal == self.settings.principal(user).id else None

    def stored_trace(self, answer_id: str) -> Trace | None:
        """The trace of anybody's answer: for the operator's command line, never for a door."""
        return self._open.answers.trace(answer_id)

    def traces(self, limit: int = 100, occasion: Occasion | None = None) -> list[Trace]:
        """The newest traces of everybody, or those of one occasion: for the operator's command line, never for a door."""
        return self._open.answers.traces(limit, occasion)

    def add_feedback(self, rows: Sequence[Mapping[str, Any]], user: str | None = None) -> list[Feedback]:
        """Stores what the user says about their answers. Raises UserError, and stores nothing, if one row is wrong."""
        return self._opinions.add(rows, self.settings.principal(user).id)

    def import_feedback(
        self,
        rows: Sequence[Mapping[str, Any]],
        on_progress: Callable[[Progress], None] = lambda progress: None,
        should_stop: Callable[[], bool] = never,
    ) -> tuple[int, int]:
        """(added, known already) of rows that `metier feedback export` or another system wrote: for the operator, since
        they name their authors. A row about an answer that is not here has its question asked now; each is kept as soon
        as it is made, so that what was stopped goes on. Raises UserError, and stores nothing, if one row is wrong."""
        return self._opinions.take(rows, on_progress, should_stop)

    def importable(self, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The rows without marks (thumbs and the like) on answers that are not here; all if there is nothing else."""
        return self._opinions.importable(rows)

    def feedback(self, answer_id: str | None = None) -> list[Feedback]:
        """Stored rows, oldest first."""
        return self._open.feedback.rows(answer_id)

    def thresholds(self, release: str = "") -> Mapping[str, float]:
        """What a draft and a statement must reach to leave, as settings and the release say: that of this id, else the live one."""
        return self._assembly.thresholds(self._journeys.release(release) if release else self.release)

    def weights(self, trace: Trace) -> Mapping[str, float]:
        """The weights that the retrievers had for this answer's question by its echo and, if not all passages had sentence vectors,
        by the share of those that had, which are told, too; none where its release's weights do not follow the echo."""
        following = following_of(self._journeys.release(trace.answer.release).parts["mixture"])
        told = next((item["scores"] for item in trace.pool if ECHO in item["scores"]), None)
        if following is None or told is None:
            return {}
        weights = {ECHO: told[ECHO], **following.at(told[ECHO])}
        if (share := told.get(BEGUN)) is not None:
            weights |= {BEGUN: share, "sentence": weights.get("sentence", 1.0) * share}
        return weights

    def expanded(self, trace: Trace) -> Added:
        """What was searched besides the words of the question, by the word it was added for, as the release of the answer says."""
        release = self._journeys.release(trace.answer.release)
        return self._assembly.expanded(release, trace.query, trace.groups)

    def language_model_file(self) -> ModelFile | None:
        """The GGUF file of `models.generator`, which can be taught; None if another kind of model answers, or none."""
        return self._assembly.language_model_file()

    # --- documents --------------------------------------------------------------------------------------------------

    def count(self) -> LedgerCount:
        """The ledger in numbers."""
        return self._open.ledger.count()

    def documents(
        self, user: str | None = None, state: State | None = None, limit: int = 100, offset: int = 0
    ) -> list[Entry]:
        """Ledger rows of documents the user may see, by uri."""
        access = self.settings.access(user)
        rows = self._open.ledger.entries([state] if state else None)
        return [row for row in rows if self._open.may_see(row, access)][offset : offset + limit]

    def source_files(self) -> list[Source]:
        """Every file of the sources, by uri; members of archives and mails are not listed. For the operator."""
        found = [item for folder in self._intake.folders() for item in folder.find()]
        return [item for item in found if isinstance(item, Source)]

    def failures(self) -> list[Entry]:
        """All quarantined and partial documents, for the operator."""
        return self._open.ledger.entries([State.QUARANTINED, State.PARTIAL])

    def suspects(self, look_s: float = 0.0) -> list[Suspect]:
        """Sentences of live documents that give orders to machines, by uri, for the operator. Documents that were not
        looked at yet are read for at most so many seconds; the next call goes on."""
        found = [row for one in findings_of(self._open, look_s) for row in one.suspects]
        return sorted(found, key=lambda row: (row.uri, row.page))

    def unsure_pages(self, look_s: float = 0.0) -> list[UnsurePage]:
        """Pages of live documents whose reading somebody should compare with what is printed, the least sure first, for
        the operator; `look_s` as in `suspects`."""
        found = [row for one in findings_of(self._open, look_s) for row in one.unsure]
        return sorted(found, key=lambda row: (row.confidence, row.uri, row.page))

    def document(self, user: str | None, document_id: str) -> Document | None:
        """What was read, or None if there is no such live document or the user may not see it."""
        entry = self._visible(user, document_id)
        return self._open.documents.document(document_id) if entry else None

    def passages(self, user: str | None, document_id: str) -> list[Passage]:
        """The passages of one live document, if the user may see it."""
        access = self.settings.access(user)
        return (
            self._open.passages.of_document(document_id, access.groups)
            if self._visible(user, document_id)
            else []
        )

    def page_png(
        self, user: str | None, document_id: str, page: int, scale: float = 1.5
    ) -> bytes | Failure | None:
        """A picture of one page (1-based), made in the sandbox; None if the user may not see the document."""
        entry = self._visible(user, document_id)
        if entry is None:
            return None
        return self._intake.sandbox().render(
            self._open.documents.blob(entry.sha256), entry.media_type, page, scale
        )

    def _visible(self, user: str | None, document_id: str) -> Entry | None:
        access = self.settings.access(user)
        entry = self._open.ledger.live().get(document_id)
        return entry if entry and self._open.may_see(entry, access) else None

    # --- ingest -----------------------------------------------------------------------------------------------------

    def may_ingest(self, path: Path, user: str | None = None) -> bool:
        """False for a path inside of the sources where nothing is that the user may see: whether there is something that
        is closed to them, or nothing, must look alike at a door."""
        return self._intake.is_open(path, self.settings.access(user))

    def ingest(
        self,
        paths: Sequence[Path] = (),
        on_progress: Callable[[Progress], None] = lambda progress: None,
        should_stop: Callable[[], bool] = never,
        retry: bool = False,
        reasons: Collection[str] = (),
    ) -> IngestReport:
        """Brings the workspace up to date. Raises Busy if another process writes, UserError if nothing can be done."""
        connectors = self._intake.connectors(paths)
        workspace = self.workspace
        with workspace.writing("ingest"):
            self._open.documents.delete_leftovers()
            self._open.passages.remove_replaced()
            report = ingest(
                self._intake.ingestion(connectors),
                on_progress,
                lambda: should_stop() or workspace.cancel_request.exists(),
                retry,
                reasons,
            )
            self._open.figures.keep_only(set(self._open.ledger.live()))
            self._open.served.refresh()
            if not report.interrupted:  # what was not put together by now never will be
                shutil.rmtree(workspace.reading, ignore_errors=True)
        self._open.audit.append("ingest", "", "operator", _ingest_summary(report))
        return report

    def deepen(
        self,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        should_stop: Callable[[], bool] = never,
    ) -> DeepenReport | None:
        """Adds sentence vectors to documents that have none, for at most retrieve.deepen_s seconds; everything is
        searchable meanwhile. None where this machine has no sentence embedder. Raises Busy if another process writes.
        """
        if (deep := self._open.deep) is None:
            return None
        workspace = self.workspace
        parts = self._intake.deepening(deep)
        with workspace.writing("ingest"):
            return deepen(parts, on_progress, lambda: should_stop() or workspace.cancel_request.exists())

    def describe(
        self,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        should_stop: Callable[[], bool] = never,
    ) -> DescribeReport | None:
        """Has figures of live documents described by models.vision, for at most extract.describe_s seconds; everything is searchable
        meanwhile, and no document fails by it. None where no such model is set. Raises Busy if another process writes."""
        model, workspace = self.settings.models.vision, self.workspace
        if model is None or not self.settings.extract.describe_s:
            return None
        parts = self._intake.describing(model)
        with workspace.writing("ingest"):
            report = describe(parts, on_progress, lambda: should_stop() or workspace.cancel_request.exists())
        if report.new or report.failed:
            told = {"model": parts.describer.identity, "described": report.new, "failed": report.failed}
            self._open.audit.append("describe", "", "operator", told)
        return report

    def figures(self, user: str | None, document_id: str) -> list[DescribedFigure]:
        """The described figures of one live document, in order, if the user may see it. The words are the model's."""
        if self._visible(user, document_id) is None:
            return []
        described = self._open.figures.described()
        known = self._open.figures.figures().get(document_id, ())
        return [described[item.id] for item in known if item.id in described]

    def check_legs(self) -> KnownItemCheck:
        """Asks every retriever for passages of this corpus that are known to be there, and keeps what came of it: those
        that find too few are switched off. Takes a few seconds at most; nothing is asked, and all stay on, where
        retrieve.known_items is 0."""
        found = self._assembly.check_legs()
        self._open.legs.write(found)
        self._open.audit.append("legs", "", "operator", {leg.name: leg.why for leg in found.legs})
        return found

    def legs(self) -> KnownItemCheck:
        """What the last check of the retrievers found and decided; empty before the first."""
        return self._open.legs.read()

    def index(self) -> IndexState:
        """How the index is: for the operator."""
        return index_state(self._open)

    def compaction(self) -> Compaction | None:
        """The last compaction of the index, and whether all was found after it as before."""
        return self._open.passages.compaction()

    def deepened(self) -> int | None:
        """How many live documents have sentence vectors; None where this machine has no sentence embedder."""
        return (
            None
            if self._open.deep is None
            else len(self._open.deep.table.documents() & set(self._open.ledger.live()))
        )

    def prepare_answers(self) -> None:
        """Begins to load what the first question would wait for, the models and the rarity of words; for a process that is there
        to answer: its garbage is collected seldom from then on, and what was loaded is not looked through any more."""
        threading.Thread(target=self._prepare, name="metier-models", daemon=True).start()

    def _prepare(self) -> None:
        self._canary.look(self.users())
        self._open.load_models()
        gc.set_threshold(_COLLECTED_AFTER, *gc.get_threshold()[1:])
        gc.freeze()

    def warm(self) -> None:
        """Starts the child processes, so that the first document does not wait for them."""
        self._intake.sandbox().warm()

    # --- trying what is not live --------------------------------------------------------------------------------------

    def trial(self, release: Release, known: dict[Any, Any] | None = None) -> "Trial":
        """The release, tried on questions with nothing stored; trials that share `known` share what retrievers found. No
        model of models.reranker is asked: what one learns from must not depend on how busy the machine is, nor cost."""
        extractive = self._assembly.extractive(release)
        parts = self._assembly.answering(release, extractive, learning=True)
        memory = {} if known is None else known
        legs = [Remembering(leg, memory, searched_by(release.parts, leg.name)) for leg in parts.retrievers]
        return Trial(
            replace(parts, retrievers=legs, reorder=None),
            extractive,
            self.settings.access,
            self._open.vocabulary,
            self._assembly.spaces(),
            self._assembly.read,
        )

    def sample_passages(self, most: int) -> list[Passage]:
        """Passages of live documents, the same ones each time: for the operator's learning, never for a door."""
        return self._assembly.sample_passages(most)

    def users(self) -> list[str]:
        """Ids of the people who may ask."""
        return [user.id for user in self.settings.users]

    def take_look(self, recipe: str, questions: Collection[str]) -> int:
        """Which look (from 1) at these questions of a gate this is; kept before it is answered."""
        return FileLooks(self.workspace.looks).take(recipe, questions)

    def live_documents(self) -> Mapping[str, Entry]:
        """Visible documents by id: for the operator's command line, never for a door."""
        return self._open.ledger.live()

    # --- releases ---------------------------------------------------------------------------------------------------

    def releases(self) -> list[Release]:
        """All releases of the workspace that are whole."""
        return self._open.releases.all()

    def damaged_releases(self) -> list[str]:
        """Ids of releases that were changed after they were made, and cannot be used."""
        return self._open.releases.damaged()

    def live_release(self) -> str:
        """Id of the live release, also if it is damaged."""
        return self._open.releases.history()[0]

    def load_release(self, identity: str) -> Release:
        """The release with this id or the beginning of one. Raises UserError if it is missing or changed."""
        return self._open.releases.load(identity)

    def add_release(self, folder: Path) -> Release:
        """Copies a release folder into the workspace; it is not live by that."""
        release = self._open.releases.add(folder)
        self._open.audit.append("release", release.id, "operator", {"parents": list(release.parents)})
        return release

    def export_release(self, identity: str, target: Path) -> Release:
        """Writes a release to a ZIP file."""
        return self._open.releases.export(identity, target)

    def import_release(self, source: Path) -> Release:
        """Adds the release in a ZIP file; it is not live by that. Raises UserError if the file is no release, or one whose parts
        cannot be trusted."""
        release = self._open.releases.read_archive(source, check_parts)
        self._open.audit.append("release", release.id, "operator", {"from": source.name})
        return release

    def promote(self, identity: str, user: str = "operator", *, anyway: bool = False) -> Release:
        """Makes a release live, from the next question on, in every process; a canary that runs is over by that. Raises UserError
        for one that did not pass its gate, unless `anyway`."""
        return self._changing.promote(identity, user, anyway)

    def start_canary(
        self, identity: str, share: float, user: str = "operator", *, anyway: bool = False
    ) -> CanaryReport:
        """Lets a release answer a share of the people from the next question on, the same people until it ends: by `promote`, by
        `rollback`, or by itself once their marks show harm. Raises UserError as `promote`, and if it cannot be a canary."""
        return self._changing.start_canary(identity, share, self.users(), user, anyway)

    def canary(self) -> CanaryReport | None:
        """What the canary that runs, or ran last, came to; None before the first."""
        return self._canary.report(self.users())

    def running_canary(self) -> str:
        """Id of the release that is the canary, "" if none is; unlike `canary`, this ends none."""
        running = self._open.canary.running()
        return "" if running is None else running.release

    def end_canary(self, user: str = "operator") -> str:
        """Ends the canary that runs, and touches nothing else: the live release answers everybody from the next question on. The
        canary's id. Raises UserError if none runs."""
        return self._changing.end_canary(user)

    def rollback(self, user: str = "operator") -> Release:
        """Ends the canary that runs; if none does, makes the release before the live one live again. Both count from the next
        question on."""
        return self._changing.rollback(user) or self.release

    def close(self) -> None:
        """Ends child processes and closes the databases."""
        self._open.close()
        self._intake.close()

    def __enter__(self) -> "System":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_system(start: Path) -> System:
    """The System of the workspace at or above the folder. Raises UserError if there is none or it cannot be opened."""
    workspace = find_workspace(start)
    return System(workspace, load_settings(workspace.settings))


def _check_question(question: str) -> None:
    if not question.strip():
        raise UserError(
            'the question is empty; ask something, e.g. metier ask "How long is the notice period?"'
        )


def _ingest_summary(report: IngestReport) -> dict[str, Any]:
    names = ("found", "unchanged", "added", "changed", "removed", "regrouped", "done", "interrupted")
    return {name: getattr(report, name) for name in names} | {"failed": len(report.failures)}
