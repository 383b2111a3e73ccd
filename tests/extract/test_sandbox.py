import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from metier.extract import sandbox
from metier.extract.sandbox import SandboxExtractor, sandbox_report
from metier.settings import Extract
from metier.types import Document, Failure
from tests.extract.conftest import fake_tesseract, pdf

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="parent-death signal")


def note(folder: Path, name: str = "note.txt", text: str = "A note about leave.") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pids: list[int], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def test_many_threads_share_the_pool_and_each_gets_its_own_answer(tmp_path):
    paths = [note(tmp_path, f"{n}.txt", f"text number {n}") for n in range(40)]
    with SandboxExtractor(Extract(), workers=2) as pool, ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda path: pool.extract(path.stem, path.name, path), paths))
    assert [document.text for document in found] == [f"text number {n}" for n in range(40)]
    assert [document.id for document in found] == [str(n) for n in range(40)]


def test_children_that_started_in_a_thread_outlive_it(tmp_path):
    with SandboxExtractor(Extract(), workers=1) as pool:
        path = note(tmp_path)
        first = threading.Thread(target=pool.extract, args=("a", "a", path))
        first.start()
        first.join()
        pids = pool.pids()
        time.sleep(0.3)
        assert isinstance(pool.extract("b", "b", path), Document)
        assert pool.pids() == pids


def end(pid: int, how: signal.Signals) -> None:
    """Sends the signal; a process that was stopped gets any but SIGKILL when it goes on."""
    os.kill(pid, how)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


class Signals:
    """Stops the next `times` children that a pool takes, and perhaps kills each a moment later."""

    def __init__(self, pool: SandboxExtractor, times: int, then: signal.Signals | None = None) -> None:
        self.hit: list[int] = []
        self._pool, self._times, self._then = pool, times, then

    def __enter__(self) -> "Signals":
        original = self._pool._take

        def take() -> sandbox._Child:
            child = original()
            if len(self.hit) < self._times:
                self.hit.append(child.process.pid)
                os.kill(child.process.pid, signal.SIGSTOP)
                if self._then is not None:
                    threading.Timer(0.2, end, (child.process.pid, self._then)).start()
            return child

        self._pool._take = take  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        del self._pool._take


@posix
def test_a_child_that_hangs_is_killed_at_the_deadline_and_replaced(tmp_path):
    path = note(tmp_path)
    with SandboxExtractor(Extract(timeout_s=3), workers=1) as pool:
        before = time.monotonic()
        with Signals(pool, times=2) as signals:
            failure = pool.extract("b", "slow.txt", path)
        assert 5.9 < time.monotonic() - before < 30
        assert isinstance(failure, Failure)
        assert (failure.subject, failure.reason, failure.retry) == ("slow.txt", "timeout", False)
        assert "extract.timeout_s" in failure.detail
        assert len(signals.hit) == 2
        assert gone(signals.hit)
        assert isinstance(pool.extract("c", "c", path), Document)


@linux
def test_a_child_that_is_late_takes_with_it_whatever_was_started_for_it(tmp_path, monkeypatch):
    seconds = f"{100 + os.getpid() / 1e7:.7f}"  # a name for the process that nobody else has
    fake_tesseract(tmp_path, f"sleep {seconds}; true", monkeypatch)
    Image.new("L", (80, 60), 255).save(tmp_path / "photo.png")

    def sleepers() -> list[int]:
        lines = {path.parent.name: command_line(path) for path in Path("/proc").glob("[0-9]*/cmdline")}
        return [int(pid) for pid, line in lines.items() if line == f"sleep\0{seconds}\0".encode()]

    seen: list[int] = []
    pool = SandboxExtractor(Extract(ocr="auto", timeout_s=10, page_timeout_s=0.1), workers=1)
    with pool, ThreadPoolExecutor(1) as thread:
        answer = thread.submit(pool.extract, "a", "photo.png", tmp_path / "photo.png")
        while not answer.done():
            seen = sleepers() or seen
            time.sleep(0.05)
        failure = answer.result()
        assert isinstance(failure, Failure)
        assert failure.reason == "timeout"
        assert seen
        assert gone(sleepers(), seconds=5)


def command_line(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it ended meanwhile
        return b""


@posix
def test_a_file_that_ends_two_children_is_given_up(tmp_path):
    with SandboxExtractor(Extract(), workers=1) as pool:
        with Signals(pool, times=9, then=signal.SIGKILL) as signals:
            failure = pool.extract("b", "note.txt", note(tmp_path))
        assert isinstance(failure, Failure)
        assert (failure.subject, failure.reason, failure.retry) == ("note.txt", "crash", False)
        assert "SIGKILL" in failure.detail
        assert len(signals.hit) == 2
        assert isinstance(pool.extract("c", "c", note(tmp_path)), Document)


@posix
def test_one_crash_costs_a_file_nothing(tmp_path):
    with SandboxExtractor(Extract(), workers=1) as pool, Signals(pool, times=1, then=signal.SIGSEGV):
        assert isinstance(pool.extract("b", "note.txt", note(tmp_path)), Document)


@posix
def test_a_pdf_that_crashes_the_first_engine_is_read_by_the_second(tmp_path):
    path = pdf(tmp_path / "a.pdf", [[(50, 500, "Notice period")]])
    with SandboxExtractor(Extract(), workers=1) as pool, Signals(pool, times=1, then=signal.SIGKILL):
        document = pool.extract("b", path.name, path)
    assert isinstance(document, Document)
    assert document.engine.startswith("pypdfium2")
    assert document.text == "Notice period"


def test_too_little_memory_is_a_failure_that_names_the_setting(tmp_path):
    path = tmp_path / "big.txt"
    path.write_bytes(b"word " * 30_000_000)
    with SandboxExtractor(Extract(memory_mb=256), workers=1) as pool:
        failure = pool.extract("a", "big.txt", path)
        assert isinstance(failure, Failure)
        assert (failure.reason, failure.retry) == ("memory", False)
        assert "extract.memory_mb" in failure.detail
        assert isinstance(pool.extract("b", "b", note(tmp_path)), Document)


def test_a_file_above_the_limit_is_not_opened(tmp_path):
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(201 << 20)
    with SandboxExtractor(Extract(max_mb=200), workers=1) as pool:
        failure = pool.extract("a", "huge.txt", path)
    assert isinstance(failure, Failure)
    assert failure.reason == "too_large"
    assert "extract.max_mb" in failure.detail


def test_children_are_replaced_after_many_documents(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "MAX_DOCUMENTS", 3)
    path = note(tmp_path)
    seen = set()
    with SandboxExtractor(Extract(), workers=1) as pool:
        for number in range(6):
            assert isinstance(pool.extract(str(number), "a", path), Document)
            seen.update(pool.pids())
    assert len(seen) >= 2


@linux
def test_no_child_survives_a_killed_parent(tmp_path):
    path = note(tmp_path)
    script = f"""
import os, signal, sys, threading, time
from pathlib import Path
from metier.extract.sandbox import SandboxExtractor
from metier.settings import Extract
pool = SandboxExtractor(Extract(), workers=2)
slots = [pool._take(), pool._take()]
for slot in slots: pool._slots.put(slot)
pids = pool.pids()
os.kill(pids[0], signal.SIGSTOP)   # as if it hung in a C library
threading.Thread(target=pool.extract, args=("a", "a", Path({str(path)!r})), daemon=True).start()
print(*pids, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(pids) == 2
    assert all(alive(pid) for pid in pids)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert gone(pids)


@linux
def test_close_ends_all_children(tmp_path):
    pool = SandboxExtractor(Extract(), workers=1)
    pool.extract("a", "a", note(tmp_path))
    pids = pool.pids()
    pool.close()
    pool.close()
    assert gone(pids, 1)


def test_children_get_no_secrets_of_the_parent():
    environment = sandbox.child_environment({"OPENAI_API_KEY": "sk-secret", "PATH": "/bin", "LANG": "C"})
    assert environment["PATH"] == "/bin"
    assert "sk-secret" not in environment.values()


def test_a_missing_file_is_a_failure(tmp_path, extractor):
    failure = extractor.extract("a", "gone.txt", tmp_path / "gone.txt")
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.retry) == ("missing", True)


@posix
def test_a_pipe_or_a_folder_is_not_waited_for(tmp_path, extractor):
    os.mkfifo(tmp_path / "pipe.pdf")
    for path in (tmp_path / "pipe.pdf", tmp_path):
        failure = extractor.extract("a", path.name, path)
        assert isinstance(failure, Failure)
        assert failure.reason == "unsupported"


def test_pages_are_drawn_at_the_asked_scale(tmp_path, extractor):
    path = pdf(tmp_path / "a.pdf", [[(50, 500, "one")], [(50, 500, "two")]], size=(400, 600))
    picture = extractor.render(path, "application/pdf", 2, 1.5)
    assert isinstance(picture, bytes)
    assert picture.startswith(b"\x89PNG")
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (600, 900)


def test_what_has_no_picture_says_so(tmp_path, extractor):
    path = pdf(tmp_path / "a.pdf", [[(50, 500, "one")]])
    for media_type, page in (("application/pdf", 7), ("text/plain", 1)):
        failure = extractor.render(path, media_type, page, 1.0)
        assert isinstance(failure, Failure)
        assert failure.reason == "no_picture"


def test_the_identity_names_engines_and_what_changes_the_text():
    with SandboxExtractor(Extract(ocr="off"), 1) as off, SandboxExtractor(Extract(), 1) as auto:
        assert "liteparse=" in off.identity
        assert off.identity != auto.identity


def test_the_report_names_what_is_not_enforced():
    report = sandbox_report()
    assert report.level == ("reduced" if report.missing else "full")
    if sys.platform.startswith("linux"):
        assert report.memory == "rlimit"
        assert report.orphans == "signal"
        assert report.network in ("namespace", "seccomp")
