"""The doctor names what is missing, and fails only for what must be mended."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from metier.cli import doctor
from metier.extract.sandbox import SandboxReport
from metier.models.completion import Completion
from metier.models.endpoint import EndpointModel
from metier.store.workspace import create_workspace
from tests.models.tiny_pairs import Tiny, favouring

FULL = SandboxReport("full", "rlimit", "rlimit", "no_new_privs", "signal", "namespace", ())
REDUCED = SandboxReport("reduced", "rlimit", "", "", "stdin", "", ("no writing of files", "no network"))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "sandbox_report", lambda: FULL)


def remarks(capsys: pytest.CaptureFixture[str], place: Path) -> dict[str, dict[str, str]]:
    doctor.run(place, json_=True)
    return {item["subject"]: item for item in json.loads(capsys.readouterr().out)}


def test_what_the_sandbox_cannot_enforce_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(doctor, "sandbox_report", lambda: REDUCED)
    found = remarks(capsys, tmp_path)["sandbox (reduced)"]
    assert found["level"] == "note"
    assert "NOT enforced on this system: no writing of files, no network" in found["text"]


def test_without_a_workspace_the_machine_is_told_all_the_same(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    found = remarks(capsys, tmp_path)
    assert "metier init" in found["workspace"]["text"]
    assert {"machine", "sandbox (full)", "tables of PDFs", "scanned pages", "language model"} <= set(found)


def test_a_disk_that_is_nearly_full_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    create_workspace(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10**9))
    with pytest.raises(typer.Exit) as ended:
        doctor.run(tmp_path, json_=True)
    assert ended.value.exit_code == 1
    found = {item["subject"]: item["level"] for item in json.loads(capsys.readouterr().out)}
    assert (found["disk"], found["workspace"]) == ("problem", "ok")


def test_a_workspace_that_cannot_be_opened_is_a_problem_and_the_disk_is_told_beside_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    create_workspace(tmp_path).settings.write_text("nonsense: 1\n", encoding="utf-8")
    with pytest.raises(typer.Exit) as ended:
        doctor.run(tmp_path, json_=True)
    assert ended.value.exit_code == 1
    found = {item["subject"]: item for item in json.loads(capsys.readouterr().out)}
    assert found["workspace"]["level"] == "problem"
    assert "GB free" in found["disk"]["text"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("path:gone.gguf", "gone.gguf does not exist"),
        ("hf:foo/bar/baz.gguf", "metier model pull hf:foo/bar/baz.gguf"),
        ("wheel:nothing", "holds no language model"),
        ("endpoint:http://127.0.0.1:9/v1", "is the server running?; until then answers are quotes"),
    ],
)
def test_a_language_model_that_cannot_be_asked_is_a_problem(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    told: str,
) -> None:
    monkeypatch.setattr("metier.models.connection.FIRST_WAIT_S", 0.0)
    create_workspace(tmp_path).settings.write_text(
        f"models: {{generator: {{source: '{source}'}}}}", encoding="utf-8"
    )
    with pytest.raises(typer.Exit):
        doctor.run(tmp_path, json_=True)
    found = {item["subject"]: item for item in json.loads(capsys.readouterr().out)}
    assert (found["models.generator"]["level"], found["workspace"]["level"]) == ("problem", "ok")
    assert told in found["models.generator"]["text"]


def test_a_language_model_that_answers_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EndpointModel, "complete", lambda *words: iter(["ready"]))
    create_workspace(tmp_path).settings.write_text(
        "models: {generator: {source: 'endpoint:http://127.0.0.1:9/v1', name: m}}", encoding="utf-8"
    )
    assert "endpoint:m@http://127.0.0.1:9" in remarks(capsys, tmp_path)["models.generator"]["text"]


NLI = {"id2label": {"0": "contradiction", "1": "entailment", "2": "neutral"}}


def test_models_that_read_pairs_are_tried(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    ranks, nli = favouring("pump").write(tmp_path / "ranks"), Tiny(3).write(tmp_path / "nli", NLI)
    models = f"models: {{reranker: {{source: 'path:{ranks}'}}, entailment: {{source: 'path:{nli}'}}}}\n"
    create_workspace(tmp_path / "work").settings.write_text(models, encoding="utf-8")
    found = remarks(capsys, tmp_path / "work")
    assert found["models.reranker"]["level"] == found["models.entailment"]["level"] == "ok"
    assert "ranks/model.onnx@" in found["models.reranker"]["text"]
    assert (
        "ms for a pair of texts, so 60 of 60 passages in retrieve.rerank_ms"
        in found["models.reranker"]["text"]
    )
    assert "nli/model.onnx@" in found["models.entailment"]["text"]


def test_a_model_that_cannot_be_used_is_a_problem(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    models = (
        "models: {reranker: {source: 'endpoint:http://127.0.0.1:9'}, entailment: {source: 'path:nowhere'}}\n"
    )
    create_workspace(tmp_path).settings.write_text(models, encoding="utf-8")
    with pytest.raises(typer.Exit):
        doctor.run(tmp_path, json_=True)
    found = {item["subject"]: item for item in json.loads(capsys.readouterr().out)}
    assert found["models.reranker"]["level"] == found["models.entailment"]["level"] == "problem"
    assert "reranker at http://127.0.0.1:9/rerank" in found["models.reranker"]["text"]
    assert "does not exist" in found["models.entailment"]["text"]


@pytest.mark.parametrize(
    ("said", "level"), [("Visitors of the harbour", "ok"), ("I cannot see it", "problem")]
)
def test_a_vision_model_has_to_see(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, level: str
) -> None:
    monkeypatch.setattr(EndpointModel, "complete", lambda *words: Completion(iter([said])))
    create_workspace(tmp_path).settings.write_text(
        "models: {vision: {source: 'endpoint:http://127.0.0.1:9/v1', name: eye}}", encoding="utf-8"
    )
    try:
        doctor.run(tmp_path, json_=True)
    except typer.Exit:
        assert level == "problem"
    found = {item["subject"]: item for item in json.loads(capsys.readouterr().out)}["models.vision"]
    assert found["level"] == level
    assert "endpoint:eye@" in found["text"]
