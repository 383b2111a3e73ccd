import json
from pathlib import Path

import pytest

from benchmarks.ir_collections import Collection
from benchmarks.retrieval_scale import by_collection, choose, distractors, foretold, main
from metier.errors import UserError
from tests.benchmarks.test_retrieval_quality import write
from tests.builders import passage

PASSAGES = {f"d{n}": passage(f"Text number {n}. More of {n}.", f"d{n}", id=f"d{n}") for n in range(20)}
TEST = {
    "one": {"d1": 1.0},
    "two": {"d1": 1.0, "d2": 1.0},
    "many": {f"d{n}": 1.0 for n in range(9)},
    "gone": {"nowhere": 1.0},
}
COLLECTION = Collection("small", PASSAGES, {query: query for query in TEST}, TEST)


def test_questions_with_few_relevant_documents_are_chosen() -> None:
    questions, base = choose([COLLECTION], 10)
    assert {question.id for question in questions} == {"small/one", "small/two"}
    assert {row.id for row in base} == {"small/d1", "small/d2"}
    with pytest.raises(UserError, match="relevant"):
        choose([COLLECTION], 0)


def test_no_distractor_is_relevant_or_made_of_what_is() -> None:
    questions, _ = choose([COLLECTION], 10)
    made = list(distractors([COLLECTION], questions, 50))
    assert len({row.id for row in made}) == 50
    assert not {row.id for row in made} & {"small/d1", "small/d2"}
    assert all("number 1." not in row.text and "number 2." not in row.text for row in made)
    assert len(list(distractors([COLLECTION], questions, 5))) == 5


def test_every_figure_of_the_contract_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "studies")
    assert main(["--data", str(tmp_path), "--documents", "6", "--most", "10"]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    for name in ("recall10_1x", "recall10_10x", "recall60_10x", "recall10_drop_10x"):
        assert {"value", "low", "high", "n"} <= set(metrics[name])
    assert metrics["recall10_1x"]["value"] == 1.0
    assert metrics["p95_ms_10x"]["value"] > 0
    assert metrics["factor_reached"]["value"] == 10
    assert "recall10_drop_1x" not in metrics


def test_a_factor_that_would_take_too_long_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.retrieval_scale._TELLING", 1)
    write(tmp_path / "studies")
    assert main(["--data", str(tmp_path), "--documents", "6", "--most", "10", "--budget-s", "0"]) == 0
    printed = capsys.readouterr()
    metrics = json.loads(printed.out.splitlines()[-1])["metrics"]
    assert metrics["factor_reached"]["value"] == 1
    assert "recall10_10x" not in metrics
    assert "10x is left out" in printed.err


def test_time_is_foretold_from_enough_documents() -> None:
    assert foretold(100, 900, 60.0) == 0.0
    assert foretold(10_000, 90_000, 60.0) == 540.0


def test_each_collection_is_told_apart() -> None:
    questions, _ = choose([COLLECTION], 10)
    assert by_collection(questions, [1.0, 0.5]) == "small 0.750 (2)"
