"""Questions for a language model: spans of a data set in TAT-QA's layout, or our own documents, and how answers are scored."""

import json
from pathlib import Path

import pytest

from benchmarks.llm_questions import Asked, questions, scored
from metier.types import Query


def asked(answer: str, scale: str = "") -> Asked:
    gold = {"answer_type": "span", "answer": [answer], "scale": scale}
    return Asked("q", Query("?", "en"), (), answer, f"{answer} {scale}".strip(), gold, "g")


@pytest.mark.parametrize(
    ("gold", "scale", "told", "expected"),
    [
        ("112,852", "thousand", "112,852 thousand.", 1.0),
        ("112,852", "thousand", "$112,852 thousand", 1.0),
        ("112,852", "thousand", "112,852", 0.0),
        ("12.5", "percent", "12.5%", 1.0),
        ("the release of the allowance", "", "release of an allowance", 1.0),
        ("the release of the allowance", "", "It was due to the release of the allowance", 0.6),
        ("2019", "", "", 0.0),
    ],
)
def test_an_answer_counts_with_its_scale(gold: str, scale: str, told: str, expected: float) -> None:
    assert scored(asked(gold, scale), told) == pytest.approx(expected)


def test_spans_of_a_data_set_are_found_by_the_products_own_search(tmp_path: Path) -> None:
    def context(number: int, paragraph: str, answer: str, kind: str = "span") -> dict[str, object]:
        asked = {
            "uid": f"q{number}", "order": 1, "question": f"What did unit {number} make?", "answer": [answer],
            "answer_type": kind, "answer_from": "text", "scale": "",
        }  # fmt: skip
        table = {"uid": f"t{number}", "table": [["", "2019"], ["Sales", f"{number}00"]]}
        paragraphs = [{"uid": "p", "order": 1, "text": paragraph}]
        return {"table": table, "paragraphs": paragraphs, "questions": [asked]}

    (tmp_path / "qa" / "made").mkdir(parents=True)
    data = [
        context(1, "Unit 1 made garden furniture of oak.", "garden furniture of oak"),
        context(2, "Unit 2 made nothing.", "7", "arithmetic"),
        context(3, "Unit 3 made steel pipes.", "copper pipes"),  # stands nowhere
    ]
    (tmp_path / "qa" / "made" / "dev.json").write_text(json.dumps(data), encoding="utf-8")
    found, source = questions(tmp_path)
    assert source == "spans of qa/"
    (one,) = found
    assert (one.id, one.group, one.answer) == ("q1", "t1", "garden furniture of oak")
    assert one.holders
    assert all(item.passage.title == "Report" for item in one.evidence)


def test_without_data_our_own_documents_ask(tmp_path: Path) -> None:
    found, source = questions(tmp_path, limit=20)
    assert source == "own documents"
    assert len(found) == 40  # twenty of each half
    assert all(item.holders for item in found)
    assert all(item.query.language == "en" for item in found)
    assert questions(None, limit=20) == (found, source)
