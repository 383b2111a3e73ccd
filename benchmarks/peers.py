"""The same PDFs ingested and the same 100 questions asked with metier, Haystack and LlamaIndex, in the same run.

Fair by construction: the same embedder for all (WordLlama's packaged vectors), each system's default reader, splitter
and retriever, the same finish line (every passage of every document has its vector and can be found), fresh processes,
repeats interleaved, medians. Process start, imports and model loading are reported apart for all sides alike (metier's
child processes are started, their readers imported); CPU time is that of all processes of a side. metier's
ingest also runs its sandbox, keyword index and ledger; its `ask` is the whole verified and cited answer, where the
peers return passages: `ask_p95_ratio_*` compares these as they are, `passages_p95_ratio_*` up to the ranked passages.

metier reads with what its plain installation reads with; `--structure auto` measures it with the extra `structure` (a
second reading of pages with tables and columns, 0.1 CPU-s for each) where that is installed.

Ratios are above 1 where metier is faster; their low and high are the extremes over the repeats. DIR must hold
`extract/pages` (pdf/ and gt/). The peers' environments are made on first use from benchmarks/peer_workers/*.txt.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.common import ROOT, Metric, cache_dir, emit, parser, percentile, say
from benchmarks.known_items import KnownItem, known_items
from metier.errors import UserError
from metier.evaluate.estimates import paired_difference, proportion

PEERS = ("haystack", "llamaindex")
K = 5


@dataclass(frozen=True, slots=True)
class Run:
    """One side, one repeat."""

    side: str
    version: str
    start_s: float
    ingest_s: float
    ingest_cpu_s: float
    documents: int
    passages: int
    ask_s: tuple[float, ...]
    ranked_s: tuple[float, ...]
    files: tuple[tuple[str, ...], ...]

    @property
    def rate(self) -> float:
        """Documents per second of ingest."""
        return self.documents / self.ingest_s


# --- the other sides' processes -------------------------------------------------------------------------------------


def environment(side: str) -> Path:
    """The interpreter of a side; a peer's environment is made from its pinned list if it is not there yet."""
    if side == "metier":
        return Path(sys.executable)
    pins = ROOT / "benchmarks" / "peer_workers" / f"{side}.txt"
    folder = cache_dir() / f"{side}-{hashlib.sha256(pins.read_bytes()).hexdigest()[:12]}"
    interpreter = folder / "bin" / "python"
    if not (folder / "complete").exists():
        say(f"{side}: making its environment in {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        install = [str(interpreter), "-m", "pip", "install", "--quiet", "--requirement", str(pins)]
        done = subprocess.run(install, check=False, capture_output=True, text=True)
        if done.returncode:
            raise UserError(f"{side}: the packages of {pins} could not be installed:\n{done.stderr[-2000:]}")
        (folder / "complete").touch()
    return interpreter


class Worker:
    """One side in a process of its own; `log` receives what it prints."""

    def __init__(self, side: str, command: Sequence[str], log: Path) -> None:
        self.side, self._log = side, log
        variables = {**os.environ, "HAYSTACK_TELEMETRY_ENABLED": "False", "PYTHONPATH": str(ROOT)}
        start = time.perf_counter()
        with log.open("w", encoding="utf-8") as errors:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=variables, text=True, encoding="utf-8",
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip
        self.hello = self._read()
        self.start_s = time.perf_counter() - start

    def tell(self, **command: object) -> dict[str, Any]:
        """The answer to one command. Raises UserError with the end of the log if the worker died."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._died() from None
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._died()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _died(self) -> UserError:
        self._process.wait()
        tail = "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        return UserError(f"{self.side}: the worker ended with {self._process.returncode}:\n{tail}")

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


# --- measuring ------------------------------------------------------------------------------------------------------


def measure(side: str, folder: Path, items: Sequence[KnownItem], log: Path, structure: str = "off") -> Run:
    """One repeat of one side: start, ingest the folder, ask everything. `structure` is metier's setting alone."""
    command = [str(environment(side)), "-m", f"benchmarks.peer_workers.{side}_worker", str(folder)]
    command += [structure] if side == "metier" else []
    with Worker(side, command, log) as worker:
        made = worker.tell(do="ingest", folder=str(folder))
        asked = worker.tell(do="ask", questions=[item.question for item in items], k=K)
        run = Run(
            side,
            worker.hello["version"],
            worker.start_s,
            made["seconds"],
            made["cpu_seconds"],
            made["documents"],
            made["passages"],
            tuple(asked["seconds"]),
            tuple(asked["ranked_seconds"]),
            tuple(tuple(files) for files in asked["files"]),
        )
    say(
        f"{side} {run.version}: start {run.start_s:.1f} s, {run.documents} documents in {run.ingest_s:.2f} s "
        f"({run.rate:.1f}/s, {run.ingest_cpu_s:.2f} CPU-s, {run.passages} passages), ask p50 {1000 * median(run.ask_s):.1f} ms, "
        f"p95 {1000 * percentile(run.ask_s, 0.95):.1f} ms, recall@{K} {np.mean(hits(run, items)):.3f}"
    )
    return run


def hits(run: Run, items: Sequence[KnownItem]) -> list[bool]:
    """For each question, whether its page's file is among the first passages."""
    return [f"{item.page}.pdf" in files for item, files in zip(items, run.files, strict=True)]


def summarize(runs: Mapping[str, Sequence[Run]], items: Sequence[KnownItem]) -> dict[str, Metric]:
    """The contract's metrics from all repeats of all sides; without metier's side only the peers' own figures."""
    out: dict[str, Metric] = {}
    peers = [side for side in runs if side != "metier"]
    clusters = [item.page for item in items]
    found = {side: hits(repeats[-1], items) for side, repeats in runs.items()}
    names = {side: f"{side} {repeats[-1].version}" for side, repeats in runs.items()}
    best = max(peers, key=lambda side: sum(found[side]))
    for side, repeats in runs.items():
        out[f"documents_per_s_{side}"] = _spread([run.rate for run in repeats])
        out[f"documents_per_cpu_s_{side}"] = _spread([run.documents / run.ingest_cpu_s for run in repeats])
        out[f"ask_p95_ms_{side}"] = _spread([1000 * percentile(run.ask_s, 0.95) for run in repeats])
        out[f"start_s_{side}"] = _spread([run.start_s for run in repeats])
        out[f"recall_at_{K}_{side}"] = Metric.of(proportion(found[side], clusters))
    out[f"recall_at_{K}_best_peer"] = Metric.of(proportion(found[best], clusters), peer_name=names[best])
    if "metier" not in runs:
        return out
    share = float(np.mean(found[best]))
    out[f"recall_at_{K}"] = Metric.of(proportion(found["metier"], clusters), share, names[best])
    gain = paired_difference(found["metier"], found[best], rng=np.random.default_rng(5), clusters=clusters)
    out[f"recall_at_{K}_gain_over_best_peer"] = Metric.of(gain, peer_name=names[best])
    ours = runs["metier"]
    for side in peers:
        pairs = list(zip(ours, runs[side], strict=True))
        out[f"documents_per_s_ratio_{side}"] = _spread([a.rate / b.rate for a, b in pairs], names[side])
        out[f"ask_p95_ratio_{side}"] = _spread([_p95_ratio(b.ask_s, a.ask_s) for a, b in pairs], names[side])
        ranked = [_p95_ratio(b.ranked_s, a.ranked_s) for a, b in pairs]
        out[f"passages_p95_ratio_{side}"] = _spread(ranked, names[side])
    return out


def _p95_ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    return percentile(theirs, 0.95) / percentile(ours, 0.95)


def _spread(values: Sequence[float], beside: str | None = None) -> Metric:
    return Metric(median(values), min(values), max(values), len(values), peer_name=beside)


# --- the run --------------------------------------------------------------------------------------------------------


def collect(data: Path, more: Sequence[Path], place: Path) -> tuple[dict[str, str], int]:
    """Copies all PDFs into one flat folder; the ground truth of the pages by name, and how many files there are."""
    pages = data / "extract" / "pages"
    files = sorted((pages / "pdf").glob("*.pdf"))
    if not files:
        raise UserError(f"{pages / 'pdf'} holds no PDF; --data must name the folder with extract/pages in it")
    for number, extra in enumerate(more):
        for file in sorted(extra.rglob("*.pdf")):
            shutil.copy(file, place / f"more-{number}-{'-'.join(file.relative_to(extra).parts)}")
    for file in files:
        shutil.copy(file, place / file.name)
    truth = {file.stem: (pages / "gt" / f"{file.stem}.md").read_text(encoding="utf-8") for file in files}
    return truth, len(list(place.iterdir()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs all sides; exit status 0 unless something could not be measured."""
    options = _options(arguments)
    sides = tuple(options.sides.split(","))
    with tempfile.TemporaryDirectory(prefix="metier-peers-") as temporary:
        folder = Path(temporary) / "documents"
        folder.mkdir()
        truth, count = collect(options.data, options.more, folder)
        items = known_items(truth, options.questions)
        say(f"{count} PDFs, {len(items)} questions about {len({item.page for item in items})} of them")
        for side in sides:
            environment(side)
        runs: dict[str, list[Run]] = {side: [] for side in sides}
        for repeat in range(options.repeats):
            for side in sides[repeat % len(sides) :] + sides[: repeat % len(sides)]:
                log = Path(temporary) / f"{side}.log"
                runs[side].append(measure(side, folder, items, log, options.structure))
    told = {
        "documents": count,
        "questions": len(items),
        "repeats": options.repeats,
        "structure": options.structure,
    }
    emit("peers", summarize(runs, items), record=options.record, options=told)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("peers", "metier beside Haystack and LlamaIndex", needs_data=True)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--questions", type=int, default=100)
    options.add_argument(
        "--more", type=Path, action="append", default=[], help="a folder of further PDFs to ingest"
    )
    options.add_argument(
        "--structure", choices=("off", "auto", "all"), default="off", help="metier's extract.structure"
    )
    options.add_argument(
        "--sides", default=",".join(("metier", *PEERS)), help="comma-separated, for a partial run"
    )
    return options.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"peers: {error}")
