"""The threshold moves only as far as examples carry it."""

from dataclasses import replace

import numpy as np

from metier.flow.finding import Found
from metier.generate.whole import FEATURES, Whole, WholeAnswer
from metier.specialize.bench import Replay
from metier.specialize.components.thresholds import Limits, Sure, choose, fit, reward, value
from metier.types import Query, Release, Statement
from tests.specialize.made import example, trace


def test_worth_is_counted_only_where_something_is_shown() -> None:
    assert value(Sure(0.5, 1.0), 0.5) == 1.0
    assert value(Sure(0.5, -1.0), 0.6) == 0.0


def test_right_answers_below_the_threshold_pull_it_down_and_wrong_ones_above_push_it_up() -> None:
    right = [Sure(0.3 + n / 1000, 1.0) for n in range(40)]
    assert choose(right, 0.45) <= 0.3
    wrong = [Sure(0.5 + n / 1000, -1.0) for n in range(40)] + [Sure(0.9, 1.0)] * 5
    assert choose(wrong, 0.45) > 0.53


def test_no_right_answer_is_given_up_for_many_wrong_ones() -> None:
    known = [Sure(0.5 + n / 1000, -1.0) for n in range(40)] + [Sure(0.5, 1.0), *[Sure(0.9, 1.0)] * 5]
    assert choose(known, 0.45) <= 0.5, "the gate asks for more right answers, and would refuse it"


def test_a_handful_of_examples_moves_little_and_no_difference_moves_nothing() -> None:
    assert choose([Sure(0.9, 1.0)] * 30, 0.45) == 0.45
    # one example at .1 gains 1/11 and costs 40/11 * .7^2; ten at .79 gain 10/11
    few = [Sure(0.1, 1.0), *[Sure(0.79, 1.0)] * 10]
    assert choose(few, 0.8) == 0.79


def test_no_more_wrong_answers_are_shown_than_people_saw() -> None:
    known = [
        Sure(0.9 - n / 100, 1.0 if n % 3 else -1.0) for n in range(60)
    ]  # below each right pair stands a wrong one
    free = choose(known, 0.7, Limits(0, 60))
    held = choose(known, 0.7, Limits(0, 7))
    assert free < held
    assert sum(item.confidence >= held and item.worth < 0 for item in known) <= 7
    assert choose(known, 0.7, Limits(100, 0)) == 0.7, "nothing is within the limits"


def test_the_reward_of_an_answer() -> None:
    base = Release("r", (), "", {}, {"generator": {}, "thresholds": {"extractive": 0.5}})

    def worth(said: str, sure: float) -> float:
        answer = WholeAnswer(Statement("s1", said, ()), "sentence", True)
        whole = Whole([answer], np.zeros((1, len(FEATURES))), sure)
        return reward(
            base, Replay(example("a1", answers=("red",)), Found(Query("?", "en"), {}, ()), (), "", whole)
        )

    assert [worth("red", 0.9), worth("blue", 0.9), worth("red", 0.4)] == [1.0, -1.0, 0.0]
    assert reward(base, Replay(example("a1", answers=("red",)), Found(Query("?", "en"), {}, ()), ())) == 0.0


def silent_then_eager(count: int, start: int) -> list[Replay]:
    """The live release was silent on all of these; a policy that was taught answers each, the surer the more often rightly."""
    made = []
    for n in range(start, start + count):
        is_right, sure = n % 4 != 0, 0.6 + 0.3 * (n % 4 > 1) + n % 7 / 100
        answer = WholeAnswer(Statement("s1", "red" if is_right else "blue", ()), "sentence", True)
        whole = Whole([answer], np.zeros((1, len(FEATURES))), sure)
        item = example(f"a{n}", answers=("red",), lead=None)
        made.append(Replay(item, Found(Query("?", "en"), {}, ()), (), f"g{n}", whole))
    return made


def test_a_policy_that_shows_more_wrong_answers_than_people_saw_is_held_back() -> None:
    base = Release("r", (), "", {}, {"generator": {}, "thresholds": {"extractive": 0.5}})
    found = fit(base, silent_then_eager(80, 0), silent_then_eager(40, 80))
    assert found.kept, found.reason
    assert found.reason.startswith("holds back")
    held = found.changes["thresholds", "extractive"]
    assert 0.65 < held < 0.91, "wrong ones end at .66, and of the right ones half begin at .90"


def test_where_people_saw_as_many_wrong_answers_nothing_is_held_back() -> None:
    base = Release("r", (), "", {}, {"generator": {}, "thresholds": {"extractive": 0.5}})
    shown = trace(text="blue").answer.statements[0]
    seen = [
        Replay(example(one.example.id, answers=("red",), lead=shown), one.found, (), one.group, one.whole)
        for one in silent_then_eager(80, 0)
    ]
    found = fit(base, seen, silent_then_eager(40, 80))
    assert not found.reason.startswith("holds back")


def test_how_sure_it_is_of_an_example_is_asked_of_weights_fitted_without_it() -> None:
    learnt = {"weights": {"default": 9.0}}
    base = Release("r", (), "", {}, {"generator": {"whole": learnt}, "thresholds": {"extractive": 0.5}})
    features = np.zeros((1, len(FEATURES)))
    features[0, FEATURES.index("default")] = 1.0
    whole = Whole([WholeAnswer(Statement("s1", "red", ()), "sentence", True)], features, 0.9)
    item = Replay(example("a1", answers=("red",)), Found(Query("?", "en"), {}, ()), (), "g", whole)
    assert reward(base, item) == 1.0
    assert reward(base, replace(item, apart={"weights": {"default": -9.0}})) == 0.0


def test_right_answers_that_were_won_are_not_given_up_for_fewer_wrong_ones_than_people_saw() -> None:
    base = Release("r", (), "", {}, {"generator": {}, "thresholds": {"extractive": 0.5}})
    shown = {word: trace(text=word).answer.statements[0] for word in ("red", "blue")}

    def seen(count: int, start: int) -> list[Replay]:
        made = []
        for n in range(start, start + count):
            # the unsure half is right one time in four, the sure half nine times in ten; people saw a third right
            sure, is_right = (0.9, n % 20 > 1) if n % 2 else (0.6, n % 8 == 0)
            answer = WholeAnswer(Statement("s1", "red" if is_right else "blue", ()), "sentence", True)
            whole = Whole([answer], np.zeros((1, len(FEATURES))), sure + n % 7 / 100)
            item = example(f"a{n}", answers=("red",), lead=shown["blue" if n % 3 else "red"])
            made.append(Replay(item, Found(Query("?", "en"), {}, ()), (), f"g{n}", whole))
        return made

    found = fit(base, seen(80, 0), seen(40, 80))
    assert not found.kept, found.reason
