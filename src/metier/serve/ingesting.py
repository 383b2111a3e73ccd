"""The ingest that runs behind the page: one at a time, watched through `view`, stopped through `stop`."""

import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from metier.errors import Busy, UserError
from metier.flow.ingest import IngestReport
from metier.serve.problems import problem_of
from metier.serve.processes import Parent
from metier.types import Access, Progress

if TYPE_CHECKING:
    from metier.system import System

log = logging.getLogger("metier.serve")

FIRST_SIGN_S = (
    0.5  # how long a start waits for the writer's lock to be refused, so that "busy" is the answer to it
)


class Ingesting(Protocol):
    """What the doors know of the ingest."""

    def start(self, paths: Sequence[Path] = ()) -> None: ...

    def stop(self) -> bool: ...

    def view(self, access: Access) -> dict[str, Any]: ...

    def close(self) -> None: ...


class IngestJob:
    """At most one ingest of this process. Its state is that of its thread, so it is never "running" without one."""

    def __init__(self, system: "System") -> None:
        self._system = system
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="metier-ingest")
        self._lock = threading.Lock()
        self._future: Future[IngestReport] | None = None
        self._progress: Progress | None = None
        self._stop = threading.Event()
        self._sign = threading.Event()

    def start(self, paths: Sequence[Path] = ()) -> None:
        """Begins to refresh all sources, or the given paths of them, in the background.

        Raises Busy if an ingest runs here or in another process, and the UserError of an ingest that failed at once.
        """
        with self._lock:
            if self._future is not None and not self._future.done():
                raise Busy("an ingest is already running here; GET /api/v1/status says how far it is")
            self._progress = None
            self._stop.clear()
            self._sign.clear()
            self._future = self._pool.submit(
                self._system.ingest, paths, on_progress=self._note, should_stop=self._stop.is_set
            )
            self._future.add_done_callback(self._done)
            future = self._future
        self._sign.wait(FIRST_SIGN_S)
        if future.done() and (error := future.exception()) is not None:
            raise error

    def stop(self) -> bool:
        """Asks the running ingest to stop after the documents in hand; False if none runs."""
        self._stop.set()
        return self._future is not None and not self._future.done()

    def close(self) -> None:
        """Stops the ingest and waits for it: what is in hand is finished, the rest resumes next time."""
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def view(self, access: Access) -> dict[str, Any]:
        """State, progress and outcome as JSON members; the current file is named only to those who may see it."""
        future, progress = self._future, self._progress
        view: dict[str, Any] = {"state": "idle", "progress": None, "report": None, "problem": None}
        if progress is not None:
            seen = access.allows(self._system.settings.groups_of(progress.current))
            view["progress"] = {
                "done": progress.done,
                "total": progress.total,
                "failed": progress.failed,
                "seconds": round(progress.seconds, 1),
                "per_second": round(progress.per_second, 2),
                "seconds_left": progress.seconds_left,
                "current": progress.current if seen else "",
            }
        if future is None:
            return view
        if not future.done():
            return view | {"state": "stopping" if self._stop.is_set() else "running"}
        if (error := future.exception()) is not None:
            return view | {"state": "failed", "problem": problem_of(error).body()}
        report = future.result()
        return view | {"state": "stopped" if report.interrupted else "done", "report": _report(report)}

    def _note(self, progress: Progress) -> None:
        self._progress = progress
        self._sign.set()

    def _done(self, future: Future[IngestReport]) -> None:
        self._sign.set()
        if not future.cancelled() and (error := future.exception()) is not None:
            # what somebody can mend needs no traceback
            log.error(
                "ingest ended with an error: %s",
                error,
                exc_info=None if isinstance(error, UserError) else error,
            )


def _report(report: IngestReport) -> dict[str, Any]:
    """The counts of a report; names of documents stay behind, because not everybody may know them."""
    return {
        "found": report.found,
        "unchanged": report.unchanged,
        "added": report.added,
        "changed": report.changed,
        "removed": report.removed,
        "regrouped": report.regrouped,
        "done": report.done,
        "failed": len(report.failures),
        "interrupted": report.interrupted,
        "seconds": round(report.seconds, 1),
    }


# --- several processes that answer, one that ingests ------------------------------------------------------------------


class IngestElsewhere:
    """The ingest of the parent process, for a child's doors."""

    def __init__(self, parent: Parent) -> None:
        self._parent = parent

    def start(self, paths: Sequence[Path] = ()) -> None:
        """As IngestJob.start."""
        reply = self._parent.ask({"do": "start", "paths": [str(path) for path in paths]})
        if (said := reply.get("error")) is not None:
            raise (Busy if reply.get("busy") else UserError)(said)

    def stop(self) -> bool:
        """As IngestJob.stop."""
        return bool(self._parent.ask({"do": "stop"})["stopped"])

    def view(self, access: Access) -> dict[str, Any]:
        """As IngestJob.view."""
        asked = {"do": "view", "principal": access.principal, "groups": sorted(access.groups)}
        return dict(self._parent.ask(asked)["view"])

    def close(self) -> None:
        """Nothing: the parent's goes on."""


def reply_of(job: IngestJob, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the parent answers to what IngestElsewhere asks."""
    if request["do"] == "view":
        return {"view": job.view(Access(request["principal"], frozenset(request["groups"])))}
    if request["do"] == "stop":
        return {"stopped": job.stop()}
    try:
        job.start([Path(path) for path in request["paths"]])
    except Exception as error:  # noqa: BLE001 - it is told to whoever asked; the log has it already
        if isinstance(error, UserError):
            return {"error": str(error), "busy": isinstance(error, Busy)}
        return {"error": "the ingest ended with an unexpected error; the server's log has it"}
    return {}
