"""Bugs of the sandbox and of the ledger that no kill of an ingest need show, each with the tests that have to fail when it is planted."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import ROOT
from benchmarks.crash_bugs.bugs import Bug, copy_package

_TEST_S = (
    90  # a test that takes longer is taken for one that hangs: the slowest needs 10 s on a quiet machine
)


@dataclass(frozen=True, slots=True)
class SuiteBug:
    """A bug, and the test files of the room that it is in."""

    bug: Bug
    tests: tuple[str, ...]


def run_tests(tests: Iterable[str], bug: Bug | None = None, test_s: int = _TEST_S) -> tuple[bool, str]:
    """Whether all tests pass over a copy of the package with the bug in it, and the first that does not.

    A test that takes longer than `test_s` seconds hangs. Raises RuntimeError if they cannot be run at all.
    """
    with tempfile.TemporaryDirectory(prefix="metier-suite-") as folder:
        source = copy_package(Path(folder).resolve() / "source", bug)
        environment = os.environ | {"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
        # by a thread, which ends the process: a signal ends the test alone, and what hung hangs again when its pool is closed
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider",
                   "--timeout", str(test_s), "--timeout-method", "thread", "--basetemp", f"{folder}/tests", *tests]  # fmt: skip
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return True, ""
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    late = re.search(r"\+ Timeout \+", done.stdout + done.stderr)
    if failed is None and late is None:
        raise RuntimeError(f"pytest ended with {done.returncode}: {done.stdout[-500:]} {done.stderr[-500:]}")
    return False, failed.group(1) if failed else "a test that hangs"


_SANDBOX, _LIMITS, _LADDER = "extract/sandbox.py", "extract/limits.py", "extract/ladder.py"
_RANGES, _FRAMES, _WORKER = "extract/ranges.py", "extract/frames.py", "extract/worker.py"
_LEDGER, _DOCUMENTS = "store/ledger.py", "store/documents.py"
_T_LEDGER, _T_DOCUMENTS = "tests/store/test_ledger.py", "tests/store/test_documents.py"
_T_SANDBOX, _T_LIMITS, _T_LADDER, _T_RANGES = (
    f"tests/extract/test_{name}.py" for name in ("sandbox", "limits", "ladder", "ranges")
)

SUITE_BUGS = (
    SuiteBug(Bug("no_memory_limit", "a child may take all memory",
        ((_LIMITS, "_limit(resource.RLIMIT_AS, memory_mb << 20)", '"rlimit"'),)), (_T_LIMITS, _T_SANDBOX)),
    SuiteBug(Bug("files_writable", "a child may write files",
        ((_LIMITS, "_limit(resource.RLIMIT_FSIZE, 0)", '"rlimit"'),)), (_T_LIMITS,)),
    SuiteBug(Bug("network_not_cut", "a child keeps the network and says that it has none",
        ((_LIMITS, "libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0", "libc is not None"),)), (_T_LIMITS,)),
    SuiteBug(Bug("sockets_not_denied", "where there are no namespaces, sockets stay open",
        ((_LIMITS, "    deny = _SECCOMP_RET_ERRNO | _EPERM\n", "    deny = _SECCOMP_RET_ALLOW\n"),)), (_T_LIMITS,)),
    SuiteBug(Bug("cpu_unlimited", "the net under the parent's clock is missing",
        ((_LIMITS, "    soft = int(usage.ru_utime + usage.ru_stime + seconds) + 1\n", "    soft = 1 << 30\n"),)),
        (_T_LIMITS,)),
    SuiteBug(Bug("secrets_passed", "children see the whole environment",
        ((_SANDBOX, "passed = {name: own[name] for name in _PASSED if name in own}", "passed = dict(own)"),)),
        (_T_SANDBOX,)),
    SuiteBug(Bug("timeout_ignored", "a child that hangs is waited for",
        ((_SANDBOX, "self._clock.start(self.process.kill, timeout_s)",
          "self._clock.start(self.process.kill, timeout_s + 3600)"),)), (_T_SANDBOX,)),
    SuiteBug(Bug("no_group_kill", "what a child started outlives it",
        ((_SANDBOX, "                    os.killpg(self.process.pid, signal.SIGKILL)", "                    pass"),)),
        (_T_SANDBOX,)),
    SuiteBug(Bug("dead_child_kept", "the next file is given to a child that is dead",
        ((_SANDBOX, "            how = child.how_it_died()\n", "            how, kept = child.how_it_died(), child\n"),)),
        (_T_SANDBOX,)),
    SuiteBug(Bug("slot_lost", "the slot of a child that died is never filled again",
        ((_SANDBOX, "        finally:\n            self._slots.put(kept)\n        if \"failure\" in head",
          "        finally:\n            if kept:\n                self._slots.put(kept)\n        if \"failure\" in head"),)),
        (_T_SANDBOX,)),
    SuiteBug(Bug("never_recycled", "a child that leaks lives for ever",
        ((_SANDBOX, "self.worn = self.documents >= MAX_DOCUMENTS or", "self.worn = False and"),)), (_T_SANDBOX,)),
    SuiteBug(Bug("left_at_close", "children stay when the pool is closed",
        ((_SANDBOX, "            if child := self._slots.get():\n                child.kill()",
          "            self._slots.get()"),)), (_T_SANDBOX,)),
    SuiteBug(Bug("poison_for_ever", "a file that ends its children is tried again by itself at every run",
        ((_LADDER, "    return dataclasses.replace(failure, detail=detail, retry=False)",
          "    return dataclasses.replace(failure, detail=detail, retry=True)"),)), (_T_LADDER,)),
    SuiteBug(Bug("deaths_not_counted", "a file that ends its children is given one engine after the other",
        ((_LADDER, "        deaths += answer.reason in DEATHS\n", ""),)), (_T_LADDER,)),
    SuiteBug(Bug("repair_stays", "the temporary folder of a repaired copy is not removed",
        ((_LADDER, 'with tempfile.TemporaryDirectory(prefix="metier-repair-") as folder:',
          'if folder := tempfile.mkdtemp(prefix="metier-repair-"):'),)), (_T_LADDER,)),
    SuiteBug(Bug("parts_stay", "the parts of a long file are not removed when it was read",
        ((_RANGES, "            shutil.rmtree(spool, ignore_errors=True)\n", ""),)), (_T_RANGES,)),
    SuiteBug(Bug("parts_forgotten", "a stopped run reads a long file from its beginning",
        ((_RANGES, "        if not part.exists():", "        if True:"),)), (_T_RANGES,)),
    SuiteBug(Bug("part_in_place", "half a part that a kill left is taken for the whole",
        ((_RANGES, "    temporary.write_bytes(content)\n    os.replace(temporary, part)",
          "    part.write_bytes(content)"),)), (_T_RANGES,)),
    SuiteBug(Bug("message_unbounded", "a child that was taken over can make the parent take any memory",
        ((_FRAMES, "    if head_length > MAX_HEAD or body_length > MAX_BODY:\n        raise",
          "    if head_length > MAX_HEAD and body_length > MAX_BODY:\n        raise"),)), ("tests/extract/test_frames.py",)),
    SuiteBug(Bug("version_stands", "the version does not grow when what is visible changes or goes",
        ((_LEDGER, "if arrived or superseded or was_visible:", "if arrived or superseded:"),)), (_T_LEDGER,)),
    SuiteBug(Bug("view_is_stale", "what is visible is looked up once and never again",
        ((_LEDGER, "if self._live[0] != version:", "if self._live[0] < 0:"),)), (_T_LEDGER,)),
    SuiteBug(Bug("two_in_a_batch", "two versions that become visible in one batch supersede each other",
        ((_LEDGER, "                item.uri: item\n", "                item.id: item\n"),)), (_T_LEDGER,)),
    SuiteBug(Bug("gone_come_again", "removed and erased rows are superseded by what comes after them",
        ((_LEDGER, "gone = [State.SUPERSEDED.value, State.REMOVED.value, State.ERASED.value]",
          "gone = [State.SUPERSEDED.value]"),)), (_T_LEDGER,)),
    SuiteBug(Bug("tenants_supersede", "a document supersedes the one of another tenant that has its name",
        ((_LEDGER, "                    column.tenant == self._tenant,\n", ""),)), (_T_LEDGER,)),
    SuiteBug(Bug("tenants_counted", "the count holds the documents of all tenants",
        ((_LEDGER, "            .where(mine)\n", ""),)), (_T_LEDGER,)),
    SuiteBug(Bug("first_superseded", "of a large batch only the first predecessors are superseded",
        ((_LEDGER, "self._pieces(arrived)", "self._pieces(arrived[:1])"),)),
        (_T_LEDGER,)),
    SuiteBug(Bug("visible_moved", "a visible document can be sent back on its way, unseen by readers",
        ((_LEDGER, ".where(chosen, hidden)", ".where(chosen)"),)), (_T_LEDGER,)),
    SuiteBug(Bug("some_moved", "of a large batch only the first rows are moved",
        ((_LEDGER, "self._pieces(documents)", "self._pieces(documents[:1])"),)), (_T_LEDGER,)),
    SuiteBug(Bug("attempt_forgotten", "handing a document out does not count as an attempt",
        ((_LEDGER, 'change["attempts"] = column.attempts + 1', 'change["attempts"] = column.attempts'),)),
        (_T_LEDGER,)),
    SuiteBug(Bug("reason_stays", "a document that is received again keeps the reason why it failed",
        ((_LEDGER, 'state=State.RECEIVED, reason="", detail="")', "state=State.RECEIVED)"),)), (_T_LEDGER,)),
    SuiteBug(Bug("half_file_raises", "half a document file ends the run",
        ((_DOCUMENTS, "(FileNotFoundError, zstandard.ZstdError, ValidationError)", "FileNotFoundError"),)),
        (_T_DOCUMENTS,)),
)  # fmt: skip
