"""The whole benchmark over a small collection of our own; sentence vectors from a stand-in, since theirs take long."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import ir_index
from benchmarks.retrieval_quality import REFERENCES, Row, main, summarize
from tests.fakes import HashEmbedder

TOPICS = ("wing lift", "boundary layer", "heat transfer", "shock wave", "jet noise", "panel flutter")


def write(folder: Path, queries: int = 36, documents: int = 48) -> None:
    folder.mkdir(parents=True)
    docs, asked, judged = [], [], ["query\tdoc\tgrade"]
    for number in range(documents):
        topic = TOPICS[number % len(TOPICS)]
        text = f"A study of {topic} number {number}. The results on {topic} agree with theory in all cases."
        docs.append({"id": f"d{number}", "title": f"{topic} {number}", "text": text})
    for number in range(queries):
        asked.append(
            {"id": f"q{number}", "text": f"theory of {TOPICS[number % len(TOPICS)]} number {number}"}
        )
        judged.append(f"q{number}\td{number}\t1")
    for name, rows in (("corpus", docs), ("queries", asked)):
        (folder / f"{name}.jsonl").write_text(
            "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
        )
    (folder / "qrels.tsv").write_text("\n".join(judged) + "\n", encoding="utf-8")


def run(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, dict[str, float]]:
    assert main([*options]) == 0
    found: dict[str, dict[str, float]] = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    return found


def test_every_figure_of_the_contract_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ir_index, "_sentence_embedder", lambda: HashEmbedder(64))
    write(tmp_path / "ir" / "studies")
    metrics = run(capsys, "--data", str(tmp_path), "--cache", str(tmp_path / "cache"))
    for name in ("ndcg10", "ndcg10_mixture", "ndcg10_best_leg", "ndcg10_rrf", "ndcg10_convex", "gain_over_convex",
                 "recall50", "recall10", "gain_of_reranker", "ndcg10_released", "ndcg10_constant", "gain_of_release_0",
                 "gain_of_echo"):  # fmt: skip
        for suffix in ("", "_all", "_studies"):
            assert {"value", "low", "high", "n"} <= set(metrics[name + suffix])
    assert metrics["ndcg10_keyword_all"]["value"] > 0.5
    assert {"build_s_keyword_studies", "build_s_static_studies", "build_s_sentence_studies"} <= set(metrics)
    assert metrics["ndcg10_all"]["n"] == 36
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_sentence_vectors_that_would_take_too_long_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ir_index, "_sentence_embedder", lambda: HashEmbedder(64))
    write(tmp_path / "studies", queries=6)
    metrics = run(capsys, "--data", str(tmp_path), "--budget-s", "0", "--limit", "4")
    assert "ndcg10_sentence" not in metrics
    assert metrics["ndcg10_all"]["n"] == 4


def test_the_macro_mean_counts_collections_alike() -> None:
    rows = [
        Row(name, f"{name}{number}", system, value, value, value)
        for name, count, value in (("large", 30, 0.2), ("small", 10, 0.8))
        for number in range(count)
        for system in ("keyword", "rrf", "convex", "mixture", "reranked")
    ]
    metrics = summarize(rows)
    assert metrics["ndcg10_all"].value == pytest.approx(0.5)
    assert metrics["ndcg10_large"].value == pytest.approx(0.2)
    assert metrics["gain_over_convex_all"].value == 0
    assert 0 < (metrics["ndcg10"].n or 0) < 40  # the checking half


def test_a_leg_that_one_collection_lacks_is_no_macro_figure() -> None:
    rng = np.random.default_rng(7)
    rows = [
        Row(name, f"{name}{number}", system, float(rng.random()), 1.0, 1.0)
        for name, legs in (("a", ("keyword", "sentence")), ("npl", ("keyword",)))
        for number in range(20)
        for system in (*legs, "rrf", "convex", "mixture", "reranked")
    ]
    metrics = summarize(rows)
    assert "ndcg10_sentence" not in metrics
    assert "ndcg10_sentence_a" in metrics
    assert metrics["ndcg10_mixture_npl"].peer == REFERENCES["npl"][0]
