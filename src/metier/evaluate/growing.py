"""Runs a suite while a shadow of the workspace grows: its own folder, its own index; the user's is only read.

What is kept in the folder: `N.run.jsonl` for each size, `stress.json`, and, until it is done, `shadow` with links to the
documents (copies where links cannot be made) and everything read from them. Stopped at any time, the same call goes on.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol, Self

from metier.connect.folder import Folder
from metier.errors import UserError
from metier.evaluate.run import Run, read_run, run_suite
from metier.evaluate.shadow import check_place, prepare
from metier.evaluate.stress import Stress, as_stress, confined, documents_of, ladder, nested, stress_text
from metier.evaluate.suites import Suite
from metier.evaluate.targets import Target
from metier.flow.deepen import DeepenReport
from metier.flow.ingest import IngestReport
from metier.settings import FolderSource, Settings
from metier.store.files import write_durably
from metier.store.workspace import Workspace
from metier.types import LedgerCount, Progress, Source, State

DISTRACTORS = "stress-distractors/"  # before the uri of a document from another folder


class Growable(Protocol):
    """What is needed of the user's workspace, and of its shadow."""

    workspace: Workspace

    @property
    def settings(self) -> Settings: ...

    def source_files(self) -> list[Source]: ...

    def ingest(
        self, *, on_progress: Callable[[Progress], None], should_stop: Callable[[], bool]
    ) -> IngestReport: ...

    def deepen(
        self, on_progress: Callable[[Progress], None], should_stop: Callable[[], bool]
    ) -> DeepenReport | None: ...

    def check_legs(self) -> Any: ...

    def count(self) -> LedgerCount: ...

    def live_release(self) -> str: ...

    def answering(self) -> dict[str, str]: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Growth:
    """What is asked for: sizes (none = 20, 200, 2,000, ... and all), the suite's cases on `first` documents (0 = all cases), a
    folder of other documents, the seed of the order in which documents come in."""

    sizes: tuple[int, ...] = ()
    first: int = 0
    distractors: Path | None = None
    seed: int = 1
    timeout_s: float = 120.0
    keep: bool = False  # the shadow, when all is done


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything decided before anything runs."""

    suite: Suite
    sizes: tuple[int, ...]
    order: tuple[str, ...]
    paths: Mapping[str, Path]
    notes: tuple[str, ...]
    size_bytes: int

    @property
    def sentence(self) -> str:
        """What will be done, for the person who has to wait for it."""
        steps = ", ".join(f"{size:,}" for size in self.sizes)
        return (
            f"{len(self.sizes)} sizes of the corpus: {steps} files; {self.sizes[-1]:,} files to read "
            f"({self.size_bytes / 1e6:,.0f} MB), {len(self.sizes)} x {len(self.suite):,} questions to ask, one at a time"
        )

    def first_files(self, size: int) -> tuple[str, ...]:
        """The files of a corpus of that size."""
        return self.order[:size]


@dataclass(frozen=True, slots=True)
class Outside:
    """What lies above this room or at the edge: how a workspace is opened and asked, the clock, and who watches."""

    open_shadow: Callable[[Path], Growable]
    target_of: Callable[[Any], Target]
    now: Callable[[], str]
    on_progress: Callable[[Progress], None] = lambda progress: None
    should_stop: Callable[[], bool] = lambda: False
    say: Callable[[str], None] = lambda text: None


def plan_growth(system: Growable, suite: Suite, wanted: Growth) -> Plan:
    """What `grow` will do. Raises UserError if there is nothing to grow by, or no case."""
    chosen = confined(suite, wanted.first) if wanted.first else suite
    if not chosen.cases:
        raise UserError(
            f"{suite.name} has no cases"
            if not suite.cases
            else f"no case of {suite.name} rests on so few documents"
        )
    own = {item.uri: item for item in system.source_files()}
    others = {item.uri: item for item in _files_in(wanted.distractors)} if wanted.distractors else {}
    named = documents_of(chosen.cases)
    notes = []
    if lost := sorted(named - own.keys()):
        notes.append(
            f"{len(lost)} documents that cases rest on are not in the workspace's folders: {', '.join(lost[:3])}"
        )
    if others:
        notes.append(
            f"{len(others)} distractors from {wanted.distractors}: an answer that is right by one of them counts as wrong where a case "
            "asks for citations of its own document"
        )
    order = nested(own, others, named, wanted.seed)
    sizes = ladder(len(order), len(named & own.keys()), wanted.sizes)
    files = own | others
    size_bytes = sum(files[uri].size for uri in order[: sizes[-1]])
    paths = {uri: Path(files[uri].path) for uri in order}
    return Plan(chosen, tuple(sizes), tuple(order), paths, tuple(notes), size_bytes)


def grow(system: Growable, plan: Plan, folder: Path, outside: Outside, wanted: Growth) -> Stress:
    """Every size in turn, each step kept; what is there already is not asked again.

    Raises UserError if the folder lies among the documents or holds another stress."""
    check_place(folder, system)
    shadow = Workspace(folder.absolute() / "shadow")
    runs: list[Run] = []
    for size in plan.sizes:
        about = {"kind": "stress", "files": str(size), "corpus": _print_of(system, plan, size)}
        path = folder / f"{size}.run.jsonl"
        if (found := _finished(path, plan.suite, about)) is None and not outside.should_stop():
            fresh = prepare(system, shadow, plan.paths, plan.first_files(size), (f"{DISTRACTORS}**",))
            found = _measured(shadow, plan, path, about, fresh, outside, wanted.timeout_s)
        if found is None or found.missing:
            break
        runs.append(found)
        write_durably(
            folder / "stress.json",
            stress_text(as_stress(plan.suite, runs, plan.sizes[len(runs) :], plan.notes)).encode(),
        )
    if len(runs) == len(plan.sizes) and not wanted.keep:
        shutil.rmtree(shadow.root, ignore_errors=True)
    return as_stress(plan.suite, runs, plan.sizes[len(runs) :], plan.notes)


def _measured(
    shadow: Workspace, plan: Plan, path: Path, about: Mapping[str, str], fresh: int, outside: Outside, timeout_s: float
) -> Run | None:  # fmt: skip
    """The run on the shadow as it is now, read first, or None if it was stopped before it could begin."""
    begun = perf_counter()
    with outside.open_shadow(shadow.root) as grown:
        if not _read(grown, outside):
            return None
        states = grown.count().states
        documents = states.get(State.LIVE, 0) + states.get(State.PARTIAL, 0)
        read_s, begun = perf_counter() - begun, perf_counter()
        run = run_suite(
            outside.target_of(grown).ask,
            plan.suite,
            system=f"the workspace with {documents:,} documents",
            now=outside.now,
            path=path,
            workers=1,  # the latency of a question that shares the machine with another one says nothing
            timeout_s=timeout_s,
            about={**about, "documents": str(documents)},
            on_progress=outside.on_progress,
            should_stop=outside.should_stop,
        )
    if not run.missing:
        outside.say(_pace(plan, int(about["files"]), fresh, read_s, perf_counter() - begun))
    return run


def _read(grown: Growable, outside: Outside) -> bool:
    """Brings the shadow up to date as `metier ingest` does, sentence vectors of all documents included; False if stopped."""
    if grown.ingest(on_progress=outside.on_progress, should_stop=outside.should_stop).interrupted:
        return False
    while (deep := grown.deepen(outside.on_progress, outside.should_stop)) is not None:
        if deep.deep >= deep.live or not deep.sentences or outside.should_stop():
            break
    grown.check_legs()
    return not outside.should_stop()


def _pace(plan: Plan, size: int, fresh: int, read_s: float, asked_s: float) -> str:
    """How long a step took, and how long the rest takes by that: questions get slower, so at least."""
    later = [other for other in plan.sizes if other > size]
    text = f"{size:,} files: read in {read_s:.0f} s, asked in {asked_s:.0f} s"
    if later and fresh:
        left = (later[-1] - size) * read_s / fresh + len(later) * asked_s
        text += f"; the larger sizes ({len(later)}) take at least {max(1, round(left / 60))} min more"
    return text


def _files_in(folder: Path) -> Iterable[Source]:
    if not folder.is_dir():
        raise UserError(f"{folder} is no folder of documents")
    usual = FolderSource(folder=str(folder))
    for item in Folder(folder.resolve(), usual.include, usual.exclude, lambda uri: (), DISTRACTORS).find():
        if isinstance(item, Source):
            yield item


# --- steps that are there ---------------------------------------------------------------------------------------------


def _print_of(system: Growable, plan: Plan, size: int) -> str:
    """The same for the same files as they are now, settings and release: a step of anything else is of another curve."""
    told = [system.answering(), system.settings.extract.model_dump(mode="json")]
    made = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    made.update(system.live_release().encode())
    for uri in plan.first_files(size):
        status = plan.paths[uri].stat()
        made.update(f"{uri}\0{status.st_size}\0{status.st_mtime_ns}\0".encode("utf-8", "backslashreplace"))
    return made.hexdigest()[:16]


def _finished(path: Path, suite: Suite, about: Mapping[str, str]) -> Run | None:
    """The run kept there if it is whole. Raises UserError if it is of other cases or another corpus."""
    if not path.exists() or not path.stat().st_size:
        return None
    run = read_run(path)
    if run.suite_fingerprint != suite.fingerprint or any(
        run.about.get(key) != value for key, value in about.items()
    ):
        raise UserError(
            f"{path} is of other cases, documents, settings or another release; name another --out, or delete it"
        )
    return None if run.missing or any(row.error and row.retry for row in run.rows) else run
