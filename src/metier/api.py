"""The Python face: open a workspace, ask, ingest; evaluate it, or any other system, in two calls.

```python
with open_workspace("work") as system:
    answer = system.ask("How long is the notice period?")

before = run("work", "questions.csv")
after = run("http://127.0.0.1:8000/ask", "questions.csv")
print(compare(after, before).sentence)
```
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from metier.evaluate.attribution import Attribution
from metier.evaluate.certificate import Certificate
from metier.evaluate.compare import Comparison
from metier.evaluate.growing import Growth
from metier.evaluate.judge_card import JudgeCard
from metier.evaluate.judges import CallableJudge
from metier.evaluate.judging import measure_judge
from metier.evaluate.making.verb import generate_cases
from metier.evaluate.marks import read_marks
from metier.evaluate.power import Plan
from metier.evaluate.power import plan_comparison as plan
from metier.evaluate.report import build_report
from metier.evaluate.report_files import write_report
from metier.evaluate.run import Run
from metier.evaluate.scores import Summary
from metier.evaluate.stress import Stress
from metier.evaluate.suites import Suite
from metier.evaluate.verbs import (
    AnyRun,
    AnySuite,
    AnySystem,
    as_run,
    blame_any,
    certify_any,
    compare_any,
    figures_of,
    run_any,
    stress_any,
    suite_of_production,
    utc_now,
)
from metier.flow.ingest import IngestReport
from metier.specialize.revisions import Limits
from metier.specialize.run import BUDGET, Recipe
from metier.specialize.verb import Made, specialize_system
from metier.system import System, open_system
from metier.types import Answer, Case, Citation, Outcome, Progress, Statement

__all__ = [
    "Answer",
    "Attribution",
    "Case",
    "Certificate",
    "Citation",
    "Comparison",
    "IngestReport",
    "JudgeCard",
    "Made",
    "Outcome",
    "Plan",
    "Run",
    "Statement",
    "Stress",
    "Suite",
    "Summary",
    "System",
    "blame",
    "certify",
    "compare",
    "figures",
    "generate",
    "judge",
    "open_workspace",
    "plan",
    "production_suite",
    "report",
    "run",
    "specialize",
    "stress",
]  # fmt: skip


def open_workspace(folder: str | Path = ".") -> System:
    """The ready System of the workspace at or above the folder. Raises metier.errors.UserError if there is none."""
    return open_system(Path(folder))


def run(
    system: AnySystem,
    suite: AnySuite,
    *,
    out: str | Path | None = None,
    name: str = "",
    workers: int = 2,
    timeout_s: float = 120.0,
    model: str = "default",
    key_env: str = "",
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Run:
    """Every case of the suite asked of the system; `figures` of it, or compare it with another run.

    The system is a workspace (open, or its folder), a URL, or a function question -> text (or -> a mapping with `text`,
    `citations`, `abstained`, `confidence`; a parameter `user` is given the case's user). The suite is a CSV or JSONL
    file, or cases. `out` keeps each result the moment it is there, and goes on where an interrupted run stopped.
    """
    return run_any(
        system, suite, open_system, out=out, name=name, workers=workers, timeout_s=timeout_s, model=model,
        key_env=key_env, on_progress=on_progress,
    )  # fmt: skip


def figures(run: AnyRun) -> Summary:
    """What a run came to, each share with its interval."""
    return figures_of(run)


def generate(system: System, cases: int = 200, seed: int = 1, shadow: str | Path | None = None) -> Suite:
    """Cases made from the workspace's documents, without a language model. Raises UserError if nothing can be asked of them.

    With `shadow` a workspace is made in that folder, to be ingested and asked: some documents are left out, others planted."""
    return generate_cases(system, cases, seed, shadow=Path(shadow) if shadow else None).suite


def report(
    run: AnyRun, folder: str | Path = "report", baseline: AnyRun | None = None, alpha: float = 0.05
) -> Path:
    """The page of a run (index.html; JSON, JUnit XML and Markdown beside it): verdict, figures, where it breaks, what was not tested."""
    base = None if baseline is None else as_run(baseline)
    return write_report(build_report(as_run(run), base, alpha, 0.05, datetime.now(UTC)), Path(folder))[0]


def compare(a: AnyRun, b: AnyRun) -> Comparison:
    """Is A better than B? A sentence, the interval of the difference, and better | worse | cannot tell; slices besides.

    Raises UserError if they share fewer than 10 independent cases.
    """
    return compare_any(a, b)


def certify(run: AnyRun, alpha: float = 0.05, delta: float = 0.05, questions: int = 10_000) -> Certificate:
    """The confidence from which answers may be shown unseen: at most alpha of them wrong, with certainty 1 - delta.

    Raises UserError, saying why, where no threshold can be certified.
    """
    return certify_any(run, alpha, delta, questions)


def blame(run: AnyRun, system: System | str | Path, most: int = 0) -> Attribution:
    """Why answers of a run are wrong: each blamed on the first stage that lost what it needed, and the documents to add.

    `system` is the workspace (open, or its folder) that gave the answers; at most `most` answers are looked at (0 = all).
    """
    return blame_any(run, system, open_system, most)


def stress(
    system: System,
    suite: AnySuite,
    out: str | Path,
    *,
    sizes: tuple[int, ...] = (),
    first: int = 0,
    distractors: str | Path | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Stress:
    """The same suite while the corpus grows (20, 200, 2,000 ... files, or `sizes`), in a shadow of the workspace: does it hold?

    `first` keeps only the cases of so many documents, `distractors` is a folder of other documents to grow by. Steps are kept
    in the folder `out`; the same call goes on where it was stopped. Raises UserError if there is nothing to grow by.
    """
    other = None if distractors is None else Path(distractors)
    return stress_any(system, suite, out, open_system, Growth(sizes, first, other), on_progress=on_progress)


def judge(function: Callable[[str, str, str], Any], marks: str | Path, name: str = "") -> JudgeCard:
    """What a judge is worth beside people: a function (question, reference, answer) -> right or not (or 0 to 1), measured on a sheet of
    answers that people marked. Raises UserError where the marks cannot tell."""
    return measure_judge(CallableJudge(function, name), read_marks(Path(marks)), utc_now)


def specialize(
    system: System,
    *,
    seed: int = 7,
    budget: int = BUDGET,
    leave_out: tuple[str, ...] = (),
    vault: bool = False,
    second_round: bool = False,
    revise: int = 0,
    revise_cost: float = Limits().cost,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Made:
    """Feedback -> a candidate release and the verdict of its gate; `system.promote(made.release)` makes it live.

    Always learns from the live release and all feedback; the same of both with the same seed makes the same release.
    With `revise`, models.judge is asked about up to so many answers that people called wrong, at most for `revise_cost`.
    Raises Busy if another process writes, UserError for an unknown component in `leave_out`, or to revise without models.judge.
    """
    recipe = Recipe(seed, budget, leave_out, vault, second_round, revise=Limits(revise, revise_cost))
    return specialize_system(system, recipe, on_progress, should_stop)


def production_suite(system: System, limit: int = 10_000) -> Suite:
    """Cases from the workspace's newest answers and what people said about them; see evaluate/suites.py."""
    return suite_of_production(system, limit)
