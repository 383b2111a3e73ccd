"""The edge of the program: exit codes, messages, and values from the shell."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metier.cli import main as module
from metier.errors import Busy, Stopped, UserError
from metier.store.workspace import create_workspace
from metier.system import System
from metier.types import Release
from tests.conftest import write_letters


def run(monkeypatch: pytest.MonkeyPatch, error: BaseException, *words: str) -> object:
    def fail() -> None:
        raise error

    monkeypatch.setattr(module, "app", fail)
    monkeypatch.setattr(sys, "argv", ["metier", *words])
    with pytest.raises(SystemExit) as ended:
        module.main()
    return ended.value.code


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UserError("what [where] next"), "what [where] next"),
        (Busy("somebody writes"), "somebody writes"),
        (OSError(28, "No space left on device", "/w/x"), "no room left to write /w/x"),
        (PermissionError(13, "Permission denied", "/w/x"), "/w/x: Permission denied; check that it is there"),
    ],
)
def test_problems_of_the_user_are_words_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, words: str
) -> None:
    assert run(monkeypatch, error, "status") == 2
    shown = capsys.readouterr()
    assert "metier: " + words in shown.err
    assert shown.out == ""
    assert run(monkeypatch, error, "status", "--json") == 2
    assert words in json.loads(capsys.readouterr().out)["error"]


def test_what_was_stopped_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, Stopped("stopped; nothing is kept"), "evaluate", "judge", "--json") == 130
    assert json.loads(capsys.readouterr().out) == {"error": "stopped; nothing is kept"}


@pytest.mark.parametrize(("words", "port"), [(("--port", "0"), 0), (("--port", "9"), 9), ((), 8400)])
def test_port_0_is_any_free_one_whatever_the_settings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], port: int
) -> None:
    create_workspace(tmp_path).settings.write_text("serve: {port: 8400}", encoding="utf-8")
    asked: list[int] = []
    monkeypatch.setattr(module, "serve_doors", lambda system, host, port, workers: asked.append(port))
    assert CliRunner().invoke(module.app, ["serve", "-w", str(tmp_path), *words]).exit_code == 0
    assert asked == [port]


@pytest.mark.parametrize("error", [ZeroDivisionError(), OSError("not of a file")])
def test_a_defect_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(module, "app", fail)
    with pytest.raises(type(error)):
        module.main()


@pytest.mark.parametrize(
    ("text", "value"),
    [("up", "up"), ("true", True), ("-1", -1), ('{"before": "a"}', {"before": "a"}), ("{", "{")],
)
def test_values_from_the_shell(text: str, value: object) -> None:
    assert module._parsed(text) == value


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["serve", "--port", "99999"], "65535"),
        (["evaluate", "plan", "--effect", "500"], "above 0 and at most 100, not 500"),
    ],
)
def test_numbers_out_of_bounds_are_told(words: list[str], told: str) -> None:
    found = CliRunner().invoke(module.app, words)
    assert told in f"{found.output}{found.exception}"


def test_an_ingest_that_is_stopped_while_it_deepens_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_letters(tmp_path / "letters")
    workspace = create_workspace(tmp_path / "work", str(tmp_path / "letters"))
    asked = threading.Event()

    @contextmanager
    def interruptible() -> Iterator[Callable[[], bool]]:
        yield asked.is_set

    monkeypatch.setattr(module, "stop_on_interrupt", interruptible)
    monkeypatch.setattr(System, "deepen", lambda *_: asked.set())
    assert CliRunner().invoke(module.app, ["ingest", "-w", str(workspace.root)]).exit_code == 130


@pytest.mark.parametrize(
    ("gate", "told"),
    [({"verdict": "fail", "reason": "worse"}, "fail"), ("shipped with metier", ""), (None, "")],
)
def test_the_gates_verdict_stands_in_the_list_of_releases(gate: object, told: str) -> None:
    manifest = {} if gate is None else {"gate": gate}
    assert module._verdict(Release("r1", (), "", manifest, {})) == told
