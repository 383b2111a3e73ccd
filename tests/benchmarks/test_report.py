from pathlib import Path

import pytest

from benchmarks.common import Metric, emit
from benchmarks.report import main, read_results, render


def test_the_page_shows_the_newest_figure_of_each_metric(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    emit("demo", {"speed": 4.0, "share": Metric(0.5, 0.4, 0.6, 90)}, record=True, results=results)
    emit("demo", {"speed": Metric(1234.5, peer=2.0, peer_name="Other 1")}, record=True, results=results)
    page = render(read_results(results))
    assert "| speed | 1,234.5 |  |  | 2 (Other 1) |" in page
    assert "| share | 0.5 | 0.4 – 0.6 | 90 |" in page
    assert page.count("| speed |") == 1
    assert "Measured on" in page


def test_unknown_is_said_and_no_results_are_no_error(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    assert "Nothing has been recorded" in render(read_results(results))
    emit("demo", {"x": Metric(float("nan"), 0.0, 1.0, 0)}, record=True, results=results)
    assert "| x | unknown | 0 – 1 | 0 |" in render(read_results(results))


def test_check_fails_until_the_page_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results, page = tmp_path / "r.jsonl", tmp_path / "docs" / "benchmarks.md"
    where = ["--results", str(results), "--page", str(page)]
    emit("demo", {"x": 1.0}, record=True, results=results)
    assert main(["--check", *where]) == 1
    assert "out of date" in capsys.readouterr().err
    assert main(where) == 0
    assert main(["--check", *where]) == 0
    emit("demo", {"x": 2.0}, record=True, results=results)
    assert main(["--check", *where]) == 1
