"""`metier evaluate certify`: the certificate in words and as a file."""

import json
from pathlib import Path

from tests.cli.kept import run


def test_certify_writes_the_certificate(runs: dict[str, Path], tmp_path: Path) -> None:
    done = run("certify", runs["good"], "--alpha", 0.1, "--out", tmp_path / "c.json")
    assert "may be shown unseen" in done.output
    assert json.loads((tmp_path / "c.json").read_text())["alpha"] == 0.1
    assert json.loads(run("certify", runs["good"], "--alpha", 0.1, "--json").output)["threshold"] == 0.9
    assert "not certified" in str(run("certify", runs["bad"], "--alpha", 0.01).exception)
