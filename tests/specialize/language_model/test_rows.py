"""Rows: what is shown, what is right, and what is wrong with the wrong ones."""

import random
from dataclasses import replace

import pytest

from metier.generate.prompt import NOT_FOUND
from metier.specialize.language_model.rows import (
    Shown,
    corruptions,
    holds,
    marks,
    own_mistake,
    shown,
    without_answer,
)
from metier.types import Evidence, Passage, Query

QUESTION = Query("How many days of leave do staff get?", "en")


def passage(number: int, text: str) -> Evidence:
    name = f"doc{number}"
    return Evidence(
        Passage(name, name, name, "Handbook", 1, 0, len(text), text, (), "text", "en", "", ("all",)),
        1 / number,
    )


EVIDENCE = (
    passage(1, "Staff get 30 days of leave. Trainees get 28 days of leave."),
    passage(2, "Dogs stay outside. The office closes at six."),
)


def row(answer: str = "30 days") -> Shown:
    found = shown("q", QUESTION, EVIDENCE, answer, 200, "brief", "g")
    assert found is not None
    return found


def test_a_row_is_the_products_prompt_and_the_answer_with_its_passage() -> None:
    item = row()
    assert item.target == "30 days [p1]"
    assert [message["role"] for message in item.messages] == ["system", "user"]
    assert item.messages[1]["content"].endswith("\n\nQuestion: How many days of leave do staff get?")
    assert "p1| Staff get 30 days of leave." in item.messages[1]["content"]


def test_what_is_written_may_have_other_words_than_what_stands_there() -> None:
    item = shown("q", QUESTION, EVIDENCE, "30", 200, "brief", "g", said="30 days")
    assert item is not None
    assert item.right == ("30 days [p1]",)


def test_an_answer_that_is_not_shown_makes_no_row() -> None:
    assert shown("q", QUESTION, EVIDENCE, "45 days", 200, "brief", "g") is None


def test_without_its_passage_the_question_has_no_answer() -> None:
    item = without_answer("q", QUESTION, EVIDENCE, "30 days", 200, "brief", "g")
    assert item is not None
    assert item.right == ()
    assert item.target == NOT_FOUND
    assert "30 days" not in item.messages[-1]["content"]
    assert without_answer("q", QUESTION, EVIDENCE[:1], "30 days", 200, "brief", "g") is None


@pytest.mark.parametrize(
    ("text", "answer", "expected"),
    [
        ("The fee is  $1,250.", "$1,250", True),
        ("costs 15 euros", "5", False),
        ("costs 5.1 euros", "5", False),
        ("costs 5. Then", "5", True),
        ("in December", "decem", False),
        ("In DECEMBER 2019", "december 2019.", True),
        ("anything", " . ", False),
    ],
)  # fmt: skip
def test_whether_an_answer_stands_in_a_text(text: str, answer: str, expected: bool) -> None:
    assert holds(text, answer) is expected


def test_corruptions_have_one_mistake_each_and_are_never_right() -> None:
    item = row()
    pairs = {pair.kind: pair for pair in corruptions(item, random.Random(1))}
    assert set(pairs) == {"another figure", "another place", "another passage cited", "silent", "not cited"}
    assert all(pair.better == "30 days [p1]" for pair in pairs.values())
    assert all(pair.worse not in item.right for pair in pairs.values())
    assert pairs["another figure"].worse == "28 days [p1]"  # the other figure of two digits that is shown
    assert pairs["another passage cited"].worse == "30 days [p2]"
    assert pairs["silent"].worse == NOT_FOUND
    assert pairs["not cited"].worse == "30 days"
    assert pairs["another place"].worse.endswith(("[p1]", "[p2]"))


def test_an_answer_in_two_passages_is_right_with_either() -> None:
    both = (*EVIDENCE, passage(3, "Everybody has 30 days."))
    item = shown("q", QUESTION, both, "30 days", 200, "brief", "g")
    assert item is not None
    assert item.right == ("30 days [p1]", "30 days [p3]")
    assert all(
        pair.worse not in item.right for seed in range(20) for pair in corruptions(item, random.Random(seed))
    )


def test_what_nothing_answers_is_corrupted_by_inventing() -> None:
    item = without_answer("q", QUESTION, EVIDENCE, "30 days", 200, "brief", "g")
    assert item is not None
    (pair,) = corruptions(item, random.Random(1))
    assert (pair.better, pair.kind) == (NOT_FOUND, "invented")
    assert pair.worse.endswith("[p1]")


def test_the_same_seed_gives_the_same_corruptions() -> None:
    assert corruptions(row(), random.Random(3)) == corruptions(row(), random.Random(3))


def test_own_mistakes_are_pairs_only_if_they_are_mistakes() -> None:
    item = row()
    assert own_mistake(item, "28 days [p1]", is_right=True) is None
    assert own_mistake(item, " 30 days [p1] ", is_right=False) is None
    assert own_mistake(item, "  ", is_right=False) is None
    pair = own_mistake(item, "28 days [p1]", is_right=False)
    assert pair is not None
    assert (pair.better, pair.worse, pair.kind) == ("30 days [p1]", "28 days [p1]", "own")


def test_marks_take_every_text_once() -> None:
    pairs = corruptions(row(), random.Random(1))
    alone = marks([*pairs, *pairs])
    assert len(alone) == 1 + len(pairs)
    assert [mark.text for mark in alone if mark.is_good] == ["30 days [p1]"]
    other = replace(pairs[0], messages=({"role": "user", "content": "another"},))
    assert len(marks([pairs[0], other])) == 4
