"""The benchmark over a small data set of our own, through the real product."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.gain_collections import Item, gold, of_contexts, of_judged, read
from benchmarks.ir_collections import read_collection
from benchmarks.specialize_gain import Event, Result, cached, main, said, summarize
from metier.errors import UserError
from metier.types import Answer
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
    assert {"error_cut_thumbs_only", "error_cut_over_best_baseline", "gain_over_best_component"} <= set(
        metrics
    )


def test_no_document_is_both_judged_and_tested(data: Path) -> None:
    (asked,) = read(data, 8, 100, 0)
    assert len(asked.events) == 8
    assert not {one.document for one in asked.events} & {one.document for one in asked.tests}
    with pytest.raises(UserError, match="no other document"):
        read(data, 18, 100, 0)


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
    (one,) = read(judged, 60, 40, 100)
    assert one.name == "own"


def test_a_cited_relevant_document_is_right_and_the_correction_points_at_it(judged: Path) -> None:
    asked = of_judged(read_collection(judged / "ir" / "own"), 60, 40, 100)
    item = asked.events[0]
    better = item.correction(trace().answer)["value"]["better"]
    assert item.is_right(trace(uri=better["uri"]).answer)
    assert not item.is_right(trace(uri="other.txt").answer)
    assert not item.is_right(trace(text="").answer)
    assert "weighs" in better["quote"]


def item(identity: str, question: str, document: str, right: bool = True) -> Item:
    def is_right(answer: Answer) -> bool:
        return right

    return Item(
        identity, question, "me", document, is_right, lambda answer: {"kind": "expert_answer", "value": "7"}
    )


def test_thumbs_are_wrong_as_often_as_told_and_edits_as_often() -> None:
    events = [Event(item(f"q{n}", "How?", "d"), trace(f"a{n}")) for n in range(400)]
    thumbs = [said(one, 0.0, 0.1, 7) for one in events]
    assert np.mean([one["value"] == -1 for one in thumbs]) == pytest.approx(0.1, abs=0.04)
    mixed = [said(one, 0.05, 0.1, 7)["kind"] for one in events]
    assert np.mean([kind != "thumb" for kind in mixed]) == pytest.approx(0.05, abs=0.03)
    assert said(events[3], 0.5, 0.1, 7) == said(events[3], 0.5, 0.1, 7)


def test_a_verified_answer_is_right_for_its_own_document_alone() -> None:
    known = [Event(item("q1", "What is the rent in 2019?", "d1"), trace("a1"))]
    tests = [
        item("t1", "What is the rent in 2019?", "d1"), item("t2", "What is the rent in 2019?", "d2"),
        item("t3", "Who signs?", "d2"),
    ]  # fmt: skip
    assert cached(known, tests, [1.0, 0.0, 1.0]) == [0.0, 1.0, 1.0]


def test_what_people_write(data: Path) -> None:
    assert gold({"answer": ["1", "2"], "scale": "million"}) == "1, 2 million"
    assert gold({"answer": -3.5, "scale": "percent"}) == "-3.5 percent"
    assert of_contexts.__doc__


def test_cuts_are_relative_to_what_was_wrong() -> None:
    before, half, none = [1.0, 1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0, 0.0], [0.0] * 5
    arms = {
        "mixed": Result(half, half, none, True, ("whole_answer",), 9),
        "thumbs": Result(half, before, none, False, (), 0),
        "edits": Result(none, none, none, True, (), 100),
    }
    found = summarize(before, before, arms, {"thresholds": before}, {"cache": before}, list("abcde"))
    assert found["error_cut"].value == pytest.approx(0.5)
    assert found["error_cut_thumbs_only"].value == 0.0, "the gate did not pass it"
    assert found["error_cut_thumbs_only_candidate"].value == pytest.approx(0.5)
    assert found["edits_share"].value == pytest.approx(0.5)
    assert found["gain_over_best_component"].value == pytest.approx(0.4)
    assert found["wrong_shown_after"].value == 0.0
