from benchmarks.transfer import ALPHAS, judged
from metier.evaluate.scores import Score
from tests.evaluate.made import case


def scores(n: int, wrong_every: int, confidence: float, first: int = 0) -> list[Score]:
    return [
        Score(case(first + i), bool(i % wrong_every), True, False, "", confidence + i / n / 100, 0.0, "")
        for i in range(1, n + 1)
    ]


def test_a_promise_that_harder_questions_break_is_refused_by_the_drift() -> None:
    found = judged(scores(400, 50, 0.9), scores(200, 2, 0.8, 1000), 0.05)
    assert found["transfer_drift_noticed"].value == 1
    assert all(found[f"transfer_kept_or_refused_{alpha}"].value == 1 for alpha in ALPHAS)


def test_a_promise_that_is_broken_unnoticed_is_no_success() -> None:
    made, hand = scores(400, 50, 0.9), scores(200, 2, 0.9, 1000)
    found = judged(made, hand, 0.05)
    assert found["transfer_drift_noticed"].value == 0
    assert found["transfer_kept_or_refused_0.1"].value == 0
    assert found["transfer_wrong_unguarded_0.1"].low > 0.1  # type: ignore[operator]


def test_a_promise_kept_is_one() -> None:
    found = judged(scores(400, 100, 0.9), scores(200, 100, 0.9, 1000), 0.05)
    assert found["transfer_kept_or_refused_0.05"].value == 1
