"""docs/http-api.md is run, and its tables are compared with what the server does."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI

from metier.serve.app import create_app
from tests.serve.conftest import Running
from tests.serve.fake import FakeSystem

DOC = Path(__file__).parents[2] / "docs" / "http-api.md"


def test_its_code_runs_in_order(
    server: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("METIER", server.address)
    blocks = re.findall(r"```python\n(.*?)```", DOC.read_text(encoding="utf-8"), re.S)
    assert len(blocks) == 6
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(DOC), "exec"), names)
    said = capsys.readouterr().out
    for expected in (
        "answered",
        "140 euros per night. [1]",
        "statement First class",
        "done",
        "problem:not-found",
    ):
        assert expected in said


def test_it_names_every_route() -> None:
    named = set(re.findall(r"^\| `(GET|POST|DELETE) (\S+?)`", DOC.read_text(encoding="utf-8"), re.M))
    assert named == routes(create_app(FakeSystem())) - {("GET", "/v1/models/{id}")}


def routes(app: FastAPI) -> set[tuple[str, str]]:
    short = lambda path: re.sub(r"\{(\w+?)\}", lambda m: "{n}" if m[1] == "number" else "{id}", path)  # noqa: E731
    return {(method.upper(), short(path)) for path, item in app.openapi()["paths"].items() for method in item}


def test_it_names_every_problem() -> None:
    folder = Path(create_app.__code__.co_filename).parent
    source = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    raised = set(re.findall(r"Problem\(\s*\d{3},\s*\"([\w-]+)\"", source)) | {"invalid-request"}
    text = DOC.read_text(encoding="utf-8")
    assert {name for name in raised if f"`{name}`" not in text} == set()
    assert len(raised) > 10
