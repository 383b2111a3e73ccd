"""Every case of a suite asked of one system, each result kept the moment it is there.

A run is a JSON Lines file: a header, then one row per case; run it again and only what is missing or failed for a
reason that may pass is asked. A case ends as answered, abstained, refused, escalated, or as an error with a name
(timeout, connection, http_500, bad_reply, exception, ...): an error is never a right answer and never left out.
"""

import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from metier.errors import UserError
from metier.evaluate.plain import plain
from metier.evaluate.replies import BadReply, as_reply
from metier.evaluate.suites import Suite, fingerprint
from metier.types import Answer, Case, Progress

Ask = Callable[[Case], object]  # whatever `as_reply` understands; raises SystemFailure for named failures

_FORMAT = 1
_ABANDONED = 16  # calls that never came back; more threads would only pile up behind a system that hangs
_DETAIL = 500  # characters of somebody else's error message


class SystemFailure(Exception):
    """The system could not answer one question: a name for the kind of failure, and whether asking again can help."""

    def __init__(self, kind: str, detail: str, retry: bool) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.retry = kind, detail, retry


@dataclass(frozen=True, slots=True)
class Row:
    """One case with what came back: an answer, or an error with its name."""

    case: Case
    answer: Answer | None
    seconds: float
    confidence: float | None = None
    cites: bool = True
    error: str = ""
    detail: str = ""
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """All rows of one system on one suite, in the suite's order; `missing` cases were not asked before it was stopped."""

    system: str
    suite: str
    suite_fingerprint: str
    started: str
    rows: tuple[Row, ...]
    missing: int = 0
    about: Mapping[str, str] = field(default_factory=dict)  # release, ledger version, ...: what was measured
    kept: int = 0  # rows that were in the file before, and were not asked again
    changed: str = ""  # what of the system's state changed while it was asked, in words

    @property
    def identity(self) -> str:
        """What tells this run from every other one: what is said of its answers is about no other run."""
        return f"{self.system}, {self.suite_fingerprint}, {self.started}"

    @property
    def cites(self) -> bool:
        """False if no answer came from a system that can cite: then citations are not held against it."""
        answered = [row for row in self.rows if row.answer is not None]
        return any(row.cites for row in answered) or not answered

    @property
    def errors(self) -> dict[str, int]:
        """How many cases ended in each kind of error."""
        kinds = [row.error for row in self.rows if row.error]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}

    @property
    def error_details(self) -> dict[str, str]:
        """What the first error of each kind said."""
        first: dict[str, str] = {}
        for row in self.rows:
            if row.error:
                first.setdefault(row.error, row.detail)
        return dict(sorted(first.items()))


_ROW = TypeAdapter(Row)


def run_suite(
    ask: Ask,
    suite: Suite,
    *,
    system: str,
    now: Callable[[], str],
    path: Path | None = None,
    workers: int = 2,
    timeout_s: float = 120.0,
    about: Mapping[str, str] | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.perf_counter,
) -> Run:
    """Asks every case, at most `workers` at a time, and keeps rows in `path` if given (and goes on there).

    Raises UserError if `path` holds another run, or if so many calls hang that nothing more can be learnt.
    """
    if workers < 1 or timeout_s <= 0:
        raise UserError(f"workers must be 1 or more and the timeout above 0, not {workers} and {timeout_s:g}")
    header = {
        "metier_run": _FORMAT, "system": system, "suite": suite.name, "suite_fingerprint": suite.fingerprint,
        "cases": len(suite), "started": now(), "about": dict(about or {}),
    }  # fmt: skip
    started, kept = _begin(path, header) if path else (str(header["started"]), {})
    rows = {key: row for key, row in kept.items() if not (row.error and row.retry)}
    todo = [case for case in suite.cases if case.id not in rows]
    known = len(rows)
    begun, total = clock(), len(todo)
    for number, row in enumerate(_asked(ask, todo, workers, timeout_s, should_stop, clock), start=1):
        rows[row.case.id] = row
        if path:
            _append(path, _ROW.dump_json(row).decode())
        failed = sum(bool(item.error) for item in rows.values())
        on_progress(Progress(number, total, failed, clock() - begun, row.case.id, "cases"))
    ordered = tuple(rows[case.id] for case in suite.cases if case.id in rows)
    return Run(
        system,
        suite.name,
        suite.fingerprint,
        started,
        ordered,
        len(suite) - len(ordered),
        dict(about or {}),
        known,
    )


def read_run(path: Path) -> Run:
    """The run kept in a file. Raises UserError if it is none, or if its rows are not the suite it names.

    A torn last line is what a kill left, and is left out.
    """
    header, rows = _read(path)
    cases = int(header["cases"])
    if cases == len(rows) and fingerprint(row.case for row in rows.values()) != header["suite_fingerprint"]:
        raise UserError(
            f"{path}: the cases in it are not the suite {header['suite']!r} it names; it was changed"
        )
    return Run(
        str(header["system"]), str(header["suite"]), str(header["suite_fingerprint"]), str(header["started"]),
        tuple(sorted(rows.values(), key=lambda row: row.case.id)), cases - len(rows), dict(header.get("about", {})),
    )  # fmt: skip


def run_text(run: Run) -> str:
    """The run as the file that `read_run` reads."""
    header = {
        "metier_run": _FORMAT, "system": run.system, "suite": run.suite, "suite_fingerprint": run.suite_fingerprint,
        "cases": len(run.rows) + run.missing, "started": run.started, "about": dict(run.about),
    }  # fmt: skip
    lines = [json.dumps(header, ensure_ascii=False), *(_ROW.dump_json(row).decode() for row in run.rows)]
    return "".join(line + "\n" for line in lines)


# --- asking ---------------------------------------------------------------------------------------------------------


def _asked(
    ask: Ask,
    cases: Sequence[Case],
    workers: int,
    timeout_s: float,
    should_stop: Callable[[], bool],
    clock: Callable[[], float],
) -> Iterator[Row]:
    """Rows as they are done. What is under way when it is to stop is finished; nothing more is begun."""
    waiting: queue.SimpleQueue[Case] = queue.SimpleQueue()
    done: queue.SimpleQueue[Row | None] = queue.SimpleQueue()
    ended, abandoned = threading.Event(), threading.Semaphore(_ABANDONED)
    for case in cases:
        waiting.put(case)

    def work() -> None:
        while not ended.is_set() and not should_stop():
            try:
                case = waiting.get_nowait()
            except queue.Empty:
                break
            row = _ask_one(ask, case, timeout_s, clock)
            done.put(row)
            if row.error == "timeout" and not abandoned.acquire(blocking=False):
                ended.set()
        done.put(None)

    threads = [
        threading.Thread(target=work, name=f"metier-evaluate-{i}", daemon=True) for i in range(workers)
    ]
    for thread in threads:
        thread.start()
    left, hung = len(threads), False
    try:
        while left:
            row = done.get()
            if row is None:
                left -= 1
                continue
            yield row
        hung = ended.is_set()
    finally:
        ended.set()
    if hung:
        raise UserError(
            f"the system did not answer {_ABANDONED + 1} questions within {timeout_s:g} s; what was answered is kept: "
            "look at the system, or raise the timeout, and run it again"
        )


def _ask_one(ask: Ask, case: Case, timeout_s: float, clock: Callable[[], float]) -> Row:
    """The row of one case. A call that does not come back in time is left behind in its own daemon thread."""
    box: queue.SimpleQueue[Row] = queue.SimpleQueue()
    begun = clock()
    threading.Thread(
        target=lambda: box.put(_call(ask, case, begun, clock)), name="metier-ask", daemon=True
    ).start()
    try:
        return box.get(timeout=timeout_s)
    except queue.Empty:
        return Row(
            case, None, clock() - begun, error="timeout", detail=f"no answer in {timeout_s:g} s", retry=True
        )


def _call(ask: Ask, case: Case, begun: float, clock: Callable[[], float]) -> Row:
    try:
        reply = as_reply(ask(case))
    except SystemFailure as failure:
        return Row(
            case,
            None,
            clock() - begun,
            error=failure.kind,
            detail=failure.detail[:_DETAIL],
            retry=failure.retry,
        )
    except BadReply as bad:
        return Row(case, None, clock() - begun, error="bad_reply", detail=str(bad)[:_DETAIL])
    except Exception as error:  # noqa: BLE001  the system under test is somebody else's code: whatever it raises is its result
        kind = "user_error" if isinstance(error, UserError) else "exception"
        return Row(
            case, None, clock() - begun, error=kind, detail=f"{type(error).__name__}: {error}"[:_DETAIL]
        )
    return Row(case, reply.answer, clock() - begun, reply.confidence, reply.cites)


# --- the file -------------------------------------------------------------------------------------------------------


def _begin(path: Path, header: Mapping[str, Any]) -> tuple[str, dict[str, Row]]:
    """When the run in the file was begun and its rows, or a new file. The same system and suite, or it is another run."""
    if not path.exists() or path.stat().st_size == 0:
        path.parent.mkdir(parents=True, exist_ok=True)
        _append(path, json.dumps(header, ensure_ascii=False))
        return str(header["started"]), {}
    old, rows = _read(path)
    for key, what in (("suite_fingerprint", "suite"), ("system", "system")):
        if old.get(key) != header[key]:
            raise UserError(
                f"{path} holds a run of another {what} ({old.get(key)!r}, now {header[key]!r}); name another file"
            )
    if changed := what_changed(old.get("about", {}), header["about"]):
        raise UserError(
            f"{path} holds a run of another state of the system: {changed}; name another file (--out) to ask all cases of the system "
            "as it is now"
        )
    _drop_torn_line(path)
    return str(old["started"]), rows


_TOLD = {
    "release": "another release was live",
    "ledger": "documents have changed since",
    "settings": "metier.yaml has changed since",
    "rights": "users or rules for documents of metier.yaml have changed since",
    "abstain": "thresholds.abstain of metier.yaml has changed since",
}


def what_changed(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What of the state of the system is not as before, in words; "" if all is."""
    keys = [key for key in sorted({*before, *now}) if before.get(key) != now.get(key)]
    return "; ".join(_TOLD.get(key, f"{key} was {before.get(key)!r}, now {now.get(key)!r}") for key in keys)


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Row]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise UserError(f"{path} cannot be read as a run: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is no run: it is not UTF-8 text; `metier evaluate run` writes one") from None
    try:
        header = json.loads(lines[0])
    except json.JSONDecodeError:
        header = None
    if not isinstance(header, dict) or header.get("metier_run") != _FORMAT or "cases" not in header:
        raise UserError(f"{path} is no run of `metier evaluate run` (or of another version)")
    rows: dict[str, Row] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line:
            continue
        try:
            row = _ROW.validate_json(line)
        except ValidationError as error:
            if number == len(lines):  # without its line break: torn
                continue
            raise UserError(f"{path}:{number}: not a row of a run: {error.errors()[0]['msg']}") from None
        rows[row.case.id] = row  # the last word counts: an error that was asked again
    return header, rows


def _drop_torn_line(path: Path) -> None:
    data = path.read_bytes()
    if not data.endswith(b"\n"):
        with path.open("r+b") as file:
            file.truncate(data.rfind(b"\n") + 1)


def _append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def as_json(run: Run) -> dict[str, Any]:
    """The run without its rows, for --json."""
    return {key: value for key, value in plain(run).items() if key != "rows"} | {
        "errors": run.errors,
        "error_details": run.error_details,
    }
