"""The benchmark over a small data set of our own, through the real product."""

import json
from pathlib import Path

import pytest

from benchmarks.answer_quality import read_contexts
from benchmarks.specialize_gain import dealt, main, summarize
from metier.errors import UserError
from tests.benchmarks.test_answer_quality import context


@pytest.fixture
def data(tmp_path: Path) -> Path:
    words = ["harbour", "forest", "railway", "theatre", "museum", "bakery"]
    contexts = [context(f"c{n}", word, (410 + 37 * n, 390 + 11 * n)) for n, word in enumerate(words)]
    (tmp_path / "qa" / "own").mkdir(parents=True)
    (tmp_path / "qa" / "own" / "dev.json").write_text(json.dumps(contexts), encoding="utf-8")
    return tmp_path


@pytest.mark.timeout(300)
def test_every_figure_is_there(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(data), "--events", "9", "--limit", "6"]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    assert metrics["error_cut"]["value"] == 0.0  # nine events teach nothing, and the gate passes nothing
    assert metrics["error_cut"]["n"] == 6
    assert metrics["ndcg10_cold_start_gain"]["value"] is None
    assert metrics["edits_share"]["value"] is None


def test_no_document_is_both_judged_and_tested(data: Path) -> None:
    asked, later = dealt(read_contexts(data), 8, 100)
    assert len(asked) == 8
    assert not {one.id for one, _ in asked} & {one.id for one, _ in later}
    with pytest.raises(UserError, match="no other document"):
        dealt(read_contexts(data), 18, 100)


def test_cuts_are_relative_to_what_was_wrong() -> None:
    before, half, none = [1.0, 1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0, 0.0], [0.0] * 5
    after = {"mixed": half, "thumbs": before, "edits": none}
    found = summarize(before, after, {"thresholds": before}, {"cache": before}, list("abcde"))
    assert found["error_cut"].value == pytest.approx(0.5)
    assert found["error_cut_thumbs_only"].value == 0.0
    assert found["edits_share"].value == pytest.approx(0.5)
    assert found["gain_over_best_component"].value == pytest.approx(0.4)
