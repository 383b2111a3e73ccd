"""What an example says about candidates and answers."""

import dataclasses

import numpy as np
import pytest

from metier.flow.finding import Found
from metier.generate.ranking import Considered
from metier.generate.scoring import FEATURES
from metier.generate.whole import FEATURES as WHOLE
from metier.generate.whole import Whole, WholeAnswer
from metier.specialize.labels import (
    Graded,
    Teaches,
    carries,
    is_right,
    keeps,
    lesson,
    relevance,
    teaches,
    whole_lesson,
)
from metier.specialize.rows import Example
from metier.types import Citation, Hit, Query, Statement
from tests.builders import passage
from tests.specialize.made import candidate, example, quote, trace

TEXTS = ("The leave is 30 days.", "The leave is 31 days for staff in Bremen.", "Parking is free.")


def considered(*texts: str) -> Considered:
    options = [candidate(text) for text in texts]
    return Considered(options, np.zeros((len(options), len(FEATURES))), ())


def found(*texts: str) -> Found:
    hits = [Hit(passage(text, f"d{n}"), 1.0 - n / 10) for n, text in enumerate(texts)]
    return Found(Query("q", "en"), {"keyword": hits}, ())


@pytest.mark.parametrize(
    ("text", "answer", "yes"),
    [
        ("The leave is 31 days for staff in Bremen.", "31 days", True),
        ("The leave is 31 days for staff in Bremen.", "Staff in Bremen have 31 days of leave", True),
        ("The leave is 30 days for staff in Bremen.", "Staff in Bremen have 31 days of leave", False),
        ("Parking is free.", "Staff in Bremen have 31 days of leave", False),
    ],
)
def test_a_sentence_carries_an_answer_with_its_figures_and_most_of_its_words(
    text: str, answer: str, yes: bool
) -> None:
    assert carries(text, [answer], "How long is the leave?", "en") is yes


GOOD: list[tuple[Example, list[bool] | None]] = [
    (example(answers=("31 days",)), [False, True, False, False]),
    (example(evidence=(quote(TEXTS[0]),)), [True, False, False, False]),
    (example(declines=True), [False, False, False, True]),
    (example(thumb=1.0, shown=(quote(TEXTS[0]),)), [True, False, False, False]),
    (example(thumb=-1.0, shown=(quote(TEXTS[0]),)), [False, True, True, True]),
    (example(thumb=-1.0), [True, True, True, False]),  # what was shown is an abstention
    (example(rejected=(quote(TEXTS[0]),)), [False, True, True, True]),
    # a stronger model's revision, where a candidate says it
    (
        example(thumb=-1.0, shown=(quote(TEXTS[0]),), revised="The leave is 31 days for staff in Bremen."),
        [False, True, False, False],
    ),
    (
        example(thumb=-1.0, shown=(quote(TEXTS[0]),), revised="The leave is 99 days."),
        [False, True, True, True],
    ),
    (
        example(answers=("31 days",), revised="The leave is 30 days."),
        [False, True, False, False],
    ),  # people know better
    (example(answers=("99 days",)), None),  # not among the candidates: never the policy's fault
    (example(thumb=1.0, shown=(quote("Something else altogether was said."),)), None),
    (example(), None),
]


@pytest.mark.parametrize(("item", "good"), GOOD)
def test_lessons(item: Example, good: list[bool] | None) -> None:
    made = lesson(item, considered(*TEXTS))
    assert (None if made is None else made.good.tolist()) == good


def test_who_is_not_relied_on_teaches_nothing() -> None:
    item = example(answers=("31 days",), weight=0.0)
    assert lesson(item, considered(*TEXTS)) is None
    half = lesson(example(thumb=0.5, shown=(quote(TEXTS[0]),), weight=0.8), considered(*TEXTS))
    assert half is not None
    assert (half.weight, half.noise) == (0.4, 0.2)


def test_only_a_thumb_depends_on_what_was_shown() -> None:
    thumb = lesson(example(thumb=1.0, shown=(quote(TEXTS[0]),), propensity=0.4), considered(*TEXTS))
    written = lesson(example(answers=("31 days",), propensity=0.4), considered(*TEXTS))
    assert (thumb and thumb.propensity, written and written.propensity) == (0.4, None)
    shown = example(thumb=1.0, lead=computed("20"), propensity=0.4)
    whole_one = whole_lesson(shown, whole(computed("220"), computed("20")))
    assert whole_one is not None
    assert whole_one.propensity == 0.4


def test_attribution_decides_what_may_learn() -> None:
    item = example(answers=("31 days",))
    assert teaches(item, found(*TEXTS), [considered(*TEXTS)]) is Teaches.POLICY
    assert teaches(item, found(*TEXTS), [considered(TEXTS[2])]) is Teaches.RETRIEVAL
    assert teaches(item, found(TEXTS[2]), [considered(TEXTS[2])]) is Teaches.NOTHING
    assert teaches(example(thumb=1.0), found(), ()) is Teaches.NOTHING
    assert relevance(item, found(*TEXTS)) == {"d1:0": 1.0}


def test_a_rejected_place_is_never_right() -> None:
    item = example(answers=("31 days",), rejected=(quote(TEXTS[1]),))
    assert not is_right(candidate(TEXTS[1]), item)


def test_grades() -> None:
    shown = trace(text=TEXTS[0]).answer
    silent = trace(text="").answer
    right, wrong = example(answers=("30 days",)), example(answers=("31 days",))
    assert Graded.of(right, shown) == Graded(True, False, True, TEXTS[0])
    assert Graded.of(wrong, shown) == Graded(False, True, True, TEXTS[0])
    assert Graded.of(wrong, silent) == Graded(False, False, True, "")
    placed = example(evidence=(quote(TEXTS[0]),))
    assert Graded.of(placed, shown).right
    assert not Graded.of(dataclasses.replace(placed, evidence=(quote(TEXTS[2]),)), shown).cited
    nothing = example(declines=True)
    assert Graded.of(nothing, silent).right
    assert Graded.of(nothing, shown).wrong_and_shown


def test_a_liked_answer_is_kept_if_its_place_is_cited() -> None:
    liked = example(thumb=1.0, shown=(quote(TEXTS[0]),))
    assert keeps(liked, trace(text=TEXTS[0]).answer)
    assert not keeps(liked, trace(text=TEXTS[2]).answer)
    assert keeps(example(thumb=1.0), trace(text="").answer)


def computed(value: str, text: str = "Rent. Change: 120 − 100 = 20.", document: str = "d1") -> Statement:
    """A calculation that rests on the first row of a table."""
    row = Citation("c1", document, f"{document}.txt", "", "", 1, 0, 16, "Rent | 120 | 100")
    return Statement("s1", text, (row,), values=(value,))


def whole(*statements: Statement) -> Whole:
    answers = [WholeAnswer(one, "computed", place == 0) for place, one in enumerate(statements)]
    return Whole(answers, np.zeros((len(answers), len(WHOLE))), 0.5)


WHOLE_GOOD = [
    (example(answers=("20",)), [False, True, False]),
    (example(answers=("99",)), [False, False, True]),  # none of these: all are wrong, and silence is right
    (example(evidence=(quote("Rent | 120 | 100", "d1.txt"),)), [True, True, False]),
    (example(evidence=(quote("Energy | 7", "d1.txt"),)), None),  # retrieval has to bring it first
    (example(rejected=(quote("Rent | 120 | 100", "d1.txt"),)), [False, False, True]),
    (example(declines=True), [False, False, True]),
    (example(thumb=1.0, lead=computed("220")), [True, False, False]),
    (example(thumb=-1.0, lead=computed("220")), [False, True, True]),
    (example(thumb=-1.0, lead=computed("220"), revised="20"), [False, True, False]),
    (example(thumb=-1.0, lead=computed("220"), revised="77"), [False, True, True]),
    (example(thumb=1.0), [False, False, True]),  # of an abstention
    (example(thumb=-1.0), [True, True, False]),
    (example(thumb=-1.0, lead=computed("7")), None),  # what was shown is not among them any more
    (example(), None),
]


@pytest.mark.parametrize(("item", "good"), WHOLE_GOOD)
def test_lessons_for_whole_answers(item: Example, good: list[bool] | None) -> None:
    made = whole_lesson(item, whole(computed("220"), computed("20")))
    assert (None if made is None else made.good.tolist()) == good


def test_a_calculation_that_is_right_teaches_policy_and_retrieval() -> None:
    item = example(answers=("20",))
    table = Hit(passage("Rent | 120 | 100", "d1"), 1.0)
    there = Found(Query("q", "en"), {"keyword": [table, Hit(passage("Rent is due.", "d2"), 0.5)]}, ())
    assert relevance(item, there) == {}, "no passage says 20"
    assert relevance(item, there, whole(computed("20"))) == {"d1:0": 1.0}
    assert teaches(item, there, (), whole(computed("20"))) is Teaches.POLICY
    assert teaches(item, there, (), whole(computed("7"))) is Teaches.NOTHING


def test_an_answer_that_leads_with_another_figure_is_wrong_though_it_quotes_the_row() -> None:
    item = example(answers=("120",))
    shown = trace(text="Rent; 2024: 120; 2023: 100").answer
    assert Graded.of(item, shown).right
    first = dataclasses.replace(shown.statements[0], values=("100",))
    assert not Graded.of(item, dataclasses.replace(shown, statements=(first,))).right
