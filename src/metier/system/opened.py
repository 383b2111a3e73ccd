"""The stores and models of one workspace, opened once."""

import contextlib
from collections.abc import Mapping
from functools import cached_property

from metier.errors import UserError
from metier.models.identities import model_identity
from metier.models.open import open_embedder, open_entailer, open_reranker
from metier.models.reader import load_reader
from metier.retrieve.known_item import KeptCheck
from metier.settings import Settings
from metier.stages import Entailer, PairScorer
from metier.store.answers import SqlAnswers
from metier.store.audit import FileAudit
from metier.store.canary import FileCanary
from metier.store.database import Name, open_database
from metier.store.documents import FileDocuments
from metier.store.feedback import SqlFeedback
from metier.store.figures import FileFigures
from metier.store.findings import FileFindings
from metier.store.ledger import SqlLedger
from metier.store.model_tests import KeptTests
from metier.store.passages import LancePassages
from metier.store.releases import FileReleases
from metier.store.serving import ServedPassages
from metier.store.workspace import Workspace
from metier.system.deep import open_e5, open_sentences
from metier.system.rules import Rules
from metier.text.vocabulary import Vocabulary
from metier.types import Access, Entry, Passage

# Passages whose terms are counted for rarity: more changes no weight by more than its own noise, and costs start-up time.
_VOCABULARY_PASSAGES = 20_000


class Opened:
    """What a workspace keeps and what reads it; the rooms that only a release can name are put together by `answering`."""

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        """Raises UserError if the workspace cannot be opened."""
        workspace.create()
        self.workspace = workspace
        self.settings = settings
        self.rules = Rules(workspace.settings, settings)
        self.releases = FileReleases(workspace.releases, workspace.live)
        self.releases.install_release_0()
        self.canary = FileCanary(workspace.canary)
        names: tuple[Name, ...] = ("ledger", "answers", "feedback")
        engines = {name: open_database(workspace.database_url(name), name) for name in names}
        self._engines = tuple(engines.values())
        self.ledger = SqlLedger(engines["ledger"])
        self.answers = SqlAnswers(engines["answers"])
        self.feedback = SqlFeedback(engines["feedback"])
        self.audit = FileAudit(workspace.audit)
        self.legs = KeptCheck(workspace.legs)
        self.findings = FileFindings(workspace.findings)
        self.figures = FileFigures(workspace.figures)
        self.model_tests = KeptTests(workspace.model_tests)
        self.documents = FileDocuments(workspace.blobs, workspace.documents)
        self.embedder = open_embedder(settings.models.static)
        self.passages = LancePassages(workspace.passages, {"static": self.embedder})
        # where retrievers search: a snapshot in memory where there is one that fits, else the table
        self.served = ServedPassages(self.passages, workspace.snapshots, settings.retrieve.memory_mb)
        model = open_e5()
        self.deep = (
            None
            if model is None
            else open_sentences(workspace, settings, self.ledger, model, self.passages_of)
        )
        self.reader = None if model is None else load_reader(model)
        self._counted: tuple[Mapping[str, Entry] | None, Vocabulary] = (None, Vocabulary())

    def passages_of(self, entry: Entry) -> list[Passage]:
        """All of the document that somebody may see."""
        return self.passages.of_document(entry.id, entry.groups)

    @cached_property
    def scorer(self) -> PairScorer | None:
        """The model of `models.reranker`, loaded when it is first asked for. Raises UserError if it is unfit."""
        chosen = self.settings.models.reranker
        return None if chosen is None else open_reranker(chosen)

    @cached_property
    def entailer(self) -> Entailer | None:
        """The model of `models.entailment`, as `scorer`."""
        chosen = self.settings.models.entailment
        return None if chosen is None else open_entailer(chosen)

    @cached_property
    def model_decides(self) -> bool:
        """Whether the generator decides if passages answer, by its setting or, where that is "auto", by its last test; as it was when
        this was first asked."""
        chosen = self.settings.models.generator
        if chosen is None or chosen.decides != "auto":
            return chosen is not None and chosen.decides == "model"
        return self.model_tests.decides(model_identity("generator", chosen)) is True

    def vocabulary(self) -> Vocabulary:
        """How rare words are in the documents that are there now."""
        live = self.ledger.live()  # the same object until what is visible has changed
        known, counted = self._counted
        if known is not live:
            counted = self.passages.vocabulary(_VOCABULARY_PASSAGES)
            self._counted = (live, counted)
        return counted

    def visible(self, access: Access) -> list[Entry]:
        """The live documents that may be seen."""
        return [item for item in self.ledger.live().values() if self.may_see(item, access)]

    def may_see(self, entry: Entry, access: Access) -> bool:
        """Whether the settings of today let these groups see the document."""
        return access.allows(self.groups_of(entry.uri))

    def groups_of(self, uri: str) -> tuple[str, ...]:
        """Who may see the document, by the rules of this moment."""
        return self.rules.groups_of(uri)

    def load_models(self) -> None:
        """Loads what the first question would wait for: the models and the rarity of words."""
        self.served.refresh_in_background()
        self.vocabulary()
        if self.deep is not None:
            self.deep.embed_queries(["?"])
        if self.reader is not None:
            self.reader.score("?", ["?"])
        with contextlib.suppress(UserError):  # the first question says it
            _ = self.scorer, self.entailer

    def close(self) -> None:
        """Closes the databases."""
        self.ledger.close()
        for engine in self._engines:
            engine.dispose()
