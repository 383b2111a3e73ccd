"""The speed benchmark on a very small workspace: every figure is there, and the run can be repeated."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.specialize_speed import asked, grow, time_it
from metier.types import Case

SETTINGS = """version: 1
users: [{id: ann, name: Ann, groups: [all]}]
groups: [{match: "**", allow: [all]}]
sources: [{folder: docs}]
retrieve: {legs: [keyword, static], known_items: 0}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "metier.yaml").write_text(SETTINGS, encoding="utf-8")
    for number in range(6):
        text = f"# Pump {number}\n\nThe pump number {number} weighs {1234 + number} kg and costs 5678 EUR.\n"
        (tmp_path / "docs" / f"pump{number}.md").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.timeout(300)
def test_every_figure_is_there(workspace: Path) -> None:
    cases = [
        Case(f"c{n}", f"How heavy is pump number {n}?", "ann", "answerable", (f"{1234 + n} kg",))
        for n in range(6)
    ]
    metrics = time_it(workspace, 6, cases, Namespace(seed=7, again=True))
    assert metrics["minutes"].value > 0
    assert metrics["minutes"].n == 6
    assert 0 < metrics["rollback_s"].value < 1.0
    assert metrics["same_manifest"].value == 1.0


def test_copies_have_other_figures(workspace: Path) -> None:
    (workspace / "docs" / "b.pdf").write_bytes(b"%PDF")
    assert grow(workspace, 12, np.random.default_rng(1)) == 12
    texts = [path.read_text(encoding="utf-8") for path in sorted((workspace / "docs").glob("*.md"))]
    assert len(texts) == 11
    assert len(set(texts)) == 11
    assert all(text.startswith("# Pump ") for text in texts)
    assert grow(workspace, 3, np.random.default_rng(1)) == 12, "nothing is taken away"


def test_questions_come_again_in_other_words() -> None:
    cases = [Case(f"c{n}", f"How many {n}?", "ann", "answerable") for n in range(3)]
    found = asked(cases, 7)
    assert len(found) == 7
    assert len({one.question for one in found}) == 7
    assert len({one.id for one in found}) == 7
