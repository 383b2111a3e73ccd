"""`metier specialize`, and the commands that compare and carry releases."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from metier.cli.interrupt import stop_on_interrupt
from metier.cli.options import HERE, Json, Where
from metier.cli.show import ProgressView, out, print_json, show_table
from metier.cli.targets import check_targets
from metier.errors import UserError
from metier.specialize import cold_start
from metier.specialize.card import card
from metier.specialize.ledger import BEYOND
from metier.specialize.revisions import Limits, forecast
from metier.specialize.run import BUDGET, COMPONENTS, Outcome, Recipe
from metier.specialize.verb import prices_of, specialize_system
from metier.system import open_system
from metier.types import Release


def specialize(
    seed: Annotated[int, typer.Option(help="The same seed and the same feedback make the same release.")] = 7,
    budget: Annotated[
        int, typer.Option(help="Most questions that each part (fit, tune, gate) asks again.")
    ] = BUDGET,
    without: Annotated[
        list[str] | None,
        typer.Option(help=f"Leave a component out: {', '.join((*COMPONENTS, cold_start.NAME))}."),
    ] = None,
    vault: Annotated[
        bool,
        typer.Option(
            "--vault", help="Judge on the sealed suite, which spends a look, and learn from all feedback."
        ),
    ] = False,
    second_round: Annotated[
        bool,
        typer.Option(
            "--second-round",
            help="Learn once more, from what each passage does to the answer; takes a minute more.",
        ),
    ] = False,
    revise: Annotated[
        int,
        typer.Option(
            min=0,
            help="Let models.judge revise up to so many answers that people called wrong: question, answer and what its asker is "
            "shown go to it. 0: it is not asked.",
        ),
    ] = 0,
    revise_cost: Annotated[
        float, typer.Option(min=0, help="Most that revisions may cost, at the prices in metier.yaml.")
    ] = Limits().cost,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """Learn from all feedback, or from the documents alone where there is none: a candidate release and the verdict of its gate. Ctrl-C is safe: then nothing is written.

    Exit code 0 if the candidate passed, 1 if not, 130 if stopped.
    """
    view = ProgressView(quiet=json_)
    with open_system(workspace) as system, stop_on_interrupt() as should_stop, view.drawing():
        limits = Limits(revise, revise_cost)
        recipe = Recipe(seed, budget, tuple(without or ()), vault, second_round, revise=limits)
        if revise and not json_:
            out.print(forecast(limits, prices_of(system.settings)).sentence, markup=False)
        made = specialize_system(system, recipe, view, should_stop)
    if made.outcome is None:
        if json_:
            print_json({"interrupted": True})
        else:
            out.print("stopped; nothing was written")
        raise typer.Exit(130)
    if json_:
        print_json({"release": made.release, "passed": made.passed, "manifest": dict(made.outcome.manifest)})
    else:
        _show(made.release, made.outcome)
    if not made.passed:
        raise typer.Exit(1)


def _show(release: str, outcome: Outcome) -> None:
    learnt = outcome.manifest["learnt_from"]
    out.print(
        f"{learnt['rows']} rows of feedback on {learnt['examples']} answers; {learnt['dropped_rows']} rows left out",
        markup=False,
    )
    if learnt["dropped"]:
        show_table(("rows left out", "why"), [(str(count), why) for why, count in learnt["dropped"].items()])
    if revised := outcome.manifest.get("revisions"):
        out.print(
            f"{revised['model']} was asked about {revised['asked']} answers; {revised['kept']} revisions teach, cost "
            f"{revised['cost']:.2f}",
            markup=False,
        )
        if revised["dropped"]:
            told = [(str(count), why) for why, count in revised["dropped"].items()]
            show_table(("revisions left out", "why"), told)
    rows = [
        (item.name, "kept" if item.kept else "dropped", item.reason, _gain(item.as_json()))
        for item in outcome.components
    ]
    show_table(("component", "", "why", "gain"), rows)
    right = f"right on {outcome.ledger.questions} questions of the tuning part"
    for title, lines in ((right, outcome.ledger.rows), (BEYOND, outcome.ledger.pairs)):
        if lines:
            show_table(("release", title), [(name, f"{value:.1%}") for name, value in lines.items()])
    verdict = outcome.verdict
    if not release:
        out.print(
            "nothing was kept, so there is no candidate; the live release stays. What teaches: answers corrected in place and "
            "better passages, some forty on different documents at least",
            markup=False,
        )
        return
    out.print(f"candidate {release[:12]}, gate: {verdict.verdict}: {verdict.reason}", markup=False)
    if verdict.plan:
        out.print(verdict.plan, markup=False)
    if verdict.label_next:
        out.print(f"label next (answered differently): {' '.join(verdict.label_next)}", markup=False)
    if verdict.verdict == "pass":
        out.print(f"make it live: metier release promote {release[:12]}", markup=False)


def _gain(item: Mapping[str, Any]) -> str:
    return "" if item["gain"] is None else f"{item['gain'][0]:+.3f} {item['unit']}"


# --- releases -------------------------------------------------------------------------------------------------------


def release_show(release: str, json_: Json = False, workspace: Where = HERE) -> None:
    """The card of a release: what it is for, what it learnt from, what changed, what its gate says, what is not known."""
    with open_system(workspace) as system:
        found, live = system.load_release(release), system.live_release()
    text = card(found.manifest)
    if json_:
        told = {"id": found.id, "live": found.id == live, "manifest": dict(found.manifest), "card": text}
        print_json(told)
        return
    out.print(f"release {found.id}{', live' if found.id == live else ''}", markup=False)
    out.print(text, markup=False, end="")


def release_diff(one: str, other: str, json_: Json = False, workspace: Where = HERE) -> None:
    """What differs between two releases, value by value."""
    with open_system(workspace) as system:
        first, second = system.load_release(one), system.load_release(other)
    changes = diff(first, second)
    if json_:
        print_json([{"part": part, "value": name, "before": a, "after": b} for part, name, a, b in changes])
        return
    if not changes:
        out.print("no value differs")
        return
    show_table(
        ("part", "value", "before", "after"),
        [(part, name, _short(a), _short(b)) for part, name, a, b in changes],
    )


def diff(one: Release, other: Release) -> list[tuple[str, str, Any, Any]]:
    """(part, path of the value, before, after) of every value that differs; None stands for "not there"."""
    found = []
    for part in sorted(one.parts.keys() | other.parts.keys()):
        before, after = (dict(_flat(release.parts.get(part, {}))) for release in (one, other))
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                found.append((part, name, before.get(name), after.get(name)))
    return found


def _flat(data: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in data.items():
        path = f"{above}{name}"
        rows += _flat(value, f"{path}.") if isinstance(value, Mapping) else [(path, value)]
    return rows


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 40 else text[:37] + "..."


def release_export(release: str, file: Path, json_: Json = False, workspace: Where = HERE) -> None:
    """Write a release to a ZIP file, to carry it to another workspace."""
    check_targets(file)
    if file.exists():
        raise UserError(f"{file} is there already; name another file or remove it")
    with open_system(workspace) as system:
        identity = system.export_release(release, file).id
    if json_:
        print_json({"release": identity, "file": str(file)})
    else:
        out.print(f"{file}: release {identity[:12]}", markup=False)


def release_import(file: Path, json_: Json = False, workspace: Where = HERE) -> None:
    """Add the release of a ZIP file; it is not live by that."""
    with open_system(workspace) as system:
        identity = system.import_release(file).id
    if json_:
        print_json({"release": identity})
    else:
        out.print(f"release {identity[:12]} is in the workspace; it is not live", markup=False)
