"""From nothing to the first cited answer: clone, fresh environment, install, example company, ingest, ask.

clone_to_answer_s: everything from `git clone` to the first answer on the screen, each step a process of its own as a
    newcomer runs it. ingest_to_searchable_s: `metier ingest` alone. install_mb: the environment without pip's cache.
ask_p95_ms: 100 gold questions in one warm process, a cited answer or an abstention each.
Packages come from wherever pip is configured to look; its cache is used if it is there (say so beside the figure), or
not with --no-cache. What is cloned is HEAD: uncommitted changes are not measured.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.common import ROOT, Metric, emit, parser, percentile, say
from metier.errors import UserError

QUESTION = "How many days of annual leave do employees get?"
ASKED = 100

# Runs in the fresh environment: argument 1 the workspace, 2 how many questions.
_ASK = """
import json, sys, time
from pathlib import Path
from metier.evaluate.cases import read_cases
from metier.system import open_system
place, count = Path(sys.argv[1]), int(sys.argv[2])
cases = read_cases(place / "cases.jsonl")[:count]
seconds = []
with open_system(place) as system:
    system.ask(cases[0].question, cases[0].user)  # warm: the figure is that of a running server
    for case in cases:
        start = time.perf_counter()
        system.ask(case.question, case.user)
        seconds.append(time.perf_counter() - start)
print(json.dumps(seconds))
"""


def step(name: str, command: Sequence[str | Path], folder: Path) -> tuple[float, str]:
    """Seconds and output of one step. Raises UserError with what it printed if it failed."""
    variables = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    start = time.perf_counter()
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        said = (done.stderr or done.stdout)[-2000:]
        raise UserError(f"first_answer: {name} ended with {done.returncode}:\n{said}")
    say(f"{name}: {seconds:.1f} s")
    return seconds, done.stdout


def size_mb(folder: Path) -> float:
    """Megabytes of the files below the folder, each counted once however often it is linked."""
    seen: dict[tuple[int, int], int] = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            status = path.stat()
            seen[status.st_dev, status.st_ino] = status.st_size
    return sum(seen.values()) / 1e6


def journey(place: Path, source: Path, no_cache: bool) -> dict[str, Metric]:
    """All steps in `place`, from the clone of `source`."""
    clone, company = place / "metier", place / "company"
    python, metier = clone / ".venv" / "bin" / "python", clone / ".venv" / "bin" / "metier"
    flags = ["--no-cache-dir"] if no_cache else []
    install = [str(python), "-m", "pip", "install", "--quiet", *flags, ".[example]"]
    total = 0.0
    total += step("clone", ["git", "clone", "--quiet", source, clone], place)[0]
    total += step("environment", [sys.executable, "-m", "venv", clone / ".venv"], place)[0]
    installed, _ = step("install", install, clone)
    total += installed
    megabytes = size_mb(clone / ".venv")
    total += step("example company", [python, "-m", "examples.company", company, "--seed", "3"], clone)[0]
    ingested, _ = step("ingest", [metier, "ingest", "--json"], company)
    total += ingested
    asked, answer = step("ask", [metier, "ask", QUESTION, "--json"], company)
    total += asked
    outcome = json.loads(answer)["outcome"]
    say(f"first answer: {outcome} after {total:.1f} s")
    _, printed = step("warm questions", [python, "-c", _ASK, company, str(ASKED)], company)
    seconds = json.loads(printed.splitlines()[-1])
    return {
        "clone_to_answer_s": Metric(total),
        "ingest_to_searchable_s": Metric(ingested),
        "install_mb": Metric(megabytes),
        "install_s": Metric(installed),
        "ask_p95_ms": Metric(1000 * percentile(seconds, 0.95), n=len(seconds)),
        "ask_p50_ms": Metric(1000 * percentile(seconds, 0.5), n=len(seconds)),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the journey in a temporary folder."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="metier-first-") as folder:
        metrics = journey(Path(folder), options.source, options.no_cache)
    emit("first_answer", metrics, record=options.record, options={"no_cache": options.no_cache})
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("first_answer", "from nothing to the first cited answer")
    options.add_argument("--source", type=Path, default=ROOT, help="the repository to clone")
    options.add_argument("--no-cache", action="store_true", help="download every package anew")
    return options.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(str(error))
