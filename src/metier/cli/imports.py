"""`metier evaluate import`: scores of other tools with their intervals, and two of them compared."""

from pathlib import Path
from typing import Annotated

import typer

from metier.cli.show import err, out, print_json, show_table
from metier.cli.targets import check_targets
from metier.errors import UserError
from metier.evaluate.imports import as_run, differences, estimates
from metier.evaluate.plain import plain
from metier.evaluate.run import run_text
from metier.evaluate.tool_rows import Results
from metier.evaluate.tools import read_results
from metier.store.files import write_durably


def import_results(
    files: Annotated[
        list[Path],
        typer.Argument(help="Result files of ragas, deepeval, promptfoo or Inspect; two are compared."),
    ],
    results: Annotated[
        Path | None, typer.Option("--out", help="Write the (first) results as a run, for compare and report.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")] = False,
) -> None:
    """Bring your scores, get error bars: every score with its interval; of two files or systems the paired difference."""
    found = [item for path in files for item in read_results(path)]
    check_targets(results)
    empty = [item.name for item in found if not item.metrics]
    if empty and results is None:
        raise UserError(
            f"{empty[0]} holds no scores; with --out its answers become a run, where it has references"
        )
    run = as_run(found[0]) if results is not None else None
    if results is not None and run is not None:
        write_durably(results, run_text(run).encode())
    compared = differences(found[0], found[1]) if len(found) == 2 else []
    if len(found) > 2:
        err.print(f"{len(found)} systems; name two files with one system each to compare them", markup=False)
    if json_:
        systems = [
            {
                "tool": item.tool,
                "system": item.system,
                "rows": len(item.rows),
                "scores": plain(estimates(item)),
            }
            for item in found
        ]
        written = {} if run is None else {"out": str(results), "cases": len(run.rows)}
        print_json({"results": systems, "differences": [plain(item) for item in compared]} | written)
        return
    for item in found:
        _show(item)
    if compared:
        rows = [
            (row.metric, str(row.difference.n), f"{row.difference.value:+.3f}",
             f"{row.difference.low:+.3f} to {row.difference.high:+.3f}", row.verdict)
            for row in compared
        ]  # fmt: skip
        out.print(f"{found[0].system} against {found[1].system}:", markup=False)
        show_table(("score", "n", "difference", "95% interval", "verdict"), rows)
    if run is not None:
        out.print(
            f"run: {results}, {len(run.rows)} cases of {len(found[0].rows)} rows (those with a reference answer)",
            markup=False,
        )


def _show(results: Results) -> None:
    out.print(f"{results.system} ({results.tool}, {len(results.rows)} rows)", markup=False)
    errors = sum(bool(row.error) for row in results.rows)
    if errors:
        out.print(f"{errors} rows ended in an error", markup=False)
    rows = []
    for name, found in estimates(results).items():
        doubt = f"{found.low:.3f} to {found.high:.3f}"
        few = found.low <= 0 and found.high >= 1
        rows.append((name, str(found.n), f"{found.value:.3f}", "too few questions to say" if few else doubt))
    if rows:
        show_table(("score", "n", "mean", "95% interval"), rows)
