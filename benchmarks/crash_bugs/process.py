"""One run of metier as a process of its own, how it is ended, and what is left of it in the process table."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from benchmarks.common import ROOT

# A child of the sandbox ends when its parent does: by signal, or at the end of its pipe. Generous for a busy machine.
_GRACE_S = 10.0
_GONE_S = 10.0  # a killed process gives back its memory first


@dataclass(frozen=True, slots=True)
class Step:
    """Where the shim ends the process: at the n-th step of a kind, so much later. No kind = nowhere."""

    kind: str = ""
    number: int = 0
    delay_s: float = 0.0


@dataclass(slots=True)
class Run:
    """A started `metier` command."""

    process: subprocess.Popen[bytes]
    root: Path
    log: Path
    began: float = field(default_factory=time.perf_counter)

    def seconds(self) -> float:
        return time.perf_counter() - self.began

    def rows(self) -> list[dict[str, Any]]:
        """What the shim wrote down; a line torn by the kill is left out."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        rows = []
        for line in lines:
            with contextlib.suppress(ValueError):
                rows.append(json.loads(line))
        return rows

    def output(self) -> tuple[str, str]:
        """Standard output and error; only after the process ended."""
        return tuple((self.log.with_suffix(end)).read_text("utf-8", "replace") for end in (".out", ".err"))  # type: ignore[return-value]


class Program:
    """metier from the package in `source`: one process is always imported and waiting to be the next run."""

    def __init__(self, source: Path, folder: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        self._environment = environment | {
            "PYTHONPATH": f"{source}{os.pathsep}{ROOT}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._folder = folder
        self._next = self._spawn()

    def _spawn(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "benchmarks.crash_bugs.program"],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def start(self, root: Path, log: Path, arguments: list[str], step: Step | None = None) -> Run:
        """Starts a command, in a session of its own, with the workspace as working folder."""
        log.unlink(missing_ok=True)
        step = step or Step()
        plan = {"root": str(root / ".metier"), "log": str(log), "kind": step.kind, "number": step.number,
                "delay_s": step.delay_s}  # fmt: skip
        request = {"root": str(root), "out": str(log.with_suffix(".out")), "err": str(log.with_suffix(".err")),
                   "arguments": arguments, "plan": plan}  # fmt: skip
        process, self._next = self._next, self._spawn()
        with cast(BinaryIO, process.stdin) as requests:
            requests.write(json.dumps(request).encode() + b"\n")
        return Run(process, root, log)

    def close(self) -> None:
        """Ends the waiting process; its runs have ended."""
        self._next.kill()
        self._next.communicate()

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def kill(run: Run, whole_tree: bool) -> None:
    """SIGKILL to the parent, or to it and everything it started at one moment (it is stopped while they are found)."""
    pid = run.process.pid
    if whole_tree:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
        for other in {*descendants(pid), *working_in(run.root)} - {pid}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(other, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    run.process.wait()


def survivors(run: Run) -> list[int]:
    """Processes of the run that are still there after a grace period; they are ended then."""
    run.process.wait()
    left = _left_after(run.root, _GRACE_S)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _left_after(run.root, _GONE_S)
    return left


def _left_after(folder: Path, seconds: float) -> list[int]:
    """What works in the folder when there was nothing any more, or after so long."""
    deadline = time.perf_counter() + seconds
    while (left := working_in(folder)) and time.perf_counter() < deadline:
        time.sleep(0.01)
    return left


def descendants(pid: int) -> set[int]:
    """All children, and theirs, by /proc."""
    parents: dict[int, list[int]] = {}
    for entry in _processes():
        with contextlib.suppress(OSError, ValueError, IndexError):
            status = Path(f"/proc/{entry}/stat").read_text(encoding="utf-8", errors="replace")
            parents.setdefault(int(status.rpartition(")")[2].split()[1]), []).append(entry)
    found, queue = set[int](), [pid]
    while queue:
        children = [child for child in parents.get(queue.pop(), []) if child not in found]
        found.update(children)
        queue += children
    return found


def working_in(folder: Path) -> list[int]:
    """Processes whose working folder this is: also those that left session, group and parent. Zombies have none."""
    found = []
    for pid in _processes():
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{pid}/cwd") == str(folder):
                found.append(pid)
    return found


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]
