"""Claim: the ledger carries a hundred thousand documents through hundreds of kills; and a run of thousands of real PDFs does not grow.

    python -m benchmarks.ledger_scale [--documents 5000] [--kills 20] [--poison 0.01] [--seed 1]
    python -m benchmarks.ledger_scale --folder DIR [--documents 500] [--plot samples.csv]

First form: the real journey, ledger and document files over generated texts whose reading costs nothing (`ledger_child`). The
process is killed with SIGKILL at moments drawn by dice, a fifth of them while it starts; after each kill the state is checked from outside. At the
end every document is live or, if it is poison, quarantined. `resume_s`: from the start of a process to the first document that it reads;
`resume_ingest_s` leaves out importing and opening. `ledger_share`: seconds in calls to the ledger of all seconds of the journey, killed runs included.

Second form: N PDFs of DIR that differ in their bytes are ingested by a new workspace as `metier ingest` does, while the memory of the process
and its children is sampled; `memory_growth` is the mean of the last third over that of the middle third (1 = flat), and `forecast_error_at_*` what
the forecast at a tenth, a quarter and half of the documents was off, as a share of the time that the rest really took.
"""

import argparse
import contextlib
import csv
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, Metric, emit, parser, say
from benchmarks.extract_speed import tree_mb
from benchmarks.ledger_child import POISON
from metier.evaluate.estimates import clopper_pearson

# A state in which a document is done, and all that there are.
DONE = ("live", "partial", "quarantined")
STATES = (*DONE, "received", "in_flight", "parsed", "indexed", "superseded", "removed", "erased")
_EARLY = 0.2  # of the kills come while a run starts
_EARLY_S, _JITTER_S = 3.0, 0.1
_PER_FOLDER = 1000
_SAMPLE_S = 0.5


# --- kills ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Outcome:
    """What the kills did."""

    kills: int = 0
    runs: int = 0
    broken: list[str] = field(default_factory=list)  # laws, in words
    resumes: list[tuple[float, float]] = field(
        default_factory=list
    )  # from the start of the process, of the journey
    seconds: float = 0.0  # of journeys
    ledger_s: float = 0.0


def write_texts(folder: Path, documents: int, poison: float, rng: random.Random) -> set[str]:
    """Texts in folders of a thousand; the uris of those that cannot be read."""
    bad = set(rng.sample(range(documents), round(poison * documents)))
    for number in range(documents):
        part = folder / f"{number // _PER_FOLDER:03d}"
        if number % _PER_FOLDER == 0:
            part.mkdir(parents=True)
        says = POISON if number in bad else "text"
        (part / f"{number:06d}.txt").write_text(f"{says} {number} {rng.random()}", encoding="utf-8")
    return {f"{number // _PER_FOLDER:03d}/{number:06d}.txt" for number in bad}


def start(module: str, *arguments: Path) -> subprocess.Popen[str]:
    """The child, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def rows_of(child: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """What the child says; a line torn by a kill is left out."""
    assert child.stdout
    for line in child.stdout:
        with contextlib.suppress(ValueError):
            yield json.loads(line)
    child.stdout.close()


def run_until(
    state: Path, folder: Path, finished: int, threshold: float, delay: float, outcome: Outcome
) -> bool:
    """One run, killed a moment after so many documents are done in all (or after it began); True if it ended by itself.

    `finished` are done already.
    """
    outcome.runs += 1
    child = start("ledger_child", state, folder)
    last: dict[str, Any] = {}
    begun = 0.0
    ended = False
    timer: threading.Timer | None = None

    def kill() -> None:
        os.killpg(child.pid, signal.SIGKILL)

    if threshold < 0:
        timer = threading.Timer(delay, kill)
        timer.start()
    for row in rows_of(child):
        last = row
        if row["event"] == "begin":
            begun = row["seconds"]
        elif row["event"] == "first" and outcome.runs > 1:
            outcome.resumes.append((row["seconds"], row["seconds"] - begun))
        elif row["event"] == "end":
            ended = True
        elif row["event"] == "progress" and timer is None and finished + row["done"] >= threshold:
            timer = threading.Timer(delay, kill)
            timer.start()
    child.wait()
    if timer is not None:
        timer.cancel()
    if child.returncode == -signal.SIGKILL:
        outcome.kills += 1
    elif child.returncode:
        outcome.broken.append(f"a run ended with exit code {child.returncode}")
        ended = True
    if last:
        outcome.seconds += last["seconds"] - begun
        outcome.ledger_s += last["ledger_s"]
    return ended


@dataclass(frozen=True, slots=True)
class Seen:
    """The ledger and the passages as they are on disk."""

    states: Counter[str]
    done: frozenset[str]  # uris that are in an end state
    reasons: dict[str, str]  # of the quarantined, by uri
    twice: int  # uris that are visible twice
    without: int  # visible documents without passages
    orphans: int  # documents that have passages and are not visible


def look(state: Path) -> Seen:
    """From outside, as an operator would."""
    if not (state / "ledger.db").exists():
        return Seen(Counter(), frozenset(), {}, 0, 0, 0)
    with closing(sqlite3.connect(state / "ledger.db")) as ledger:
        if not ledger.execute("SELECT 1 FROM sqlite_master WHERE name = 'documents'").fetchone():
            return Seen(Counter(), frozenset(), {}, 0, 0, 0)
        rows = ledger.execute("SELECT id, uri, state, reason FROM documents").fetchall()
    with closing(sqlite3.connect(state / "passages.db")) as database:
        try:
            passages = {row[0] for row in database.execute("SELECT DISTINCT document FROM passages")}
        except sqlite3.OperationalError:
            passages = set()
    visible = {id: uri for id, uri, kind, _ in rows if kind in ("live", "partial")}
    return Seen(
        Counter(kind for _, _, kind, _ in rows),
        frozenset(uri for _, uri, kind, _ in rows if kind in DONE),
        {uri: reason for _, uri, kind, reason in rows if kind == "quarantined"},
        len(visible) - len(set(visible.values())),
        len(visible.keys() - passages),
        len(passages - visible.keys()),
    )


def laws(seen: Seen, before: Seen, documents: int) -> list[str]:
    """The laws that do not hold after a kill, in words."""
    broken = []
    if odd := set(seen.states) - set(STATES):
        broken.append(f"unknown states {sorted(odd)}")
    total = sum(seen.states.values())
    if total > documents:
        broken.append(f"{total} rows for {documents} documents")
    if lost := before.done - seen.done:
        broken.append(f"{len(lost)} documents were done and are not any more")
    if total < sum(before.states.values()):
        broken.append("rows are gone")
    if seen.twice:
        broken.append(f"{seen.twice} documents are visible twice")
    if seen.without:
        broken.append(f"{seen.without} visible documents have no passages")
    return broken


def at_the_end(seen: Seen, documents: int, poison: set[str]) -> list[str]:
    """The laws that do not hold after the last run, in words."""
    broken = []
    if seen.states["live"] != documents - len(poison):
        broken.append(f"{seen.states['live']} of {documents - len(poison)} are live")
    if set(seen.reasons) != poison or set(seen.reasons.values()) - {"corrupt"}:
        broken.append(f"{len(set(seen.reasons) ^ poison)} of the quarantined are wrong or missing")
    if sum(seen.states.values()) != documents:
        broken.append(f"received {sum(seen.states.values())} of {documents}")
    if seen.orphans:
        broken.append(f"{seen.orphans} documents have passages that nobody can see")
    return broken


def kill_often(base: Path, documents: int, kills: int, poison: float, seed: int) -> Outcome:
    """Ingests under so many kills, then to the end, and checks the laws all along."""
    rng = random.Random(seed)
    folder, state = base / "documents", base / "state"
    bad = write_texts(folder, documents, poison, rng)
    say(f"{documents} texts, {len(bad)} of them poison")
    outcome = Outcome()
    moments = sorted(rng.uniform(0, documents) for _ in range(kills))
    before = look(state)
    for number, moment in enumerate(moments):
        early = rng.random() < _EARLY
        delay = rng.uniform(0, _EARLY_S if early else _JITTER_S)
        over = run_until(state, folder, len(before.done), -1.0 if early else moment, delay, outcome)
        seen = look(state)
        outcome.broken += laws(seen, before, documents)
        before = seen
        if number % max(1, kills // 20) == 0 or over:
            say(f"kill {number + 1}: {dict(seen.states)}" + (", the run had ended" if over else ""))
        if over and len(seen.done) == documents:
            break
    run_until(state, folder, 0, float("inf"), 0.0, outcome)
    outcome.broken += at_the_end(look(state), documents, bad)
    for law in outcome.broken:
        say("BROKEN:", law)
    return outcome


def measured(outcome: Outcome, documents: int) -> dict[str, Metric]:
    """The figures; the share of kills that broke a law carries its exact interval."""
    broken = Metric.of(clopper_pearson(min(len(outcome.broken), outcome.kills), max(1, outcome.kills)))
    resumes = [process for process, _ in outcome.resumes]
    journeys = [journey for _, journey in outcome.resumes]

    def worst(values: Sequence[float]) -> Metric:
        return Metric(max(values, default=float("nan")), n=len(values))

    def middle(values: Sequence[float]) -> Metric:
        return Metric(statistics.median(values) if values else float("nan"), n=len(values))

    return {
        "documents": Metric(documents),
        "kills": Metric(outcome.kills),
        "violations": Metric(len(outcome.broken), n=outcome.kills),
        "violation_rate": broken,
        "resume_s": middle(resumes),
        "resume_s_most": worst(resumes),
        "resume_ingest_s": middle(journeys),
        "resume_ingest_s_most": worst(journeys),
        "ledger_share": Metric(
            outcome.ledger_s / outcome.seconds if outcome.seconds else float("nan"), n=outcome.runs
        ),
        "ledger_ms_per_document": Metric(1000 * outcome.ledger_s / documents),
        "documents_per_s": Metric(documents / outcome.seconds if outcome.seconds else float("nan")),
    }


# --- real PDFs ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sample:
    """The run at one moment."""

    seconds: float
    done: int
    mb: float
    left_s: float | None  # the forecast


def distinct(folder: Path, most: int) -> list[Path]:
    """PDFs of the folder that differ in their bytes, in the order of their hashes."""
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.pdf")):
        if path.is_file() and not path.is_symlink():
            found.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), path)
    return [path for _, path in sorted(found.items())][:most]


def fill(workspace: Path, files: Sequence[Path]) -> None:
    """A new workspace over links to (or copies of) the files."""
    documents = workspace / "documents"
    documents.mkdir(parents=True)
    for number, path in enumerate(files):
        target = documents / f"{number:06d}.pdf"
        try:
            os.link(path, target)
        except OSError:
            shutil.copyfile(path, target)
    (workspace / "metier.yaml").write_text(
        "version: 1\npurpose: scale\nusers: [{id: me, groups: [all]}]\ngroups: [{match: '**', allow: [all]}]\n"
        "sources: [{folder: documents}]\n",
        encoding="utf-8",
    )


def watch(workspace: Path) -> tuple[list[Sample], dict[str, Any]]:
    """The run sampled until it ends, and its last line. Raises RuntimeError if it did not end well."""
    child = start("ingest_child", workspace)
    rows: list[dict[str, Any]] = []

    def listen() -> None:
        rows.extend(rows_of(child))

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    began = time.perf_counter()
    samples: list[Sample] = []
    while child.poll() is None:
        last: dict[str, Any] = next((row for row in reversed(rows) if row["event"] == "progress"), {})
        mb = tree_mb(str(child.pid))
        if mb:
            samples.append(Sample(time.perf_counter() - began, last.get("done", 0), mb, last.get("left_s")))
        if len(samples) % 60 == 1:
            say(f"{last.get('done', 0)} of {last.get('total', '?')}, {mb:.0f} MB")
        time.sleep(_SAMPLE_S)
    listener.join()
    if not rows or rows[-1]["event"] != "end":
        raise RuntimeError(f"the ingest ended with exit code {child.returncode}")
    return samples, rows[-1]


def growth(samples: Sequence[Sample]) -> float:
    """Mean memory of the last third of the documents over that of the middle third; nan if it was too short to tell."""
    most = samples[-1].done if samples else 0
    middle = [item.mb for item in samples if most / 3 <= item.done < 2 * most / 3]
    last = [
        item.mb for item in samples if 2 * most / 3 <= item.done < most
    ]  # not what comes after the last document
    return statistics.mean(last) / statistics.mean(middle) if middle and last else float("nan")


def forecast_errors(samples: Sequence[Sample], total: int) -> dict[str, Metric]:
    """What the forecast was off at a tenth, a quarter and half of the documents, as a share of what the rest took."""
    errors = {}
    for name, share in (("10", 0.1), ("25", 0.25), ("50", 0.5)):
        at = next((item for item in samples if item.done >= share * total and item.left_s is not None), None)
        if at is not None and at.left_s is not None and samples[-1].seconds > at.seconds:
            rest = samples[-1].seconds - at.seconds
            errors[f"forecast_error_at_{name}"] = Metric((at.left_s - rest) / rest)
    return errors


def ingest_real(base: Path, folder: Path, most: int, plot: Path | None) -> dict[str, Metric]:
    """Ingests real PDFs and watches."""
    files = distinct(folder, most)
    say(f"{len(files)} PDFs that differ")
    workspace = base / "workspace"
    fill(workspace, files)
    samples, end = watch(workspace)
    if plot is not None:
        with plot.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([("seconds", "documents", "mb", "forecast_s"), *((s.seconds, s.done, s.mb, s.left_s) for s in samples)])  # fmt: skip
    states: dict[str, int] = end["states"]
    say("states", states, "reasons", end["reasons"])
    accounted = sum(states.get(state, 0) for state in DONE)
    return {
        "documents": Metric(len(files)),
        "lost": Metric(len(files) - accounted, n=len(files)),
        "live": Metric(states.get("live", 0)),
        "partial": Metric(states.get("partial", 0)),
        "quarantined": Metric(states.get("quarantined", 0)),
        "seconds": Metric(samples[-1].seconds if samples else float("nan")),
        "documents_per_s": Metric(len(files) / samples[-1].seconds if samples else float("nan")),
        "peak_tree_mb": Metric(max((item.mb for item in samples), default=float("nan")), n=len(samples)),
        "memory_growth": Metric(growth(samples), n=len(samples)),
        **forecast_errors(samples, len(files)),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 1 if a law was broken or a document lost."""
    options: argparse.ArgumentParser = parser("ledger_scale", __doc__ or "")
    options.add_argument(
        "--documents", type=int, help="texts (default 5000), or PDFs with --folder (default 500)"
    )
    options.add_argument("--kills", type=int, default=20, help="at moments drawn by dice")
    options.add_argument("--poison", type=float, default=0.01, help="share of the texts that cannot be read")
    options.add_argument("--folder", type=Path, help="ingest the PDFs below this folder instead")
    options.add_argument(
        "--plot", type=Path, help="with --folder: write seconds, documents, MB and forecast as CSV"
    )
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="metier-ledger-") as name:
        base = Path(name).resolve()
        if given.folder is not None:
            metrics = ingest_real(base, given.folder, given.documents or 500, given.plot)
            good = metrics["lost"].value == 0
        else:
            documents = given.documents or 5000
            outcome = kill_often(base, documents, given.kills, given.poison, given.seed)
            metrics = measured(outcome, documents)
            good = not outcome.broken
    sizes = {"documents": given.documents, "kills": given.kills, "poison": given.poison, "seed": given.seed}
    emit("ledger_scale", metrics, record=given.record, options=sizes)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
