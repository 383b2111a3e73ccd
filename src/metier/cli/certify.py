"""`metier evaluate certify` and `certificate`: how much may go out unseen, and whether that still holds."""

import json
from pathlib import Path
from typing import Annotated

import typer

from metier.cli.options import HERE, Json, Where
from metier.cli.runs import Alpha, Delta, RunFile
from metier.cli.show import out, print_json
from metier.evaluate.certificate import Certificate
from metier.evaluate.plain import plain
from metier.evaluate.verbs import certified_release, certify_any, standing_of
from metier.store.files import write_durably
from metier.system import open_system


def certify(
    run_file: RunFile,
    alpha: Alpha = 0.05,
    delta: Delta = 0.05,
    questions: Annotated[int, typer.Option(help="Questions a month, for the bounds in words.")] = 10_000,
    results: Annotated[
        Path | None, typer.Option("--out", help="Write the certificate here, as JSON.")
    ] = None,
    release: Annotated[
        bool,
        typer.Option("--release", help="Also make a release of the workspace that answers from there on."),
    ] = False,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """The confidence from which answers may be shown unseen, with an upper bound on how many are wrong."""
    found: Certificate = certify_any(run_file, alpha, delta, questions)
    if results:
        write_durably(results, (json.dumps(plain(found), ensure_ascii=False, indent=2) + "\n").encode())
    made = ""
    if release:
        with open_system(workspace) as system:
            made = certified_release(system, found).id
    if json_:
        print_json(plain(found) | {"release": made})
        return
    out.print(found.sentence, markup=False)
    for topic in found.topics:
        told = (
            f"from confidence {topic.threshold:.3f}"
            if topic.threshold is not None
            else f"not by itself: {topic.why}"
        )
        out.print(f"  {topic.name}: {told}", markup=False)
    if made:
        out.print(
            f"release {made[:12]} carries it; metier release promote {made[:12]} makes it live", markup=False
        )


def certificate(json_: Json = False, workspace: Where = HERE) -> None:
    """Does the live release's certificate hold? Exit code 1 if it expired, release, documents, settings or questions are
    no longer those it was made for, or people call more answers wrong than it allows."""
    with open_system(workspace) as system:
        found = standing_of(system)
    if json_:
        print_json({"holds": found.holds, **plain(found)})
    else:
        out.print(found.certificate.sentence, markup=False)
        seen = (
            found.drift.sentence if found.drift else "Too few questions were asked of it yet to tell a drift."
        )
        seen = " ".join([seen, *(item.sentence for item in found.shifts)])
        seen = f"{seen} {found.complaints.sentence}" if found.complaints.shown else seen
        out.print("It holds. " + seen if found.holds else f"It does not hold: {found.why}", markup=False)
    if not found.holds:
        raise typer.Exit(1)
