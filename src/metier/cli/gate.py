"""`metier evaluate compare` and `gate`: is one run better than another, in words, as an exit code, or by a look of the vault."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from metier.cli.interrupt import stop_on_interrupt
from metier.cli.options import HERE, Json, Where
from metier.cli.runs import RunFile
from metier.cli.show import ProgressView, out, print_json, show_table
from metier.errors import UserError
from metier.evaluate.compare import Comparison
from metier.evaluate.plain import plain
from metier.evaluate.vault import PROTECTS, BudgetSpent, environment_key
from metier.evaluate.verbs import compare_any, look_any
from metier.evaluate.verdict import signed, verdict
from metier.store.workspace import find_workspace
from metier.system import open_system

_PASS, _WORSE, _SPENT, _CANNOT_TELL = (
    0,
    1,
    3,
    4,
)  # exit codes of `gate`; 2 is a problem its user can mend, as everywhere


def compare(a: RunFile, b: RunFile, json_: Json = False) -> None:
    """Is A better than B, on the same cases? A sentence, an interval, a verdict; slices with Holm's adjustment."""
    found = compare_any(a, b)
    if json_:
        print_json(plain(found))
    else:
        _show_comparison(found)


def gate(
    candidate: Annotated[str, typer.Argument(help="A run's file; with --vault a workspace or a URL.")],
    baseline: Annotated[str, typer.Argument(help="What it is compared with, likewise.")],
    margin: Annotated[
        float, typer.Option(help="Points the candidate may lose and still pass; 0 = it must be better.")
    ] = 0.0,
    vault: Annotated[
        bool, typer.Option("--vault", help="On the sealed suite of the workspace: spends one look.")
    ] = False,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """For CI: exit 0 = passes, 1 = worse, 4 = cannot tell, 3 = the vault's looks are spent; 2 = nothing was compared (a missing
    file, a wrong option). Without --vault the cases are not sealed, and trying often is not counted."""
    if margin < 0:
        raise UserError(f"the margin is 0 or more points, not {margin:g}")
    if vault:
        _gate_on_vault(candidate, baseline, margin / 100, json_, workspace)
    found = compare_any(candidate, baseline)
    code = gate_code(found, margin / 100)
    word = {_PASS: "pass", _WORSE: "worse", _CANNOT_TELL: "cannot tell"}[code]
    if json_:
        print_json({"gate": word, "margin": margin / 100, "comparison": plain(found)})
    else:
        allowed = f" (may lose {margin:g} points)" if margin else ""
        out.print(f"gate: {word}{allowed}", markup=False)
        _show_comparison(found)
    raise typer.Exit(code)


def _gate_on_vault(candidate: str, baseline: str, margin: float, json_: bool, workspace: Path) -> NoReturn:
    key = environment_key()
    assert key is not None
    view = ProgressView(quiet=json_)
    try:
        with stop_on_interrupt() as should_stop, view.drawing():
            found = look_any(
                find_workspace(workspace).state, key, candidate, baseline, open_system, margin,
                on_progress=view, should_stop=should_stop,
            )  # fmt: skip
    except BudgetSpent as spent:
        if json_:
            print_json({"gate": "budget spent", "detail": str(spent)})
        else:
            out.print(f"gate: budget spent: {spent}", markup=False)
        raise typer.Exit(_SPENT) from None
    if json_:
        print_json({"gate": found.word, "margin": margin, "look": plain(found)})
    else:
        gain = "" if found.low is None else f", at least {signed(found.low)} points"
        cost = " (looked at before: nothing spent)" if found.again else ""
        out.print(
            f"gate: {found.word}{gain}; look {found.look} of {found.looks}{cost}\n{PROTECTS}", markup=False
        )
    raise typer.Exit({"pass": _PASS, "worse": _WORSE, "cannot tell": _CANNOT_TELL}[found.word])


def gate_code(found: Comparison, margin: float) -> int:
    """The exit code: pass if the whole interval is above minus the margin, worse if it is below 0."""
    if found.difference.low > -margin:
        return _PASS
    return _WORSE if verdict(found.difference) == "worse" else _CANNOT_TELL


def _show_comparison(found: Comparison) -> None:
    out.print(found.sentence, markup=False)
    out.print(
        f"only {found.a} right: {found.gained}, only {found.b} right: {found.lost} (exact McNemar p = {found.p_exact:.3g}); "
        f"{found.groups} independent groups",
        markup=False,
    )
    for note in found.notes:
        out.print(note, markup=False)
    rows = [
        (item.name, str(item.difference.n), signed(item.difference.value),
         f"{signed(item.difference.low)} to {signed(item.difference.high)}", f"{item.adjusted:.3g}", item.verdict)
        for item in found.slices
    ]  # fmt: skip
    if rows:
        show_table(("slice", "n", "points", "95% interval", "p (Holm)", "verdict"), rows)
