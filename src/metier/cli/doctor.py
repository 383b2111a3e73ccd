"""What this machine can and cannot do for metier, and what to change."""

import platform
import shutil
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

import typer
from rich.markup import escape

from metier.cli.index import told_of
from metier.cli.show import out, print_json
from metier.errors import UserError
from metier.extract import ocr
from metier.extract.sandbox import sandbox_report
from metier.models.catalog import find_local, profiles_for
from metier.models.memory import memory_gib
from metier.models.sources import default_models_folder
from metier.serve.run import workers_here
from metier.store.workspace import find_workspace
from metier.system import IndexState, available_cores, open_system

_GB = 1 << 30
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
    except UserError as error:
        return [Remark("problem", "workspace", str(error)), disk]
    several = workers_here(settings.serve.workers, settings.models, available_cores())
    words = f"{several} process{'es' if several > 1 else ''} would answer (serve.workers: {settings.serve.workers})"
    serving = Remark("ok", "metier serve", words)
    received = Remark("ok", "workspace", f"{root}: {count.received} documents received")
    return [received, *_index(index), disk, serving]


def _index(index: IndexState) -> list[Remark]:
    told = told_of(index) or [(False, "nothing is known to be wrong with it")]
    words = [(wrong, f"{index.passages} passages; {text}") for wrong, text in told]
    return [Remark("problem" if wrong else "ok", "index", text) for wrong, text in words]
