"""`metier feedback export | import`: feedback as JSON Lines."""

from pathlib import Path

import typer

from metier.cli.interrupt import stop_on_interrupt
from metier.cli.options import HERE, Json, Where
from metier.cli.show import ProgressView, out, print_json
from metier.cli.targets import check_targets
from metier.errors import UserError
from metier.feedback.exchange import exported, read_rows
from metier.store.files import write_durably
from metier.system import open_system


def export(file: Path, json_: Json = False, workspace: Where = HERE) -> None:
    """Write all feedback to a JSON Lines file, each row with its question."""
    check_targets(file)
    if file.exists():
        raise UserError(f"{file} is there already; name another file or remove it")
    with open_system(workspace) as system:
        lines = list(exported(system.feedback(), system.stored_trace))
    write_durably(file, "".join(line + "\n" for line in lines).encode())
    if json_:
        print_json({"rows": len(lines), "file": str(file)})
    else:
        out.print(f"{file}: {len(lines)} rows", markup=False)


def import_(file: Path, json_: Json = False, workspace: Where = HERE) -> None:
    """Add the rows of a JSON Lines file; those that are here already are left as they are, and thumbs on answers of another workspace
    are left out. Ctrl-C is safe: the same command goes on.

    Exit code 130 if stopped.
    """
    rows = read_rows(file)
    view = ProgressView(quiet=json_)
    with open_system(workspace) as system, stop_on_interrupt() as should_stop, view.drawing():
        kept = system.importable(rows)
        added, known = system.import_feedback(kept, view, should_stop)
    missing, foreign = len(kept) - added - known, len(rows) - len(kept)
    if json_:
        print_json({"added": added, "known": known, "missing": missing, "left_out": foreign})
    else:
        out.print(f"{added} rows added, {known} were here already", markup=False)
        if foreign:
            out.print(f"{foreign} left out: they are about answers that are not here", markup=False)
    if missing:
        if not json_:
            out.print(f"stopped; {missing} rows are missing: the same command goes on with them")
        raise typer.Exit(130)
