"""What every benchmark shares: its options, its progress lines, and the one JSON object it ends with."""

import argparse
import hashlib
import json
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from metier.types import Estimate

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results.jsonl"


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured figure; what does not apply stays None and is not printed."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    peer: float | None = None
    peer_name: str | None = None

    @classmethod
    def of(cls, estimate: Estimate, peer: float | None = None, peer_name: str | None = None) -> "Metric":
        """The metric of an estimate, perhaps beside a peer's figure."""
        return cls(estimate.value, estimate.low, estimate.high, estimate.n, peer, peer_name)


Metrics = Mapping[str, Metric | Estimate | float]


def parser(name: str, says: str, needs_data: bool = False) -> argparse.ArgumentParser:
    """The options every benchmark has: --data DIR and --record."""
    out = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=says)
    out.add_argument("--data", type=Path, required=needs_data, help="folder of test data (never fitted on)")
    out.add_argument("--record", action="store_true", help="append the result to benchmarks/results.jsonl")
    return out


def say(*parts: object) -> None:
    """One progress line to stderr with the seconds since the benchmark started."""
    print(f"[{time.perf_counter() - _START:7.1f}s]", *parts, file=sys.stderr, flush=True)


_START = time.perf_counter()


def emit(
    name: str,
    metrics: Metrics,
    *,
    record: bool = False,
    options: Mapping[str, Any] | None = None,
    results: Path = RESULTS,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Prints the result as the last line of stdout, appends it to `results` if it is to be recorded, returns it.

    `notes` say what a reader of the figures must know: what could not be measured, and why.
    nan and infinities become null: JSON has none, and null says that nothing is known.
    """
    result = {
        "benchmark": name,
        "metrics": {key: _row(value) for key, value in metrics.items()},
        "machine": machine(),
    }
    if notes:
        result["notes"] = list(notes)
    if record:
        row = {
            **result,
            "date": datetime.now(UTC).date().isoformat(),
            "commit": commit(),
            "options": options or {},
        }
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stderr.flush()
    print(json.dumps(result, ensure_ascii=False, allow_nan=False), flush=True)
    return result


def _row(metric: Metric | Estimate | float) -> dict[str, Any]:
    if isinstance(metric, Estimate):
        metric = Metric.of(metric)
    elif not isinstance(metric, Metric):
        metric = Metric(float(metric))
    row = {"value": _number(metric.value)}
    for key in ("low", "high", "n", "peer"):
        if (value := getattr(metric, key)) is not None:
            row[key] = _number(value)
    return {**row, "peer_name": metric.peer_name} if metric.peer_name else row


def _number(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    return value if isinstance(value, int) else float(f"{value:.6g}")  # six digits: more is noise


def machine() -> dict[str, Any]:
    """What the figures were measured on: system, processor, cores that may be used, memory; nothing that names it."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": cores,
        "memory_gb": _memory_gb(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None


def commit(root: Path = ROOT) -> str:
    """The commit the code stands at, with "+" if the measured folders differ from it; "" outside a clone."""
    try:
        head = _git(root, "rev-parse", "--short", "HEAD")
        changed = _git(root, "status", "--porcelain", "--", "src", "benchmarks", "examples", "pyproject.toml")
    except (OSError, subprocess.CalledProcessError):
        return ""
    dirty = [line for line in changed.splitlines() if not line.endswith("results.jsonl")]
    return head + ("+" if dirty else "")


def _git(root: Path, *arguments: str) -> str:
    run = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return run.stdout.strip()


def half(identity: str) -> str:
    """ "tuning" or "checking": by the first byte of the id's sha256, the same rule everywhere."""
    return "checking" if hashlib.sha256(identity.encode()).digest()[0] % 2 else "tuning"


def cache_dir() -> Path:
    """Where benchmarks keep what is costly to make again (peers' environments); outside the repository."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "metier-bench"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank); nan of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan
