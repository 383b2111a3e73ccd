"""The second order: what is scored in time stands by its score, the rest behind in its order."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metier.errors import ModelUnavailable
from metier.rerank.pairs import PAIR, PairOrder, asked
from metier.stages import Reorder
from metier.types import Evidence, PairScores, Query, Usage
from tests.builders import evidence, passage


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Scorer:
    """Implements stages.PairScorer: the number that stands in the text, after so many milliseconds each."""

    identity = "numbers"

    def __init__(self, clock: Clock, each_ms: float = 10.0, batch: int = 1, fails_after: int = 1_000) -> None:
        self.clock, self.each_ms, self.batch, self.fails_after = clock, each_ms, batch, fails_after
        self.read: list[str] = []
        self.within: list[float] = []

    def score(self, question: str, texts: Sequence[str], within_s: float) -> PairScores:
        if len(self.read) >= self.fails_after:
            raise ModelUnavailable("the reranker is down; start it")
        self.read += texts
        self.within.append(within_s)
        self.clock.now += self.each_ms * len(texts) / 1000
        return PairScores(tuple(float(text.split()[-1]) for text in texts), Usage(len(texts), 0, 0.5))


def numbered(*numbers: float) -> list[Evidence]:
    return evidence(*(passage(str(number), f"d{place}") for place, number in enumerate(numbers)))


def numbers(found: Sequence[Evidence]) -> list[float]:
    return [float(item.passage.text) for item in found]


def order(
    items: Sequence[Evidence],
    budget_ms: float = 1_000,
    weights: dict[str, float] | None = None,
    **scorer: float,
):  # type: ignore[no-untyped-def]
    clock = Clock()
    model = Scorer(clock, **scorer)  # type: ignore[arg-type]
    made: Reorder = PairOrder(model, budget_ms, weights or {}, clock)
    return made.reorder(Query("how many?"), items), model


def test_all_that_is_scored_stands_by_its_score() -> None:
    items = numbered(3, 9, -2, 5)
    found, model = order(items)
    assert numbers(found.evidence) == [9, 5, 3, -2]
    assert [item.scores[PAIR] for item in found.evidence] == [9, 5, 3, -2]
    assert [item.score for item in found.evidence] == [item.score for item in items], "the range stays"
    assert (found.scored, found.ms, found.problem, found.usage) == (4, 40, "", Usage(4, 0, 2.0))
    assert model.read[0] == "Handbook\n3", "with its title, the best candidate first"


@pytest.mark.parametrize(
    ("budget_ms", "expected", "scored"),
    [(0.001, [3, 9, -2, 5], 1), (25, [9, 3, -2, 5], 2), (30, [9, 3, -2, 5], 3), (39, [9, 3, -2, 5], 3), (41, [9, 5, 3, -2], 4)],
)  # fmt: skip
def test_when_the_budget_is_spent_the_rest_keeps_its_order_behind(
    budget_ms: float, expected: list[float], scored: int
) -> None:
    found, model = order(numbered(3, 9, -2, 5), budget_ms)
    assert (numbers(found.evidence), found.scored, found.problem) == (expected, scored, "")
    assert found.ms <= max(budget_ms, 10), "no batch is begun that would not fit"
    assert model.within == sorted(model.within, reverse=True)
    assert all(PAIR not in item.scores for item in found.evidence[scored:])


def test_batches_are_as_large_as_the_model_takes() -> None:
    found, model = order(numbered(1, 2, 3, 4, 5), 70, batch=2)
    assert len(model.within) == 3
    assert (found.scored, numbers(found.evidence)) == (5, [5, 4, 3, 2, 1])


@pytest.mark.parametrize(("after", "expected"), [(0, [3, 9, -2]), (2, [9, 3, -2])])
def test_a_model_that_fails_leaves_the_order_as_far_as_it_came(after: int, expected: list[float]) -> None:
    found, _ = order(numbered(3, 9, -2), fails_after=after)
    assert (numbers(found.evidence), found.scored) == (expected, after)
    assert found.problem == "the reranker is down; start it"


def test_what_the_job_decides_counts_here_too() -> None:
    old, new, other = numbered(9, 8, 1)
    old.scores["superseded"] = 1.0  # type: ignore[index]
    found, _ = order([old, new, other], weights={"superseded": -0.5, "coverage": 7.0})
    assert numbers(found.evidence) == [8, 9, 1]
    other.scores["preferred"] = 1.0  # type: ignore[index]
    found, _ = order([old, new, other], weights={"superseded": -0.5, "preferred": 5.0})
    assert numbers(found.evidence) == [1, 8, 9]


def test_equal_scores_change_nothing_and_nothing_is_nothing() -> None:
    found, _ = order(numbered(4, 4, 4))
    assert [item.passage.document for item in found.evidence] == ["d0", "d1", "d2"]
    assert order([])[0].evidence == ()


def test_a_follow_up_is_asked_in_full_and_a_comparison_as_it_stands() -> None:
    assert asked(Query("And for part-time?", rewrites=("How long is leave for part-time?",))) == (
        "How long is leave for part-time?"
    )
    assert asked(Query("A or B?", rewrites=("A?", "B?"), compares=True)) == "A or B?"
    assert asked(Query("A? B?", rewrites=("A?", "B?"), parts=("A?", "B?"))) == "A? B?"


@given(
    st.lists(st.integers(-99, 99), max_size=30), st.floats(0.001, 400), st.integers(1, 7), st.integers(0, 40)
)
def test_no_evidence_is_lost_or_made(
    values: list[int], budget_ms: float, batch: int, fails_after: int
) -> None:
    items = numbered(*values)
    found, _ = order(items, budget_ms, batch=batch, fails_after=fails_after)
    assert sorted(item.passage.id for item in found.evidence) == sorted(item.passage.id for item in items)
    assert [item.score for item in found.evidence] == [item.score for item in items]
    scored = numbers(found.evidence)[: found.scored]
    assert scored == sorted(scored, reverse=True)
    assert list(found.evidence[found.scored :]) == items[found.scored :]
