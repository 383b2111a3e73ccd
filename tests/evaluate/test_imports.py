"""Files as ragas, deepeval, promptfoo and Inspect write them, and what becomes of their scores."""

import json
import math
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from metier.errors import UserError
from metier.evaluate.estimates import proportion
from metier.evaluate.imports import as_run, differences, estimates
from metier.evaluate.run import read_run, run_text
from metier.evaluate.scores import score_run, summarize
from metier.evaluate.tools import read_results

N = 40


def right(number: int, every: int) -> bool:
    return number % every != 0


def ragas(path: Path, every: int = 4) -> Path:
    rows = ["user_input,retrieved_contexts,response,reference,faithfulness,answer_correctness"]
    for i in range(N):
        score = 0.9 if right(i, every) else 0.2
        rows.append(f'"How long is {i}?","[\'a\']",six weeks,six weeks,{score},{"" if i == 1 else score}')
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def deepeval(path: Path, every: int = 4) -> Path:
    cases = [
        {
            "name": f"test_{i}", "input": f"How long is {i}?", "actualOutput": "six weeks", "expectedOutput": "six weeks",
            "success": right(i, every), "runDuration": 0.5,
            "metricsData": [{"name": "Faithfulness", "score": 0.9, "threshold": 0.5, "success": right(i, every)}],
        }
        for i in range(N)
    ]  # fmt: skip
    path.write_text(json.dumps({"testRunData": {"testCases": cases}, "testRunLink": None}), encoding="utf-8")
    return path


def promptfoo(path: Path, every: int = 4) -> Path:
    rows = [
        {
            "provider": {"id": "openai:x"}, "prompt": {"raw": "?", "label": "?"}, "vars": {"question": f"How long is {i}?",
            "expected": "six weeks"}, "response": {"output": "six weeks"}, "success": right(i, every),
            "score": float(right(i, every)), "namedScores": {"tone": 0.5}, "latencyMs": 1200,
        }
        for i in range(N)
    ]  # fmt: skip
    path.write_text(json.dumps({"evalId": "e", "results": {"version": 3, "results": rows}}), encoding="utf-8")
    return path


def inspect(path: Path, every: int = 4) -> Path:
    samples = [
        {
            "id": i, "epoch": epoch, "input": [{"role": "user", "content": f"How long is {i}?"}], "target": "six weeks",
            "output": {"completion": "six weeks"}, "scores": {"match": {"value": "C" if right(i, every) else "I"}},
        }
        for i in range(N)
        for epoch in (1, 2)
    ]  # fmt: skip
    head = {"version": 2, "status": "success", "eval": {"task": "t", "model": "m"}}
    if path.suffix == ".eval":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("header.json", json.dumps(head))
            for sample in samples:
                archive.writestr(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", json.dumps(sample))
    else:
        path.write_text(json.dumps({**head, "samples": samples}), encoding="utf-8")
    return path


Writer = Callable[..., Path]
FILES: list[tuple[Writer, str, str]] = [
    (ragas, "r.csv", "faithfulness"),
    (deepeval, "d.json", "Faithfulness passed"),
    (promptfoo, "p.json", "pass"),
    (inspect, "i.json", "match"),
    (inspect, "i.eval", "match"),
]


@pytest.mark.parametrize(("write", "name", "metric"), FILES)
def test_scores_get_their_intervals(tmp_path: Path, write: Writer, name: str, metric: str) -> None:
    (found,) = read_results(write(tmp_path / name))
    estimate = estimates(found)[metric]
    share = 0.75 if metric != "faithfulness" else 0.75 * 0.9 + 0.25 * 0.2
    assert estimate.value == pytest.approx(share)
    assert estimate.low < share < estimate.high
    assert len({row.group for row in found.rows}) == N


def test_repeats_of_one_question_do_not_narrow_the_interval(tmp_path: Path) -> None:
    (found,) = read_results(inspect(tmp_path / "i.json"))
    once = proportion([right(i, 4) for i in range(N)])
    twice = estimates(found)["match"]
    assert twice.n == 2 * N
    assert twice.high - twice.low >= once.high - once.low - 1e-9


@pytest.mark.parametrize(("write", "name", "metric"), FILES)
def test_two_files_are_compared_question_by_question(
    tmp_path: Path, write: Writer, name: str, metric: str
) -> None:
    (good,) = read_results(write(tmp_path / name, 40))
    (bad,) = read_results(write(tmp_path / f"bad.{name.rpartition('.')[2]}", 2))
    found = {item.metric: item for item in differences(good, bad)}[metric]
    assert found.verdict == "better"
    assert {item.metric: item for item in differences(bad, good)}[metric].verdict == "worse"
    assert {item.metric: item for item in differences(good, good)}[metric].verdict == "cannot tell"


@pytest.mark.parametrize(("write", "name", "metric"), FILES)
def test_results_become_a_run(tmp_path: Path, write: Writer, name: str, metric: str) -> None:
    (found,) = read_results(write(tmp_path / name))
    path = tmp_path / "out.run.jsonl"
    path.write_text(run_text(as_run(found)), encoding="utf-8")
    run = read_run(path)
    assert summarize(score_run(run)).right.value == 1.0
    assert {row.case.answers for row in run.rows} == {("six weeks",)}


def test_several_providers_are_several_systems(tmp_path: Path) -> None:
    path = promptfoo(tmp_path / "p.json")
    data = json.loads(path.read_text())
    more = [
        {**row, "provider": {"id": "other"}, "error": "it broke", "failureReason": 2}
        for row in data["results"]["results"]
    ]
    data["results"]["results"] += more
    path.write_text(json.dumps(data))
    found = read_results(path)
    assert [item.system for item in found] == ["openai:x", "other"]
    assert summarize(score_run(as_run(found[1]))).errors.value == 1.0


def test_few_questions_have_no_interval(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text('{"user_input": "a", "response": "b", "faithfulness": 0.5}\n' * 3)
    (found,) = read_results(tmp_path / "r.jsonl")
    assert estimates(found)["faithfulness"].high == float("inf")
    with pytest.raises(UserError, match="share 1 questions"):
        differences(found, found)
    with pytest.raises(UserError, match="no row has a reference"):
        as_run(found)


def test_scores_that_are_all_the_same_claim_no_certainty(tmp_path: Path) -> None:
    (found,) = read_results(promptfoo(tmp_path / "p.json"))
    tone = estimates(found)["tone"]
    assert (tone.value, tone.low, tone.high) == (0.5, -math.inf, math.inf)
