"""What an example says about candidates and answers."""

import dataclasses

import numpy as np
import pytest

from metier.flow.answer import Found
from metier.generate.extractive import Considered
from metier.generate.scoring import FEATURES
from metier.specialize.labels import Graded, Teaches, carries, is_right, keeps, lesson, relevance, teaches
from metier.specialize.rows import Example
from metier.types import Hit, Query
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
