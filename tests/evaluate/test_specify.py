import json
from pathlib import Path

import pytest

from metier.errors import UserError
from metier.evaluate.requirements import BY_ID, Rule, Shown, words_at_most
from metier.evaluate.specify import (
    Ask,
    Choice,
    Requirement,
    Specification,
    as_json,
    check_run,
    interview,
    read_specification,
    renewed,
)
from tests.evaluate.made import case, row, run_of

OWN = [
    (f"How long is notice {i}?", Shown(f"Notice {i} is {i + 2} weeks.", ("Handbook",), "2026-01-01"))
    for i in range(9)
]


def expert(*rules: Rule) -> Ask:
    """Prefers the wording that breaks fewer of these rules."""

    def choose(question: str, one: Shown, other: Shown) -> Choice:
        a, b = (sum(not rule.holds(question, item) for rule in rules) for item in (one, other))
        return "same" if a == b else "first" if a < b else "second"

    return choose


@pytest.mark.parametrize(
    "wanted",
    [
        ("no advice",), ("cites", "no links", "year"), ("same language", "full stop", "no brackets", "page"), (),
    ],
)  # fmt: skip
def test_what_the_expert_wants_is_found_and_nothing_else(wanted: tuple[str, ...]) -> None:
    found = interview(OWN, expert(*(BY_ID[item] for item in wanted)), author="hanna")
    assert {test.id for test in found.tests} == set(wanted)
    assert found.marks <= 30
    assert all(test.weight >= 2 and test.author == "hanna" for test in found.tests)


@pytest.mark.parametrize("limit", [20, 40, 80])
def test_the_limit_on_words_is_searched(limit: int) -> None:
    found = interview(OWN, expert(words_at_most(limit)))
    assert [test.id for test in found.tests] == [f"words<={limit}"]


def test_no_more_is_asked_than_allowed() -> None:
    asked = []

    def ask(question: str, one: Shown, other: Shown) -> Choice:
        asked.append(question)
        return "same"

    assert interview(OWN, ask, marks=4) == Specification((), 4, "")
    assert len(asked) == 4
    with pytest.raises(UserError, match="nothing to ask about"):
        interview([], ask)


def test_a_preference_for_a_side_is_no_requirement() -> None:
    assert interview(OWN, lambda question, one, other: "first").tests == ()


def test_a_specification_is_kept_edited_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    made = Specification(
        (
            Requirement("no advice", "never recommends anything", 2),
            Requirement("words<=3", "has at most 3 words", 1),
        ),
        9,
    )
    data = as_json(made)
    data["tests"][0]["blocking"] = True
    path.write_text(json.dumps(data))
    read = read_specification(path)
    assert (read.tests[0].blocking, read.tests[1], read.marks) == (True, made.tests[1], 9)
    found = check_run(run_of([row(case(i)) for i in range(20)]), read)  # "It is six weeks."
    assert (found["no advice"].value, found["words<=3"].value) == (1.0, 0.0)
    assert found["words<=3"].high < 0.3
    few = check_run(run_of([row(case(i)) for i in range(3)]), read)
    assert (few["no advice"].low, few["no advice"].high) == (0.0, 1.0)


@pytest.mark.parametrize(
    "text", ["{", "{}", '{"tests": [{"id": "x"}]}', '{"tests": [{"id": "x", "told": "y"}]}']
)
def test_what_is_no_specification_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(UserError):
        read_specification(tmp_path / "s.json")


def test_a_new_interview_replaces_what_its_author_chose_before_and_nothing_else() -> None:
    mine, theirs = Requirement("cites", "", 2, True, "anna"), Requirement("no advice", "", 2, author="ben")
    own = Requirement("judged: kind", "kind", 1, author="anna")
    gone = Requirement("words<=40", "", 2, author="anna")
    before = Specification((mine, theirs, own, gone), 30, "anna")
    now = Specification((Requirement("cites", "", 3, author="anna"),), 12, "anna")
    after = renewed(before, now)
    assert [(test.id, test.weight, test.blocking) for test in after.tests] == [
        ("cites", 3, True), ("no advice", 2, False), ("judged: kind", 1, False),
    ]  # fmt: skip
    assert after.marks == 12
