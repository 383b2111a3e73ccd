"""Claim: no file is lost, hangs or ends the program; what a permissive engine can read is read; passwords are named.

Ingests all files of a folder (DIR/extract/broken/files if it is there, else DIR) in a real workspace, in a process of its own
with a deadline, and asks the ledger. What can be read is found out by running pypdfium2, pdf_oxide and liteparse here, one
process per engine and file.

    python -m benchmarks.extract_robust --data DIR [--list]
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import Metric, cache_dir, emit, half, parser, say
from benchmarks.peer_workers.pdf_text import ENGINES
from metier.evaluate.estimates import clopper_pearson
from metier.store.workspace import create_workspace
from metier.system import open_system
from metier.types import VISIBLE, State

if sys.platform != "win32":
    import resource

# Fewer letters may be noise: of what one of four engines found in a broken file, 1-5 letters were mostly glyph numbers.
LEAST_ALNUM = 6
_ENGINE_S = 30.0
_ENGINE_MEMORY = 4 << 30
# Longest run: every file at its full allowance through every rung would be more; a supervisor so slow is hung all the same.
_SECONDS_PER_FILE, _LEAST_SECONDS = 10.0, 300.0


@dataclass(frozen=True, slots=True)
class Known:
    """What other engines say of one file."""

    alnum: Mapping[str, int]  # by engine; an engine that failed is not in it
    encrypted: bool

    @property
    def readable(self) -> bool:
        """True if some engine finds text in it and nobody asks for a password."""
        return not self.encrypted and max(self.alnum.values(), default=0) >= LEAST_ALNUM


@dataclass(frozen=True, slots=True)
class Ended:
    """Where metier left one file."""

    state: str  # "" = no row in the ledger
    reason: str
    alnum: int
    engine: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One ingest: the end of each file by name, and what became of the process."""

    ends: Mapping[str, Ended]
    hung: bool
    died: bool


def main() -> int:
    """Exit code: 1 if a file was lost, hung, or the program died."""
    options = parser("extract_robust", __doc__ or "", needs_data=True)
    options.add_argument("--list", action="store_true", help="name the files that fall short, on stderr")
    given = options.parse_args()
    folder = given.data / "extract" / "broken" / "files"
    files = files_of(folder if folder.is_dir() else given.data)
    if not files:
        options.error(f"there are no files in {given.data}")
    say(f"{len(files)} files; asking {', '.join(ENGINES)}")
    known = ask_engines(files)
    say("ingesting")
    run = ingest_all(files)
    metrics = measured(run, known)
    tell(run, known, given.list)
    emit("extract_robust", metrics, record=given.record, options={"files": len(files)})
    return 1 if metrics["lost"].value or metrics["hung"].value or metrics["supervisor_deaths"].value else 0


def files_of(folder: Path) -> dict[str, Path]:
    """Every file below the folder by its relative name."""
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def ask_engines(files: Mapping[str, Path]) -> dict[str, Known]:
    """What the other engines find, kept between runs by content."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return dict(zip(files, pool.map(_ask_about, files.values()), strict=True))


def _ask_about(path: Path) -> Known:
    answers = {engine: _ask(engine, path) for engine in (*ENGINES, "password")}
    alnum = {engine: int(answer["alnum"]) for engine, answer in answers.items() if "alnum" in answer}
    asking = answers["password"].get("password", ())
    # qpdf asks for the password of attachments, too: pages that engines read without one are not locked
    locked = "pdfium" in asking or (bool(asking) and max(alnum.values(), default=0) < LEAST_ALNUM)
    return Known(alnum, locked)


def _ask(engine: str, path: Path) -> dict[str, Any]:
    kept = cache_dir() / "pdf_text" / f"{engine}-{hashlib.sha256(path.read_bytes()).hexdigest()}.json"
    if kept.exists():
        return dict(json.loads(kept.read_text(encoding="utf-8")))
    command = [sys.executable, "-m", "benchmarks.peer_workers.pdf_text", engine, str(path)]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=_ENGINE_S, preexec_fn=_limit_memory, check=False
        )
        answer = dict(json.loads(done.stdout.decode().strip().rpartition("\n")[2] or '{"error": "died"}'))
    except subprocess.TimeoutExpired:
        answer = {"error": "timeout"}
    except ValueError:
        answer = {"error": "nonsense"}
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(answer), encoding="utf-8")
    return answer


def _limit_memory() -> None:
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (_ENGINE_MEMORY, _ENGINE_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


_FINAL = (*VISIBLE, State.QUARANTINED)
_OPEN = (State.RECEIVED, State.IN_FLIGHT, State.PARSED, State.INDEXED)
_INGEST = """
import sys
from pathlib import Path
from metier.system import open_system
with open_system(Path(sys.argv[1])) as system:
    system.ingest()
"""


def ingest_all(files: Mapping[str, Path], program: str = _INGEST, deadline_s: float | None = None) -> Run:
    """Copies the files into a workspace and ingests it in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="metier-robust-") as name:
        root, documents = Path(name) / "work", Path(name) / "documents"
        for uri, path in files.items():
            (documents / uri).parent.mkdir(parents=True, exist_ok=True)
            (documents / uri).write_bytes(path.read_bytes())
        create_workspace(root, str(documents))
        allowed = deadline_s or max(_LEAST_SECONDS, _SECONDS_PER_FILE * len(files))
        child = subprocess.Popen([sys.executable, "-c", program, str(root)], stdin=subprocess.DEVNULL)
        try:
            code, hung = child.wait(allowed), False
        except subprocess.TimeoutExpired:
            child.kill()
            code, hung = child.wait(), True
        return Run(_ends(root, files), hung, not hung and code != 0)


def _ends(root: Path, files: Mapping[str, Path]) -> dict[str, Ended]:
    with open_system(root) as system:
        rows = {
            row.uri: row for row in system.documents(limit=10**9) if row.state in _FINAL or row.state in _OPEN
        }
        ends = {}
        for uri in files:
            row = rows.get(uri)
            document = system.document(None, row.id) if row and row.state in VISIBLE else None
            found = sum(char.isalnum() for char in document.text) if document else 0
            engine = document.engine if document else ""
            ends[uri] = Ended(row.state.value if row else "", row.reason if row else "", found, engine)
    return ends


def measured(run: Run, known: Mapping[str, Known]) -> dict[str, Metric]:
    """The figures. `hung` counts files that were under way when the deadline passed."""
    open_ends = [uri for uri, end in run.ends.items() if end.state not in _FINAL]
    metrics = {
        "files": Metric(len(run.ends)),
        "lost": Metric(0 if run.hung else len(open_ends), n=len(run.ends)),
        "hung": Metric(len(open_ends) if run.hung else 0, n=len(run.ends)),
        "supervisor_deaths": Metric(int(run.died)),
    }
    readable = [uri for uri, about in known.items() if about.readable]
    encrypted = [uri for uri, about in known.items() if about.encrypted]
    metrics |= _shares("readable_with_text", readable, lambda uri: run.ends[uri].alnum >= LEAST_ALNUM)
    metrics |= _shares("encrypted_named", encrypted, lambda uri: run.ends[uri].reason == "encrypted")
    return metrics


def _shares(name: str, uris: Sequence[str], is_good: Callable[[str], bool]) -> dict[str, Metric]:
    """The share on the checking half (unsuffixed), on the tuning half and on all."""
    parts = {
        name: [uri for uri in uris if half(uri) == "checking"],
        f"{name}_tuning": [uri for uri in uris if half(uri) == "tuning"],
        f"{name}_all": list(uris),
    }
    return {
        key: Metric.of(clopper_pearson(sum(map(is_good, part)), len(part))) for key, part in parts.items()
    }


def tell(run: Run, known: Mapping[str, Known], every: bool) -> None:
    """Prints how the files ended and, if wanted, which fall short."""
    counts = Counter((end.state, end.reason) for end in run.ends.values())
    for (state, reason), count in sorted(counts.items()):
        say(f"{count:5} {state or 'LOST'} {reason}")
    for uri, about in known.items() if every else ():
        end = run.ends[uri]
        if about.readable and end.alnum < LEAST_ALNUM:
            say(f"unread   {uri}: {end.state} {end.reason}; others find {dict(about.alnum)}")
        if about.encrypted and end.reason != "encrypted":
            say(f"password {uri}: {end.state} {end.reason}")


if __name__ == "__main__":
    raise SystemExit(main())
