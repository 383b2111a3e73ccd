from pathlib import Path

import numpy as np
import pytest

from benchmarks import eval_faults
from benchmarks.eval_faults import (
    Broken,
    asked_within,
    chosen_cases,
    copy_company,
    false_alarm_rate,
    figures,
    looks,
    told,
)
from benchmarks.faults import SYSTEMIC, RememberedDrafts, RememberedRanking, misread, without_tables
from metier.evaluate.attribution import STAGES
from metier.evaluate.diagnosis import Diagnosis
from metier.evaluate.run import Row
from metier.types import (
    Answer,
    Block,
    Case,
    Cell,
    Document,
    Draft,
    Evidence,
    Outcome,
    Page,
    Passage,
    Query,
    Statement,
)


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


def row(number: int, right: bool) -> Row:
    of = Case(f"c{number:03}", "?", "me", "answerable", ("six",), group=f"g{number}")
    said = Statement("s", "six" if right else "nine", ())
    return Row(of, Answer("", Outcome.ANSWERED, "", (said,)), 0.0, 0.9)


def test_it_looks_four_times_and_stops_once_a_fault_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert looks(800) == [100, 200, 400, 800]
    assert looks(3) == [1, 3]
    asked: list[str] = []
    broken: set[int] = set()

    def answers(system: Broken, cases: list[Case]) -> list[Row]:
        asked.extend(case.id for case in cases)
        return [row(int(case.id[1:]), int(case.id[1:]) not in broken) for case in cases]

    monkeypatch.setattr(eval_faults, "answers", answers)
    before = [row(number, True) for number in range(800)]
    system = Broken(None, None)  # type: ignore[arg-type]
    found, after = told(system, before, None, 0)  # type: ignore[arg-type]
    assert (found.broken, found.p, after, len(asked)) == (0, 1.0, 800, 800)
    broken |= set(range(0, 800, 10))
    asked.clear()
    found, after = told(system, before, None, 0)  # type: ignore[arg-type]
    assert (found.broken, after, len(asked)) == (10, 100, 100)
    broken.clear()
    broken |= {150, 160, 170, 180, 190}  # five of five: noticed by one look at 5%, but not by one of four
    assert told(system, before, None, 0)[1] == 800  # type: ignore[arg-type]


def test_a_slow_machine_has_a_smaller_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        eval_faults, "answers", lambda system, cases: [row(int(case.id[1:]), True) for case in cases]
    )
    cases = [row(number, True).case for number in range(120)]
    system = Broken(None, None)  # type: ignore[arg-type]
    assert [item.case for item in asked_within(system, cases, 60)] == cases
    assert [item.case for item in asked_within(system, cases, -1)] == cases[:50]


def test_unbroken_systems_are_called_broken_in_at_most_five_of_a_hundred() -> None:
    rng = np.random.default_rng(1)
    found = false_alarm_rate([bool(one) for one in rng.random(200) < 0.7], 2_000)
    assert 0.005 < found.value < 0.05


def test_the_same_question_is_ranked_and_drafted_once() -> None:
    calls: list[str] = []

    class Stage:
        name = "stage"

        def rerank(self, query: Query, evidence: list[Evidence], k: int) -> list[Evidence]:
            calls.append("rank")
            return list(evidence)[:k]

        def generate(self, query: Query, evidence: list[Evidence], on_statement: object = None) -> Draft:
            calls.append("draft")
            return Draft((), "stage", 0.5)

    passage = Passage("p", "d", "a.pdf", "Rules", 1, 0, 4, "text", (), "text", "en", "", ("all",))
    evidence = [Evidence(passage, 1.0, {"lexical": 2.0}, {"lexical": 1})]
    ranking, drafts = RememberedRanking(Stage(), {}), RememberedDrafts(Stage())
    for query in (Query("a"), Query("a"), Query("b")):
        assert ranking.rerank(query, evidence, 1) == evidence
        assert drafts.generate(query, evidence).confidence == 0.5
    drafts.generate(Query("a"), [])
    assert (calls.count("rank"), calls.count("draft")) == (2, 3)
