"""The benchmark over a small data set of our own, through the real product."""

import json
from pathlib import Path

import pytest

from benchmarks.gain_baselines import _count, _settings, _Tried
from benchmarks.gain_bench import Result
from benchmarks.gain_collections import CONTEXTS, JUDGED, gold, kinds, of_contexts, of_judged, read
from benchmarks.ir_collections import read_collection
from benchmarks.specialize_gain import CONTRACT, Measured, main, summarize, together
from metier.errors import UserError
from tests.benchmarks.test_answer_quality import context
from tests.specialize.made import trace


@pytest.fixture
def data(tmp_path: Path) -> Path:
    words = ["harbour", "forest", "railway", "theatre", "museum", "bakery"]
    contexts = [context(f"c{n}", word, (410 + 37 * n, 390 + 11 * n)) for n, word in enumerate(words)]
    (tmp_path / "qa" / "own").mkdir(parents=True)
    (tmp_path / "qa" / "own" / "dev.json").write_text(json.dumps(contexts), encoding="utf-8")
    return tmp_path


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    place = tmp_path / "ir" / "own"
    place.mkdir(parents=True)
    rows = [
        {"id": f"d{n}", "title": f"Item {n}", "text": f"Item number {n} weighs {n} kg."} for n in range(160)
    ]
    (place / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    asked = [{"id": f"q{n}", "text": f"How heavy is item number {n}?"} for n in range(120)]
    (place / "queries.jsonl").write_text("\n".join(map(json.dumps, asked)), encoding="utf-8")
    lines = ["query\tdocument\tgrade", *(f"q{n}\td{n // 2}\t1" for n in range(120))]
    (place / "qrels.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


@pytest.mark.timeout(300)
def test_every_figure_is_there(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(data), "--events", "9", "--limit", "6"]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    assert metrics["error_cut"]["value"] == 0.0  # nine events teach nothing, and the gate passes nothing
    assert metrics["error_cut"]["n"] == 6
    assert metrics["shipped_mixed"]["value"] == 0.0
    assert metrics["ndcg10_cold_start_gain"]["value"] is None
    assert metrics["edits_share"]["value"] is None
    assert metrics["gain_over_best_component"]["value"] is None, "nothing was kept"
    assert metrics["error_cut_over_best_baseline"]["n"] == 6
    assert set(CONTRACT) <= set(metrics)


def test_without_time_every_figure_of_the_contract_is_null(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(data), "--events", "2", "--limit", "2", "--minutes", "0"]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    assert {name: metrics[name]["value"] for name in CONTRACT} == dict.fromkeys(CONTRACT)


def test_no_document_is_both_judged_and_tested(data: Path) -> None:
    asked = read(data, CONTEXTS, 8, 100, 0)
    assert len(asked.events) == 8
    assert not {one.document for one in asked.events} & {one.document for one in asked.tests}
    assert len(read(data, CONTEXTS, 1000, 100, 0).events) == 13, "three quarters of 18"
    with pytest.raises(UserError, match="neither"):
        kinds(data / "qa")


def test_relevant_documents_of_events_are_in_no_test(judged: Path) -> None:
    collection = read_collection(judged / "ir" / "own")
    asked = of_judged(collection, 60, 40, 100)
    relevant = {query: set(grades) for query, grades in collection.test.items()}
    events = set().union(*(relevant[one.id] for one in asked.events))
    assert len(asked.events) == 60
    assert 0 < len(asked.tests) <= 40
    assert not any(relevant[one.id] & events for one in asked.tests)
    place = judged / "work"
    asked.write(place)
    assert 60 <= len(list((place / "docs").iterdir())) <= 100
    assert kinds(judged) == [JUDGED]
    one = read(judged, JUDGED, 1000, 40, 100)
    assert (one.name, len(one.events)) == ("own", 90)


def test_a_cited_relevant_document_is_right_and_the_correction_points_at_it(judged: Path) -> None:
    asked = of_judged(read_collection(judged / "ir" / "own"), 60, 40, 100)
    item = asked.events[0]
    better = item.correction(trace().answer)["value"]["better"]
    assert item.is_right(trace(uri=better["uri"]).answer)
    assert not item.is_right(trace(uri="other.txt").answer)
    assert not item.is_right(trace(text="").answer)
    assert "weighs" in better["quote"]


def test_what_people_write(data: Path) -> None:
    assert gold({"answer": ["1", "2"], "scale": "million"}) == "1, 2 million"
    assert gold({"answer": -3.5, "scale": "percent"}) == "-3.5 percent"
    assert of_contexts.__doc__


@pytest.fixture
def measured() -> Measured:
    before, half, none = [1.0, 1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0, 0.0], [0.0] * 5
    arms = {
        "mixed": Result(half, half, none, True, {"thresholds": before}, 9),
        "thumbs": Result(half, before, none, False, {}, 0),
        "edits": Result(none, none, none, True, {}, 100),
    }
    return Measured(before, before, list("abcde"), arms, {"search of settings": before, "cache": half})


def test_cuts_are_relative_to_what_was_wrong(measured: Measured) -> None:
    found = summarize(measured)
    assert found["error_cut"].value == pytest.approx(0.5)
    assert found["p_value"].value == pytest.approx(0.25, abs=0.2)
    assert found["error_cut_thumbs_only"].value == 0.0, "the gate did not pass it"
    assert found["error_cut_thumbs_only_candidate"].value == pytest.approx(0.5)
    assert found["edits_share"].value == pytest.approx(0.5)
    assert found["gain_over_best_component"].value == pytest.approx(0.4)
    assert found["wrong_shown_after"].value == 0.0
    assert found["error_cut_over_best_baseline"].value == 0.0, "the cache does as well"
    assert found["error_of_search_of_settings"].value == pytest.approx(0.8)
    assert summarize(Measured()) == {}


def test_collections_count_by_their_questions(measured: Measured) -> None:
    other = Measured(
        [1.0] * 3,
        [0.0] * 3,
        list("abc"),
        {"mixed": Result([1.0] * 3, [1.0] * 3, [0.0] * 3, False, {}, 5)},
        {"cache": [1.0] * 3},
    )
    both = together([measured, other])
    found = summarize(both)
    assert found["error_before"].n == 8
    assert len(set(both.documents)) == 8
    assert found["error_cut"].value == pytest.approx(2 / 7)
    assert found["shipped_mixed"].value == 0.0
    assert found["corrections_mixed"].value == 14
    assert "error_cut_edits_only" not in found, "one of the two has no such arm"
    assert set(both.peers) == {"cache"}
    assert both.arms["mixed"].alone["thresholds"] == [*measured.before, *other.before]
    assert together([]).before == []
    unreached = summarize(together([measured, Measured()]))
    assert unreached["error_before"].n == 5
    assert "error_cut" not in unreached, "of one collection alone is no figure of both"


def test_a_search_tries_each_retriever_and_counts_what_a_threshold_shows() -> None:
    parts = {
        "mixture": {"weights": {"keyword": 1.0, "static": 3.0}},
        "reranker": {"weights": {"mixture": 1.0, "heading": 0.4}},
    }
    parts["mixture"]["follows"] = {}
    tried = _settings(parts)
    assert tried[:3] == [
        {},
        {("mixture",): {"weights": {"keyword": 0.625, "static": 0.375}}},
        {("mixture",): {"weights": {"keyword": 0.125, "static": 0.875}}},
    ]
    assert tried[3:] == [{("reranker", "weights"): {"mixture": 1.0, "heading": 0.0}}]
    known = [_Tried(True, 0.9), _Tried(True, 0.3), _Tried(False, 0.5)]
    assert [_count(known, 0.4, right=one) for one in (True, False)] == [1, 1]
