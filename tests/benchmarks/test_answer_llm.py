"""A model outside the product: what it is sent, how it is scored, and that a time limit leaves no room behind another."""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from benchmarks import answer_llm, answer_quality
from benchmarks.answer_llm import HINT, peer_answers, plain_answers
from benchmarks.answer_quality import ask_all, summarize
from benchmarks.peer_workers.protocol import first_words
from benchmarks.tatqa import Row, read_contexts
from tests.benchmarks.test_answer_quality import data

__all__ = ["data"]  # the fixture

# a rival that finds the document which shares most words with the question
RIVAL = """
import sys
from benchmarks.peer_workers.protocol import first_words, serve

texts = []

def ingest(folder):
    texts.extend(path.read_text() for path in sorted(folder.glob("*.txt")))
    return {"documents": len(texts), "passages": len(texts)}

def ask(question):
    words = set(question.lower().split())
    return sorted(texts, key=lambda text: -len(words & set(text.lower().split())))

def prompt(question, hint, words):
    return [{"role": "user", "content": " ".join(first_words(ask(question)[:1], words)) + " Q: " + question + " " + hint}]

serve("rival", "1.0", ingest, ask, lambda found: [], prompt=prompt)
"""


class Auditor:
    """Says who audits, if the prompt shows it; whatever was asked."""

    identity = "auditor"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def complete(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, temperature: float, seed: int
    ) -> Iterator[str]:
        self.asked.append(messages[-1]["content"])
        _, _, rest = messages[-1]["content"].partition("audited by ")
        yield from (rest.split(".")[0], ".")


def test_a_plain_prompt_holds_the_whole_document_and_its_answer_is_scored(data: Path) -> None:
    context = read_contexts(data)[0]
    model = Auditor()
    rows = list(plain_answers(model, [(context, question) for question in context.questions]))
    assert [row.f1 for row in rows] == [0.0, 0.0, 1.0]
    assert "Harbour revenue | 410 | 390" in model.asked[0]
    assert model.asked[0].endswith(HINT)


def test_a_rival_is_asked_for_its_prompts(
    data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    contexts = read_contexts(data)
    interpreter = tmp_path / "python"  # stands for the rival's own
    (tmp_path / "rival.py").write_text(RIVAL, encoding="utf-8")
    interpreter.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path / "rival.py"}"\n', encoding="utf-8"
    )
    interpreter.chmod(0o755)
    monkeypatch.setattr(answer_llm, "environment", lambda side: interpreter)
    pairs = [(context, context.questions[2]) for context in contexts]
    model = Auditor()
    rows = list(peer_answers(model, "rival", contexts, pairs))
    assert [row.f1 for row in rows] == [1.0] * 4
    assert all(asked.endswith(HINT) for asked in model.asked)


def test_a_budget_of_words_cuts_the_last_passage() -> None:
    assert first_words(["one two three", "four five", "six"], 4) == ["one two three", "four"]
    assert first_words(["one two"], 0) == []


def row(room: str, number: int, f1: float) -> Row:
    return Row(f"{room}{number}", "?", "span from text", f1, f1, True, 1.0, 0.0, 0, 0, True)


def test_an_end_of_time_leaves_the_same_questions_in_every_room(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 600, 30))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    rooms = {room: (row(room, number, 1.0) for number in range(9)) for room in ("oracle", "plain")}
    rows = ask_all(rooms, 9, minutes=2.0)
    assert {room: len(some) for room, some in rows.items()} == {"oracle": 5, "plain": 5}


def test_gains_are_paired_and_only_a_models() -> None:
    rows = {
        "oracle": [row("c", number, 1.0) for number in range(8)],
        "plain": [row("c", number, 0.25) for number in range(8)],
        "pipeline": [row("c", number, 0.5) for number in range(8)],
        "haystack": [row("c", number, 0.25) for number in range(8)],
    }
    got = summarize(rows, llm=True)
    assert got["gain_llm_oracle_over_plain_all"].value == pytest.approx(75)
    assert got["gain_llm_pipeline_over_haystack_all"].value == pytest.approx(25)
    assert got["f1_llm_haystack_all"].value == pytest.approx(25)
    assert not any(name.startswith("gain") for name in summarize({"oracle": rows["oracle"]}, llm=False))


def test_a_room_that_is_not_there_is_named() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no room cellar"):
        answer_quality._rooms("oracle,cellar")
