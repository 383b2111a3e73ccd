"""`metier grid`: every question to every document, into a table."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from metier.cli.interrupt import stop_on_interrupt
from metier.cli.options import HERE, As, Json, Where
from metier.cli.sheets import read_questions, source_of, table_of, value_of, write_table
from metier.cli.show import ProgressView, duration, out, print_json, value_as_json
from metier.errors import UserError
from metier.flow.grid import FilledGrid, Forecast, Grid, fill, forecast
from metier.system import open_system
from metier.types import Outcome


def grid(
    questions: Annotated[Path, typer.Argument(help="CSV or XLSX with a column `question`, or text with one a line.")],
    documents: Annotated[
        list[str] | None,
        typer.Option("--documents", help="Only documents whose path matches, e.g. 'sales/contracts/*'; may be given more than once."),
    ] = None,
    to: Annotated[Path | None, typer.Option("--out", help="CSV or XLSX; default: beside the questions, .grid.csv.")] = None,
    only_forecast: Annotated[bool, typer.Option("--forecast", help="Only say how much it is and how long it takes.")] = False,
    user: As = None,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:  # fmt: skip
    """Put every question to every document: one row a document, one column a question, each cell cited or left empty.

    Ctrl-C is safe: what is answered is written and kept, the same command goes on. Exit code 130 if stopped.
    """
    columns = read_questions(questions)
    target = to or questions.with_suffix(".grid.csv")
    _check_target(target, questions)
    view = ProgressView(quiet=json_)
    with open_system(workspace) as system, stop_on_interrupt() as should_stop:
        asked, ask, cells = system.grid(columns, documents or [], user)
        expected = forecast(asked, ask, cells)
        if not json_:
            _show_forecast(asked, expected)
        if only_forecast:
            if json_:
                print_json(_forecast_as_json(expected))
            return
        with view.drawing():
            filled = fill(asked, ask, cells, view, should_stop)
    filled = replace(filled, asked=filled.asked + expected.asked, kept=expected.kept)
    write_table(target, table_of(asked, filled))
    if json_:
        print_json(_as_json(asked, filled, target) | {"forecast": _forecast_as_json(expected)})
    else:
        _show(filled, target)
    if filled.open:
        raise typer.Exit(130)


def _check_target(target: Path, questions: Path) -> None:
    """Raises UserError before anything is asked if the table could not be written in the end."""
    if target.suffix.casefold() not in {".csv", ".xlsx"}:
        raise UserError(f"{target} is neither .csv nor .xlsx; name a file of one of these kinds")
    if target.resolve() == questions.resolve():
        raise UserError(f"{target} holds the questions; name another file with --out")
    if not target.parent.is_dir():
        raise UserError(f"{target.parent} is not a folder; make it first")


def _show_forecast(grid: Grid, expected: Forecast) -> None:
    words = f"{len(grid.documents)} documents x {len(grid.columns)} questions = {expected.cells} cells"
    words += f", {expected.kept} answered before" if expected.kept else ""
    if expected.seconds_each:
        words += f"; about {duration(expected.seconds)} to go ({expected.seconds_each:.1f} s a cell)"
    out.print(words, markup=False)


def _forecast_as_json(expected: Forecast) -> dict[str, float]:
    return {
        "cells": expected.cells,
        "kept": expected.kept,
        "seconds_each": round(expected.seconds_each, 3),
        "seconds": round(expected.seconds, 1),
    }


def _show(filled: FilledGrid, target: Path) -> None:
    outcomes = [answer.outcome for answer in filled.answers.values()]
    counted = {kind: outcomes.count(kind) for kind in Outcome if outcomes.count(kind)}
    words = ", ".join(f"{count} {kind.value}" for kind, count in counted.items())
    out.print(f"{target}: {words}; {filled.asked} asked now in {duration(filled.seconds)}", markup=False)
    if filled.open:
        out.print(f"stopped; {filled.open} cells are open: the same command goes on with them")


def _as_json(grid: Grid, filled: FilledGrid, target: Path) -> dict[str, object]:
    rows = []
    for document in grid.documents:
        found = {column.name: filled.answers.get((document.id, column.name)) for column in grid.columns}
        cells = {
            name: {"value": value_of(answer), "source": source_of(answer), "answer": value_as_json(answer)}
            for name, answer in found.items()
            if answer
        }
        rows.append({"document": document.uri, "title": document.title, "cells": cells})
    return {
        "file": str(target),
        "asked": filled.asked,
        "kept": filled.kept,
        "open": filled.open,
        "rows": rows,
    }
