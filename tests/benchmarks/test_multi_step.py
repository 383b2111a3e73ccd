import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import multi_step
from benchmarks.multi_step import Asked, main, summarize
from metier.types import Evidence, EvidenceQuote
from tests.builders import evidence, passage

ROW = Asked("q1", 3, False, False, True, 4, 1.0, 1.5, 0.1, 0.3)
ROWS = [
    ROW,
    replace(ROW, case="q2", one=True, same_size=True),
    replace(ROW, case="q3", steps=False),
    replace(ROW, seed=4),
]


def test_gains_are_shares_of_the_cases() -> None:
    metrics = summarize(ROWS)
    assert metrics["recall_one_pass"].value == 0.25
    assert metrics["recall_steps"].value == 0.75
    assert metrics["recall_gain"].value == 0.5
    assert metrics["recall_gain_same_size"].value == 0.5
    assert metrics["recall_gain"].n == 4
    assert metrics["p95_ratio"].value == pytest.approx(1.5)
    assert metrics["p95_ratio_search"].value == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("found", "holds"),
    [
        (evidence(passage("Property | Value\nSound pressure level | 61 | dB(A)", "m")), True),
        (evidence(passage("61 dB(A)", "m", heading_path=("Sound pressure level",))), True),
        (evidence(passage("Sound pressure level | 67 | dB(A)", "other")), False),
        (evidence(passage("Weight | 12 | kg", "m")), False),
        ([], False),
    ],
)
def test_a_passage_holds_a_quote_by_its_words_in_the_gold_document(
    found: Sequence[Evidence], holds: bool
) -> None:
    assert multi_step._holds(found, EvidenceQuote("m.txt", "Sound pressure level 61 dB(A)")) is holds


def test_every_figure_of_the_contract_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        multi_step, "run", lambda folder, seed, documents: [replace(row, seed=seed) for row in ROWS]
    )
    assert main(["--seeds", "3,4", "--workspaces", str(tmp_path)]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    assert {"value", "low", "high", "n"} <= set(metrics["recall_gain"])
    assert metrics["recall_gain"]["n"] == 8
    assert metrics["p95_ratio"]["value"] > 0
