"""The whole benchmark over a small collection of our own, with sentence vectors from a stand-in."""

import json
from pathlib import Path

import pytest

from benchmarks import ir_index
from benchmarks.ir_collections import read_collection
from benchmarks.specialize_retrieval import ARMS, asked_of, main
from tests.benchmarks.test_retrieval_quality import write
from tests.fakes import HashEmbedder


def test_every_figure_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ir_index, "_sentence_embedder", lambda: HashEmbedder(64))
    write(tmp_path / "ir" / "studies", documents=100)
    assert main(["--data", str(tmp_path), "--null", "1", "--events", "30", "--budget-s", "60"]) == 0
    found = capsys.readouterr()
    metrics = json.loads(found.out.splitlines()[-1])["metrics"]
    for name in (*(f"gain_{arm}" for arm in ARMS), "kept_null_expansion", "kept_null_adapter", "release0"):
        assert "value" in metrics[f"{name}_studies"]


def test_later_questions_are_about_other_documents(tmp_path: Path) -> None:
    write(tmp_path / "studies", documents=100)
    collection = read_collection(tmp_path / "studies")
    asked = asked_of(collection, 10, 100, 0)
    judged = asked.collection.test
    seen = {name for query in asked.events for name in judged[query]}
    assert not any(seen & judged[query].keys() for query in asked.tests)
    assert list(asked.collection.passages) == list(collection.passages)
