"""What this machine can and cannot do for metier, and what to change."""

import platform
import shutil
import time
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

import typer
from rich.markup import escape

from metier.cli.index import told_of
from metier.cli.model import Slot, probe_pairs
from metier.cli.show import out, print_json
from metier.errors import ModelUnavailable, UserError
from metier.extract import ocr
from metier.extract.sandbox import sandbox_report
from metier.models.catalog import find_local, profiles_for
from metier.models.endpoint import EndpointModel
from metier.models.memory import memory_gib
from metier.models.open import open_language_model, open_vision
from metier.models.sources import default_models_folder
from metier.models.vision_probe import probe_vision
from metier.serve.run import workers_here
from metier.settings import Model, Settings
from metier.store.workspace import find_workspace
from metier.system import IndexState, available_cores, open_system

_GB = 1 << 30
_DECIDES = "it decides whether passages answer (models.generator.decides)"
_PHRASES = "it phrases what the policy finds; `metier model test` says whether it can decide"
_FEW_TOKENS = 16  # enough to hear that a server answers
_USUAL_LAPTOP_GIB = 8.0  # where the system does not say how much memory there is
_LEAST_FREE_GB = 2.0  # an index of 100,000 passages takes about 2 GB (INDEX figures in docs/design/index.md)


@dataclass(frozen=True, slots=True)
class Remark:
    """One line of the report; `level` is ok, note or problem."""

    level: str
    subject: str
    text: str


def run(workspace: Path, json_: bool) -> None:
    """Prints the report; exit code 1 if there is a problem."""
    remarks = [*_machine(), *_sandbox(), *_reading(), *_models(), *_workspace(workspace)]
    if json_:
        print_json([{"level": item.level, "subject": item.subject, "text": item.text} for item in remarks])
    else:
        colours = {"ok": "green", "note": "yellow", "problem": "red"}
        for item in remarks:
            out.print(f"[{colours[item.level]}]{item.level:8}[/] [bold]{item.subject}[/] {escape(item.text)}")
    if any(item.level == "problem" for item in remarks):
        raise typer.Exit(1)


def _machine() -> list[Remark]:
    words = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {available_cores()} cores"
    return [Remark("ok", "machine", f"{words}, metier {metadata.version('metier')}")]


def _sandbox() -> list[Remark]:
    report = sandbox_report()
    words = f"memory: {report.memory}; files: {report.files}; privileges: {report.privileges}; network: {report.network}"
    if report.missing:
        words += f"; NOT enforced on this system: {', '.join(report.missing)}"
    return [Remark("note" if report.missing else "ok", f"sandbox ({report.level})", words)]


def _reading() -> list[Remark]:
    return [*_structure(), *_scans()]


def _structure() -> list[Remark]:
    if util.find_spec("docvortex"):
        return [
            Remark("ok", "tables of PDFs", "docvortex is here: pages with tables and columns are read twice")
        ]
    text = "liteparse alone: merged cells, columns and headings come out better with pip install metier[structure]"
    return [Remark("note", "tables of PDFs", text)]


def _scans() -> list[Remark]:
    if missing := ocr.why_not("auto"):
        return [Remark("note", "scanned pages", f"{missing}; until then pages without text end as partial")]
    return [Remark("ok", "scanned pages", f"{ocr.engine()} is here; extract.ocr: auto (the default) uses it")]


def _models() -> list[Remark]:
    remarks = []
    found = find_local(default_models_folder())
    if found:
        remarks.append(Remark("ok", "language model", "found: " + ", ".join(item.name for item in found)))
    else:
        fitting = ", ".join(
            profile.name for profile in profiles_for(memory_gib("MemTotal") or _USUAL_LAPTOP_GIB)
        )
        text = f"none found: answers are quotes. A model would phrase and combine them; for this machine: {fitting}"
        remarks.append(Remark("note", "language model", f"{text} (metier model list)"))
    if util.find_spec("xllamacpp") is None:
        remarks.append(
            Remark("note", "local models", "the extra `local` is not installed: pip install 'metier[local]'")
        )
    return remarks


def _workspace(start: Path) -> list[Remark]:
    try:
        root = find_workspace(start).root
    except UserError as error:
        return [Remark("note", "workspace", str(error))]
    free = shutil.disk_usage(root).free / _GB
    disk = Remark("ok" if free >= _LEAST_FREE_GB else "problem", "disk", f"{free:.1f} GB free at {root}")
    try:
        with open_system(root) as system:
            count, settings, index = system.count(), system.settings, system.index()
            decides = system.model_decides()
    except UserError as error:
        return [Remark("problem", "workspace", str(error)), disk]
    several = workers_here(settings.serve.workers, settings.models, available_cores())
    answers = _generator(settings.models.generator, decides)
    words = f"{several} process{'es' if several > 1 else ''} would answer (serve.workers: {settings.serve.workers})"
    serving = Remark("ok", "metier serve", words)
    there = Remark("ok", "workspace", f"{root}: {count.received} documents received")
    models = [*_pair_models(settings), *_vision(settings.models.vision)]
    return [there, *_index(index), disk, *answers, serving, *models]


def _generator(chosen: Model | None, decides: bool) -> list[Remark]:
    """Whether the language model that the workspace names can be asked, and who decides; nothing where it names none."""
    if chosen is None:
        return []
    who = _DECIDES if decides else _PHRASES
    try:
        model = open_language_model(chosen)
        if isinstance(model, EndpointModel):
            "".join(model.complete([{"role": "user", "content": "Say: ready"}], _FEW_TOKENS, 0.0, 7))
            return [Remark("ok", "models.generator", f"{model.identity} answers; {who}")]
    except ModelUnavailable as error:
        return [Remark("problem", "models.generator", f"{error}; until then answers are quotes")]
    except UserError as error:
        return [Remark("problem", "models.generator", f"{error}; until then nothing can be asked")]
    if util.find_spec("xllamacpp") is None:
        text = f"{chosen.source} needs the extra `local`: pip install 'metier[local]'"
        return [Remark("problem", "models.generator", text)]
    return [Remark("ok", "models.generator", f"{chosen.source} is there; {who}")]


def _pair_models(settings: Settings) -> list[Remark]:
    """The models that order evidence or hold sentences back, tried on invented texts: nothing of a document leaves."""
    slots: tuple[Slot, ...] = ("reranker", "entailment")
    chosen = [(slot, model) for slot in slots if (model := getattr(settings.models, slot)) is not None]
    return [_pair_model(slot, model, settings) for slot, model in chosen]


def _pair_model(slot: Slot, model: Model, settings: Settings) -> Remark:
    started = time.perf_counter()
    try:
        found = probe_pairs(slot, model)
    except UserError as error:
        return Remark("problem", f"models.{slot}", str(error))
    words = f"{found.model}: tried in {time.perf_counter() - started:.1f} s, {found.ms_per_pair:.1f} ms for a pair of texts"
    if slot == "reranker" and model.source.startswith("endpoint:"):
        words += "; questions and passages leave this machine for it"
    elif slot == "reranker":
        fit = int(settings.retrieve.rerank_ms / max(found.ms_per_pair, 0.001))
        words += f", so {min(fit, settings.retrieve.wide)} of {settings.retrieve.wide} passages in retrieve.rerank_ms"
    return Remark("ok", f"models.{slot}", words)


def _vision(chosen: Model | None) -> list[Remark]:
    """The model that describes figures, tried on a picture drawn here: nothing of a document leaves."""
    if chosen is None:
        return []
    try:
        found = probe_vision(open_vision(chosen), most=1)
    except UserError as error:
        return [Remark("problem", "models.vision", f"{error}; until then no figure is described")]
    if not found.right.value:
        text = f"{found.model} answers, but not with what is in a picture: can it see? (metier model test --for vision)"
        return [Remark("problem", "models.vision", text)]
    words = f"{found.model}: described a picture in {found.seconds:.1f} s; figures of documents leave this machine for it"
    return [Remark("ok", "models.vision", words)]


def _index(index: IndexState) -> list[Remark]:
    told = told_of(index) or [(False, "nothing is known to be wrong with it")]
    words = [(wrong, f"{index.passages} passages; {text}") for wrong, text in told]
    return [Remark("problem" if wrong else "ok", "index", text) for wrong, text in words]
