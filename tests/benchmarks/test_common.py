import json
import math
import subprocess
from pathlib import Path

import pytest

from benchmarks.common import Metric, commit, emit, half, machine, parser, percentile, say
from metier.types import Estimate


def test_the_last_line_is_the_contract(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    say("working")
    estimate = Estimate(0.9, 0.85, math.inf, 100)
    metrics = {"a": Metric.of(estimate, 0.8, "docling 2"), "b": 1 / 3, "c": Estimate(math.nan, 0, 1, 0)}
    emit("demo", metrics, results=tmp_path / "r.jsonl")
    captured = capsys.readouterr()
    assert "working" in captured.err
    result = json.loads(captured.out.splitlines()[-1])
    assert result["benchmark"] == "demo"
    assert result["metrics"] == {
        "a": {"value": 0.9, "low": 0.85, "high": None, "n": 100, "peer": 0.8, "peer_name": "docling 2"},
        "b": {"value": 0.333333},
        "c": {"value": None, "low": 0, "high": 1, "n": 0},
    }
    assert set(result["machine"]) == {"system", "processor", "cores", "memory_gb", "python"}
    assert machine()["cores"] >= 1
    assert not (tmp_path / "r.jsonl").exists()


def test_recording_appends_with_date_and_commit(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    for value in (1.0, 2.0):
        emit("demo", {"x": value}, record=True, options={"seed": 3}, results=path)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["metrics"]["x"]["value"] for row in rows] == [1.0, 2.0]
    assert rows[0]["options"] == {"seed": 3}
    assert len(rows[0]["date"]) == 10


def test_commit_says_when_it_is_not_what_was_measured(tmp_path: Path) -> None:
    assert commit(tmp_path / "nowhere") == ""

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("1")
    git("add", "src")
    git("commit", "-qm", "first")
    assert commit(tmp_path).isalnum()
    (tmp_path / "src" / "a.py").write_text("2")
    assert commit(tmp_path).endswith("+")


def test_options_halves_and_percentiles() -> None:
    options = parser("demo", "measures").parse_args(["--data", "d", "--record"])
    assert (options.data, options.record) == (Path("d"), True)
    with pytest.raises(SystemExit):
        parser("demo", "measures", needs_data=True).parse_args([])
    # sha256("a") begins with ca (even), sha256("b") with 3e, sha256("d") with 18, sha256("x") with 2d (odd)
    assert [half(name) for name in "abdx"] == ["tuning", "tuning", "tuning", "checking"]
    assert percentile([5, 1, 4, 2, 3], 0.5) == 3
    assert percentile(range(1, 101), 0.95) == 95
    assert math.isnan(percentile([], 0.95))
