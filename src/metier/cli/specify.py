"""`metier evaluate specify`: thirty choices between two wordings become requirements; a run can be checked against them."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from metier.cli.interrupt import stop_on_interrupt
from metier.cli.judge import judge_of, on_requirements
from metier.cli.options import Json
from metier.cli.show import ProgressView, err, out, print_json, show_table
from metier.cli.targets import check_targets
from metier.errors import Stopped, UserError
from metier.evaluate.judge_card import JudgeCard, read_card
from metier.evaluate.judges import Judge
from metier.evaluate.making.verb import generate_cases
from metier.evaluate.plain import plain
from metier.evaluate.requirements import Shown, shown
from metier.evaluate.run import read_run
from metier.evaluate.specify import (
    MARKS,
    Ask,
    Choice,
    Specification,
    added,
    as_json,
    check_run,
    interview,
    read_specification,
    renewed,
)
from metier.evaluate.suites import DEFAULT_USER, read_suite
from metier.evaluate.verdict import percent
from metier.store.files import write_durably
from metier.system import System, open_system
from metier.types import Case, Outcome, Progress

_CHOICES: dict[str, Choice] = {"1": "first", "2": "second", "s": "same"}


def specify(
    questions: Annotated[
        Path | None,
        typer.Argument(help="Questions to talk about (.csv, .jsonl); default: made from the documents."),
    ] = None,
    results: Annotated[Path, typer.Option("--out", help="Where the requirements are kept.")] = Path(
        "specification.json"
    ),
    marks: Annotated[int, typer.Option(min=1, help="Most choices to ask for.")] = MARKS,
    author: Annotated[str, typer.Option(help="Who chooses.")] = "",
    check: Annotated[
        Path | None,
        typer.Option(help="A run: prints how many of its answers meet --out's tests, asks nothing."),
    ] = None,
    add: Annotated[
        str,
        typer.Option(
            help="Add a requirement in your own words to --out, for a judge to read answers by; asks nothing."
        ),
    ] = "",
    blocking: Annotated[bool, typer.Option("--blocking", help="With --add: it must never fail.")] = False,
    who: Annotated[
        str,
        typer.Option(
            "--judge",
            help="With --check: workspace, or a URL of OpenAI's chat API, for tests in your own words.",
        ),
    ] = "",
    card: Annotated[
        Path | None,
        typer.Option(help="What `metier evaluate judge --requirements --out` wrote about that judge."),
    ] = None,
    json_: Json = False,
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", envvar="METIER_WORKSPACE", help="The workspace that answers.")
    ] = Path("."),
) -> None:
    """What must an answer be like? Choose between two wordings of the system's own answers; your choices become tests."""
    if add:
        found = read_specification(results) if results.exists() else Specification((), 0, author)
        _keep(results, added(found, add, author, blocking), json_)
        return
    if check is not None:
        judge = on_requirements(judge_of(who, workspace)) if who else None
        _check(check, results, judge, read_card(card) if card else None, json_)
        return
    check_targets(results)
    before = read_specification(results) if results.exists() else Specification((), 0, author)
    view = ProgressView(quiet=json_)
    with open_system(workspace) as system, stop_on_interrupt() as should_stop, view.drawing():
        suite = (
            read_suite(questions)
            if questions
            else generate_cases(system, 2 * marks, should_stop=should_stop, on_progress=view).suite
        )
        answered = _own_answers(system, suite.cases, marks, view, should_stop)
    choices = Choices(results.with_name(f"{results.name}.choices.jsonl"), _ask)
    try:
        found = interview(answered, choices, marks, author)
    except (typer.Abort, KeyboardInterrupt):
        raise Stopped(
            f"stopped; {choices.count} choices are kept in {choices.path}: the same command goes on with the next one"
        ) from None
    _keep(results, renewed(before, found), json_)
    choices.path.unlink(missing_ok=True)


def _keep(results: Path, found: Specification, json_: bool) -> None:
    write_durably(results, (json.dumps(as_json(found), ensure_ascii=False, indent=2) + "\n").encode())
    if json_:
        print_json(as_json(found))
        return
    _show(found)
    out.print(f"{len(found.tests)} requirements after {found.marks} choices: {results}", markup=False)


class Choices:
    """An interview's choices, each kept in a file as soon as it is made; what was chosen before is not asked again."""

    def __init__(self, path: Path, ask: Ask) -> None:
        self.path = path
        self._ask = ask
        self._kept = _choices_in(path)
        self.count = 0

    def __call__(self, question: str, one: Shown, other: Shown) -> Choice:
        asked = [question, one.text, *one.sources, other.text, *other.sources]
        if self.count < len(self._kept) and self._kept[self.count][0] == asked:
            choice = self._kept[self.count][1]
        else:  # the answers are others than then
            self._kept = self._kept[: self.count]
            choice = self._ask(question, one, other)
            self._kept.append((asked, choice))
            lines = (
                json.dumps({"asked": shown, "choice": said}, ensure_ascii=False) for shown, said in self._kept
            )
            write_durably(self.path, "".join(f"{line}\n" for line in lines).encode())
        self.count += 1
        return choice


def _choices_in(path: Path) -> list[tuple[list[str], Choice]]:
    if not path.exists():
        return []
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [(row["asked"], row["choice"]) for row in rows if row["choice"] in _CHOICES.values()]
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(f"{path} cannot be read as choices; remove it to begin again") from None


def _own_answers(
    system: System,
    cases: tuple[Case, ...],
    most: int,
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> list[tuple[str, Shown]]:
    """Questions that the system answers, with its answers; nothing is logged."""
    found: list[tuple[str, Shown]] = []
    begun = time.monotonic()
    for case in cases:
        if should_stop():
            raise Stopped("stopped before the first choice")
        on_progress(Progress(len(found), most, 0, time.monotonic() - begun, case.id, "answers"))
        answer = system.ask_unlogged(case.question, None if case.user == DEFAULT_USER else case.user).answer
        if answer.outcome is Outcome.ANSWERED:
            found.append((case.question, shown(answer)))
        if len(found) == most:
            break
    return found


def _ask(question: str, one: Shown, other: Shown) -> Choice:
    err.print(f"\n{question}", markup=False)
    for number, item in enumerate((one, other), start=1):
        sources = f"  [{'; '.join(item.sources)}]" if item.sources else "  [no source]"
        err.print(f"{number}: {item.text}\n{sources}", markup=False)
    while (
        said := typer.prompt("which one? 1, 2 or s (either will do)", err=True).strip().lower()
    ) not in _CHOICES:
        err.print("1, 2 or s", markup=False)
    return _CHOICES[said]


def _show(found: Specification) -> None:
    if found.tests:
        show_table(("an answer", "marks for it"), [(test.told, str(test.weight)) for test in found.tests])


def _check(
    run_file: Path, specification: Path, judge: Judge | None, card: JudgeCard | None, json_: bool
) -> None:
    if not specification.exists():
        raise UserError(
            f"{specification} is not there; name it with --out, or make it with metier evaluate specify"
        )
    made = read_specification(specification)
    found = check_run(read_run(run_file), made, judge, card)
    blocked = [test for test in made.tests if test.blocking and found[test.id].n and found[test.id].value < 1]
    if json_:
        print_json(
            {"tests": {key: plain(share) for key, share in found.items()}, "blocked": [t.id for t in blocked]}
        )
    else:
        rows = [
            (test.told, str(found[test.id].n), percent(found[test.id].value),
             f"{percent(found[test.id].low)} to {percent(found[test.id].high)}", "blocks" if test in blocked else "")
            for test in made.tests
        ]  # fmt: skip
        show_table(("an answer", "n", "met", "95% interval", ""), rows)
    if blocked:
        raise typer.Exit(1)
