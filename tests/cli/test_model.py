import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metier.cli.model import app, probe_model
from metier.errors import UserError
from metier.models.probes import HARD, PROBES
from metier.store.workspace import create_workspace
from metier.system import open_system
from tests.models.loopback import Handler, send, serving
from tests.models.tiny_pairs import Tiny, favouring

NLI = {"id2label": {"0": "contradiction", "1": "entailment", "2": "neutral"}}


@pytest.mark.parametrize("source", ["foo", "ollama:llama3", "path:"])
def test_a_source_that_is_none_is_told_what_one_looks_like(source: str) -> None:
    found = CliRunner().invoke(app, ["test", source])
    assert isinstance(found.exception, UserError)
    assert "path:FILE, hf:OWNER/REPO/FILE or endpoint:URL" in str(found.exception)


def test_pairs_are_timed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = favouring("pump").write(tmp_path / "ranks")
    probe_model(f"path:{folder}", slot="reranker", json_=True)
    found = json.loads(capsys.readouterr().out)
    assert found["model"].startswith("ranks/model.onnx@")
    assert found["right"]["n"] == 12
    assert found["ms_per_pair"] > 0


def test_the_model_of_the_workspace_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Tiny(3).write(tmp_path / "nli", NLI)
    workspace = create_workspace(tmp_path / "work")
    workspace.settings.write_text(f"models: {{entailment: {{source: 'path:{folder}'}}}}\n", encoding="utf-8")
    probe_model(slot="entailment", workspace=workspace.root)
    told = capsys.readouterr().out
    assert "contradicted sentences are told from others" in told
    assert "ms for a pair of texts" in told
    with pytest.raises(UserError, match=r"no models\.reranker is configured"):
        probe_model(slot="reranker", workspace=workspace.root)
    with pytest.raises(UserError, match="no language model is configured"):
        probe_model(workspace=workspace.root)


def test_what_it_is_for_is_said_on_the_command_line(tmp_path: Path) -> None:
    folder = favouring("pump").write(tmp_path / "ranks")
    ran = CliRunner().invoke(app, ["test", f"path:{folder}", "--for", "reranker", "--json"])
    assert json.loads(ran.stdout)["right"]["n"] == 12
    assert CliRunner().invoke(app, ["test", f"path:{folder}", "--for", "nothing"]).exit_code == 2


def seeing(request: BaseHTTPRequestHandler, body: bytes) -> None:
    said = {"choices": [{"message": {"content": "A bar chart of visitors of the harbour."}}]}
    send(request, 200, json.dumps(said).encode(), content_type="application/json")


def test_a_vision_model_is_tried_on_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(seeing) as server:
        probe_model(f"endpoint:{server.url}", name="eye", slot="vision", json_=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["model"].partition("@")[0], found["right"]["n"]) == ("endpoint:eye", 3)
    with pytest.raises(UserError, match="cannot describe figures; name a server"):
        probe_model("path:/models/eye.gguf", slot="vision")


def chatting(answers: dict[str, str]) -> Handler:
    """A server that answers the probe questions so, and finds nothing in any other."""

    def handle(request: BaseHTTPRequestHandler, body: bytes) -> None:
        asked = json.loads(body)["messages"][-1]["content"]
        found = [said for question, said in answers.items() if f"Question: {question}" in asked]
        said = {"choices": [{"message": {"content": found[0] if found else "NOT_FOUND"}}]}
        send(request, 200, json.dumps(said).encode(), content_type="application/json")

    return handle


def perfect() -> dict[str, str]:
    return {item.question: f"It is {item.answers[0]}. [p1]" for item in (*PROBES, *HARD) if item.answers}


def test_a_model_that_does_well_decides_in_its_workspace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = create_workspace(tmp_path / "work")
    with serving(chatting(perfect())) as server:
        words = f"models: {{generator: {{source: 'endpoint:{server.url}', name: good}}}}\n"
        workspace.settings.write_text(words, encoding="utf-8")
        with open_system(workspace.root) as system:
            assert "decides" not in system.answering()["model generator"]
        probe_model(workspace=workspace.root)
        told = capsys.readouterr().out
        assert "It decides by itself whether passages answer" in told
        assert "kept for this workspace" in told
        with open_system(workspace.root) as system:  # a certificate of before ends: another way of answering
            assert system.answering()["model generator"].endswith("(decides)")
        workspace.settings.write_text(words.replace("good", "good, decides: policy"), encoding="utf-8")
        with open_system(workspace.root) as system:
            assert "decides" not in system.answering()["model generator"]
        probe_model(f"endpoint:{server.url}", name="another", workspace=workspace.root, json_=True)
        assert json.loads(capsys.readouterr().out)["kept"] is False


def test_a_model_that_misses_hard_questions_phrases(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    easy = {item.question: said for item in PROBES if (said := perfect().get(item.question))}
    with serving(chatting(easy)) as server:
        probe_model(f"endpoint:{server.url}", name="small", workspace=tmp_path)
    told = capsys.readouterr().out
    assert "It phrases what the extractive policy finds" in told
    assert "kept for this workspace" not in told
