"""The real command line on a small folder."""

import io
import json
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from metier.cli.main import main
from tests.conftest import metier_command, write_letters


@dataclass
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Cli:
    """Runs `metier ... -w WORKSPACE` the way a user does."""

    root: Path

    @property
    def workspace(self) -> Path:
        return self.root / "work"

    @property
    def docs(self) -> Path:
        return self.root / "letters"

    def run(self, *words: str, code: int | None = 0) -> Done:
        """The finished command; `code` None accepts any. A traceback is never acceptable.

        Runs in this process, because a new one spends two seconds importing; `spawn` is the same in a new one.
        """
        workspace = [] if words[0] == "init" else ["-w", str(self.workspace)]
        return self._judged(self.run_as_typed(["metier", *words, *workspace]), code)

    def run_as_typed(self, command: list[str]) -> Done:
        """The finished command, in this process, whatever its exit code."""
        out, err = io.StringIO(), io.StringIO()
        with (
            chdir(self.root),
            patch.object(sys, "argv", command),
            patch.dict(os.environ, self.environment(), clear=True),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                main()
                ended = 0
            except SystemExit as exit_:
                ended = exit_.code if isinstance(exit_.code, int) else 1
        return Done(ended, out.getvalue(), err.getvalue())

    def spawn(self, *words: str, code: int | None = 0, **more: Any) -> Done:
        """As `run`, in a process of its own."""
        command = [*metier_command(), *words, *([] if words[0] == "init" else ["-w", str(self.workspace)])]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
            cwd=self.root,
            env=self.environment(),
            **more,
        )
        return self._judged(Done(done.returncode, done.stdout, done.stderr), code)

    @staticmethod
    def _judged(done: Done, code: int | None) -> Done:
        assert "Traceback" not in done.err, done.err
        if code is not None:
            assert done.code == code, (done.code, done.out, done.err)
        return done

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """The running command, in a process group of its own."""
        command = [*metier_command(), *words, "-w", str(self.workspace)]
        return subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.root,
            env=self.environment(),
            start_new_session=True,
        )

    def environment(self) -> dict[str, str]:
        # One thread: several tests run at once. No METIER_WORKSPACE of the person who runs the tests.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("METIER")}
        return kept | {"OMP_NUM_THREADS": "1", "COLUMNS": "80"}

    def ask(self, question: str, *more: str) -> Any:
        return self.run("ask", question, "--json", *more).json

    def settings(self, text: str) -> None:
        (self.workspace / "metier.yaml").write_text(text, encoding="utf-8")


def said(answer: Any) -> str:
    """The text of an answer."""
    return " ".join(item["text"] for item in answer["statements"])


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A workspace made by `metier init`, nothing ingested yet."""
    made = Cli(tmp_path)
    write_letters(made.docs)
    made.run("init", "work", "--docs", "letters")
    return made
