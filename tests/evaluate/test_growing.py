"""The real thing: a small workspace, its shadow, and a suite, grown in steps."""

from collections.abc import Callable
from pathlib import Path

import pytest

from metier.errors import UserError
from metier.evaluate.growing import DISTRACTORS, Growth, plan_growth
from metier.evaluate.run import read_run
from metier.evaluate.stress import Stress, read_stress
from metier.evaluate.suites import Suite
from metier.evaluate.verbs import stress_any
from metier.store.workspace import create_workspace
from metier.system import System, open_system
from metier.types import Case, EvidenceQuote

TOWNS = (
    "Ulm",
    "Trier",
    "Celle",
    "Halle",
    "Jena",
    "Gera",
    "Bonn",
    "Kiel",
    "Emden",
    "Fulda",
    "Worms",
    "Passau",
)


def say(number: int) -> str:
    return f"The notice period of the {TOWNS[number]} office is {number + 3} weeks."


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    create_workspace(root)
    for number in range(12):
        (root / "documents" / f"office-{number}.md").write_text(
            f"# Office {TOWNS[number]}\n\n{say(number)}\n"
        )
    for number in range(4):
        (root / "documents" / f"other-{number}.md").write_text(
            f"# Menu {number}\n\nOn day {number} there is soup.\n"
        )
    others = tmp_path / "others"
    others.mkdir()
    for number in range(3):
        (others / f"d{number}.md").write_text(
            f"# Distractor {number}\n\nThe lease of flat {number} ends in May.\n"
        )
    return root


def suite(n: int = 12) -> Suite:
    return Suite(
        "offices",
        tuple(
            Case(
                f"c{i:02}", f"How long is the notice period of the {TOWNS[i]} office?", "-", "answerable", (f"{i + 3} weeks",),
                evidence=(EvidenceQuote(f"office-{i}.md", say(i)),), group=f"g{i}",
            )
            for i in range(n)
        ),
    )  # fmt: skip


def stressed(
    system: System,
    out: Path,
    wanted: Growth,
    stop: Callable[[], bool] = lambda: False,
    told: list[str] | None = None,
) -> Stress:
    said = [] if told is None else told
    return stress_any(system, suite(), out, open_system, wanted, should_stop=stop, say=said.append)


def test_the_shadow_grows_and_the_workspace_does_not(workspace: Path, tmp_path: Path) -> None:
    out, told = tmp_path / "out", []
    with open_system(workspace) as system:
        opened = sorted(path.relative_to(workspace) for path in workspace.rglob("*"))
        found = stressed(system, out, Growth(distractors=tmp_path / "others", sizes=(12, 19)), told=told)
        assert sorted(path.relative_to(workspace) for path in workspace.rglob("*")) == opened
        assert system.count().received == 0  # nothing was read into it
    assert [step.documents for step in found.steps] == [12, 19]
    assert found.steps[0].right.value > 0.5
    assert found.left == ()
    assert read_stress(out / "stress.json") == found
    assert not (out / "shadow").exists()
    assert told[0].startswith("2 sizes of the corpus: 12, 19 files; 19 files to read")
    assert any("distractors" in text for text in told)
    assert any("12 files: read in" in text and "take at least" in text for text in told)

    with open_system(workspace) as system:
        told.clear()
        assert (
            stressed(system, out, Growth(distractors=tmp_path / "others", sizes=(12, 19)), told=told) == found
        )
        assert not any("read in" in text for text in told)  # all is there already
        (workspace / "documents" / "office-1.md").write_text("changed")
        with pytest.raises(UserError, match="another release; name another --out"):
            stressed(system, out, Growth(distractors=tmp_path / "others", sizes=(12, 19)))


def test_stopped_it_says_what_is_left_and_goes_on(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def stop() -> bool:
        path = out / "14.run.jsonl"
        return path.exists() and len(path.read_text().splitlines()) > 4

    with open_system(workspace) as system:
        found = stressed(system, out, Growth(sizes=(12, 14), keep=True), stop)
        assert ([step.documents for step in found.steps], found.left) == ([12], (14,))
        assert found.holds is None
        half = read_run(out / "14.run.jsonl")
        assert half.missing
        found = stressed(system, out, Growth(sizes=(12, 14), keep=True))
        assert [step.documents for step in found.steps] == [12, 14]
        whole = {row.case.id: row for row in read_run(out / "14.run.jsonl").rows}
        assert all(whole[row.case.id] == row for row in half.rows)  # kept, not asked again
        # A smaller size, asked for later, is of a smaller corpus again.
        assert [step.documents for step in stressed(system, out, Growth(sizes=(12, 13))).steps] == [12, 13]


def test_what_cannot_be(workspace: Path, tmp_path: Path) -> None:
    with open_system(workspace) as system:
        with pytest.raises(UserError, match="lies among the documents"):
            stressed(system, workspace / "documents" / "out", Growth(sizes=(12, 16)))
        with pytest.raises(UserError, match="no folder of documents"):
            plan_growth(system, suite(), Growth(distractors=tmp_path / "none"))
        with pytest.raises(UserError, match="has no cases"):
            plan_growth(system, Suite("empty", ()), Growth())
        lost = Case("x", "?", "-", "answerable", ("1",), evidence=(EvidenceQuote("gone.md", "1"),), group="x")
        plan = plan_growth(system, Suite("s", (*suite().cases, lost)), Growth(sizes=(12, 16)))
        assert "gone.md" in plan.notes[0]
        plan = plan_growth(system, suite(), Growth(first=3, sizes=(3, 16), distractors=tmp_path / "others"))
        assert (len(plan.suite), plan.sizes) == (3, (3, 16))
        assert all(uri.startswith(DISTRACTORS) for uri in plan.order[16:])
