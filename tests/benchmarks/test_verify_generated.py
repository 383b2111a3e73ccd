"""Sentences are collected once, marked by a person, and measured beside overlap."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from benchmarks.verify_generated import (
    MARKS,
    Insistent,
    collect,
    company_questions,
    main,
    mark_of,
    questions,
    read_rows,
    scored,
    summarize,
)
from metier.errors import UserError
from metier.evaluate.cases import write_cases
from metier.generate.language_model import LanguageModelGenerator
from metier.generate.prompt import build_prompt
from metier.generate.shots import NOT_FOUND
from metier.types import Case, Query
from metier.verify.combine import SupportModel


class Model:
    """Says the same sentence, right for one page and wrong for the other."""

    identity = "fake"
    asked = 0

    def complete(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, temperature: float, seed: int
    ) -> Iterator[str]:
        self.asked += 1
        yield "The revenue of the plant was 30 million euros in 2019. [p2]"


def write_set(data: Path) -> None:
    folder = data / "qa" / "tatqa"
    folder.mkdir(parents=True)
    pages = [
        {
            "table": {"uid": f"page{number}", "table": [["", "2019"], ["Revenue", amount]]},
            "paragraphs": [{"text": f"The revenue of the plant was {amount} million euros in 2019."}],
            "questions": [{"uid": f"q{number}", "question": "What was the revenue of the plant in 2019?"}],
        }
        for number, amount in enumerate(("30", "50"))
    ]
    (folder / "dev.json").write_text(json.dumps(pages), encoding="utf-8")


def test_collected_marked_and_measured(tmp_path: Path) -> None:
    write_set(tmp_path)
    path, model = tmp_path / "sentences.jsonl", Model()
    generator = LanguageModelGenerator(model)
    assert collect(questions(tmp_path), generator, path, 1) == 1
    assert collect(questions(tmp_path), generator, path, 10) == 2
    assert model.asked == 2, "a question that was asked is not asked again"
    rows = read_rows(path)
    assert all(row["cited"] and row["label"] == "" for row in rows)
    with pytest.raises(UserError, match="line 1: label"):
        scored(rows, SupportModel())
    for row in rows:
        row["label"] = "supported" if "30" in row["cited"][0] else "unsupported"
    found = summarize(scored(rows, SupportModel()), [row["page"] for row in rows])
    assert (found["auroc"].value, found["supported_share"].value) == (1.0, 0.5)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert main(["--marked", str(path)]) == 0


class Echo:
    """Keeps what it was asked."""

    identity = "echo"
    asked: Sequence[Mapping[str, str]] = ()

    def complete(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, temperature: float, seed: int
    ) -> Iterator[str]:
        self.asked = messages
        yield from ()


def test_a_model_that_has_to_answer_hears_nothing_of_not_found(tmp_path: Path) -> None:
    write_set(tmp_path)
    question = next(questions(tmp_path))
    prompt = build_prompt(Query(question.text, "en"), question.evidence, 700)
    assert any(NOT_FOUND in message["content"] for message in prompt.messages)
    echo = Echo()
    list(Insistent(echo).complete(prompt.messages, 10, 0.0, 7))
    texts = [message["content"] for message in echo.asked]
    assert not any(NOT_FOUND in text for text in texts)
    assert "The pool opens at 7:15." in texts[1], "the passages of an example stay"
    assert "for an adult cost?" in texts[1]
    assert [message["role"] for message in echo.asked] == [
        "system",
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
    ]


def test_questions_of_a_company_come_with_what_is_found(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "leave.md").write_text(
        "# Leave\n\nEvery employee has 30 days of annual leave.\n"
    )
    (tmp_path / "metier.yaml").write_text(
        "version: 1\nsources: [{folder: documents}]\nusers: [{id: operator, groups: [all]}]\ngroups: [{match: '**', allow: [all]}]\n"
    )
    asked = Case("c1", "How many days of annual leave are there?", "operator", "answerable", ("30",))
    write_cases(tmp_path / "cases.jsonl", [asked])
    (found,) = company_questions(1, tmp_path)
    assert (found.id, found.page, found.text) == ("company-1-c1", "c1", asked.question)
    assert "30 days" in found.evidence[0].passage.text


def test_the_sentences_that_are_kept_are_told_apart_better_than_by_their_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept = MARKS.parent / "company.jsonl"
    marks = json.loads(MARKS.read_text(encoding="utf-8"))
    assert all(marks[mark_of(row["question_id"], row["text"])] == row["label"] for row in read_rows(kept))
    assert main(["--marked", str(kept)]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    assert metrics["auroc"]["value"] > 0.9
    assert metrics["gain"]["low"] > 0


def test_of_freely_worded_sentences_hardly_a_true_one_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--marked", str(MARKS.parent / "written.jsonl")]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    shares = {
        name: metrics[name]["value"] for name in ("true_as_written", "true_as_quoted", "false_as_written")
    }
    assert shares["true_as_written"] + shares["true_as_quoted"] >= 0.95
    assert shares["true_as_written"] > shares["false_as_written"]
    assert metrics["gain"]["low"] > 0


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--collect FILE"):
        main([])
    with pytest.raises(UserError, match="needs --llm, and either --data or --company"):
        main(["--collect", str(tmp_path / "x")])
    with pytest.raises(UserError, match="cannot be read"):
        list(questions(tmp_path))
    (tmp_path / "bad.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="not a file"):
        main(["--marked", str(tmp_path / "bad.jsonl")])
