"""The speed benchmark on a very small company: every figure is there, and the run can be repeated."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.specialize_speed import asked, grow, main
from metier.types import Case


@pytest.mark.timeout(400)
def test_every_figure_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--documents", "30", "--events", "12"]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    assert metrics["minutes"]["value"] > 0
    assert 0 < metrics["rollback_s"]["value"] < 1.0
    assert metrics["same_manifest"]["value"] == 1.0


def test_copies_have_other_figures(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("The pump weighs 1234 kg and costs 5678 EUR.", encoding="utf-8")
    (tmp_path / "docs" / "b.pdf").write_bytes(b"%PDF")
    assert grow(tmp_path, 6, np.random.default_rng(1)) == 6
    texts = [path.read_text(encoding="utf-8") for path in sorted((tmp_path / "docs").glob("*.md"))]
    assert len(texts) == 5
    assert len(set(texts)) == 5
    assert all(text.startswith("The pump weighs ") and len(text) == len(texts[0]) for text in texts)
    assert grow(tmp_path, 3, np.random.default_rng(1)) == 6, "nothing is taken away"


def test_questions_come_again_in_other_words() -> None:
    cases = [Case(f"c{n}", f"How many {n}?", "ann", "answerable") for n in range(3)]
    found = asked(cases, 7)
    assert len(found) == 7
    assert len({one.question for one in found}) == 7
    assert len({one.id for one in found}) == 7
