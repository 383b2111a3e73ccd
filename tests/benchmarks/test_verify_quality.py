import json
from pathlib import Path

import pytest

from benchmarks.verify_quality import findings, labelled_rows, plain_overlap, swap_suite
from metier.errors import UserError
from metier.verify.combine import SupportModel


def test_plain_overlap_by_hand() -> None:
    assert plain_overlap("The cat sat, the dog ran", "the cat ran") == pytest.approx(4 / 6)
    assert plain_overlap("", "x") == 0


def test_a_missing_data_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="begin_wow"):
        labelled_rows(tmp_path)


def test_rows_and_suite_of_a_small_folder(tmp_path: Path) -> None:
    folder = tmp_path / "grounded" / "begin_wow"
    folder.mkdir(parents=True)
    row = {
        "context": "The tower is 30 metres high.",
        "response": "It is high.",
        "message": "How high?",
        "label": "Not fully attributable",
        "split": "test",
    }
    lines = [json.dumps(item) for item in (row, {**row, "label": "Generic"})]
    (folder / "rows.jsonl").write_text("\n".join(lines), encoding="utf-8")
    rows = labelled_rows(tmp_path)
    assert [(row.supported, row.split) for row in rows] == [(False, "test")]
    suite = swap_suite(rows)
    assert suite == swap_suite(rows)
    assert any(case.source == row["context"] and case.kind == "number" for case in suite)


def test_the_shipped_verifier_tells_a_copy_from_a_changed_number() -> None:
    source = "The tower is 30 metres high."
    assert SupportModel().probability(findings(source, source)) > 0.9
    assert SupportModel().probability(findings("The tower is 50 metres high.", source)) < 0.1
