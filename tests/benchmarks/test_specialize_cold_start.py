"""The whole benchmark over a small collection of our own; sentence vectors from a stand-in, since theirs take long."""

import json
from pathlib import Path

import pytest

from benchmarks import ir_index
from benchmarks.specialize_cold_start import Row, main, summarize
from tests.benchmarks.test_retrieval_quality import write
from tests.fakes import HashEmbedder


def test_every_figure_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ir_index, "_sentence_embedder", lambda: HashEmbedder(64))
    write(tmp_path / "ir" / "studies", documents=100)
    assert main(["--data", str(tmp_path)]) == 0
    found = capsys.readouterr()
    metrics = json.loads(found.out.splitlines()[-1])["metrics"]
    for suffix in ("", "_all", "_studies"):
        assert {"value", "low", "high", "n"} <= set(metrics[f"ndcg10_cold_start_gain{suffix}"])
        assert {"value", "low", "high", "n"} <= set(metrics[f"ndcg10_cold_start_gain_mixture{suffix}"])
    assert metrics["ndcg10_cold_start_gain_all"]["n"] == 36
    assert "studies: gate" in found.err


def test_collections_count_alike_and_gains_are_paired() -> None:
    rows = [Row("a", f"q{n}", 0.5, 0.4, 0.7, 0.7) for n in range(30)]
    rows += [Row("b", f"q{n}", 0.4, 0.3, 0.4, 0.3) for n in range(10)]
    found = summarize(rows)
    assert found["ndcg10_cold_start_gain_all"].value == pytest.approx(0.1)
    assert found["ndcg10_cold_start_gain_mixture_all"].value == pytest.approx(0.15)
    assert found["ndcg10_cold_start_gain_a"].value == pytest.approx(0.2)
    assert found["ndcg10_release0_all"].value == pytest.approx(0.45)
