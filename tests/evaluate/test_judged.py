from dataclasses import replace

import numpy as np
import pytest

from metier.errors import UserError
from metier.evaluate.judge_card import JudgeCard
from metier.evaluate.judged import judged_share
from metier.evaluate.judges import CallableJudge
from metier.evaluate.judging import measure_judge
from metier.evaluate.marks import Marked

GOOD = CallableJudge(lambda question, reference, answer: answer.startswith("six"), "good")


def answers(n: int = 1_000, right: float = 0.8) -> list[Marked]:
    """Answers of which people would call so many right; the judge is wrong on one in ten."""
    rng = np.random.default_rng(5)
    out = []
    for i in range(n):
        truth = bool(rng.random() < right)
        said = truth if rng.random() < 0.9 else not truth
        out.append(
            Marked(f"a{i}", f"Q{i}?", "six", ("six" if said else "nine") + " weeks", truth, "s", f"g{i}")
        )
    return out


def unmarked(rows: list[Marked]) -> list[Marked]:
    return [replace(item, right=None) for item in rows]


def card_of(judge: CallableJudge, rows: list[Marked]) -> JudgeCard:
    return measure_judge(judge, rows, lambda: "now")


def test_a_judge_with_a_card_narrows_the_interval() -> None:
    rows = answers()
    found = judged_share(GOOD, card_of(GOOD, rows[:150]), unmarked(rows), rows[:150])
    truth = np.mean([item.right for item in rows])
    assert found.powered.estimate.low <= truth <= found.powered.estimate.high
    both, alone = found.powered.estimate, found.powered.human_only
    assert both.high - both.low < 0.9 * (alone.high - alone.low)
    assert "good is worth" in found.sentence
    assert (found.answers, found.failed, found.powered.warnings) == (1_000, 0, ())


def test_a_judge_without_its_own_card_is_not_used() -> None:
    rows = answers()
    with pytest.raises(UserError, match="has no card"):
        judged_share(GOOD, None, unmarked(rows), rows[:150])
    other = CallableJudge(GOOD.function, "other")
    with pytest.raises(UserError, match="the card is of good, the judge is other"):
        judged_share(other, card_of(GOOD, rows[:150]), unmarked(rows), rows[:150])


def test_it_warns_of_few_marks_and_of_a_poor_judge_and_refuses_under_20() -> None:
    rows = answers()
    few = judged_share(GOOD, card_of(GOOD, rows[:150]), unmarked(rows), rows[:60])
    assert "60 human labels: under 100" in few.powered.warnings[0]
    rng = np.random.default_rng(1)
    coin = CallableJudge(lambda *texts: bool(rng.random() < 0.5), "coin")
    poor = judged_share(coin, card_of(coin, rows[:150]), unmarked(rows), rows[:150])
    assert any("not to be used by itself" in text for text in poor.powered.warnings)
    unasked = CallableJudge(lambda *texts: pytest.fail("the judge is not asked for nothing"), "good")
    with pytest.raises(UserError, match=r"10 of the \d+ answers are marked, too few to correct"):
        judged_share(unasked, card_of(GOOD, rows[:150]), unmarked(rows), rows[:10])
    with pytest.raises(UserError, match="a judge has nothing to add"):
        judged_share(unasked, card_of(GOOD, rows[:150]), unmarked(rows[:40]), rows[:40])


def test_marks_of_another_answer_to_the_same_question_do_not_count() -> None:
    rows = answers()
    changed = [replace(item, answer="ten weeks") for item in rows[:150]]
    with pytest.raises(UserError, match="0 of the"):
        judged_share(GOOD, card_of(GOOD, rows[:150]), unmarked(rows), changed)
