"""`metier evaluate vault ...`: seal a suite, see how many looks are left, put other cases in its place, see why."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from metier.cli.options import HERE, Json, Where
from metier.cli.show import out, print_json
from metier.evaluate.hillclimb import climb
from metier.evaluate.plain import plain
from metier.evaluate.suites import read_suite
from metier.evaluate.vault import PROTECTS, Status, create, environment_key, rotate, status
from metier.store.workspace import find_workspace

app = typer.Typer(
    no_args_is_help=True,
    help="A sealed suite, looked at a declared number of times (`metier evaluate gate --vault`).",
    rich_markup_mode=None,
)
Cases = Annotated[
    Path, typer.Argument(help="Cases to seal: a .csv or .jsonl file. Delete it afterwards, metier does not.")
]
Looks = Annotated[int, typer.Option(help="How often the suite may be looked at, declared now.")]
Alpha = Annotated[float, typer.Option(help="Most probability that any look passes what is not better.")]


@app.command("create")
def create_vault(
    cases: Cases, looks: Looks = 20, alpha: Alpha = 0.05, json_: Json = False, workspace: Where = HERE
) -> None:
    """Seal a suite; the key goes to the file that METIER_VAULT_KEY_FILE names, made if it is not there."""
    key = environment_key()
    assert key is not None
    _show(create(find_workspace(workspace).state, read_suite(cases), looks, alpha, key), json_)


@app.command("rotate")
def rotate_vault(
    cases: Cases, looks: Looks = 20, alpha: Alpha = 0.05, json_: Json = False, workspace: Where = HERE
) -> None:
    """Seal other cases in place of those that were looked at."""
    key = environment_key()
    assert key is not None
    _show(rotate(find_workspace(workspace).state, read_suite(cases), looks, alpha, key), json_)


@app.command("status")
def vault_status(json_: Json = False, workspace: Where = HERE) -> None:
    """How many looks are left; the ledger is checked if the key is there."""
    _show(status(find_workspace(workspace).state, environment_key(needed=False)), json_)


@app.command("demo")
def demo(
    rows: Annotated[int, typer.Option(min=10, help="Cases of the open suite.")] = 50,
    tweaks: Annotated[int, typer.Option(min=1, help="Tweaks that change nothing.")] = 20,
    seed: int = 1,
    json_: Json = False,
) -> None:
    """Why: tweaks that change nothing "win" on a small suite; the vault's gate refuses them."""
    found = climb(rows, tweaks, 0.05, np.random.default_rng(seed), 0.7, 0.2)
    if json_:
        print_json(plain(found))
        return
    out.print(
        f"{tweaks} tweaks that change nothing, on {rows} cases.\n"
        f"Adopting what scores higher: {found.wins_naive} win, {100 * found.gain_naive:+.1f} points, all of it noise.\n"
        f"The vault's gate passes {found.passes} of them.",
        markup=False,
    )


def _show(found: Status, json_: bool) -> None:
    if json_:
        print_json(plain(found))
        return
    checked = "ledger checked" if found.checked else "ledger not checked: the key is not there"
    out.print(
        f"generation {found.generation}: {found.cases} sealed cases, {found.spent} of {found.looks} looks spent, "
        f"alpha {found.alpha:g}; {checked}\n{PROTECTS}",
        markup=False,
    )
