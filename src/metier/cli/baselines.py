"""`metier evaluate baselines`: what simple means come to on the cases of a run."""

from pathlib import Path
from typing import Annotated

import typer

from metier.cli.interrupt import stop_on_interrupt
from metier.cli.options import HERE, Json, Where
from metier.cli.show import ProgressView, out, print_json, show_table
from metier.cli.targets import check_targets
from metier.evaluate.baselines import Baselines, baselines_text, measure_baselines
from metier.evaluate.plain import plain
from metier.evaluate.run import read_run
from metier.evaluate.verdict import interval, percent, signed
from metier.models.open import open_language_model
from metier.store.files import write_durably
from metier.system import open_system


def baselines(
    run_file: Annotated[Path, typer.Argument(help="A file that `metier evaluate run` wrote.")],
    results: Annotated[
        Path | None,
        typer.Option("--out", help="Write them here as JSON, for `metier evaluate report --baselines`."),
    ] = None,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """Keyword search alone, the language model without documents, word overlap as confidence: is the system better than that?"""
    check_targets(results)
    view = ProgressView(quiet=json_)
    with stop_on_interrupt() as should_stop, view.drawing(), open_system(workspace) as system:
        named = system.settings.models.generator
        model = open_language_model(named) if named else None
        found = measure_baselines(read_run(run_file), system, model, view, should_stop)
    if results:
        write_durably(results, baselines_text(found).encode())
    if json_:
        print_json(plain(found))
        return
    _show(found)


def _show(found: Baselines) -> None:
    rows = [
        (item.name, percent(item.right.value), percent(item.shown.value), percent(item.wrong_among_shown.value),
         f"{signed(item.difference.value)} ({signed(item.difference.low)} to {signed(item.difference.high)})", item.verdict)
        for item in found.baselines
    ]  # fmt: skip
    show_table(
        ("baseline", "right", "answered", "wrong among answered", "the run beside it, points", "verdict"),
        rows,
    )
    for name, item in (("confidence", found.ranked_by_confidence), ("word overlap", found.ranked_by_overlap)):
        out.print(
            f"a right answer is ranked above a wrong one by {name}: {percent(item.value)} ({interval(item)}) of {item.n} answers",
            markup=False,
        )
    for note in found.notes:
        out.print(note, markup=False)
