"""What nobody judged speaks against the candidate alone."""

import numpy as np
import pytest

from metier.specialize.gate import gate
from metier.specialize.judging import Judged, judged
from metier.specialize.rows import Example
from metier.types import Answer
from tests.specialize.made import example, quote, trace


def answer(place: str) -> Answer:
    """One that cites this document; "" is silence."""
    return trace(uri=place, text=f"It stands in {place}." if place else "").answer


def thumbed(identity: str, thumb: float, place: str) -> Example:
    shown = (quote(f"It stands in {place}.", place),) if place else ()
    return example(identity, thumb=thumb, shown=shown)


def corrected(identity: str, place: str) -> Example:
    return example(identity, evidence=(quote(f"It stands in {place}.", place),))


def of(item: Example, before: str, after: str) -> Judged:
    return judged([item], ["g"], [answer(before)], [answer(after)])


def test_a_written_label_says_which_of_two_answers_is_right() -> None:
    known = of(corrected("a1", "right.txt"), "wrong.txt", "right.txt")
    (pair,) = known.pairs
    assert (pair.base.right, pair.candidate.right, known.told) == (False, True, 1)
    assert not known.to_label
    assert of(corrected("a1", "right.txt"), "wrong.txt", "wrong.txt").told == 0, "it did not change"


@pytest.mark.parametrize(
    ("thumb", "before", "after", "grades"),
    [(1.0, "a.txt", "b.txt", (True, False)), (-1.0, "a.txt", "b.txt", (False, False)), (-1.0, "", "b.txt", (False, False)),
     (1.0, "", "b.txt", (True, False)), (1.0, "a.txt", "", (True, False))],
)  # fmt: skip
def test_of_what_nobody_judged_the_candidate_gains_nothing(
    thumb: float, before: str, after: str, grades: tuple[bool, bool]
) -> None:
    known = of(thumbed("a1", thumb, before), before, after)
    (pair,) = known.bounded
    assert (pair.base.right, pair.candidate.right) == grades
    assert known.to_label == ("a1",)
    assert known.questions == ["a1"]
    assert not known.pairs


@pytest.mark.parametrize(("thumb", "right"), [(1.0, True), (-1.0, False)])
def test_an_answer_that_did_not_change_is_worth_what_it_was(thumb: float, right: bool) -> None:
    known = of(thumbed("a1", thumb, "a.txt"), "a.txt", "a.txt")
    (pair,) = known.pairs
    assert pair.base == pair.candidate
    assert pair.base.right is right
    assert not known.to_label


def test_of_answers_that_did_not_change_as_large_a_share_is_counted_as_of_those_that_did() -> None:
    told = [corrected(f"t{n}", "right.txt") for n in range(10)]
    asked = [thumbed(f"u{n}", -1.0, "a.txt") for n in range(30)]
    stay = [thumbed(f"s{n}", 1.0, "a.txt") for n in range(80)]
    before = [answer("a.txt")] * 120
    after = [answer("b.txt")] * 40 + [answer("a.txt")] * 80
    known = judged([*told, *asked, *stay], [str(n) for n in range(120)], before, after)
    assert (len(known.pairs), len(known.bounded)) == (10 + 20, 30 + 60)
    assert len(known.to_label) == 30


def test_people_who_correct_nothing_but_wrong_answers_do_not_make_a_worse_candidate_pass() -> None:
    """It repairs what was corrected and breaks as many of the others."""
    dice = np.random.default_rng(7)
    examples, before, after = [], [], []
    for n in range(300):
        was = dice.random() < 0.5
        moved = dice.random() < 0.4
        examples.append(thumbed(f"a{n:03}", 1.0, "right.txt") if was else corrected(f"a{n:03}", "right.txt"))
        places = ("right.txt", "wrong.txt") if was else ("wrong.txt", "right.txt")
        before.append(answer(places[0]))
        after.append(answer(places[1] if moved else places[0]))
    known = judged(examples, [one.id for one in examples], before, after)
    assert gate(known.pairs, 1).verdict == "pass", "what they wrote about alone looks like a gain"
    found = gate(known.pairs, 1, bounded=known.bounded, kept=known.kept, to_label=known.to_label)
    assert found.verdict == "inconclusive", found.reason
    assert 0 < len(found.label_next) <= 60
    liked = {one.id for one in examples if one.thumb > 0}
    assert set(found.label_next) <= liked, "what people liked and would lose is asked first"


def test_who_is_not_relied_on_judges_nothing() -> None:
    known = of(example("a1", thumb=1.0, weight=0.0), "a.txt", "b.txt")
    assert not known.questions
    assert not known.to_label
