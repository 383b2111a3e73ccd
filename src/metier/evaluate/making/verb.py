"""`generate`: a suite from an open workspace, and a sample of it for a person to check."""

import csv
import io
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from metier.errors import Stopped, UserError
from metier.evaluate.estimates import wilson
from metier.evaluate.making.library import library
from metier.evaluate.making.make import Made, make_suite
from metier.evaluate.shadow import check_place, prepare
from metier.evaluate.suites import Suite
from metier.flow.answering import Answering
from metier.settings import Settings
from metier.store.files import write_durably
from metier.store.workspace import Workspace
from metier.types import Document, Entry, Estimate, Progress, Source

# Documents that cases are made from; every question is checked against all places of theirs, which are held in memory.
MOST_DOCUMENTS = 2_000
_COLUMNS = ("id", "maker", "question", "answers", "evidence", "valid")
YES, NO = frozenset({"y", "yes", "j", "ja", "1", "true"}), frozenset({"n", "no", "nein", "0", "false"})


class Readable(Protocol):
    """What generation needs of an open workspace."""

    workspace: Workspace

    @property
    def settings(self) -> Settings: ...

    def source_files(self) -> list[Source]: ...

    def journey(self) -> Answering: ...

    def live_documents(self) -> Mapping[str, Entry]: ...


def generate_cases(
    system: Readable, n: int, seed: int = 1, noise: bool = False, name: str = "generated",
    should_stop: Callable[[], bool] = lambda: False, shadow: Path | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Made:  # fmt: skip
    """A suite of `n` cases from the workspace's live documents. Raises UserError if nothing can be asked, and Stopped, with nothing
    written: fewer cases than were asked for would be another suite.

    With `shadow`, a folder, the suite is for a workspace that is made there, with links to the documents: some are left out (what
    they say is asked and must not be answered), some are planted that give orders to machines or contradict others.

    Of more than 2,000 documents so many are drawn by hash. The same workspace and seed give the same suite on the same day (a
    version may come into force)."""
    live, begun = system.live_documents(), time.monotonic()
    drawn = sorted(live, key=lambda key: sha256(f"{seed} {live[key].uri}".encode()).digest())[:MOST_DOCUMENTS]
    read: set[str] = set()

    def document(key: str) -> Document | None:
        _go_on(should_stop)
        read.add(key)
        spent = time.monotonic() - begun
        on_progress(Progress(len(read), len(drawn), 0, spent, live[key].uri, "documents"))
        return system.journey().documents.document(key)

    made_from = library(
        {key: live[key] for key in drawn}, document, system.settings.groups_of, datetime.now(UTC).date()
    )
    paths = {item.uri: Path(item.path) for item in system.source_files()} if shadow else {}
    made = make_suite(
        made_from, system.settings, n, seed, noise, name, should_stop, paths.keys(), on_progress
    )
    _go_on(should_stop)
    if shadow:
        _write_shadow(system, shadow, paths, made)
    return made


def _go_on(should_stop: Callable[[], bool]) -> None:
    """Raises Stopped if somebody asked to stop."""
    if should_stop():
        raise Stopped("stopped; nothing was written")


def _write_shadow(system: Readable, folder: Path, paths: Mapping[str, Path], made: Made) -> None:
    """The workspace that the suite is asked of; what was in it before and is not meant to be is taken away."""
    check_place(folder, system)
    place = Workspace(folder.absolute())
    prepare(system, place, paths, paths.keys() - set(made.removed))
    for uri, text in made.planted.items():
        write_durably(place.root / "documents" / uri, text.encode())


def review_sheet(suite: Suite, most: int, seed: int = 1) -> str:
    """A CSV of `most` cases of the suite, drawn by hash over its kinds in turn, with an empty column `valid` to fill with y or n."""
    queues: dict[str, list[tuple[str, ...]]] = {}
    for case in sorted(suite.cases, key=lambda case: sha256(f"{seed} {case.id}".encode()).digest()):
        evidence = "\n".join(f"{quote.uri} :: {quote.quote}" for quote in case.evidence)
        maker = case.tags[0] if case.tags else case.kind
        row = (case.id, maker, case.question, "\n".join(case.answers) or f"({case.kind})", evidence, "")
        queues.setdefault(maker, []).append(row)
    longest = max(map(len, queues.values()), default=0)
    rows = [queue[turn] for turn in range(longest) for queue in queues.values() if turn < len(queue)]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    writer.writerows(map(safe_cells, rows[:most]))
    return out.getvalue()


def safe_cells(row: tuple[str, ...]) -> list[str]:
    """Cells that no spreadsheet takes for a formula."""
    return [f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell for cell in row]


def accept_rates(path: Path) -> dict[str, Estimate]:
    """The share of cases that a person marked as valid, by maker and in all ("all"), of a filled review sheet.

    Raises UserError for a file that is none, or where nothing is marked."""
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(keepends=True)))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}") from None
    if not rows or not {"maker", "valid"} <= set(rows[0]):
        raise UserError(f"{path} is no review sheet of `metier evaluate generate --review`")
    good: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for number, row in enumerate(rows, start=2):
        mark = (row["valid"] or "").strip().lower()
        if not mark:
            continue
        if mark not in YES | NO:
            raise UserError(f"{path}: row {number}: column 'valid' is y or n, not {mark!r}")
        for key in (row["maker"], "all"):
            seen[key] += 1
            good[key] += mark in YES
    if not seen:
        raise UserError(f"{path}: no row is marked; write y or n into the column 'valid'")
    return {key: wilson(good[key], seen[key]) for key in sorted(seen, key=lambda key: (key != "all", key))}
