from pathlib import Path

from benchmarks.eval_faults import chosen_cases, copy_company, figures
from benchmarks.faults import SYSTEMIC, misread, without_tables
from metier.evaluate.attribution import STAGES
from metier.evaluate.diagnosis import Diagnosis
from metier.types import Block, Case, Cell, Document, Page


def document(uri: str) -> Document:
    text = "Rules\n\nItem | Price\nPump | 40\n\nIt costs 40."
    cells = (Cell(0, 0, "Item", 7, 11), Cell(1, 1, "40", 27, 29))
    blocks = (
        Block("d.0", "heading", 0, 1, 0, 5),
        Block("d.1", "table", 1, 1, 7, 29, cells=cells),
        Block("d.2", "paragraph", 2, 1, 31, 43),
    )
    return Document("d", uri, "Rules", "en", "", text, (Page(1, 0, 0, 0, len(text)),), blocks, "test")


def test_there_are_twelve_faults_of_known_stages() -> None:
    assert len(SYSTEMIC) == 12
    assert {fault.stage for fault in SYSTEMIC.values()} <= set(STAGES)


def test_reading_without_tables_keeps_every_place() -> None:
    read = without_tables(document("a.pdf"))
    assert len(read.text) == len(document("a.pdf").text)
    assert "Pump" not in read.text
    assert [block.kind for block in read.blocks] == ["heading", "paragraph"]
    assert read.text[31:43] == "It costs 40."


def test_misreading_changes_figures_of_half_the_documents() -> None:
    changed = [misread(document(f"{number}.pdf")) for number in range(40)]
    hurt = [item for item in changed if "40" not in item.text]
    assert 8 < len(hurt) < 32
    assert all(cell.text != "40" for item in hurt for cell in item.blocks[1].cells)


def test_cases_are_drawn_by_hash_and_counted_by_stage(tmp_path: Path) -> None:
    cases = [Case(f"c{number}", "?", "me", "answerable", ("x",)) for number in range(20)]
    assert len(chosen_cases(cases, 5)) == 5
    assert chosen_cases(cases, 5) == chosen_cases(cases[::-1], 5)
    assert len(chosen_cases(cases, 0)) == 20
    names = list(SYSTEMIC)
    found = {
        names[0]: Diagnosis(9, 0, 0.01, SYSTEMIC[names[0]].stage, {"x": 1.0}),
        names[1]: Diagnosis(1, 0, 0.5, "", {}),
    }
    metrics = figures(found)
    assert (metrics["planted"].value, metrics["detected_with_stage"].value, metrics["detected"].value) == (
        2,
        1,
        1,
    )
    (tmp_path / "a" / "documents").mkdir(parents=True)
    (tmp_path / "a" / "documents" / "x.md").write_text("x")
    (tmp_path / "a" / "metier.yaml").write_text("version: 1")
    (tmp_path / "b").mkdir()
    copy_company(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b" / "documents" / "x.md").read_text() == "x"
