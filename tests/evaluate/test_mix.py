import numpy as np
import pytest
from scipy import stats

from metier.evaluate.mix import _beyond, mix_of, shifts

QUESTIONS = ["How many days of leave do I get?", "Who approves this?", "Wie hoch ist die Miete?"]


def test_kinds_are_counted_by_what_is_asked_for_and_by_language() -> None:
    found = mix_of(QUESTIONS)
    assert sum(found["what is asked for"].values()) == 3
    assert found["language"] == {"de": 1, "en": 2}


def test_the_p_value_is_nearly_that_of_scipy() -> None:
    for degrees in (1, 2, 5, 12):
        for statistic in (0.5, 3.0, 9.0, 20.0):
            assert _beyond(statistic, degrees) == pytest.approx(stats.chi2.sf(statistic, degrees), abs=0.012)


def test_another_mix_is_told_and_the_same_is_not() -> None:
    suite = mix_of(QUESTIONS * 40)
    assert not any(item.shifted for item in shifts(suite, mix_of(QUESTIONS * 30)))
    other = shifts(suite, mix_of([QUESTIONS[0]] * 60 + [QUESTIONS[2]] * 60))
    assert {item.view for item in other if item.shifted} == {"what is asked for", "language"}
    assert "does not apply" in other[0].sentence
    assert "% of the suite" in other[0].sentence


def test_a_sure_but_small_shift_ends_nothing() -> None:
    then, now = {"view": {"a": 50_000, "b": 50_000}}, {"view": {"a": 52_000, "b": 48_000}}
    (found,) = shifts(then, now)
    assert found.p < 1e-6
    assert not found.shifted


def test_few_questions_tell_nothing() -> None:
    assert shifts(mix_of(QUESTIONS * 5), mix_of(QUESTIONS * 40)) == []
    assert shifts({}, mix_of(QUESTIONS * 40)) == []


def test_false_alarms_are_at_most_the_level() -> None:
    rng = np.random.default_rng(5)
    kinds = ["a", "b", "c", "d", "e"]

    def drawn() -> dict[str, dict[str, int]]:
        counts = rng.multinomial(60, [0.4, 0.3, 0.15, 0.1, 0.05])
        return {"view": dict(zip(kinds, counts.tolist(), strict=True))}

    alarms = sum(any(item.shifted for item in shifts(drawn(), drawn())) for _ in range(600))
    assert alarms <= 15  # 6 expected at 1%
