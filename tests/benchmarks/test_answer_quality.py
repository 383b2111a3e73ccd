"""The benchmark over a small data set of our own, through the real product."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import answer_quality
from benchmarks.answer_quality import short_answer
from benchmarks.tatqa import read_contexts
from metier.errors import UserError
from metier.types import Answer, Outcome, Statement


def context(uid: str, word: str, figures: tuple[int, int]) -> dict[str, Any]:
    new, old = figures
    questions = [
        (f"What was the {word} revenue in 2024?", [str(new)], "span", "thousand"),
        (f"What was the change in {word} revenue from 2023 to 2024?", new - old, "arithmetic", "thousand"),
        (f"Who audits the {word} accounts?", [f"{word.title()} & Partner"], "span", ""),
    ]
    return {
        "table": {"uid": uid, "table": [["(in thousands)", "2024", "2023"], [f"{word.title()} revenue", str(new), str(old)], ["Staff", "7", "6"]]},
        "paragraphs": [{"order": 1, "text": f"The {word} accounts are audited by {word.title()} & Partner."}],
        "questions": [
            {"uid": f"{uid}-{n}", "question": text, "answer": answer, "answer_type": kind, "scale": scale, "answer_from": "text" if n == 2 else "table"}
            for n, (text, answer, kind, scale) in enumerate(questions)
        ],
    }  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    words = ["harbour", "forest", "railway", "theatre"]
    contexts = [context(f"c{n}", word, (410 + 37 * n, 390 + 11 * n)) for n, word in enumerate(words)]
    (tmp_path / "qa" / "own").mkdir(parents=True)
    (tmp_path / "qa" / "own" / "dev.json").write_text(json.dumps(contexts), encoding="utf-8")
    return tmp_path


def test_tables_are_answered_and_what_is_removed_is_not(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "rows.jsonl"
    assert answer_quality.main(["--data", str(data), "--shallow", "--rows", str(rows)]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["benchmark"] == "answer_quality"
    asked = [json.loads(line) for line in rows.read_text(encoding="utf-8").splitlines()]
    assert len(asked) == 36
    arithmetic = [row for row in asked if row["kind"].startswith("arithmetic") and row["room"] != "removed"]
    assert all(row["exact"] == 1.0 for row in arithmetic)
    wrong = [row for row in asked if row["room"] == "removed" and not row["has_answer"] and row["f1"] == 1.0]
    assert not wrong  # what the asker may not see is not answered from
    # what is there already is not asked again, and what was asked in one room alone is
    rows.write_text("".join(json.dumps(row) + "\n" for row in asked[:-1]), encoding="utf-8")
    assert answer_quality.main(["--data", str(data), "--shallow", "--rows", str(rows)]) == 0
    again = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert again["metrics"] == result["metrics"]
    assert len(rows.read_text(encoding="utf-8").splitlines()) == 35 + 3


def test_no_data_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="TAT-QA"):
        read_contexts(tmp_path)


def test_the_short_answer_is_the_first_statement() -> None:
    one = Statement("s1", "Rent: 5.", (), values=("5",), scale="million")
    answer = Answer("a", Outcome.ANSWERED, "r", (one, Statement("s2", "Other.", ())))
    assert short_answer(answer) == (("5",), "million")
    assert short_answer(Answer("a", Outcome.ANSWERED, "r", (Statement("s1", "Other.", ()),))) == (
        ("Other.",),
        "",
    )
    assert short_answer(Answer("a", Outcome.ABSTAINED, "r")) == ((), "")
