"""The calls people make: run, figures, compare, certify. What opens a workspace is passed in, for it lies above.

A system is a workspace (open, or its folder), a URL, or a function; a run is itself or the file it is kept in.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from metier.errors import UserError
from metier.evaluate.attribution import Attribution, attribute_rows
from metier.evaluate.certificate import Certificate, certify_scores
from metier.evaluate.compare import Comparison, compare_runs
from metier.evaluate.deployed import Standing, standing, write_certified
from metier.evaluate.growing import Growable, Growth, Outside, grow, plan_growth
from metier.evaluate.needed import Corpus
from metier.evaluate.replies import Reply, as_reply
from metier.evaluate.run import Run, read_run, run_suite, what_changed
from metier.evaluate.scores import Summary, score_run, summarize
from metier.evaluate.stress import Stress
from metier.evaluate.suites import DEFAULT_USER, Suite, from_production, read_suite
from metier.evaluate.targets import Target, callable_target, url_target
from metier.evaluate.vault import Look, look
from metier.settings import Settings
from metier.store.workspace import Workspace
from metier.types import Answer, Case, Feedback, LedgerCount, Occasion, Progress, Release, Trace


class Opened(Protocol):
    """What evaluation needs of an open workspace; `metier.system.System` has it."""

    workspace: Workspace

    @property
    def settings(self) -> Settings: ...

    def ask(self, question: str, user: str | None = None, *, occasion: Occasion = "person") -> Answer: ...

    def stored_trace(self, answer_id: str) -> Trace | None: ...

    def traces(self, limit: int = 100, occasion: Occasion | None = None) -> list[Trace]: ...

    def feedback(self, answer_id: str | None = None) -> list[Feedback]: ...

    def live_release(self) -> str: ...

    def answering(self) -> dict[str, str]: ...

    def count(self) -> LedgerCount: ...

    def close(self) -> None: ...


class Certifiable(Opened, Protocol):
    """A workspace whose releases can be added to and looked at."""

    @property
    def release(self) -> Release: ...

    def load_release(self, identity: str) -> Release: ...

    def add_release(self, folder: Path) -> Release: ...


class Sealable(Opened, Protocol):
    """A workspace that can answer without keeping question or answer."""

    def ask_unlogged(self, question: str, user: str | None = None) -> Trace: ...


class Blamable(Opened, Corpus, Protocol):
    """A workspace whose answers can be replayed."""


AnySystem = Opened | str | Path | Callable[..., Any]
AnySuite = Suite | str | Path | Sequence[Case]
AnyRun = Run | str | Path


def run_any(
    system: AnySystem,
    suite: AnySuite,
    open_system: Callable[[Path], Opened],
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
    """Every case of the suite asked of the system; a workspace that was opened for it is closed again."""
    chosen = as_suite(suite)
    opened = None
    if isinstance(system, Path) or (isinstance(system, str) and not is_url(system)):
        system = opened = open_system(Path(system))
    try:
        target = _target(system, name, model, key_env, timeout_s)
        found = run_suite(
            target.ask,
            chosen,
            system=name or target.name,
            now=utc_now,
            path=Path(out) if out is not None else None,
            workers=workers,
            timeout_s=timeout_s,
            about=target.about,
            on_progress=on_progress,
            should_stop=should_stop,
        )
        return replace(found, changed=what_changed(target.about, target.about_now()))
    finally:
        if opened is not None:
            opened.close()


def look_any(
    state: Path,
    key_file: Path,
    candidate: str,
    baseline: str,
    open_system: Callable[[Path], Sealable],
    margin: float = 0.0,
    *,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Look:
    """One look of the vault at two systems, each a workspace's folder or a URL (whose owner then sees the questions)."""
    opened: list[Sealable] = []

    def target(system: str) -> Target:
        if is_url(system):
            return url_target(system)
        opened.append(open_system(Path(system)))
        return _sealed_target(opened[-1])

    try:
        return look(
            state, key_file, target(candidate), target(baseline), margin, on_progress=on_progress, should_stop=should_stop
        )  # fmt: skip
    finally:
        for one in opened:
            one.close()


def blame_any(
    run: AnyRun,
    system: Blamable | str | Path,
    open_system: Callable[[Path], Blamable],
    most: int = 0,
    *,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Attribution:
    """Why the answers of a run that are not right are wrong, replayed in the workspace they come from."""
    asked = as_run(run)
    opened = open_system(Path(system)) if isinstance(system, str | Path) else None
    corpus = opened or system
    assert not isinstance(corpus, str | Path)
    try:
        found = attribute_rows(
            asked.rows, corpus, corpus.stored_trace, most, on_progress, should_stop, time.perf_counter
        )
        return replace(found, run=asked.identity)
    finally:
        if opened is not None:
            opened.close()


def stress_any(
    system: Growable,
    suite: AnySuite,
    out: str | Path,
    open_system: Callable[[Path], Growable],
    wanted: Growth,
    *,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = lambda text: None,
) -> Stress:
    """The suite while a shadow of the workspace grows, with a forecast first; kept in `out`, the same call goes on."""
    plan = plan_growth(system, as_suite(suite), wanted)
    for line in (plan.sentence, *plan.notes):
        say(line)
    outside = Outside(open_system, workspace_target, utc_now, on_progress, should_stop, say)
    return grow(system, plan, Path(out), outside, wanted)


def figures_of(run: AnyRun) -> Summary:
    """What a run came to, each share with its interval."""
    return summarize(score_run(as_run(run)))


def compare_any(a: AnyRun, b: AnyRun) -> Comparison:
    """Is A better than B? Raises UserError if they share too few independent cases.

    Two runs of one name, as of one workspace before and after a change, go by their files."""
    runs = [as_run(a), as_run(b)]
    if runs[0].system == runs[1].system:
        runs = [
            replace(run, system=f"{run.system}, {source}") if isinstance(source, str | Path) else run
            for run, source in zip(runs, (a, b), strict=True)
        ]
    return compare_runs(*runs)


def certify_any(run: AnyRun, alpha: float, delta: float, questions: int) -> Certificate:
    """The certificate of a run, issued now. Raises UserError where no threshold can be certified."""
    found = as_run(run)
    return certify_scores(
        score_run(found), alpha, delta, questions=questions, now=datetime.now(UTC), system=found.system,
        suite=found.suite, suite_fingerprint=found.suite_fingerprint, about=found.about,
    )  # fmt: skip


def certified_release(system: Certifiable, certificate: Certificate) -> Release:
    """The child of the release that the certificate was made on, added to the workspace; it is not live by that.

    Raises UserError if the run is of something else, or documents or settings have changed since."""
    about = certificate.about
    if about.get("kind") != "workspace":
        raise UserError(
            "only a run of a workspace can become its release; this one is of " + certificate.system
        )
    if about.get("ledger") != str(system.count().version):
        raise UserError("documents have changed since the run; run the suite again, then certify")
    own = system.settings.thresholds.abstain
    if own is not None and own < certificate.threshold:
        raise UserError(
            f"metier.yaml sets thresholds.abstain to {own}, below the certified {certificate.threshold:.3f}; remove it first"
        )
    parent = system.load_release(str(about.get("release")))
    with tempfile.TemporaryDirectory(dir=system.workspace.state) as scratch:
        write_certified(Path(scratch) / "release", parent, certificate)
        return system.add_release(Path(scratch) / "release")


def standing_of(system: Certifiable, limit: int = 2_000) -> Standing:
    """Whether the certificate of the live release holds now, by the newest `limit` answers that people asked for: what a suite, a
    grid or an import asks says nothing about them. Raises UserError if it has none."""
    release = system.release
    return standing(
        release,
        state_of(system) | {"release": release.id},
        system.settings.thresholds.abstain,
        system.traces(limit, "person"),
        datetime.now(UTC),
        system.feedback(),
    )


def suite_of_production(system: Opened, limit: int = 10_000) -> Suite:
    """Cases from the workspace's newest answers and what people said about them."""
    return from_production(system.traces(limit), system.feedback())


def as_suite(suite: AnySuite) -> Suite:
    """The suite itself, of a file, or of cases. Raises UserError if two cases share an id."""
    if isinstance(suite, Suite):
        return suite
    if isinstance(suite, str | Path):
        return read_suite(Path(suite))
    cases = tuple(suite)
    if len({case.id for case in cases}) < len(cases):
        raise UserError("two cases have the same id; results are kept by it, so each needs its own")
    return Suite("cases", cases)


def as_run(run: AnyRun) -> Run:
    """The run itself, or the one in the file."""
    return run if isinstance(run, Run) else read_run(Path(run))


def is_url(system: object) -> bool:
    """True for an http(s) URL."""
    return isinstance(system, str) and system.startswith(("http://", "https://"))


def _target(system: AnySystem, name: str, model: str, key_env: str, timeout_s: float) -> Target:
    if isinstance(system, str):
        return url_target(system, model=model, key_env=key_env, timeout_s=timeout_s)
    if hasattr(system, "stored_trace") and hasattr(system, "live_release"):
        return workspace_target(system)
    if callable(system):
        return callable_target(system, name)
    raise UserError(f"a system is a workspace, a URL or a function, not {type(system).__name__}")


def workspace_target(system: Any) -> Target:
    opened: Opened = system

    def ask(case: Case) -> Reply:
        user = None if case.user == DEFAULT_USER else case.user
        answer = opened.ask(case.question, user, occasion="evaluation")
        trace = opened.stored_trace(answer.id)
        reply = as_reply(answer)
        # The draft's confidence is what the settlement's threshold is held against, so a certificate can be applied.
        return Reply(reply.answer, trace.draft.confidence if trace and trace.draft else reply.confidence)

    about = state_of(opened)
    name = f"{opened.workspace.root.name} ({about['release'][:8]})"
    return Target(name, ask, about, lambda: state_of(opened))


def _sealed_target(opened: Sealable) -> Target:
    def ask(case: Case) -> Reply:
        trace = opened.ask_unlogged(case.question, None if case.user == DEFAULT_USER else case.user)
        reply = as_reply(trace.answer)
        return Reply(reply.answer, trace.draft.confidence if trace.draft else reply.confidence)

    return Target(str(opened.workspace.root.resolve()), ask, state_of(opened))


def state_of(opened: Opened) -> dict[str, str]:
    """What a workspace's answers depend on: its release, its documents and its settings, as a run and a certificate note it."""
    own = {"kind": "workspace", "release": opened.live_release(), "ledger": str(opened.count().version)}
    return own | opened.answering()


def utc_now() -> str:
    """The time to the second, as results carry it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
