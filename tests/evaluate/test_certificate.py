import dataclasses
from datetime import UTC, datetime

import numpy as np
import pytest
from scipy import stats

from metier.errors import UserError
from metier.evaluate.certificate import (
    STARTS,
    binomial_p_value,
    certified_threshold,
    certify_scores,
    certify_topics,
    fewest_answers,
    invalid_because,
    one_per_group,
    topic_of,
)
from metier.evaluate.run import Row
from metier.evaluate.scores import score_run
from metier.types import EvidenceQuote
from tests.evaluate.made import case, row, run_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("errors", "n", "alpha"), [(0, 59, 0.05), (3, 100, 0.1), (50, 1000, 0.05), (7, 7, 0.3), (0, 1, 0.5)]
)
def test_p_values_agree_with_scipy(errors: int, n: int, alpha: float) -> None:
    assert binomial_p_value(errors, n, alpha) == pytest.approx(
        float(stats.binom.cdf(errors, n, alpha)), rel=1e-9
    )


def test_the_fewest_answers_are_the_fewest() -> None:
    for alpha in (0.05, 0.1, 0.3):
        n = fewest_answers(alpha, 0.05)
        assert binomial_p_value(0, n, alpha) <= 0.05 < binomial_p_value(0, n - 1, alpha)
    assert fewest_answers(0.05, 0.05) == 59


def test_it_finds_the_border_and_equal_confidences_stay_together() -> None:
    confidences = [0.9] * 300 + [0.5] * 300
    wrong = [False] * 300 + [n % 2 == 0 for n in range(300)]
    assert certified_threshold(confidences, wrong, 0.1, 0.05) == 0.9
    assert certified_threshold(confidences, [True] * 600, 0.1, 0.05) is None
    assert certified_threshold(confidences, [False] * 600, 0.1, 0.05) == 0.5
    few = fewest_answers(0.1, 0.05 / STARTS)
    assert certified_threshold([0.9] * (few - 1), [False] * (few - 1), 0.1, 0.05) is None
    assert certified_threshold([0.9] * few, [False] * few, 0.1, 0.05) == 0.9


def test_it_keeps_its_promise_where_the_naive_threshold_does_not() -> None:
    rng = np.random.default_rng(1)
    alpha, delta, naive_broken, broken = 0.1, 0.05, 0, 0
    for _ in range(150):
        x = rng.random(400)
        wrong = rng.random(400) < 0.3 - 0.28 * x  # risk above t: 0.3 - 0.14 (1 + t)
        order = np.argsort(-x)
        observed = np.cumsum(wrong[order]) / np.arange(1, 401)
        passing = np.flatnonzero(observed <= alpha)
        naive_broken += passing.size > 0 and 0.3 - 0.14 * (1 + x[order][passing[-1]]) > alpha
        threshold = certified_threshold(x.tolist(), wrong.tolist(), alpha, delta)
        broken += threshold is not None and 0.3 - 0.14 * (1 + threshold) > alpha
    assert naive_broken / 150 > 0.25
    assert broken / 150 <= delta + 2 * (delta * (1 - delta) / 150) ** 0.5


def made(n: int, wrong_below: float = 0.3):  # type: ignore[no-untyped-def]
    rows = [row(case(i), right=(i % 100) / 100 >= wrong_below, confidence=(i % 100) / 100) for i in range(n)]
    return score_run(run_of(rows))


def test_a_certificate_in_words() -> None:
    found = certify_scores(
        made(1000), 0.05, 0.05, questions=10_000, now=NOW, system="s", about={"release": "r1"}
    )
    assert 0.25 <= found.threshold <= 0.4
    assert found.wrong <= 0.05 * found.shown
    assert found.wrong_at_most == pytest.approx(0.05 * found.share_high * 10_000, abs=1)
    assert (found.expires, found.certainty) == ("2026-05-30", pytest.approx(0.94))
    assert f"of 10,000 questions a month at most {found.wrong_at_most:,} wrong" in found.sentence
    assert "Leaks were not measured" in found.sentence
    assert invalid_because(found, {"release": "r1"}, NOW) == ""
    assert "release was 'r1'" in invalid_because(found, {"release": "r2"}, NOW)
    assert "expired" in invalid_because(found, {"release": "r1"}, datetime(2026, 6, 1, tzinfo=UTC))


def test_leaks_have_a_bound_of_their_own() -> None:
    guarded = [row(case(i, kind="permission"), declined=True) for i in range(2000, 2100)]
    scores = [*made(1000), *score_run(run_of(guarded))]
    found = certify_scores(scores, 0.1, 0.05, questions=10_000, now=NOW)
    assert (found.leaks, found.leak_cases) == (0, 100)
    assert found.leaks_at_most == pytest.approx(10_000 * (1 - 0.05 ** (1 / 100)), abs=1)
    again = [
        dataclasses.replace(score, case=dataclasses.replace(score.case, id=f"{score.case.id}~typo"))
        for score in scores[-100:]
    ]
    told = [*scores, *again[:-1], dataclasses.replace(again[-1], leaked=True)]
    noisy = certify_scores(told, 0.1, 0.05, questions=10_000, now=NOW)
    assert (noisy.leaks, noisy.leak_cases) == (
        1,
        100,
    )  # whichever of a group's cases is drawn for the threshold


def test_one_case_of_each_group_whatever_the_order() -> None:
    scores = score_run(run_of([row(case(i, f"g{i // 4}")) for i in range(40)]))
    chosen = one_per_group(scores)
    assert len(chosen) == 10
    assert one_per_group(scores[::-1]) == chosen


def test_refusals_say_why() -> None:
    for scores, message in (
        (made(50), "it takes 80 to show"), (made(1000, wrong_below=1.1), "no confidence separates"),
        (score_run(run_of([row(case(1), confidence=None)])), "carry no confidence"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=message):
            certify_scores(scores, 0.05, 0.05, questions=100, now=NOW)
    with pytest.raises(UserError, match="alpha is a share"):
        certify_scores(made(100), 0, 0.05, questions=100, now=NOW)


def test_topics_are_certified_by_themselves_where_there_is_enough() -> None:
    def rows(topic: str, n: int, wrong_every: int, first: int) -> list[Row]:
        return [
            row(
                case(first + i, tags=(f"topic:{topic}",)),
                right=not wrong_every or i % wrong_every > 0,
                confidence=0.9,
            )
            for i in range(n)
        ]

    scores = score_run(
        run_of([*rows("travel", 300, 0, 0), *rows("leave", 300, 3, 1000), *rows("it", 9, 0, 2000)])
    )
    found = {topic.name: topic for topic in certify_topics(scores, 0.05, 0.05)}
    assert found["travel"].threshold == 0.9
    assert (found["leave"].threshold, found["leave"].why) == (None, "100 of 300 are wrong")
    assert "9 independent answers" in found["it"].why
    assert topic_of(scores[0]) == "travel"
    evidence = (EvidenceQuote("hr/a.pdf", "x"),)
    assert topic_of(dataclasses.replace(scores[0], case=case(1, evidence=evidence))) == "hr"
    assert topic_of(dataclasses.replace(scores[0], case=case(1))) == ""


def test_confidences_are_carried_thinned() -> None:
    rows = [row(case(i), confidence=i / 2000, declined=i < 100) for i in range(2000)]
    kept = certify_scores(score_run(run_of(rows)), 0.1, 0.05, questions=10, now=NOW).confidences
    assert len(kept) == 500
    assert kept[0] == 0.0
    assert kept[-1] == 1999 / 2000
    assert list(kept) == sorted(kept)


@pytest.mark.parametrize(("seed", "shown"), list(enumerate([175, 360, 239, 329, 255, 344, 336, 378])))
def test_what_mapie_certifies_is_certified(seed: int, shown: int) -> None:
    # The most answers that control_fwer of MAPIE 1.6.0 lets through by FWERFixedSequenceTesting(3), given exact binomial p-values at
    # the same 60 ranks. Its starts keep their level to themselves; ours hand it on, so it lets through as many or more.
    rng = np.random.default_rng(seed)
    confidences = rng.random(600)
    wrong = rng.random(600) < 0.5 * (1 - confidences) ** 2
    threshold = certified_threshold(confidences.tolist(), wrong.tolist(), (0.05, 0.1)[seed % 2], 0.05)
    assert threshold is not None
    assert int((confidences >= threshold).sum()) >= shown
    assert int((confidences >= threshold).sum()) <= 1.2 * shown
