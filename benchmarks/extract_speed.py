"""Pages per second of reading PDFs, beside two raw pypdfium2 processes that only take the text out.

--data DIR/extract/pages/pdf is read over and over for --seconds by warm workers, one thread per worker handing over files,
as `metier ingest` does: through the pipe, checked and as Documents. Unsuffixed figures are the default configuration (the
one of extract_quality), `_cheap` the one without the structure engine. A document that ends without text counts as lost.
"""

import multiprocessing
import resource
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pypdfium2

from benchmarks.common import Metric, emit, parser, say
from metier.errors import UserError
from metier.extract.sandbox import SandboxExtractor
from metier.settings import Extract
from metier.types import Document

PEER = "pypdfium2 (text only)"
SAMPLE_S = 0.2  # how often memory is looked at


@dataclass(frozen=True, slots=True)
class Run:
    """What one configuration did."""

    pages: int
    seconds: float
    lost: int
    structured: int
    peak_mb: float
    cpu_s: float  # of the children, start and first round included

    @property
    def rate(self) -> float:
        """Pages per second of wall time."""
        return self.pages / self.seconds


def read_for(seconds: float, files: Sequence[Path], settings: Extract, workers: int) -> Run:
    """Reads the files round and round, whole rounds, until the time is over."""
    used = _children_s()
    with SandboxExtractor(settings, workers=workers) as extractor, ThreadPoolExecutor(workers) as threads:
        extractor.warm()
        one = _reader(extractor)
        first = sum(
            count for count, _ in threads.map(one, files)
        )  # engines are imported at the first file of theirs
        memory = _Memory()
        start, pages, lost, structured = time.perf_counter(), 0, 0, 0
        while time.perf_counter() - start < seconds:
            for count, by_structure in threads.map(one, files):
                pages += count
                lost += count == 0
                structured += by_structure
        spent, peak = time.perf_counter() - start, memory.stop()
    cpu = (_children_s() - used) * pages / (pages + first)  # counted when the children have ended
    return Run(pages, spent, lost, structured, peak, cpu)


def _children_s() -> float:
    """CPU seconds of all child processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _reader(extractor: SandboxExtractor) -> Callable[[Path], tuple[int, bool]]:
    def one(path: Path) -> tuple[int, bool]:
        read = extractor.extract(path.stem, path.name, path)
        if not isinstance(read, Document) or not read.text.strip():
            return 0, False
        return len(read.pages), "docvortex" in read.engine

    return one


class _Memory:
    """The most memory (proportional share, MB) that this process and its children held together."""

    def __init__(self) -> None:
        self._peak = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(SAMPLE_S):
            self._peak = max(self._peak, tree_mb())

    def stop(self) -> float:
        self._over.set()
        self._thread.join()
        return self._peak


def tree_mb(process: str = "self") -> float:
    """Resident memory of a process and all below it in MB, shared pages counted once; nan where the system does not say."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
        own = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
        children: list[str] = []
        for task in Path(f"/proc/{process}/task").iterdir():
            children += (task / "children").read_text(encoding="ascii").split()
    except (OSError, StopIteration):
        return 0.0  # ended while we looked, or no /proc
    return own + sum(tree_mb(child) for child in children)


def raw_rate(seconds: float, files: Sequence[Path], workers: int) -> float:
    """Pages per second of `workers` processes that take the text out with pypdfium2 and do nothing else."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers) as pool:
        pool.map(_raw_pages, [str(path) for path in files], chunksize=1)  # warm
        start, pages = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            pages += sum(pool.imap_unordered(_raw_pages, [str(path) for path in files], chunksize=4))
        return pages / (time.perf_counter() - start)


def _raw_pages(path: str) -> int:
    pdf = pypdfium2.PdfDocument(path)
    try:
        for page in pdf:
            page.get_textpage().get_text_range()
        return len(pdf)
    finally:
        pdf.close()


def main() -> None:
    """Prints the JSON of the contract."""
    options = parser("extract_speed", __doc__ or "", needs_data=True)
    options.add_argument(
        "--seconds", type=float, default=30, help="how long each configuration reads (default 30)"
    )
    options.add_argument("--workers", type=int, default=2)
    chosen = options.parse_args()
    files = sorted((chosen.data / "extract" / "pages" / "pdf").glob("*.pdf"))
    if not files:
        raise UserError(f"no PDF under {chosen.data}; --data names the folder of test data")
    raw = raw_rate(min(10.0, chosen.seconds), files, chosen.workers)
    say(f"{PEER}: {raw:.0f} pages/s")
    metrics: dict[str, Metric] = {}
    for suffix, settings in (("", Extract()), ("_cheap", Extract(structure="off"))):
        run = read_for(chosen.seconds, files, settings, chosen.workers)
        say(f"{suffix or 'default'}: {run}, {run.rate:.1f} pages/s, {run.rate / raw:.3f} of {PEER}")
        metrics[f"pages_per_s{suffix}"] = Metric(run.rate, n=run.pages, peer=raw, peer_name=PEER)
        metrics[f"ratio_to_pypdfium2{suffix}"] = Metric(run.rate / raw)
        metrics[f"pages_per_cpu_s{suffix}"] = Metric(
            run.pages / run.cpu_s
        )  # what a busy machine does not change
        metrics[f"peak_rss_mb{suffix}"] = Metric(run.peak_mb)
        metrics[f"lost{suffix}"] = Metric(run.lost, n=run.pages + run.lost)
        metrics[f"structure_share{suffix}"] = Metric(run.structured / run.pages if run.pages else 0.0)
    emit(
        "extract_speed",
        metrics,
        record=chosen.record,
        options={"seconds": chosen.seconds, "workers": chosen.workers},
    )


if __name__ == "__main__":
    main()
