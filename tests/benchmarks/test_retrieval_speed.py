import json
from pathlib import Path

import pytest

from benchmarks.retrieval_speed import main
from tests.benchmarks.test_retrieval_quality import write


def test_every_figure_of_the_contract_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "ir" / "studies")
    assert main(["--data", str(tmp_path), "--passages", "400", "--queries", "12"]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    for name in ("p50_ms", "p95_ms", "p95_ms_filter_10pct", "p95_ms_filter_1pct", "cpu_ms", "queries_per_s", "cores_used", "queries_per_s_one_process",
                 "searches_per_s", "searches_per_s_one_process", "queries_per_s_two_threads", "cores_used_two_threads", "peak_rss_mb", "build_s",
                 "static_over_scan", "table_over_snapshot", "snapshot_s", "snapshot_mb", "open_s"):  # fmt: skip
        assert metrics[name]["value"] > 0
    names = ("recall10", "recall10_filter_10pct", "recall10_filter_1pct")
    for name in [f"{name}{when}" for name in names for when in ("", "_behind", "_compacted")]:
        assert metrics[name]["value"] == 1.0
        assert metrics[name]["n"] == 12
