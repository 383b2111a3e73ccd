import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from metier.errors import Stopped, UserError
from metier.evaluate.baselines import (
    baselines_text,
    best_sentence,
    by_heart,
    by_keywords,
    measure_baselines,
    read_baselines,
)
from metier.evaluate.grade import grade
from metier.types import Case, EvidenceQuote, Passage
from tests.evaluate.blamed import NOTICE_CASE, PARKING, notice, workspace
from tests.evaluate.made import row, run_of

PARKING_CASE = Case(
    "parking", PARKING, "otto", "answerable", ("40 euros",),
    evidence=(EvidenceQuote("parking.md", "A parking space costs 40 euros a month."),), group="parking",
)  # fmt: skip


class Model:
    """A language model that knows one thing by heart."""

    identity = "model"

    def __init__(self, knows: str = "") -> None:
        self.knows = knows

    def complete(self, messages: Any, *rest: Any) -> list[str]:
        return (
            ["It is six weeks."]
            if self.knows and self.knows in messages[-1]["content"]
            else ["I do not know."]
        )


def test_keyword_search_answers_with_one_sentence_of_what_the_asker_may_see(tmp_path: Path) -> None:
    with workspace(tmp_path) as system:
        found = by_keywords(PARKING_CASE, system)
        assert grade(found, PARKING_CASE).right
        assert found.statements[0].citations[0].quote == "A parking space costs 40 euros a month."
        secret = by_keywords(notice(user="otto"), system)
        assert all(citation.uri != "notice.md" for item in secret.statements for citation in item.citations)


def test_all_baselines_stand_beside_the_run(tmp_path: Path) -> None:
    cases = [
        replace(one, id=f"{one.id}{i}", group=f"{one.id}{i}")
        for i in range(8)
        for one in (NOTICE_CASE, PARKING_CASE)
    ]
    run = run_of(
        [
            row(case, right=case.id.startswith("notice"), confidence=0.9 - i / 100)
            for i, case in enumerate(cases)
        ]
    )
    with workspace(tmp_path) as system:
        found = measure_baselines(run, system, Model("notice"))
        alone = measure_baselines(run, system)
    closed, keyword = found.baselines
    assert (closed.name, closed.right.value, closed.verdict) == ("closed book", 0.5, "cannot tell")
    assert (keyword.right.value, keyword.difference.value) == (1.0, -0.5)
    assert [item.name for item in alone.baselines] == ["keyword search"]
    assert "no language model" in alone.notes[0]
    assert 0.5 < found.ranked_by_confidence.value < 0.7
    path = tmp_path / "baselines.json"
    path.write_text(baselines_text(found), encoding="utf-8")
    assert read_baselines(path) == found


def test_too_few_cases_are_refused_and_one_kind_has_no_rank(tmp_path: Path) -> None:
    with workspace(tmp_path) as system:
        with pytest.raises(UserError, match="too few to compare"):
            measure_baselines(run_of([row(NOTICE_CASE)]), system)
        run = run_of([row(replace(NOTICE_CASE, id=f"n{i}", group=f"n{i}")) for i in range(12)])
        assert math.isnan(measure_baselines(run, system).ranked_by_confidence.value)
        with pytest.raises(Stopped):
            measure_baselines(run, system, should_stop=lambda: True)


def test_by_heart_a_model_may_decline() -> None:
    assert by_heart(NOTICE_CASE, Model()).outcome == "abstained"
    assert grade(by_heart(NOTICE_CASE, Model("notice")), replace(NOTICE_CASE, evidence=())).right


def test_the_best_sentence_or_row() -> None:
    text = "Lunch costs 7 euros. Parking costs 40 euros a month."
    passage = Passage("p", "d", "a.md", "A", 1, 0, len(text), text, (), "text", "en", "", ("all",))
    start, end = best_sentence(passage, "What does parking cost a month?")
    assert text[start:end] == "Parking costs 40 euros a month."
    table = replace(passage, text="Lunch | 7\nParking | 40", kind="table")
    start, end = best_sentence(table, "What does parking cost?")
    assert table.text[start:end] == "Parking | 40"
