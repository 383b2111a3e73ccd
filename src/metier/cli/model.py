"""metier model list | pull | test."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from metier.cli.options import Json
from metier.cli.show import ProgressView, err, out, print_json, show_table
from metier.errors import UserError
from metier.generate.language_model import LanguageModelGenerator, deciding_writer
from metier.models.catalog import PROFILES, find_local
from metier.models.identities import model_identity
from metier.models.open import open_entailer, open_language_model, open_reranker, open_vision
from metier.models.pair_files import companion
from metier.models.pair_probe import PairProbe, probe_entailer, probe_reranker
from metier.models.probe import HardResult, ProbeAnswer, probe, probe_hard
from metier.models.pull import pull
from metier.models.sources import default_models_folder, split_source
from metier.models.vision_probe import VisionProbe, probe_vision
from metier.settings import Model, load_settings
from metier.store.model_tests import KeptTests
from metier.store.workspace import find_workspace
from metier.types import Estimate, Progress

Slot = Literal["generator", "reranker", "entailment", "vision"]
_DECIDES = (
    "It decides by itself whether passages answer: it is asked whenever something is found, reads whole passages, and its sentences leave "
    "when they are verified (models.generator.decides: policy switches that off)."
)
_PHRASES = (
    "It phrases what the extractive policy finds: the policy decides whether passages answer, and what the model says must agree with it "
    "(models.generator.decides: model switches that off)."
)
_KEPT = "kept for this workspace (models.generator.decides: auto); a running `metier serve` knows it after a restart"
app = typer.Typer(no_args_is_help=True, help="Language models for this machine.")


@app.command("list")
def list_models(json_: Json = False) -> None:
    """Models that can be pulled, by memory, and those that are here already."""
    here = find_local(default_models_folder())
    if json_:
        print_json({"here": [asdict(item) for item in here], "profiles": [asdict(item) for item in PROFILES]})
        return
    if here:
        out.print("on this machine (put into metier.yaml: models: generator: {source: ..., name: ...}):")
        show_table(
            ("source", "name", "size"), [(item.source, item.name, _size(item.size_bytes)) for item in here]
        )
        out.print()
    out.print("to pull (metier model pull NAME --yes), by memory of the machine:")
    rows = [
        (f"{item.memory_gb} GB", item.name, item.licence, _size(item.size_bytes), item.note)
        for item in PROFILES
    ]
    show_table(("memory", "name", "licence", "size", ""), rows)


@app.command("pull")
def pull_model(
    name: Annotated[str, typer.Argument(help="A name of `metier model list`, or hf:OWNER/REPO/FILE.")],
    yes: Annotated[bool, typer.Option("--yes", help="Allow the download.")] = False,
    json_: Json = False,
) -> None:
    """Download a model, verify it and keep it on this machine."""
    view, start = ProgressView(quiet=json_), time.monotonic()
    with view.drawing():
        file = pull(
            name,
            default_models_folder(),
            yes,
            lambda done, total: view(Progress(done, total, 0, time.monotonic() - start, name, "bytes")),
        )
    if json_:
        print_json({"path": str(file.path), "sha256": file.sha256})
    elif file.path.suffix == ".gguf":
        words = f"put into metier.yaml: models: {{generator: {{source: 'path:{file.path}'}}}}"
        out.print(f"{file.path}\n{words}", markup=False)
    elif file.path.suffix == ".onnx":
        words = f"put into metier.yaml: models: {{reranker: {{source: '{name}'}}}}, or entailment"
        more = f"it needs its tokenizer, too: metier model pull {companion(name)} --yes (and config.json)"
        out.print(f"{file.path}\n{words}\n{more}", markup=False)
    else:
        out.print(str(file.path), markup=False)


@app.command("test")
def probe_model(
    source: Annotated[
        str | None,
        typer.Argument(help="path:FILE or endpoint:URL; default: the model of the workspace."),
    ] = None,
    name: Annotated[str, typer.Option(help="The model's name at an endpoint.")] = "",
    slot: Annotated[Slot, typer.Option("--for", help="What it is for.")] = "generator",
    json_: Json = False,
    workspace: Annotated[Path, typer.Option("--workspace", "-w", envvar="METIER_WORKSPACE")] = Path("."),
) -> None:
    """Ask 20 probe questions and say what the model is good for, and of a good one 20 hard ones, which say whether it decides by
    itself if passages answer (kept for the workspace); of a reranker or an entailment model also the milliseconds for a pair of
    texts, of a vision model what it sees in three pictures."""
    if source:
        split_source(source)  # says what a source looks like
    chosen = Model(source=source, name=name) if source else _configured(workspace, slot)
    if slot == "vision":
        _show_vision(probe_vision(open_vision(_endpoint(chosen))), json_)
        return
    if slot != "generator":
        _show_pairs(probe_pairs(slot, chosen), json_)
        return
    _probe_generator(chosen, workspace, json_)


def _probe_generator(chosen: Model, workspace: Path, json_: bool) -> None:
    model = open_language_model(chosen)
    tell = (lambda done, total: None) if json_ else lambda done, total: err.print(f"probe {done} of {total}")
    result = probe(model, LanguageModelGenerator, tell)
    deciding = deciding_writer(model, chosen.max_tokens, chosen.context_tokens)
    hard = probe_hard(deciding, tell) if result.is_good else None
    kept = _keep(workspace, chosen, hard)
    if json_:
        print_json({**asdict(result), "hard": hard and asdict(hard), "kept": kept})
        return
    _show_answers(result.answers, result.right, result.abstained)
    speeds = (
        f"{result.prompt_tokens_per_s:.0f} prompt tokens/s, {result.generation_tokens_per_s:.0f} generated/s"
    )
    out.print(f"{speeds}, first token after {result.first_token_s:.1f} s\n{result.verdict}", markup=False)
    if hard is not None:
        out.print("\nhard questions:")
        _show_answers(hard.answers, hard.right, hard.abstained)
        out.print(_DECIDES if hard.decides else _PHRASES, markup=False)
    if kept:
        out.print(_KEPT, markup=False)


def _keep(workspace: Path, chosen: Model, hard: HardResult | None) -> bool:
    """Whether the result was kept: there is a workspace, and this model is its generator."""
    try:
        place = find_workspace(workspace)
        own = load_settings(place.settings).models.generator
    except UserError:
        return False
    identity = model_identity("generator", chosen)
    if own is None or model_identity("generator", own) != identity:
        return False
    told = "not asked" if hard is None else f"right {_said(hard.right)}, abstained {_said(hard.abstained)}"
    KeptTests(place.model_tests).write(identity, hard is not None and hard.decides, told)
    return True


def _show_answers(answers: Sequence[ProbeAnswer], right: Estimate, abstained: Estimate) -> None:
    rows = [("ok" if item.ok else "no", item.question, item.expected, item.answer) for item in answers]
    show_table(("", "question", "expected", "answered"), rows)
    out.print(f"right {_said(right)}; abstained where it should {_said(abstained)}")


def probe_pairs(slot: Slot, model: Model) -> PairProbe:
    """What a reranker or an entailment model does here. Raises UserError where it cannot be used."""
    return (
        probe_reranker(open_reranker(model)) if slot == "reranker" else probe_entailer(open_entailer(model))
    )


def _show_pairs(found: PairProbe, json_: bool) -> None:
    if json_:
        print_json(found)
    else:
        out.print(f"{found.model}\n{found.told}: {_said(found.right)}", markup=False)
        out.print(f"{found.ms_per_pair:.1f} ms for a pair of texts of some 1,000 characters")


def _endpoint(model: Model) -> Model:
    if not model.source.startswith("endpoint:"):
        raise UserError(
            f"{model.source} cannot describe figures; name a server: metier model test --for vision endpoint:URL"
        )
    return model


def _show_vision(found: VisionProbe, json_: bool) -> None:
    if json_:
        print_json(found)
        return
    spent = found.usage.prompt_tokens + found.usage.completion_tokens
    out.print(f"{found.model}\nmentions what is printed in a picture: {_said(found.right)}", markup=False)
    out.print(f"{found.seconds:.1f} s a picture, {spent} tokens, cost {found.usage.cost:.4f}")


def _configured(workspace: Path, slot: Slot) -> Model:
    models = load_settings(find_workspace(workspace).settings).models
    chosen: Model | None = getattr(models, slot)
    if chosen is None:
        what = "language model" if slot == "generator" else f"models.{slot}"
        raise UserError(f"no {what} is configured; name one: metier model test path:FILE or endpoint:URL")
    return chosen


def _said(value: Estimate) -> str:
    return f"{value.value:.0%} ({value.low:.0%} to {value.high:.0%}, n = {value.n})"


def _size(size: Any) -> str:
    return f"{size / 1e9:.1f} GB"
