from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from metier.errors import Stopped, UserError
from metier.evaluate.judge_card import JudgeCard, card_rows, card_text, read_card
from metier.evaluate.judges import CallableJudge, Preference
from metier.evaluate.judging import kappa, measure_judge, stratified
from metier.evaluate.marks import Marked
from metier.types import Progress

LONG = " and so on" * 20


def marked(n: int = 200) -> list[Marked]:
    """Half right, every other one long, every third one by `ours`; two answers to each question."""
    return [
        Marked(
            f"m{i}", f"Q{i // 2}?", "six weeks", ("six" if i % 2 else "nine") + " weeks" + (LONG if i % 4 < 2 else ""),
            bool(i % 2), "ours" if i % 3 == 0 else "theirs", f"g{i // 2}",
        )
        for i in range(n)
    ]  # fmt: skip


def card(
    function: Callable[[str, str, str], object], rows: list[Marked] | None = None, own: str = ""
) -> JudgeCard:
    return measure_judge(
        CallableJudge(function, "judge"), marked() if rows is None else rows, lambda: "now", own
    )


class Leaning:
    """Prefers the first answer `lean` of ten times, else the right one; its marks change with the seed for `dice` of ten."""

    identity = "leaning"
    pairwise = True

    def __init__(self, lean: int = 0, dice: int = 0) -> None:
        self.lean, self.dice, self.asked = lean, dice, 0

    def mark(self, question: str, reference: str, answer: str, seed: int) -> float:
        right = answer.startswith("six")
        number = int(question[1:-1])
        return float(right != (seed == 2 and number % 10 < self.dice))

    def prefer(self, question: str, reference: str, first: str, second: str, seed: int) -> Preference:
        if int(question[1:-1]) % 10 < self.lean:
            return "first"
        return "first" if first.startswith("six") else "second"


def test_a_perfect_judge_and_a_coin() -> None:
    good = card(lambda q, r, a: a.startswith("six"))
    assert (good.agreement.value, good.kappa.value, good.sensitivity.value, good.specificity.value) == (
        1,
        1,
        1,
        1,
    )
    assert (good.retest.value, good.retest.n) == (1, 200)
    assert good.is_fair
    assert good.sentence.startswith("The judge judge agrees with people on 100.0% of 200 answers, kappa 1.00")
    rng = np.random.default_rng(4)
    coin = card(lambda q, r, a: bool(rng.random() < 0.5))
    assert not coin.is_fair
    assert coin.kappa.low < 0 < coin.kappa.high
    assert coin.retest.value < 0.65
    assert any("asked again it says the same" in note for note in coin.notes)
    assert not card(lambda q, r, a: True).is_fair  # agrees with half of the marks, by chance alone


def test_kappa_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    for share in (0.1, 0.5, 0.9):
        a = rng.random(300) < share
        b = np.where(rng.random(300) < 0.8, a, ~a)
        assert kappa(np.column_stack([a, b]).astype(float)) == pytest.approx(cohen_kappa_score(a, b))
    assert np.isnan(kappa(np.ones((5, 2))))


def test_what_it_leans_to_is_measured_among_answers_that_people_marked_alike() -> None:
    long = card(lambda q, r, a: len(a) > 50)
    assert long.longer.value == 1
    assert any("leans to longer answers: +100.0 points" in note for note in long.notes)
    fair = card(lambda q, r, a: a.startswith("six"))
    assert (fair.longer.value, fair.longer.low) == (0, 0)
    rows = marked()
    ours = {(item.question, item.answer) for item in rows if item.source == "ours"}
    own = card(lambda q, r, a: (q, a) in ours, rows, own="ours")
    assert own.own.value == 1
    assert own.own.n == 200
    assert card(lambda q, r, a: True, rows, own="nobody").own.n == 0
    # within right: .5 more there; within wrong: nothing; both half of the rows
    rows_by_hand = [[1, 1, 1], [1, 0, 0], [1, 1, 0], [1, 1, 1], [0, 0, 1], [0, 0, 0], [0, 1, 1], [0, 1, 0]]
    assert stratified(np.asarray(rows_by_hand, dtype=float)) == pytest.approx((4 * 0.5 + 4 * 0) / 8)


def test_places_are_swapped() -> None:
    found = measure_judge(Leaning(lean=3), marked(), lambda: "now")
    assert (found.swap.value, found.swap.n) == (pytest.approx(0.7), 100)
    assert found.first.value == 1  # whenever the preference changed, the first place had won twice
    assert any("change places" in note for note in found.notes)
    steady = measure_judge(Leaning(), marked(), lambda: "now")
    assert (steady.swap.value, steady.first.n) == (1, 0)
    assert any("one answer at a time" in note for note in card(lambda q, r, a: True).notes)
    single = [item for item in marked() if int(item.id[1:]) % 4 in (0, 3)]
    assert any(
        "no question has two answers" in note
        for note in measure_judge(Leaning(), single, lambda: "now").notes
    )


def test_asked_again() -> None:
    assert measure_judge(Leaning(dice=2), marked(), lambda: "now").retest.value == pytest.approx(0.8)


def test_few_marks_and_failures_are_said_and_too_few_are_refused() -> None:
    few = card(lambda q, r, a: a.startswith("six"), marked(40))
    assert "40 human marks: under 100 a card says little" in few.notes[0]

    def fails(question: str, reference: str, answer: str) -> bool:
        if int(question[1:-1]) < 5:
            raise ValueError("no")
        return answer.startswith("six")

    broken = card(fails)
    assert (broken.marks, broken.failed) == (190, 10)
    assert any("10 answers got no usable mark" in note for note in broken.notes)
    with pytest.raises(UserError, match="at least 10 are needed to say anything"):
        card(lambda q, r, a: pytest.fail("the judge is not asked for nothing"), marked(10))
    with pytest.raises(UserError, match=r"usable mark in fewer.*ZeroDivisionError"):
        card(lambda q, r, a: 1 / 0)
    with pytest.raises(UserError, match="all alike"):
        card(lambda q, r, a: True, [item for item in marked() if item.right])
    with pytest.raises(Stopped):
        measure_judge(Leaning(), marked(), lambda: "now", should_stop=lambda: True)


def test_it_is_kept_and_read_again(tmp_path: Path) -> None:
    found = card(lambda q, r, a: a.startswith("six"))
    (tmp_path / "card.json").write_text(card_text(found))
    again = read_card(tmp_path / "card.json")
    assert card_text(again) == card_text(found)
    assert (again.kappa, again.swap.n) == (found.kappa, 0)
    names = [row[0] for row in card_rows(again)]
    assert "kappa" in names
    assert "same preference when answers change places" not in names
    for text in ("{", "[]", '{"metier_judge_card": 1}'):
        (tmp_path / "card.json").write_text(text)
        with pytest.raises(UserError, match="nothing that"):
            read_card(tmp_path / "card.json")


def test_the_same_kappa_as_truescore() -> None:
    rng = np.random.default_rng(4)
    one = rng.random(300) < 0.8
    other = np.where(rng.random(300) < 0.8, one, ~one)
    assert kappa(np.array([one, other], dtype=float).T) == pytest.approx(
        0.55465, abs=1e-5
    )  # cohen_kappa of 0.7.4


def test_how_far_it_is_and_how_long_it_takes_is_told_at_every_mark() -> None:
    told: list[Progress] = []
    measure_judge(Leaning(), marked(40), lambda: "now", on_progress=told.append)
    assert [item.done for item in told] == list(range(1, told[-1].total + 1))
    assert told[-1].seconds > 0
    assert told[-1].seconds_left == 0
