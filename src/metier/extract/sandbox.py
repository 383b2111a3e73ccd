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
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from queue import Empty, LifoQueue, SimpleQueue
from types import TracebackType
from typing import Any, BinaryIO, cast

from pydantic import TypeAdapter, ValidationError

from metier.extract.frames import read_frame, write_frame
from metier.settings import Extract
from metier.types import Document, Failure

# Parsers leak; a fresh child costs 0.3 s, so one per 400 documents costs under 1 ms each.
MAX_DOCUMENTS = 400
# Share of the memory limit a child may hold between documents before it is replaced.
MAX_RESIDENT = 0.4
START_S = 60.0  # a child that does not come up in a minute (cold disk included) never will
# Engines whose version changes what is read; with the version of our own readers they name the extractor.
_ENGINES = ("liteparse", "pypdfium2", "python-calamine", "python-docx", "python-pptx", "lxml")
STRUCTURE = "docvortex"  # optional: pip install metier[structure]
READERS_VERSION = 2

_DOCUMENT = TypeAdapter(Document)
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

    def __init__(self, settings: Extract, network: str) -> None:
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
        # Exactly one of the two wins: the answer, or the clock.
        turn, over, late = threading.Lock(), False, False

        def end() -> None:
            nonlocal late
            with turn:
                if not over:
                    late = True
                    self.process.kill()

        clock = threading.Timer(timeout_s, end)
        clock.daemon = True
        clock.start()
        try:
            write_frame(self._requests, request)
            head, body = read_frame(self._answers)
            with turn:
                over = True
            if late:
                raise EOFError("killed just after it answered")
        except (EOFError, OSError, ValueError):
            with turn:
                over = True
            self.kill()
            raise (_Late if late else _Died) from None
        finally:
            clock.cancel()
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
        self._settings, self._network = settings, network
        self._thread = threading.Thread(target=self._run, name="metier-spawner", daemon=True)
        self._thread.start()

    def spawn(self) -> _Child:
        wanted: Future[_Child] = Future()
        self._wanted.put(wanted)
        return wanted.result()

    def close(self) -> None:
        self._wanted.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            try:
                wanted.set_result(_Child(self._settings, self._network))
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
    """A pool of `workers` children (0 = one per core); implements `stages.Extractor` and `stages.Renderer`.

    Threads may call `extract` and `render` at once; each call takes one child and waits if all are busy.
    """

    def __init__(self, settings: Extract, workers: int = 0, network: str = "auto") -> None:
        self._settings = settings
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
        structure = self._settings.structure if _versions_of(STRUCTURE) else "off"
        return f"extract-{READERS_VERSION};ocr={self._settings.ocr};structure={structure};{_versions()}"

    def extract(self, document_id: str, uri: str, path: Path) -> Document | Failure:
        """What was read from the file at `path`, or why it could not be read. Never raises for a bad file."""
        request = {"verb": "extract", "document_id": document_id, "uri": uri, "ocr": self._settings.ocr}
        answer = self._ask(request | {"engine": "first", "structure": self._settings.structure}, uri, path)
        if isinstance(answer, Failure) and answer.reason in ("crash", "timeout") and _may_be_pdf(path):
            # liteparse crashed on 2 of 2,090 odd PDFs that pdfium alone survives.
            second = self._ask(request | {"engine": "pdfium"}, uri, path)
            answer = answer if isinstance(second, Failure) else second
        if isinstance(answer, Failure):
            return answer
        try:
            return _DOCUMENT.validate_json(answer)
        except ValidationError as error:  # only a child that was taken over answers so
            return Failure(uri, "extract", "crash", f"its reader answered nonsense: {str(error)[:200]}")

    def render(self, path: Path, media_type: str, page: int, scale: float) -> bytes | Failure:
        """PNG bytes of one page (1-based), `scale` pixels per point; Failure "no_picture" if it is no PDF."""
        request = {"verb": "render", "media_type": media_type, "page": page, "scale": scale}
        return self._ask(request, path.name, path)

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

    def _ask(self, request: dict[str, Any], uri: str, path: Path) -> bytes | Failure:
        limits = {"timeout_s": self._settings.timeout_s, "memory_mb": self._settings.memory_mb}
        request |= limits | {"path": str(path.absolute()), "max_mb": self._settings.max_mb}
        request.setdefault("uri", uri)
        try:
            child = self._take()
        except (OSError, _Died, _Late) as error:
            detail = (
                f"no child process could be started ({error or type(error).__name__}); see `metier doctor`"
            )
            return Failure(uri, "extract", "sandbox", detail, retry=True)
        kept: _Child | None = None
        try:
            head, body = child.ask(request, self._settings.timeout_s)
            if child.worn:
                child.kill()
            else:
                kept = child
        except _Late:
            detail = f"took longer than extract.timeout_s: {self._settings.timeout_s:g}; raise it, or split the file"
            return Failure(uri, "extract", "timeout", detail, retry=True)
        except _Died:
            how = child.how_it_died()
            # SIGKILL that was not ours is the system running out of memory: another time may be better.
            detail = f"the reading process was {how}; save or print the file anew as PDF"
            return Failure(uri, "extract", "crash", detail, retry=how.endswith("SIGKILL"))
        finally:
            self._slots.put(kept)
        if "failure" in head:
            return Failure(uri, "extract", str(head["failure"]), str(head["detail"]), bool(head.get("retry")))
        return body


def _may_be_pdf(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return b"%PDF-" in file.read(1024)
    except OSError:
        return False


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
