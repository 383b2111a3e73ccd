"""`metier evaluate specify`: thirty choices between two wordings become requirements; a run can be checked against them."""

import json
from pathlib import Path
from typing import Annotated

import typer

from metier.cli.judge import judge_of, on_requirements
from metier.cli.options import Json
from metier.cli.show import err, out, print_json, show_table
from metier.errors import UserError
from metier.evaluate.judge_card import JudgeCard, read_card
from metier.evaluate.judges import Judge
from metier.evaluate.making.verb import generate_cases
from metier.evaluate.plain import plain
from metier.evaluate.requirements import Shown, shown
from metier.evaluate.run import read_run
from metier.evaluate.specify import (
    MARKS,
    Choice,
    Specification,
    added,
    as_json,
    check_run,
    interview,
    read_specification,
)
from metier.evaluate.suites import DEFAULT_USER, read_suite
from metier.evaluate.verdict import percent
from metier.store.files import write_durably
from metier.system import System, open_system
from metier.types import Case, Outcome

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
    with open_system(workspace) as system:
        cases = read_suite(questions).cases if questions else generate_cases(system, 2 * marks).suite.cases
        answered = _own_answers(system, cases, marks)
    _keep(results, interview(answered, _ask, marks, author), json_)


def _keep(results: Path, found: Specification, json_: bool) -> None:
    write_durably(results, (json.dumps(as_json(found), ensure_ascii=False, indent=2) + "\n").encode())
    if json_:
        print_json(as_json(found))
        return
    _show(found)
    out.print(f"{len(found.tests)} requirements after {found.marks} choices: {results}", markup=False)


def _own_answers(system: System, cases: tuple[Case, ...], most: int) -> list[tuple[str, Shown]]:
    """Questions that the system answers, with its answers; nothing is logged."""
    found = []
    for case in cases:
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
