"""`metier evaluate ...`: run a suite, compare two runs, plan, certify, report, and a gate for CI."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from metier.cli import vault as vault_commands
from metier.cli.baselines import baselines
from metier.cli.blame import blame
from metier.cli.generate import generate
from metier.cli.imports import import_results
from metier.cli.interrupt import stop_on_interrupt
from metier.cli.judge import judge
from metier.cli.options import HERE, Json, Where
from metier.cli.show import ProgressView, err, out, print_json, show_table
from metier.cli.specify import specify
from metier.cli.stress import stress
from metier.errors import UserError
from metier.evaluate import run as runs
from metier.evaluate.attribution import read_attribution
from metier.evaluate.baselines import read_baselines
from metier.evaluate.cases import write_cases
from metier.evaluate.certificate import Certificate
from metier.evaluate.compare import Comparison
from metier.evaluate.judge_card import read_card
from metier.evaluate.plain import plain
from metier.evaluate.power import Plan, plan_comparison
from metier.evaluate.report import build_report
from metier.evaluate.report_files import write_report
from metier.evaluate.run import read_run
from metier.evaluate.scores import FEWEST_GROUPS, Summary
from metier.evaluate.stress import read_stress
from metier.evaluate.vault import PROTECTS, BudgetSpent, environment_key
from metier.evaluate.verbs import (
    certified_release,
    certify_any,
    compare_any,
    figures_of,
    look_any,
    run_any,
    standing_of,
    suite_of_production,
)
from metier.evaluate.verdict import share_in_words, signed, verdict
from metier.store.files import write_durably
from metier.store.workspace import find_workspace
from metier.system import open_system

app = typer.Typer(
    no_args_is_help=True,
    help="Measure a workspace, or any other system behind a URL, with intervals and verdicts.",
    rich_markup_mode=None,
)

app.add_typer(vault_commands.app, name="vault")
app.command("baselines")(baselines)
app.command("blame")(blame)
app.command("generate")(generate)
app.command("import")(import_results)
app.command("judge")(judge)
app.command("specify")(specify)
app.command("stress")(stress)

RunFile = Annotated[Path, typer.Argument(help="A file that `metier evaluate run` wrote.")]
Alpha = Annotated[float, typer.Option(help="Most answers that may be wrong among those shown, as a share.")]
Delta = Annotated[float, typer.Option(help="Most probability that the certificate is mistaken.")]
_PASS, _WORSE, _CANNOT_TELL, _SPENT = 0, 1, 2, 3  # exit codes of `gate`


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
        out.print(f"results: {path}", markup=False)
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
    if not cases.exists():
        write_cases(cases, suite.cases)
    return cases


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
    lines += [f"{count} cases ended as error: {kind}" for kind, count in run.errors.items()]
    if run.missing:
        lines.append(f"{run.missing} cases were not asked yet; the same command goes on")
    out.print("\n".join(lines), markup=False)


@app.command("compare")
def compare(a: RunFile, b: RunFile, json_: Json = False) -> None:
    """Is A better than B, on the same cases? A sentence, an interval, a verdict; slices with Holm's adjustment."""
    found = compare_any(a, b)
    if json_:
        print_json(plain(found))
    else:
        _show_comparison(found)


def _show_comparison(found: Comparison) -> None:
    out.print(found.sentence, markup=False)
    out.print(
        f"only {found.a} right: {found.gained}, only {found.b} right: {found.lost} (exact McNemar p = {found.p_exact:.3g}); "
        f"{found.groups} independent groups",
        markup=False,
    )
    for note in found.notes:
        out.print(note, markup=False)
    rows = [
        (item.name, str(item.difference.n), signed(item.difference.value),
         f"{signed(item.difference.low)} to {signed(item.difference.high)}", f"{item.adjusted:.3g}", item.verdict)
        for item in found.slices
    ]  # fmt: skip
    if rows:
        show_table(("slice", "n", "points", "95% interval", "p (Holm)", "verdict"), rows)


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


@app.command("certify")
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


@app.command("certificate")
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
        seen = f"{seen} {found.complaints.sentence}" if found.complaints.shown else seen
        out.print("It holds. " + seen if found.holds else f"It does not hold: {found.why}", markup=False)
    if not found.holds:
        raise typer.Exit(1)


@app.command("gate")
def gate(
    candidate: Annotated[str, typer.Argument(help="A run's file; with --vault a workspace or a URL.")],
    baseline: Annotated[str, typer.Argument(help="What it is compared with, likewise.")],
    margin: Annotated[
        float, typer.Option(help="Points the candidate may lose and still pass; 0 = it must be better.")
    ] = 0.0,
    vault: Annotated[
        bool, typer.Option("--vault", help="On the sealed suite of the workspace: spends one look.")
    ] = False,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """For CI: exit 0 = passes, 1 = worse, 2 = cannot tell, 3 = the vault's looks are spent. Without --vault the cases
    are not sealed, and trying often is not counted."""
    if margin < 0:
        raise UserError(f"the margin is 0 or more points, not {margin:g}")
    if vault:
        _gate_on_vault(candidate, baseline, margin / 100, json_, workspace)
    found = compare_any(candidate, baseline)
    code = gate_code(found, margin / 100)
    word = {_PASS: "pass", _WORSE: "worse", _CANNOT_TELL: "cannot tell"}[code]
    if json_:
        print_json({"gate": word, "margin": margin / 100, "comparison": plain(found)})
    else:
        allowed = f" (may lose {margin:g} points)" if margin else ""
        out.print(f"gate: {word}{allowed}", markup=False)
        _show_comparison(found)
    raise typer.Exit(code)


def _gate_on_vault(candidate: str, baseline: str, margin: float, json_: bool, workspace: Path) -> NoReturn:
    key = environment_key()
    assert key is not None
    view = ProgressView(quiet=json_)
    try:
        with stop_on_interrupt() as should_stop, view.drawing():
            found = look_any(
                find_workspace(workspace).state, key, candidate, baseline, open_system, margin,
                on_progress=view, should_stop=should_stop,
            )  # fmt: skip
    except BudgetSpent as spent:
        if json_:
            print_json({"gate": "budget spent", "detail": str(spent)})
        else:
            out.print(f"gate: budget spent: {spent}", markup=False)
        raise typer.Exit(_SPENT) from None
    if json_:
        print_json({"gate": found.word, "margin": margin, "look": plain(found)})
    else:
        gain = "" if found.low is None else f", at least {signed(found.low)} points"
        cost = " (looked at before: nothing spent)" if found.again else ""
        out.print(
            f"gate: {found.word}{gain}; look {found.look} of {found.looks}{cost}\n{PROTECTS}", markup=False
        )
    raise typer.Exit({"pass": _PASS, "worse": _WORSE, "cannot tell": _CANNOT_TELL}[found.word])


def gate_code(found: Comparison, margin: float) -> int:
    """The exit code: pass if the whole interval is above minus the margin, worse if it is below 0."""
    if found.difference.low > -margin:
        return _PASS
    return _WORSE if verdict(found.difference) == "worse" else _CANNOT_TELL


@app.command("report")
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
