"""The Python face: open a workspace, ask, ingest; evaluate it, or any other system, in two calls.

```python
with open_workspace("work") as system:
    answer = system.ask("How long is the notice period?")

before = run("work", "questions.csv")
after = run("http://127.0.0.1:8000/ask", "questions.csv")
print(compare(after, before).sentence)
```
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from metier.errors import UserError
from metier.evaluate.certificate import Certificate, certify_scores
from metier.evaluate.compare import Comparison, compare_runs
from metier.evaluate.power import Plan
from metier.evaluate.power import plan_comparison as plan
from metier.evaluate.replies import Reply, as_reply
from metier.evaluate.run import Run, read_run, run_suite
from metier.evaluate.scores import Summary, score_run, summarize
from metier.evaluate.suites import DEFAULT_USER, Suite, from_production, read_suite
from metier.evaluate.targets import Target, callable_target, url_target
from metier.flow.ingest import IngestReport
from metier.system import System, open_system
from metier.types import Answer, Case, Citation, Outcome, Progress, Statement

__all__ = [
    "Answer", "Case", "Certificate", "Citation", "Comparison", "IngestReport", "Outcome", "Plan", "Run", "Statement",
    "Suite", "Summary", "System", "certify", "compare", "figures", "open_workspace", "plan", "production_suite", "run",
]  # fmt: skip


def open_workspace(folder: str | Path = ".") -> System:
    """The ready System of the workspace at or above the folder. Raises metier.errors.UserError if there is none."""
    return open_system(Path(folder))


def run(
    system: System | str | Path | Callable[..., object],
    suite: Suite | str | Path | Sequence[Case],
    *,
    out: str | Path | None = None,
    name: str = "",
    workers: int = 2,
    timeout_s: float = 120.0,
    model: str = "default",
    key_env: str = "",
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Every case of the suite asked of the system; `figures` of it, or compare it with another run.

    The system is a workspace (open, or its folder), a URL, or a function question -> text (or -> a mapping with `text`,
    `citations`, `abstained`, `confidence`; a parameter `user` is given the case's user). The suite is a CSV or JSONL
    file, or cases. `out` keeps each result the moment it is there, and goes on where an interrupted run stopped.
    """
    chosen = _suite(suite)
    opened = open_workspace(system) if isinstance(system, Path | str) and not _is_url(system) else None
    try:
        target = _target(opened or system, name, model, key_env, timeout_s)
        return run_suite(
            target.ask,
            chosen,
            system=name or target.name,
            now=_now,
            path=Path(out) if out is not None else None,
            workers=workers,
            timeout_s=timeout_s,
            about=target.about,
            on_progress=on_progress,
            should_stop=should_stop,
        )
    finally:
        if opened is not None:
            opened.close()


def figures(run: Run | str | Path) -> Summary:
    """What a run came to, each share with its interval."""
    return summarize(score_run(_run(run)))


def compare(a: Run | str | Path, b: Run | str | Path) -> Comparison:
    """Is A better than B? A sentence, the interval of the difference, and better | worse | cannot tell; slices besides.

    Raises UserError if they share fewer than 10 independent cases.
    """
    return compare_runs(_run(a), _run(b))


def certify(run: Run | str | Path, alpha: float = 0.05, delta: float = 0.05, questions: int = 10_000) -> Certificate:
    """The confidence above which answers may be shown unseen: at most alpha of them wrong, with certainty 1 - delta.

    Raises UserError, saying why, where no threshold can be certified.
    """
    found = _run(run)
    return certify_scores(
        score_run(found), alpha, delta, questions=questions, now=datetime.now(UTC), system=found.system,
        suite=found.suite, suite_fingerprint=found.suite_fingerprint, about=found.about,
    )  # fmt: skip


def production_suite(system: System, limit: int = 10_000) -> Suite:
    """Cases from the workspace's newest answers and what people said about them; see evaluate/suites.py."""
    return from_production(system.traces(limit), system.feedback())


def _suite(suite: Suite | str | Path | Sequence[Case]) -> Suite:
    if isinstance(suite, Suite):
        return suite
    if isinstance(suite, str | Path):
        return read_suite(Path(suite))
    return Suite("cases", tuple(suite))


def _run(run: Run | str | Path) -> Run:
    return run if isinstance(run, Run) else read_run(Path(run))


def _is_url(system: str | Path) -> bool:
    return isinstance(system, str) and system.startswith(("http://", "https://"))


def _target(system: object, name: str, model: str, key_env: str, timeout_s: float) -> Target:
    if isinstance(system, System):
        return _workspace_target(system)
    if isinstance(system, str):
        return url_target(system, model=model, key_env=key_env, timeout_s=timeout_s)
    if callable(system):
        return callable_target(system, name)
    raise UserError(f"a system is a workspace, a URL or a function, not {type(system).__name__}")


def _workspace_target(system: System) -> Target:
    def ask(case: Case) -> Reply:
        user = None if case.user == DEFAULT_USER else case.user
        answer = system.ask(case.question, user)
        trace = system.stored_trace(answer.id)
        draft = trace.draft if trace else None
        reply = as_reply(answer)
        return Reply(reply.answer, draft.confidence if draft else reply.confidence)

    about = {
        "kind": "workspace",
        "release": system.live_release(),
        "ledger": str(system.count().version),
    }
    return Target(f"metier {system.workspace.root.name}", ask, about)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
