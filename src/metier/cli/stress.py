"""`metier evaluate stress`: the same suite while the corpus grows."""

from pathlib import Path
from typing import Annotated

import typer

from metier.cli.interrupt import stop_on_interrupt
from metier.cli.options import HERE, Json, Where
from metier.cli.show import ProgressView, err, out, print_json, show_table
from metier.errors import UserError
from metier.evaluate.growing import Growth, plan_growth
from metier.evaluate.plain import plain
from metier.evaluate.stress import Stress, table_of
from metier.evaluate.suites import read_suite
from metier.evaluate.verbs import stress_any
from metier.system import open_system


def stress(
    suite: Annotated[Path, typer.Argument(help="Cases: a .csv or .jsonl file.")],
    results: Annotated[Path, typer.Option("--out", help="The folder where every step is kept.")] = Path(
        "stress"
    ),
    sizes: Annotated[
        str,
        typer.Option(
            help="Sizes of the corpus in files, e.g. 20,200,2000; default: those, and all there are."
        ),
    ] = "",
    first: Annotated[
        int,
        typer.Option(
            min=0,
            help="Only the cases of so many documents, so that the corpus can begin that small; 0 = all.",
        ),
    ] = 0,
    distractors: Annotated[
        Path | None, typer.Option(help="A folder of other documents to grow by, after one's own.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed lets documents in in another order.")] = 1,
    timeout_s: Annotated[float, typer.Option(help="Seconds one answer may take.")] = 120.0,
    forecast: Annotated[
        bool, typer.Option("--forecast", help="Say what would be done, and do nothing.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the shadow workspace when all is done.")] = False,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """Does what was seen on 20 documents hold on 2,000? Quality, risk and latency at each size, in a shadow workspace; stop at
    any time, the same command goes on. Exit code 1 if it does not hold."""
    wanted = Growth(_sizes(sizes), first, distractors, seed, timeout_s, keep)
    cases = read_suite(suite)
    view = ProgressView(quiet=json_)
    with open_system(workspace) as system:
        if forecast:
            plan = plan_growth(system, cases, wanted)
            told = {
                "sizes": list(plan.sizes),
                "cases": len(plan.suite),
                "bytes": plan.size_bytes,
                "notes": list(plan.notes),
            }
            print_json(told | {"sentence": plan.sentence}) if json_ else out.print(
                "\n".join([plan.sentence, *plan.notes]), markup=False
            )
            return
        with stop_on_interrupt() as should_stop, view.drawing():
            found = stress_any(
                system, cases, results, open_system, wanted, on_progress=view, should_stop=should_stop,
                say=lambda text: err.print(text, markup=False),
            )  # fmt: skip
    if json_:
        print_json(plain(found) | {"out": str(results / "stress.json")})
    else:
        show_stress(found)
        out.print(
            f"kept: {results / 'stress.json'}; metier evaluate report RUN --stress {results / 'stress.json'}",
            markup=False,
        )
    if found.left:
        raise typer.Exit(130)
    if found.holds is False:
        raise typer.Exit(1)


def show_stress(found: Stress) -> None:
    """The curve as a table, then its sentence."""
    if found.steps:
        show_table(
            ("documents", "right", "change", "wrong and shown", "change", "median s", "95% within s"),
            table_of(found),
        )
    out.print(found.sentence, markup=False)
    if found.left:
        out.print(
            f"not reached yet: {', '.join(map(str, found.left))} files; the same command goes on",
            markup=False,
        )


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part.replace("_", "")) for part in text.split(",") if part.strip())
    except ValueError:
        raise UserError(f"--sizes is numbers with commas between, e.g. 20,200,2000, not {text!r}") from None
