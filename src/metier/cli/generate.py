"""`metier evaluate generate`: cases from the documents, without a language model."""

from pathlib import Path
from typing import Annotated

import typer

from metier.cli.interrupt import stop_on_interrupt
from metier.cli.options import Json
from metier.cli.show import ProgressView, out, print_json, show_table
from metier.cli.targets import check_new_sheet, check_targets
from metier.errors import UserError
from metier.evaluate.cases import write_cases
from metier.evaluate.making.make import Made
from metier.evaluate.making.verb import accept_rates, generate_cases, review_sheet
from metier.evaluate.plain import plain
from metier.evaluate.verdict import percent
from metier.store.files import write_durably
from metier.system import open_system


def generate(
    results: Annotated[Path, typer.Option("--out", help="The file to write, .jsonl.")] = Path(
        "generated.jsonl"
    ),
    cases: Annotated[int, typer.Option(min=1, max=100_000, help="Cases wanted.")] = 200,
    seed: Annotated[int, typer.Option(help="Another seed draws other cases.")] = 1,
    noise: Annotated[
        bool,
        typer.Option("--noise", help="Besides each case its variants: typos, OCR noise, a preamble, ..."),
    ] = False,
    shadow: Annotated[
        Path | None,
        typer.Option(
            help="Make a workspace in this folder, too, with some documents left out and some planted, and cases about them."
        ),
    ] = None,
    review: Annotated[
        Path | None, typer.Option(help="Also write a CSV of a sample for a person to mark as valid or not.")
    ] = None,
    sample: Annotated[int, typer.Option(min=1, help="Cases in the review sheet.")] = 100,
    marked: Annotated[
        Path | None,
        typer.Option(help="A review sheet that was filled: prints the accept rate, makes nothing."),
    ] = None,
    json_: Json = False,
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", envvar="METIER_WORKSPACE", help="The workspace.")
    ] = Path("."),
) -> None:
    """Questions with answers, evidence, users and splits from the documents: sentences, table cells, two hops, comparisons,
    versions, and what must not be answered."""
    if marked is not None:
        _show_rates(marked, json_)
        return
    if results.suffix != ".jsonl":
        raise UserError(f"{results}: cases are written as .jsonl")
    check_targets(results)
    if review is not None:
        check_new_sheet(review)
    view = ProgressView(quiet=json_)
    with stop_on_interrupt() as should_stop, open_system(workspace) as system, view.drawing():
        made = generate_cases(system, cases, seed, noise, results.stem, should_stop, shadow, view)
    if not made.suite.cases:
        raise UserError(
            f"no case could be made of {made.documents} documents: {', '.join(made.refused) or 'nobody may ask'}; nothing was written"
        )
    write_cases(results, made.suite.cases)
    if review is not None:
        write_durably(review, review_sheet(made.suite, sample, seed).encode("utf-8-sig"))
    if json_:
        told = {key: value for key, value in plain(made).items() if key != "suite"}
        print_json(
            told | {"out": str(results), "fingerprint": made.suite.fingerprint, "cases": len(made.suite)}
        )
        return
    _show(made, results)
    if shadow is not None:
        out.print(
            f"shadow workspace: {shadow} ({len(made.removed)} documents left out, {len(made.planted)} planted); go on with\n"
            f"  metier ingest -w {shadow}\n  metier evaluate run {results} -w {shadow}",
            markup=False,
        )


def _show(made: Made, results: Path) -> None:
    show_table(("cases", "kind"), [(str(count), maker) for maker, count in made.by_maker.items()])
    lines = [f"{made.accepted} of {made.drafts} drafts became cases ({percent(made.accepted / made.drafts)})"]
    lines += [f"  {count} left out: {why}" for why, count in made.refused.items()]
    lines.append(
        f"{made.used} of {made.documents} documents that say something plainly; at most {made.most} cases of one "
        f"(an even share is {made.fair:.1f})"
    )
    if made.accepted < made.asked:
        lines.append(f"the documents give no more: {made.asked} were wanted")
    out.print("\n".join([*lines, f"cases: {results}"]), markup=False)


def _show_rates(marked: Path, json_: bool) -> None:
    rates = accept_rates(marked)
    if json_:
        print_json({key: plain(rate) for key, rate in rates.items()})
        return
    rows = [
        (name, str(rate.n), percent(rate.value), f"{percent(rate.low)} to {percent(rate.high)}")
        for name, rate in rates.items()
    ]
    show_table(("kind", "marked", "valid", "95% interval"), rows)
