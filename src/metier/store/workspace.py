"""The folder of one job: where everything is, and who may write.

One process writes at a time, held by a lock of the operating system on `run.lock` that ends with its process, so a
killed writer never blocks the next one.
"""

import contextlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from metier.errors import Busy, UserError
from metier.store.files import write_durably

SETTINGS_FILE = "metier.yaml"
_GLANCE_S = 0.2  # `status` holds the lock for an instant to see whether it is free; a writer waits that out


@dataclass(frozen=True, slots=True)
class Workspace:
    """The paths of one workspace."""

    root: Path

    @property
    def settings(self) -> Path:
        return self.root / SETTINGS_FILE

    @property
    def state(self) -> Path:
        return self.root / ".metier"

    @property
    def blobs(self) -> Path:
        return self.state / "blobs"

    @property
    def documents(self) -> Path:
        return self.state / "documents"

    @property
    def passages(self) -> Path:
        return self.state / "passages.lance"

    @property
    def snapshots(self) -> Path:
        """What is searched in memory; made anew whenever it is missing."""
        return self.state / "snapshots"

    @property
    def members(self) -> Path:
        """What archives and mails were found to hold."""
        return self.state / "members"

    @property
    def reading(self) -> Path:
        """Parts of long files that are being read."""
        return self.state / "reading"

    @property
    def sentences(self) -> Path:
        return self.state / "sentences.lance"

    @property
    def begun_sentences(self) -> Path:
        """Vectors of the document that deepening was stopped in."""
        return self.state / "sentences.begun.npz"

    @property
    def revisions(self) -> Path:
        """What a stronger model made of answers that people called wrong, kept so that it is asked once."""
        return self.state / "revisions.json"

    @property
    def legs(self) -> Path:
        """What the known-item check found of each retriever."""
        return self.state / "legs.json"

    @property
    def model_tests(self) -> Path:
        """What `metier model test` found of language models."""
        return self.state / "model_tests.json"

    @property
    def findings(self) -> Path:
        """What people should look at in live documents: text that gives orders to machines, pages read unsurely."""
        return self.state / "findings.json"

    @property
    def figures(self) -> Path:
        """Figures of documents, and what models.vision said of them."""
        return self.state / "figures.jsonl"

    @property
    def cells(self) -> Path:
        """What grids were answered."""
        return self.state / "cells.jsonl"

    @property
    def releases(self) -> Path:
        return self.state / "releases"

    @property
    def training(self) -> Path:
        """What a language model learns from feedback while `specialize` runs; gone when it is done."""
        return self.state / "training"

    @property
    def looks(self) -> Path:
        """Which gates were looked at, with which questions."""
        return self.state / "looks.json"

    @property
    def live(self) -> Path:
        return self.state / "live"

    @property
    def canary(self) -> Path:
        """Which release answers a share of the people, or did last."""
        return self.state / "canary.json"

    @property
    def audit(self) -> Path:
        return self.state / "audit.jsonl"

    @property
    def cancel_request(self) -> Path:
        return self.state / "cancel"

    @property
    def run_lock(self) -> Path:
        return self.state / "run.lock"

    @property
    def writer(self) -> Path:
        """Who holds the lock: process id and what it does, for messages only."""
        return self.state / "writer.json"

    def database_url(self, name: str) -> str:
        """SQLAlchemy URL of one of the workspace's own databases."""
        return f"sqlite:///{self.state / (name + '.db')}"

    def create(self) -> None:
        """Makes the state folders, open to this account alone: they hold copies of all documents, whoever may see them.
        Raises UserError if the place cannot be written."""
        try:
            self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.state, self.blobs, self.documents, self.releases, self.state / "logs"):
                folder.mkdir(parents=True, exist_ok=True)
            probe = self.state / f".write-test-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise UserError(
                f"{self.state} cannot be written: {error.strerror or error}; "
                "choose another folder or change its permissions"
            ) from None

    @contextmanager
    def writing(self, what: str) -> Iterator[None]:
        """Holds the one writer's lock. Raises Busy, naming the other process, if somebody has it."""
        lock = FileLock(self.run_lock, timeout=_GLANCE_S)
        try:
            lock.acquire(poll_interval=_GLANCE_S / 10)
        except OSError as error:
            if isinstance(error, Timeout):
                raise Busy(self._busy()) from None
            raise UserError(
                f"{self.run_lock} cannot be written: {error.strerror or error}; change its permissions"
            ) from None
        try:
            with contextlib.suppress(OSError):  # only words for others; a full disk is told by what matters
                self.writer.write_text(json.dumps({"pid": os.getpid(), "what": what}), encoding="utf-8")
            self.cancel_request.unlink(missing_ok=True)
            yield
        finally:
            self.writer.unlink(missing_ok=True)
            self.cancel_request.unlink(missing_ok=True)
            lock.release()

    def _busy(self) -> str:
        return f"{self.root} is being written by {self.who_writes()}; wait for it, or stop it with `metier cancel`"

    def is_being_written(self) -> bool:
        """True while another process (or thread) holds the writer's lock."""
        lock = FileLock(self.run_lock, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            return True
        lock.release()
        return False

    def who_writes(self) -> str:
        """Words for the process that holds the lock."""
        try:
            data = json.loads(self.writer.read_text(encoding="utf-8"))
            return f"`metier {data['what']}` (process {data['pid']})"
        except (OSError, ValueError, KeyError):
            return "another process"


def find_workspace(start: Path) -> Workspace:
    """The workspace at or above the folder. Raises UserError if there is none."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / SETTINGS_FILE).is_file():
            return Workspace(folder)
    raise UserError(
        f"no {SETTINGS_FILE} in {start} or above it; `metier init DIR` makes a workspace, "
        "or name one with --workspace DIR"
    )


TEMPLATE = """\
# The description of one job. Every key is optional; what stands here is the default unless it says "example".
# Unknown keys are rejected, so a typing error never goes unnoticed. ${NAME} and ${NAME:-default} read the environment.
version: 1

# What the system is for, in one or two sentences.
purpose: Answer questions about the documents of this folder.
# Language of messages: en or de. Answers come in the language of the question.
language: en
# internal: colleagues. customer: stricter about what may leave.
audience: internal

# Who may ask. The first one is the default. Groups decide what each may see.
users:
  - {id: me, name: Me, groups: [all]}

# Who may see which documents: the last matching rule decides; a document without a match is seen by nobody.
groups:
  - {match: "**", allow: [all]}

# Where the documents are. Relative folders count from here.
sources:
  - folder: __FOLDER__
    include: ["**"]
    exclude: ["**/.*", "**/.*/**", "**/~$*"]

# What the job covers. Examples teach where the border runs; prohibited uses are always declined.
scope:
  in: []
  out: []
  prohibited: []
  examples: {in: [], out: []}

# models:
#   generator: {source: "path:/models/some-model.gguf"}                       # a local language model (extra: local)
#   generator: {source: "endpoint:http://127.0.0.1:11434/v1", name: some-model}  # or any OpenAI-compatible endpoint
#   reranker: {source: "path:/models/some-cross-encoder"}   # orders evidence: ONNX file, or endpoint: of a /rerank service
#   entailment: {source: "path:/models/some-nli-model"}     # holds sentences back that their cited text contradicts
#   vision: {source: "endpoint:https://vision.example/v1", name: some-model}  # describes figures, so that questions find them
#   key_env names the environment variable that holds a key; keys never stand in this file.

extract: {ocr: auto, timeout_s: 30, workers: 0, memory_mb: 2048, max_mb: 200}  # workers: 0 = one per core
retrieve: {wide: 60, narrow: 24}
# thresholds: {abstain: 0.5}   # unset = as released
autonomy: {default: assisted}
serve: {host: 127.0.0.1, port: 8321}
"""


def create_workspace(root: Path, folder: str | None = None) -> Workspace:
    """A new workspace with a commented metier.yaml; an existing metier.yaml is left as it is.

    `folder` is the folder of documents; without one it is `documents`, made if missing.
    Raises UserError if the place cannot be written.
    """
    workspace = Workspace(root.absolute())
    try:
        workspace.root.mkdir(parents=True, exist_ok=True)
        if not workspace.settings.exists():
            if folder is None:
                (workspace.root / "documents").mkdir(exist_ok=True)
            text = TEMPLATE.replace("__FOLDER__", json.dumps(folder or "documents", ensure_ascii=False))
            write_durably(workspace.settings, text.encode())
    except OSError as error:
        raise UserError(
            f"{workspace.root} cannot be written: {error.strerror or error}; choose another folder or change its "
            "permissions"
        ) from None
    workspace.create()
    return workspace
