"""`metier evaluate report`: a run, with what else is known of it, as pages."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from metier.cli.options import Json
from metier.cli.runs import Alpha, Delta, RunFile
from metier.cli.show import err, out, print_json
from metier.evaluate.attribution import read_attribution
from metier.evaluate.baselines import read_baselines
from metier.evaluate.judge_card import read_card
from metier.evaluate.report import build_report
from metier.evaluate.report_files import write_report
from metier.evaluate.run import read_run
from metier.evaluate.stress import read_stress


def report(
    run_file: RunFile,
    results: Annotated[Path, typer.Option("--out", help="The folder to write into.")] = Path("report"),
    baseline: Annotated[Path | None, typer.Option(help="Another run of the suite to compare with.")] = None,
    blame: Annotated[
        Path | None, typer.Option(help="What `metier evaluate blame --out` wrote about the run.")
    ] = None,
    stress_file: Annotated[
        Path | None, typer.Option("--stress", help="The stress.json of `metier evaluate stress`.")
    ] = None,
    judge_card: Annotated[
        Path | None, typer.Option("--judge", help="The card that `metier evaluate judge --out` wrote.")
    ] = None,
    simple: Annotated[
        Path | None, typer.Option("--baselines", help="What `metier evaluate baselines --out` wrote.")
    ] = None,
    alpha: Alpha = 0.05,
    delta: Delta = 0.05,
    json_: Json = False,
) -> None:
    """One page to read or print (index.html), and the same as JSON, JUnit XML and Markdown."""
    base = read_run(baseline) if baseline else None
    blamed = read_attribution(blame) if blame else None
    grown = read_stress(stress_file) if stress_file else None
    card = read_card(judge_card) if judge_card else None
    beside = read_baselines(simple) if simple else None
    found = build_report(
        read_run(run_file), base, alpha, delta, datetime.now(UTC), blamed, grown, card, beside
    )
    paths: Sequence[Path] = write_report(found, results)
    if json_:
        print_json(
            {"verdict": found.verdict, "reasons": list(found.reasons), "files": [str(path) for path in paths]}
        )
        return
    out.print(f"{found.verdict}: {'; '.join(found.reasons)}", markup=False)
    for path in paths:
        err.print(f"wrote {path}", markup=False)
