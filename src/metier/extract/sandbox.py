"""Reads documents and draws pages in disposable child processes, so that no file can hang or kill the program.

The parent keeps the clock: a child that takes too long is killed and replaced; a child that dies takes with it the one
file it was reading, and nothing else. What the system enforces besides (memory, network, ...) is in `sandbox_report`.
"""

import contextlib
import importlib.metadata
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from queue import Empty, LifoQueue, SimpleQueue
from types import TracebackType
from typing import Any, BinaryIO, cast

from pydantic import TypeAdapter, ValidationError

from metier.extract import ocr
from metier.extract.clock import Clock
from metier.extract.detect import PDF
from metier.extract.figures import figures_of, picture_figures
from metier.extract.frames import MOST_PAGES_WORTH, read_frame, write_frame
from metier.extract.ladder import Answer, climb
from metier.extract.ranges import read_by_ranges
from metier.settings import Extract
from metier.types import Box, Document, Failure, Figure

# Parsers leak; a fresh child costs 0.3 s, so one per 400 documents costs under 1 ms each.
MAX_DOCUMENTS = 400
# Share of the memory limit a child may hold between documents before it is replaced.
MAX_RESIDENT = 0.4
START_S = 60.0  # a child that does not come up in a minute (cold disk included) never will
# Engines whose version changes what is read; with the version of our own readers they name the extractor.
_ENGINES = (
    "liteparse",
    "pypdfium2",
    "pikepdf",
    "pdf-oxide",
    "python-calamine",
    "python-docx",
    "python-pptx",
    "lxml",
)
STRUCTURE = "docvortex"  # optional: pip install metier[structure]
READERS_VERSION = 7

_DOCUMENT = TypeAdapter(Document)
_REGIONS = TypeAdapter(list[tuple[int, float, float, float, float]])
# The child gets no secrets: only what a Python and tesseract need to start.
_PASSED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP",
           "TMPDIR", "TESSDATA_PREFIX", "VIRTUAL_ENV", "PYTHONHOME", "TZ")  # fmt: skip


@dataclass(frozen=True, slots=True)
class SandboxReport:
    """What the system enforces on a child. `level` is "full", or "reduced" with `missing` naming what is not enforced."""

    level: str
    memory: str
    files: str
    privileges: str
    orphans: str
    network: str
    missing: tuple[str, ...]


class _Died(Exception):
    """The child ended without an answer."""


class _Late(Exception):
    """The child was killed because it took too long."""


def child_environment(own: Mapping[str, str]) -> dict[str, str]:
    """What a child sees of our environment, and where it finds this code."""
    passed = {name: own[name] for name in _PASSED if name in own}
    # One arena and one thread: address space is limited, and each child has one slot of the machine.
    settings = {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    return passed | settings | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}


class _Child:
    """One child process and the pipe to it. Used by one thread at a time."""

    def __init__(self, settings: Extract, network: str, clock: Clock) -> None:
        self._clock = clock
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "metier.extract.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(os.environ),
            start_new_session=True,  # Ctrl-C is the parent's business
        )
        self._requests = cast(BinaryIO, self.process.stdin)
        self._answers = cast(BinaryIO, self.process.stdout)
        self.documents = 0
        self.worn = False
        first = {"memory_mb": settings.memory_mb, "parent": os.getpid(), "network": network}
        try:
            head, _ = self.ask(first, START_S)
        except (_Died, _Late):
            self.kill()
            raise
        self.sandbox: dict[str, str] = head["sandbox"]
        self.memory_mb = settings.memory_mb

    def ask(self, request: dict[str, Any], timeout_s: float) -> tuple[dict[str, Any], bytes]:
        """The answer. Raises _Late (the child is dead then) or _Died."""
        watch, given = self._clock.start(self.process.kill, timeout_s), 0.0
        try:
            write_frame(self._requests, request)
            head, body = read_frame(self._answers)
            while "pages" in head:  # it has looked into the file and says how much there is to read
                pages = min(max(0, int(head["pages"])), MOST_PAGES_WORTH)
                wanted = pages * float(request.get("page_timeout_s", 0))
                self._clock.give(watch, max(0.0, wanted - given))  # saying it twice gives nothing more
                given = max(given, wanted)
                head, body = read_frame(self._answers)
            if self._clock.stop(watch):
                raise EOFError("killed just after it answered")
        except (EOFError, OSError, ValueError, TypeError):
            late = self._clock.stop(watch)
            self.kill()
            raise (_Late if late else _Died) from None
        self.documents += 1
        held = float(head.get("resident_mb", 0))
        self.worn = self.documents >= MAX_DOCUMENTS or held > MAX_RESIDENT * request["memory_mb"]
        return head, body

    def kill(self) -> None:
        """Ends the child and whatever it started; returns when it is gone."""
        if self.process.returncode is None:  # else its id may belong to another process by now
            if sys.platform != "win32":
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.process.pid, signal.SIGKILL)
            self.process.kill()
            self.process.wait()
        for pipe in (self._requests, self._answers):
            with contextlib.suppress(OSError):  # unsent bytes to a dead child
                pipe.close()

    def how_it_died(self) -> str:
        """In words, e.g. "killed by SIGSEGV"."""
        code = self.process.wait()
        if code >= 0:
            return f"ended with code {code}"
        try:
            return f"killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"killed by signal {-code}"


class _Spawner:
    """Starts children from one thread that lives as long as the pool.

    Linux sends the parent-death signal when the *thread* that forked ends (prctl(2)), so slots' threads must not fork.
    """

    def __init__(self, settings: Extract, network: str) -> None:
        self._wanted: SimpleQueue[Future[_Child] | None] = SimpleQueue()
        self._settings, self._network, self._clock = settings, network, Clock()
        self._thread = threading.Thread(target=self._run, name="metier-spawner", daemon=True)
        self._thread.start()

    def spawn(self) -> _Child:
        wanted: Future[_Child] = Future()
        self._wanted.put(wanted)
        return wanted.result()

    def close(self) -> None:
        self._wanted.put(None)
        self._thread.join()
        self._clock.close()

    def _run(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            try:
                wanted.set_result(_Child(self._settings, self._network, self._clock))
            except (OSError, _Died, _Late) as error:
                wanted.set_exception(error)


@lru_cache(maxsize=1)
def _versions() -> str:
    """Names and versions of the engines; asked once, since looking one up reads a file."""
    return ",".join(name for engine in (*_ENGINES, STRUCTURE) if (name := _versions_of(engine)))


def _versions_of(engine: str) -> str:
    """ "name=version", or "" if it is not installed."""
    try:
        return f"{engine}={importlib.metadata.version(engine)}"
    except importlib.metadata.PackageNotFoundError:
        return ""


class SandboxExtractor:
    """A pool of `workers` children (0 = one per core); implements `stages.Extractor`.

    Threads may call `extract` and `render` at once; each call takes one child and waits if all are busy.
    """

    def __init__(
        self, settings: Extract, workers: int = 0, network: str = "auto", spool: Path | None = None
    ) -> None:
        """`spool` is a folder that keeps the parts of long files, so that a stopped run goes on where it was."""
        self._settings = settings
        self._spool = spool
        self._spawner = _Spawner(settings, network)
        count = workers or settings.workers or os.cpu_count() or 1
        self._slots: LifoQueue[_Child | None] = LifoQueue()
        for _ in range(count):
            self._slots.put(None)
        self._count = count
        self._closed = False

    @property
    def identity(self) -> str:
        """Names engines and versions, and the settings that change what is read."""
        # installing one reads scans at the next ingest
        reader = ocr.engine() if self._settings.ocr != "off" else "off"
        structure = self._settings.structure if _versions_of(STRUCTURE) else "off"
        return f"extract-{READERS_VERSION};ocr={reader};structure={structure};{_versions()}"

    def extract(
        self, document_id: str, uri: str, path: Path, pages: tuple[int, int] | None = None
    ) -> Document | Failure:
        """What was read from the file at `path`, or why it could not be read. Never raises for a bad file.

        `pages` (first and last, 1-based) reads only these of a PDF; other formats are read whole.
        """
        request: dict[str, Any] = {
            "verb": "extract",
            "document_id": document_id,
            "uri": uri,
            "ocr": self._settings.ocr,
            "structure": self._settings.structure,
        }
        answer = climb(self._ask, request | ({"pages": pages} if pages else {}), path)
        if not isinstance(answer, Failure) and "split" in answer[0]:
            spool = self._spool / document_id if self._spool else None
            count, size = int(answer[0]["split"]), max(1, int(answer[0]["range"]))
            answer = read_by_ranges(self._ask, request, path, count, size, spool)
        if isinstance(answer, Failure):
            return answer
        try:
            return _DOCUMENT.validate_json(answer[1])
        except ValidationError as error:  # only a child that was taken over answers so
            return Failure(uri, "extract", "crash", f"its reader answered nonsense: {str(error)[:200]}")

    def unpack(self, uri: str, path: Path) -> Iterator[tuple[str, bytes] | Failure]:
        """(name, bytes) of each file inside an archive or a mail, as they come; a Failure for each that is refused. One
        with the subject `uri` is about the whole: nothing more comes. A file that is no container has nothing inside."""
        start: int | None = 0
        while start is not None:
            answer = self._ask({"verb": "unpack", "uri": uri, "start": start}, path)
            if isinstance(answer, Failure):
                if answer.reason != "unsupported":
                    yield answer
                return
            head, body = answer
            at, start = 0, head.get("next")
            for row in head["members"]:
                if "failure" in row:
                    yield Failure(str(row["name"]), "connect", str(row["failure"]), str(row["detail"]))
                    continue
                yield str(row["name"]), body[at : at + int(row["size"])]
                at += int(row["size"])

    def render(
        self,
        path: Path,
        media_type: str,
        page: int,
        scale: float,
        marks: Sequence[Mapping[str, Any]] = (),
        box: Box | None = None,
    ) -> bytes | Failure:
        """PNG bytes of one page (1-based), `scale` pixels per point; Failure "no_picture" if it is no PDF or picture.
        `marks` (`overlay.marks_of`) are drawn on it; with a `box` only that part of it is given."""
        request: dict[str, Any] = {
            "verb": "render",
            "media_type": media_type,
            "page": page,
            "scale": scale,
            "uri": path.name,
        }
        request["marks"] = list(marks)
        if box is not None:
            request["box"] = [box.x0, box.y0, box.x1, box.y1]
        answer = self._ask(request, path)
        return answer if isinstance(answer, Failure) else answer[1]

    def figures(self, document: Document, media_type: str, path: Path) -> list[Figure] | Failure:
        """The figures of what was read from the file at `path`; none where pages are not drawn."""
        if media_type.startswith("image/"):
            return picture_figures(document)
        if media_type != PDF:
            return []
        answer = self._ask({"verb": "regions", "uri": document.uri}, path)
        if isinstance(answer, Failure):
            return answer
        try:
            regions = _REGIONS.validate_python(answer[0].get("regions"))
        except ValidationError as error:  # as above
            detail = f"its reader answered nonsense: {str(error)[:200]}"
            return Failure(document.uri, "extract", "crash", detail)
        return figures_of(document, [(page, (x0, y0, x1, y1)) for page, x0, y0, x1, y1 in regions])

    def warm(self) -> None:
        """Starts all children now rather than when they are first needed; what cannot start is left for later."""
        taken: list[_Child | None] = []
        try:
            for _ in range(self._count):
                # without waiting: `close` collects the slots, too, and two that wait for each other's never end
                taken.append(self._slots.get_nowait())
                if taken[-1] is None and not self._closed:
                    taken[-1] = self._spawner.spawn()
        except (Empty, OSError, _Died, _Late):
            pass  # all busy, or none can be started: whoever asks next is told
        finally:
            for child in taken:
                self._slots.put(child)

    def sandbox(self) -> SandboxReport:
        """What is enforced on the children here."""
        child = self._take()
        try:
            return _report(child.sandbox)
        finally:
            self._slots.put(child)

    def pids(self) -> list[int]:
        """Process ids of the children that are idle now."""
        with self._slots.mutex:
            return [child.process.pid for child in self._slots.queue if child is not None]

    def close(self) -> None:
        """Ends the child processes, after the calls under way."""
        if self._closed:
            return
        self._closed = True
        for _ in range(self._count):
            if child := self._slots.get():
                child.kill()
        self._spawner.close()

    def __enter__(self) -> "SandboxExtractor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _take(self) -> _Child:
        child = self._slots.get()
        try:
            return child or self._spawner.spawn()
        except BaseException:
            self._slots.put(None)
            raise

    def _ask(self, request: Mapping[str, Any], path: Path) -> Answer | Failure:
        """What a child answers about the file; its death and its failures are values."""
        settings, uri = self._settings, str(request["uri"])
        limits = {"timeout_s": settings.timeout_s, "page_timeout_s": settings.page_timeout_s}
        limits |= {"memory_mb": settings.memory_mb, "max_mb": settings.max_mb}
        try:
            child = self._take()
        except (OSError, _Died, _Late) as error:
            detail = (
                f"no child process could be started ({error or type(error).__name__}); see `metier doctor`"
            )
            return Failure(uri, "extract", "sandbox", detail, retry=True)
        kept: _Child | None = None
        try:
            head, body = child.ask({**request, **limits, "path": str(path.absolute())}, settings.timeout_s)
            if child.worn:
                child.kill()
            else:
                kept = child
        except _Late:
            detail = (
                f"took longer than extract.timeout_s: {settings.timeout_s:g} and extract.page_timeout_s: "
                f"{settings.page_timeout_s:g} a page; raise them, or split the file"
            )
            return Failure(uri, "extract", "timeout", detail, retry=True)
        except _Died:
            how = child.how_it_died()
            detail = f"the reading process was {how}; save or print the file anew as PDF"
            return Failure(uri, "extract", "crash", detail, retry=True)
        finally:
            self._slots.put(kept)
        if "failure" in head:
            return Failure(uri, "extract", str(head["failure"]), str(head["detail"]), bool(head.get("retry")))
        return head, body


def _report(enforced: dict[str, str]) -> SandboxReport:
    what = {
        "memory": "memory limit",
        "files": "no writing of files",
        "privileges": "no new privileges",
        "network": "no network",
    }
    missing = tuple(words for name, words in what.items() if not enforced.get(name))
    return SandboxReport(
        level="reduced" if missing else "full",
        missing=missing,
        **{name: enforced.get(name, "") for name in ("memory", "files", "privileges", "orphans", "network")},
    )


def sandbox_report(settings: Extract | None = None) -> SandboxReport:
    """What this system enforces on children, found by starting one. Raises OSError if none can be started."""
    with SandboxExtractor(settings or Extract(), workers=1) as extractor:
        try:
            return extractor.sandbox()
        except (_Died, _Late):
            raise OSError("a child process of the sandbox could not be started") from None
