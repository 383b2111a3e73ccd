"""`specialize` on a workspace: reads its feedback, writes the candidate release into it."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from metier.errors import UserError
from metier.evaluate.vault import environment_key, guard_of, status
from metier.models.open import open_language_model
from metier.models.sources import ModelFile
from metier.settings import Settings
from metier.specialize import cold_start
from metier.specialize.bench import Interrupted, OpenTrial, Pace, Trial
from metier.specialize.candidate import write_candidate
from metier.specialize.card import job_of
from metier.specialize.components import language_model
from metier.specialize.components.examples import chooser
from metier.specialize.components.language_model import teacher
from metier.specialize.revisions import Prices, Reviser
from metier.specialize.rows import snapshot_id
from metier.specialize.run import COMPONENTS, Fit, Outcome, Recipe, Snapshot, specialize
from metier.specialize.sealed import vault_gate
from metier.stages import Embedder
from metier.store.workspace import Workspace
from metier.types import Entry, Feedback, Passage, Progress, Release, Trace

_SAMPLED = 10  # passages read per question of a cold start: the words that stand for others come from them


class Ready(Protocol):
    """What is needed of a System."""

    @property
    def workspace(self) -> Workspace: ...

    @property
    def release(self) -> Release: ...

    @property
    def settings(self) -> Settings: ...

    def feedback(self) -> Sequence[Feedback]: ...

    def stored_trace(self, answer_id: str) -> Trace | None: ...

    def live_documents(self) -> Mapping[str, Entry]: ...

    def users(self) -> Sequence[str]: ...

    def sample_passages(self, most: int) -> Sequence[Passage]: ...

    def scoring(self) -> tuple[Embedder, Any, Any]: ...

    def trial(self, release: Release, known: dict[Any, Any]) -> Trial: ...

    def take_look(self, recipe: str, questions: Collection[str]) -> int: ...

    def add_release(self, folder: Path) -> Release: ...

    def answering(self) -> dict[str, str]: ...

    def language_model_file(self) -> ModelFile | None: ...


@dataclass(frozen=True, slots=True)
class Made:
    """What `specialize` made: a candidate release, unless nothing was kept or somebody stopped it."""

    release: str  # its id; "" if there is none
    outcome: Outcome | None  # None if it was interrupted

    @property
    def interrupted(self) -> bool:
        """True if somebody asked to stop; nothing was written then."""
        return self.outcome is None

    @property
    def passed(self) -> bool:
        """True if the candidate may be promoted."""
        return self.outcome is not None and bool(self.release) and self.outcome.verdict.verdict == "pass"


def specialize_system(
    system: Ready,
    recipe: Recipe,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Made:
    """Learns from all feedback, or from the documents alone where there is none (cold_start.py), and adds the candidate to the
    workspace. Raises Busy, and UserError for a wrong recipe."""
    if unknown := set(recipe.leave_out) - set(COMPONENTS) - {cold_start.NAME}:
        told = ", ".join((*COMPONENTS, cold_start.NAME))
        raise UserError(f"there is no component {min(unknown)!r}; there are {told}")
    if recipe.budget < 1:
        raise UserError(f"the budget is a number of questions from 1 on, not {recipe.budget}")
    reviser = reviser_of(system.settings, system.workspace, recipe)
    workspace = system.workspace
    key_file = environment_key() if recipe.vault else None
    if key_file is not None:
        status(
            workspace.state, key_file
        )  # no vault, a wrong key or a changed ledger: known before the work is done
    with workspace.writing("specialize"):
        rows = list(system.feedback())
        found = {answer: system.stored_trace(answer) for answer in {row.answer for row in rows}}
        snapshot = Snapshot(
            system.release,
            rows,
            {answer: trace for answer, trace in found.items() if trace is not None},
            sorted(system.live_documents()),
            system.users(),
            guard_of(workspace.state),
        )
        known: dict[Any, Any] = {}

        def open_trial(release: Release) -> Trial:
            return system.trial(release, known)

        pace = Pace(on_progress, lambda: should_stop() or workspace.cancel_request.exists())
        if not rows:
            return _from_documents(system, snapshot, recipe, open_trial, pace)
        sealed_gate = None
        if key_file is not None:
            about = {"kind": "specialize", "documents": snapshot_id((), snapshot.documents)}
            about |= system.answering()
            sealed_gate = vault_gate(workspace.state, key_file, open_trial, about, pace.should_stop)
        model = system.language_model_file()
        teach = teacher(model, workspace.training, pace, recipe.seed)
        if model is not None and not language_model.why_not(model):
            recipe = replace(recipe, taught=model.sha256)
        show = _shower(system, pace, recipe.seed)
        if show is not None:
            recipe = replace(recipe, prompted=_prompted(system.settings))
        try:
            outcome = specialize(
                snapshot, recipe, open_trial, system.take_look, pace, sealed_gate, teach, reviser, show
            )
        except Interrupted:
            return Made("", None)
        except UserError:
            if pace.should_stop():  # a look that was stopped has no result for some cases, and was not spent
                return Made("", None)
            raise
        if not outcome.parts:
            shutil.rmtree(workspace.training, ignore_errors=True)
            return Made("", outcome)
        taught = outcome.parts.get(language_model.NAME)
        made = _added(
            system, outcome, None if taught is None else workspace.training / f"{taught['adapter']}.gguf"
        )
        # what was trained stays only if somebody stopped it, to go on from there
        shutil.rmtree(workspace.training, ignore_errors=True)
        return made


def _shower(system: Ready, pace: Pace, seed: int) -> Fit | None:
    """What chooses examples for the language model's prompt; None where none answers."""
    settings = system.settings
    if settings.models.generator is None:
        return None
    readers = [settings.access(user) for user in system.users()]
    return chooser(settings.purpose, readers, pace, seed)


def _prompted(settings: Settings) -> str:
    model = settings.models.generator
    told = [settings.purpose, None if model is None else model.model_dump(mode="json")]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def prices_of(settings: Settings) -> Prices:
    """Of models.judge."""
    judge = settings.models.judge
    return Prices() if judge is None else Prices(judge.price_per_million_in, judge.price_per_million_out)


def reviser_of(settings: Settings, workspace: Workspace, recipe: Recipe) -> Reviser | None:
    """What asks the stronger model; None unless the recipe asks for it. Raises UserError if there is none, or it is the one whose
    answers it would correct."""
    if recipe.revise.answers < 1:
        return None
    models = settings.models
    if models.judge is None:
        raise UserError(
            f"revisions come from models.judge, and {workspace.settings} names none; set it, or leave --revise out"
        )
    if models.generator and (models.judge.source, models.judge.name) == (
        models.generator.source, models.generator.name,
    ):  # fmt: skip
        raise UserError(
            "models.judge is models.generator: it would correct its own answers; name a stronger model as models.judge"
        )
    model = open_language_model(models.judge)
    return Reviser(model, workspace.revisions, recipe.revise, prices_of(settings), recipe.seed)


def _from_documents(
    system: Ready, snapshot: Snapshot, recipe: Recipe, open_trial: OpenTrial, pace: Pace
) -> Made:
    """What is made where nobody has said anything yet."""
    passages = system.sample_passages(_SAMPLED * cold_start.QUESTIONS)
    corpus = cold_start.Corpus.of(passages, system.scoring()[0])
    try:
        outcome = cold_start.without_feedback(snapshot, recipe, corpus, open_trial, pace)
    except Interrupted:
        return Made("", None)
    return _added(system, outcome) if outcome.parts else Made("", outcome)


def _added(system: Ready, outcome: Outcome, adapter: Path | None = None) -> Made:
    """The candidate, added to the workspace; its manifest says what job it is for."""
    settings = system.settings
    scope = settings.scope
    job = job_of(
        settings.purpose, settings.audience, scope.within, scope.out, [item.use for item in scope.prohibited]
    )
    outcome = replace(outcome, manifest={**outcome.manifest, "job": job})
    with tempfile.TemporaryDirectory(dir=system.workspace.state) as scratch:
        folder = Path(scratch) / "candidate"
        write_candidate(folder, system.release, outcome.parts, outcome.manifest, adapter)
        return Made(system.add_release(folder).id, outcome)
