"""Distractors are real sentences, the same each time; figures are of the questions asked."""

import random
from itertools import islice
from pathlib import Path

import yaml

from benchmarks.latency import Timed, add_source, sections, summarize, write_distractors

TEXTS = ["One red fox runs. Two dogs sleep here. Three cats sit.", "Rain falls on hills. Snow stays long."]


def test_sections_hold_whole_sentences_and_are_the_same_each_time() -> None:
    first, second = (list(islice(sections(TEXTS, random.Random(1)), 3)) for _ in range(2))
    assert first == second
    known = {sentence.rstrip(".") for text in TEXTS for sentence in text.split(". ")}
    assert {part.rstrip(".") for section in first for part in section.split(". ")} <= known
    assert all(len(section.split()) >= 150 for section in first)


def test_as_many_sections_as_asked_for(tmp_path: Path) -> None:
    assert write_distractors(tmp_path / "distractors", TEXTS, 50) == 2
    found = [path.read_text(encoding="utf-8") for path in sorted((tmp_path / "distractors").iterdir())]
    assert [text.count("## Part") for text in found] == [40, 10]


def test_everybody_may_read_distractors(tmp_path: Path) -> None:
    base = {
        "users": [{"id": "a", "groups": ["x"]}, {"id": "b", "groups": ["y"]}],
        "groups": [],
        "sources": [],
    }
    (tmp_path / "metier.yaml").write_text(yaml.safe_dump(base), encoding="utf-8")
    add_source(tmp_path)
    add_source(tmp_path)
    made = yaml.safe_load((tmp_path / "metier.yaml").read_text(encoding="utf-8"))
    assert made["sources"] == [{"folder": "distractors"}]
    assert made["groups"] == [{"match": "distractors/**", "allow": ["x", "y"]}]


def test_figures_by_hand() -> None:
    rows = [Timed(0.1 * n, 0.2 * n, 0.05, 0.01) for n in range(1, 5)] + [Timed(float("nan"), 1.0, 0.05, 0.01)]
    found = summarize(rows, "_llm")
    assert found["first_sentence_p50_s_llm"].value == 0.2
    assert found["first_sentence_p50_s_llm"].n == 4
    assert found["answer_p95_ms_llm"].value == 1000
    assert round(found["cost_per_answer_llm"].value, 9) == 0.01
    assert summarize(rows[-1:], "")["first_sentence_p50_s"].n == 0
