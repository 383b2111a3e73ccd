"""Sentences about rows: true ones stand, each wrong in one place, and the benchmark measures both."""

import json
from pathlib import Path

import pytest

from benchmarks import verify_rows
from benchmarks.tatqa import Context
from benchmarks.verify_rows import cases, probability
from metier.verify.combine import SupportModel

TABLE = (
    ("Segment", "2019", "2018"),
    ("Pumps", "9,162", "10,796"),
    ("Dosing Systems", "7,460", "6,902"),
    ("Cleaning Chemistry", "4,478", "4,032"),
)


def context(name: str = "one") -> Context:
    return Context(name, TABLE, (), ())


def test_each_kind_is_made_of_every_row_and_is_the_same_each_time() -> None:
    found = cases([context()])
    kinds = [case.kind for case in found]
    assert sorted(set(kinds)) == ["column", "label", "row", "true", "value"]
    assert kinds.count("true") == 3
    assert found == cases([context()])
    true = next(case for case in found if case.kind == "true")
    for case in found:
        row = case.table.text[case.start : case.end]
        assert row.partition(" | ")[0] in [line[0] for line in TABLE[1:]]
        assert (case.text == true.text) is (case is true)


def test_the_verifier_tells_them_apart_and_prose_does_not() -> None:
    model, found = SupportModel(), cases([context()])
    assert [probability(case, model) >= 0.5 for case in found] == [case.kind == "true" for case in found]
    as_prose = [probability(case, model, is_table=False) >= 0.5 for case in found]
    assert as_prose != [case.kind == "true" for case in found]


def test_the_line_of_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = [
        {"table": {"uid": f"t{number}", "table": TABLE}, "paragraphs": [], "questions": []}
        for number in range(6)
    ]
    (tmp_path / "qa" / "made").mkdir(parents=True)
    (tmp_path / "qa" / "made" / "dev.json").write_text(json.dumps(pages), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["verify_rows", "--data", str(tmp_path)])
    verify_rows.main()
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["metrics"]["accuracy_all"]["value"] == 1.0
    assert told["metrics"]["accuracy_all"]["peer"] < 1.0
