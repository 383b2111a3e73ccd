"""`metier evaluate blame`: the stage at which each wrong answer of a run was lost, and the documents to add."""

import json
from pathlib import Path
from typing import Annotated

import typer

from metier.cli.interrupt import stop_on_interrupt
from metier.cli.options import Json
from metier.cli.show import ProgressView, out, print_json, show_table
from metier.cli.targets import check_targets
from metier.evaluate.attribution import Attribution
from metier.evaluate.diagnosis import LOOKED_AT, diagnose
from metier.evaluate.plain import plain
from metier.evaluate.run import read_run
from metier.evaluate.verbs import blame_any
from metier.store.files import write_durably
from metier.system import open_system


def blame(
    run_file: Annotated[Path, typer.Argument(help="A file that `metier evaluate run` wrote.")],
    most: Annotated[int, typer.Option(min=0, help="Look at so many wrong answers; 0 = all.")] = 0,
    results: Annotated[
        Path | None,
        typer.Option("--out", help="Write it here as JSON, for `metier evaluate report --blame`."),
    ] = None,
    before: Annotated[
        Path | None,
        typer.Option(help="An earlier run of the cases: which stage broke since, from answers alone."),
    ] = None,
    json_: Json = False,
    workspace: Annotated[
        Path,
        typer.Option(
            "--workspace", "-w", envvar="METIER_WORKSPACE", help="The workspace that gave the answers."
        ),
    ] = Path("."),
) -> None:
    """Why answers are wrong: replayed in the workspace, each blamed on the first stage that lost what it needed.

    With --before the run may be of any system over the same documents; the workspace is then only compared with."""
    if before is not None:
        _since(before, run_file, workspace, most, json_)
        return
    check_targets(results)
    view = ProgressView(quiet=json_)
    with stop_on_interrupt() as should_stop, view.drawing():
        found = blame_any(run_file, workspace, open_system, most, on_progress=view, should_stop=should_stop)
        is_stopped = should_stop() and found.left > 0
    if results:
        write_durably(results, (json.dumps(plain(found), ensure_ascii=False, indent=2) + "\n").encode())
    if json_:
        print_json(plain(found))
    else:
        _show(found)
    if is_stopped:
        raise typer.Exit(130)


def _since(before: Path, now: Path, workspace: Path, most: int, json_: bool) -> None:
    """What broke between two runs."""
    then, after = read_run(before), read_run(now)
    with open_system(workspace) as system:
        found = diagnose(then.rows, after.rows, system, most=most or LOOKED_AT)
    if json_:
        print_json(plain(found))
        return
    told = f"{found.broken} answers were right before and are not now, {found.better} the other way (p = {found.p:.2g})"
    votes = ", ".join(f"{stage} {count:g}" for stage, count in found.votes.items())
    if found.stage:
        out.print(f"{told}\nmost likely broken: {found.stage} (votes: {votes})", markup=False)
    else:
        out.print(f"{told}\nno stage can be named", markup=False)


def _show(found: Attribution) -> None:
    if not found.blames:
        out.print("no wrong answers" if not found.left else f"{found.left} wrong answers, none looked at")
    else:
        show_table(("answers", "lost at"), [(str(count), stage) for stage, count in found.counts.items()])
        for item in found.blames:
            then = f" (mended, then: {item.then})" if item.then else ""
            out.print(f"{item.case}: {item.stage}{then}: {item.why}", markup=False)
    if found.left and found.blames:
        out.print(f"{found.left} wrong answers were not looked at", markup=False)
    if found.wanted:
        out.print("documents you should add:", markup=False)
    for wish in found.wanted:
        known = "" if wish.known else "; whether there is an answer is not known"
        out.print(f"  {wish.what} ({len(wish.questions)} questions{known})", markup=False)
