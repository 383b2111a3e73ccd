"""Runs kept in files, for the commands that read them."""

from pathlib import Path

from typer.testing import CliRunner, Result

from metier.cli.evaluate import app
from metier.evaluate.run import run_suite
from metier.evaluate.suites import Suite
from metier.types import Case
from tests.evaluate.made import case


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)])


def kept(path: Path, right: int, n: int = 200, name: str = "s") -> Path:
    """A run with `right` of every ten cases right."""

    def ask(of: Case) -> object:
        ok = int(of.id[1:]) % 10 < right
        return {
            "text": "six weeks" if ok else "nine weeks",
            "confidence": 0.9 if ok else 0.2,
            "citations": [],
        }

    cases = tuple(case(number) for number in range(n))
    run_suite(ask, Suite("suite", cases), system=name, now=lambda: "2026", path=path)
    return path
