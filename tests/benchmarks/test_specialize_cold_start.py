"""The whole benchmark over a small collection of our own; sentence vectors from a stand-in, since theirs take long."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import ir_index
from benchmarks.specialize_cold_start import Remembering, Row, main, summarize
from tests.benchmarks.test_retrieval_quality import write
from tests.fakes import HashEmbedder


def test_every_figure_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ir_index, "_sentence_embedder", lambda: HashEmbedder(64))
    write(tmp_path / "ir" / "studies")
    assert main(["--data", str(tmp_path), "--questions", "30"]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    for suffix in ("", "_all", "_studies"):
        assert {"value", "low", "high", "n"} <= set(metrics[f"ndcg10_cold_start_gain{suffix}"])
    assert metrics["ndcg10_cold_start_gain_all"]["n"] == 36


def test_collections_count_alike_and_gains_are_paired() -> None:
    rows = [Row("a", f"q{n}", 0.5, 0.7) for n in range(30)] + [Row("b", f"q{n}", 0.4, 0.4) for n in range(10)]
    found = summarize(rows)
    assert found["ndcg10_cold_start_gain_all"].value == pytest.approx(0.1)
    assert found["ndcg10_cold_start_gain_a"].value == pytest.approx(0.2)
    assert found["ndcg10_release0_all"].value == pytest.approx(0.45)


def test_what_is_remembered_is_not_made_again() -> None:
    embedder = HashEmbedder(8)
    known = Remembering(embedder, ["a"], np.ones((1, 8), dtype=np.float32))
    found = known.embed_passages(["b", "a"])
    assert found[1].tolist() == [1.0] * 8
    assert found[0].tolist() == embedder.embed_passages(["b"])[0].tolist()
    assert known.embed_passages([]).shape == (0, 8)
    assert known.embed_queries(["b"]).shape == (1, 8)
