"""`metier evaluate ...`: run a suite, compare two runs, plan, certify, report, and a gate for CI."""

from pathlib import Path
from typing import Annotated

import typer

from metier.cli import vault as vault_commands
from metier.cli.baselines import baselines
from metier.cli.blame import blame
from metier.cli.certify import certificate, certify
from metier.cli.gate import compare, gate
from metier.cli.generate import generate
from metier.cli.imports import import_results
from metier.cli.interrupt import stop_on_interrupt
from metier.cli.judge import judge
from metier.cli.options import HERE, Json, Where
from metier.cli.report import report
from metier.cli.show import ProgressView, err, out, print_json
from metier.cli.specify import specify
from metier.cli.stress import stress
from metier.errors import UserError
from metier.evaluate import run as runs
from metier.evaluate.cases import write_cases
from metier.evaluate.plain import plain
from metier.evaluate.power import Plan, plan_comparison
from metier.evaluate.scores import FEWEST_GROUPS, Summary
from metier.evaluate.suites import read_suite
from metier.evaluate.verbs import figures_of, run_any, suite_of_production
from metier.evaluate.verdict import share_in_words
from metier.system import open_system

app = typer.Typer(
    no_args_is_help=True,
    help="Measure a workspace, or any other system behind a URL, with intervals and verdicts.",
    rich_markup_mode=None,
)

app.add_typer(vault_commands.app, name="vault")
app.command("baselines")(baselines)
app.command("blame")(blame)
app.command("certificate")(certificate)
app.command("certify")(certify)
app.command("compare")(compare)
app.command("gate")(gate)
app.command("generate")(generate)
app.command("import")(import_results)
app.command("judge")(judge)
app.command("report")(report)
app.command("specify")(specify)
app.command("stress")(stress)


@app.command("run")
def run(
    suite: Annotated[Path | None, typer.Argument(help="Cases: a .csv or .jsonl file.")] = None,
    system: Annotated[str, typer.Option(help="A URL to evaluate instead of the workspace.")] = "",
    production: Annotated[
        bool,
        typer.Option("--production", help="Cases from the workspace's answers and what people said of them."),
    ] = False,
    results: Annotated[
        Path | None, typer.Option("--out", help="Where results are kept; default: SUITE.run.jsonl here.")
    ] = None,
    name: Annotated[str, typer.Option(help="The system's name in comparisons and reports.")] = "",
    workers: Annotated[int, typer.Option(help="Questions under way at a time.")] = 2,
    timeout_s: Annotated[float, typer.Option(help="Seconds one answer may take.")] = 120.0,
    model: Annotated[str, typer.Option(help="The model's name, for a URL of OpenAI's chat API.")] = "default",
    key_env: Annotated[str, typer.Option(help="Environment variable that holds the URL's key.")] = "",
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """Ask every case and keep what came back; stop at any time, the same command goes on."""
    if (suite is None) is not production:
        raise UserError("name a suite (cases.csv or cases.jsonl) or --production, one of the two")
    path = results or Path(f"{suite.stem if suite else 'production'}.run.jsonl")
    view = ProgressView(quiet=json_)
    source = suite if suite else _cases_of_production(workspace, path)
    with stop_on_interrupt() as should_stop, view.drawing():
        found = run_any(
            system or workspace, source, open_system, out=path, name=name, workers=workers, timeout_s=timeout_s,
            model=model, key_env=key_env, on_progress=view, should_stop=should_stop,
        )  # fmt: skip
    summary = figures_of(found)
    if json_:
        print_json(runs.as_json(found) | {"out": str(path), "figures": plain(summary)})
    else:
        _show_summary(found, summary)
        out.print(f"results: {path}{_kept(found)}", markup=False)
    if found.missing:
        raise typer.Exit(130)
    if not any(not row.error for row in found.rows):
        raise typer.Exit(1)


def _cases_of_production(workspace: Path, path: Path) -> Path:
    """The suite as a file beside the results, so that the same cases can be asked again and of other systems."""
    with open_system(workspace) as system:
        suite = suite_of_production(system)
    if not suite.cases:
        raise UserError(
            "no answer of this workspace has an expert's answer, a should_abstain or a thumb up; `metier feedback add`"
        )
    cases = path.with_name(path.name.removesuffix(".run.jsonl") + ".cases.jsonl")
    if not (cases.exists() and path.exists()):
        write_cases(cases, suite.cases)
    elif read_suite(cases).fingerprint != suite.fingerprint:
        err.print(
            f"{path} goes on with the cases of {cases}; what people said since is not in them: name another --out to ask those, too",
            markup=False,
        )
    return cases


def _kept(run: runs.Run) -> str:
    """What of the results was there before, in words; "" if nothing was."""
    if not run.kept:
        return ""
    asked = len(run.rows) - run.kept
    return f" ({asked} cases asked now, {run.kept} kept from before; to ask those again, name another --out)"


def _show_summary(run: runs.Run, summary: Summary) -> None:
    lines = [
        share_in_words("right", summary.right),
        share_in_words("answered", summary.shown),
        share_in_words("wrong among those answered", summary.wrong_among_shown),
    ]
    if summary.leaks.n:
        told = f"leaks: {round(summary.leaks.value * summary.leaks.n)} in {summary.leaks.n} cases that test rights"
        lines.append(f"{told} (with 95% certainty under {100 * summary.leaks.high:.1f}%)")
    if not run.cites:
        lines.append("the system gives no citations: graded without them")
    if summary.groups < FEWEST_GROUPS:
        lines.append(
            f"{summary.groups} independent cases: too few to say how it does in general (at least {FEWEST_GROUPS})"
        )
    lines += [
        f"{count} cases ended as error: {kind}, e.g. {' '.join(run.error_details[kind].split())}"
        for kind, count in run.errors.items()
    ]
    if run.changed:
        lines.append(
            f"while it was asked: {run.changed}; the figures mix answers of before and after: ask again under another --out"
        )
    if run.missing:
        lines.append(f"{run.missing} cases were not asked yet; the same command goes on")
    out.print("\n".join(lines), markup=False)


@app.command("plan")
def plan_cases(
    effect: Annotated[float, typer.Option(help="The difference to see, in points.")] = 5.0,
    have: Annotated[int, typer.Option(help="Paired cases there are.")] = 0,
    discordance: Annotated[
        float | None,
        typer.Option(help="Share of cases in which exactly one of the two is right; default 0.2."),
    ] = None,
    cluster_size: Annotated[float, typer.Option(help="Cases per document or conversation.")] = 1.0,
    correlation: Annotated[float, typer.Option(help="How alike cases of one document end, 0-1.")] = 0.0,
    power: Annotated[float, typer.Option(help="Probability of seeing it if it is there.")] = 0.8,
    json_: Json = False,
) -> None:
    """How many cases a comparison needs, before anything runs."""
    if not 0 < effect <= 100:
        raise UserError(f"--effect is a difference in points, above 0 and at most 100, not {effect:g}")
    found: Plan = plan_comparison(
        effect / 100,
        have,
        discordance=discordance,
        cluster_size=cluster_size,
        correlation=correlation,
        power=power,
    )
    if json_:
        print_json(plain(found) | {"enough": found.enough})
    else:
        out.print(found.sentence, markup=False)
