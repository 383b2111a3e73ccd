"""`metier evaluate judge`: what a judge is worth beside people, and what it makes of a run."""

from pathlib import Path
from typing import Annotated

import typer

from metier.cli.interrupt import stop_on_interrupt
from metier.cli.options import HERE, Json, Where
from metier.cli.show import ProgressView, out, print_json, show_table
from metier.cli.targets import check_new_sheet, check_targets
from metier.errors import UserError
from metier.evaluate.judge_card import JudgeCard, card_rows, card_text, read_card
from metier.evaluate.judged import judged_share
from metier.evaluate.judged_tests import RequirementJudge, to_mark
from metier.evaluate.judges import Judge, LexicalJudge, ModelJudge
from metier.evaluate.judging import measure_judge
from metier.evaluate.marks import answers_of, marks_sheet, read_marks
from metier.evaluate.plain import plain
from metier.evaluate.run import read_run
from metier.evaluate.verbs import is_url, utc_now
from metier.models.endpoint import EndpointModel
from metier.models.open import open_language_model
from metier.settings import load_settings
from metier.store.files import write_durably
from metier.store.workspace import find_workspace


def judge(
    marks: Annotated[
        Path | None, typer.Argument(help="A sheet of answers that people marked (.csv).")
    ] = None,
    who: Annotated[
        str,
        typer.Option(
            "--judge",
            help="lexical, workspace (models.judge, else models.generator), or a URL of OpenAI's chat API.",
        ),
    ] = "lexical",
    model: Annotated[str, typer.Option(help="The model's name, for a URL.")] = "",
    key_env: Annotated[str, typer.Option(help="Environment variable that holds the URL's key.")] = "",
    own: Annotated[str, typer.Option(help="The source whose answers are of the judge's family.")] = "",
    results: Annotated[Path | None, typer.Option("--out", help="Write the card here, as JSON.")] = None,
    run_file: Annotated[
        Path | None,
        typer.Option(
            "--run",
            help="A run: with --sheet its answers to mark, with --card what people would say of them.",
        ),
    ] = None,
    card: Annotated[Path | None, typer.Option(help="The judge's card, to use it on --run.")] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Write answers of --run here for people to mark.")
    ] = None,
    sample: Annotated[int, typer.Option(min=1, help="Answers in the sheet, drawn at random.")] = 100,
    requirement: Annotated[
        str,
        typer.Option(help="With --sheet: people mark whether answers meet this, not whether they are right."),
    ] = "",
    requirements: Annotated[
        bool,
        typer.Option(
            "--requirements", help="The sheet is of requirements met or not: measure the judge on them."
        ),
    ] = False,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """Can a judge stand in for people? Its agreement, kappa, test-retest, position swap, and what it leans to, with intervals.

    With --run and --card: the share of the run's answers that people would call right, from their marks and the judge's."""
    if sheet is not None:
        if run_file is None:
            raise UserError("--sheet takes its answers from a run; add --run RUN")
        answers = answers_of(read_run(run_file))[:sample]
        answers = to_mark(answers, requirement) if requirement else answers
        check_new_sheet(sheet)
        write_durably(sheet, marks_sheet(answers).encode("utf-8-sig"))
        if json_:
            print_json({"answers": len(answers), "sheet": str(sheet)})
        else:
            out.print(
                f"{len(answers)} answers to mark with y or n in the column right: {sheet}", markup=False
            )
        return
    check_targets(results)
    if marks is None:
        raise UserError(
            "name a sheet that people marked; `metier evaluate judge --run RUN --sheet marks.csv` writes one"
        )
    chosen = judge_of(who, workspace, model, key_env)
    chosen = on_requirements(chosen) if requirements else chosen
    people = read_marks(marks)
    view = ProgressView(quiet=json_)
    with stop_on_interrupt() as should_stop, view.drawing():
        if run_file is not None:
            known = read_card(card) if card else None
            answers = answers_of(read_run(run_file))
            judged = judged_share(chosen, known, answers, people, on_progress=view, should_stop=should_stop)
        else:
            found = measure_judge(chosen, people, utc_now, own, on_progress=view, should_stop=should_stop)
    spent = _spent(chosen)
    if run_file is not None:
        if json_:
            print_json(plain(judged) | spent)
        else:
            out.print("\n".join([judged.sentence, *judged.powered.warnings]), markup=False)
            _tell(spent)
        return
    if results:
        write_durably(results, card_text(found).encode())
    if json_:
        print_json(plain(found) | {"is_fair": found.is_fair} | spent)
        return
    _show(found)
    _tell(spent)
    if who != "lexical" and not requirements:
        base = measure_judge(LexicalJudge(), people, utc_now)
        out.print(f"the baseline: {base.sentence}", markup=False)
    if results:
        out.print(f"card: {results}; metier evaluate report RUN --judge {results}", markup=False)


def judge_of(who: str, workspace: Path, model: str = "", key_env: str = "") -> Judge:
    """The judge of that name. Raises UserError if there is none."""
    if who == "lexical":
        return LexicalJudge()
    if is_url(who):
        return ModelJudge(EndpointModel(who, name=model, key_env=key_env))
    if who != "workspace":
        raise UserError(f"--judge is lexical, workspace or a URL, not {who!r}")
    found = find_workspace(workspace)
    models = load_settings(found.settings).models
    if (named := models.judge or models.generator) is None:
        raise UserError(
            f"{found.settings} names no language model; set models.judge or models.generator, or use --judge lexical"
        )
    return ModelJudge(open_language_model(named))


def on_requirements(chosen: Judge) -> Judge:
    """The judge for requirements. Raises UserError for one that has no language model."""
    if not isinstance(chosen, ModelJudge):
        raise UserError("requirements on meaning need a language model: --judge workspace, or a URL")
    return RequirementJudge(chosen)


def _spent(chosen: Judge) -> dict[str, float]:
    """Tokens and cost of a judge that is a language model; nothing of another."""
    model = chosen.model if isinstance(chosen, RequirementJudge) else chosen
    if not isinstance(model, ModelJudge):
        return {}
    used = model.spent
    return {"tokens": used.prompt_tokens + used.completion_tokens, "cost": used.cost}


def _tell(spent: dict[str, float]) -> None:
    if spent:
        out.print(f"the judge used {spent['tokens']} tokens, cost {spent['cost']:.4f}", markup=False)


def _show(found: JudgeCard) -> None:
    show_table(("judge", "value", "95% interval", "n"), card_rows(found))
    out.print("\n".join([*found.notes, found.sentence]), markup=False)
