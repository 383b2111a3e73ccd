"""The anchored fit against numbers worked out by hand and against differences."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import check_grad, minimize

from metier.generate.scoring import FEATURES
from metier.specialize.loglinear import log_chances
from metier.specialize.policy_fit import (
    apart,
    choose_strength,
    fit_policy,
    log_likelihoods,
    reweighed,
    stacked,
    weigh,
)
from tests.specialize.made import lesson

BASE = np.zeros(len(FEATURES))


def vector(*values: float) -> np.ndarray:
    return np.append(np.array(values), np.zeros(len(FEATURES) - len(values)))


def test_chances_are_a_softmax_within_each_lesson() -> None:
    stack = stacked([lesson([[1.0], [2.0]], [0]), lesson([[3.0]], [0])])
    found = np.exp(log_chances(stack, vector(1.0)))
    total = np.exp([1, 2, 0]).sum()
    expected = [*(np.exp([1, 2, 0]) / total), np.exp(3) / (1 + np.exp(3)), 1 / (1 + np.exp(3))]
    assert np.allclose(found, expected)


def test_likelihood_with_label_noise() -> None:
    # with all weights 0 each of three is as likely: P = 1/3; noise .2 makes it .8/3 + .2 * 2/3 = .4
    plain, noisy = lesson([[1.0], [2.0]], [0]), lesson([[1.0], [2.0]], [0], noise=0.2)
    assert np.allclose(log_likelihoods(stacked([plain, noisy]), BASE), np.log([1 / 3, 0.4]))
    both = lesson([[1.0], [2.0]], [0, 2])
    assert np.allclose(log_likelihoods(stacked([both]), BASE), np.log(2 / 3))


def test_the_fit_is_the_minimum_of_what_it_says() -> None:
    dice = np.random.default_rng(3)
    lessons = [
        lesson(
            dice.normal(size=(4, 3)).tolist(), [int(dice.integers(5))], noise=0.1, weight=float(dice.random())
        )
        for _ in range(30)
    ]
    spread = np.ones(len(FEATURES))
    base = vector(0.3, -0.2, 0.1)
    fitted = fit_policy(lessons, base, 0.05, spread)
    stack = stacked(lessons)

    def loss(head: np.ndarray) -> float:
        weights = np.append(head, base[3:])
        fit = -float(stack.weight @ log_likelihoods(stack, weights)) / float(stack.weight.sum())
        return fit + 0.5 * 0.05 * float((weights - base) @ (weights - base))

    found = minimize(loss, base[:3], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9})
    assert np.allclose(fitted[:3], found.x, atol=2e-3)
    assert np.allclose(fitted[3:], base[3:]), "features that never vary do not move"
    assert check_grad(loss, lambda head: np.zeros(3), fitted[:3]) < 2e-3, "the gradient there is 0"


def likelihood(
    head: np.ndarray, lessons: list, base: np.ndarray, strength: float
) -> tuple[float, np.ndarray]:
    """What policy_fit says it minimises, and its slope, lesson by lesson in plain probabilities."""
    total = sum(item.weight for item in lessons)
    value, slope = 0.5 * strength * float((head - base) @ (head - base)), strength * (head - base)
    for item in lessons:
        rows = np.vstack([item.features, np.zeros((1, len(base)))])
        raised = np.exp(rows @ head)
        chance = raised / raised.sum()
        right = float(chance[item.good].sum())
        likely = (1 - item.noise) * right + item.noise * (1 - right)
        value -= item.weight * np.log(likely) / total
        pull = chance * (item.good - right)
        slope = slope - item.weight * (1 - 2 * item.noise) / likely / total * (rows.T @ pull)
    return value, slope


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("strength", [0.3, 0.01])
def test_the_fit_by_loglinear_is_that_of_the_formula_within_rounding(seed: int, strength: float) -> None:
    dice = np.random.default_rng(seed)
    lessons = [
        lesson(
            dice.normal(size=(int(dice.integers(1, 9)), 6)).tolist(),
            [0],
            noise=float(dice.choice([0.0, 0.03, 0.2])),
            weight=float(dice.uniform(0.1, 1)),
        )
        for _ in range(50)
    ]
    base = vector(*dice.normal(size=6))
    expected = minimize(
        likelihood, base, (lessons, base, strength), jac=True, method="BFGS", options={"gtol": 1e-8}
    ).x
    fitted = fit_policy(lessons, base, strength, np.ones(len(FEATURES)))
    assert np.abs(fitted - expected).max() < 5e-5, "a release keeps four digits"


def test_lessons_without_weight_are_refused_rather_than_lost() -> None:
    with pytest.raises(ValueError, match="weight"):
        stacked([lesson([[1.0]], [0]), lesson([[1.0]], [0], weight=0.0)])


def test_a_stronger_anchor_stays_nearer() -> None:
    lessons = [lesson([[1.0], [0.0]], [0]) for _ in range(10)]
    moved = [fit_policy(lessons, BASE, strength, np.ones(len(FEATURES)))[0] for strength in (10.0, 1.0, 0.1)]
    assert 0 < moved[0] < moved[1] < moved[2]
    assert fit_policy([], BASE, 1.0) is BASE


def world(count: int, sign: float, seed: int) -> list:
    """The right one of five candidates is told by the first feature, times the sign (0 = by nothing)."""
    dice = np.random.default_rng(seed)
    lessons = []
    for number in range(count):
        rows = dice.normal(size=(5, 6))
        best = int(np.argmax(sign * rows[:, 0] + (0.3 if sign else 1.0) * dice.normal(size=5)))
        lessons.append(lesson(rows.tolist(), [best], group=f"g{number}"))
    return lessons


def test_the_anchor_is_chosen_on_groups_left_out() -> None:
    base = vector(1.0)
    assert choose_strength(world(120, -1.0, 1), base) is not None
    stays = [choose_strength(world(60, 0.0, seed), BASE) is None for seed in range(20)]
    assert sum(stays) >= 12, "noise teaches something in too many worlds"
    assert choose_strength([], base) is None


@pytest.mark.parametrize("seed", range(3))
def test_the_same_lessons_give_the_same_weights(seed: int) -> None:
    lessons = world(40, 1.0, seed)
    assert np.array_equal(fit_policy(lessons, BASE, 0.1), fit_policy(lessons, BASE, 0.1))


def shown(sign: float, count: int, propensity: float | None, seed: int) -> list:
    """Lessons of one kind of question, told by the first feature times the sign, that were shown with this probability."""
    return [
        replace(item, propensity=propensity, group=f"{seed} {item.group}")
        for item in world(count, sign, seed)
    ]


@pytest.mark.parametrize(("written", "kind"), [(-1.0, "ips"), (1.0, "plain")])
def test_rarely_shown_answers_count_more_where_that_helps_with_what_people_wrote(
    written: float, kind: str
) -> None:
    often, rarely = shown(1.0, 80, 0.8, 1), shown(-1.0, 40, 0.2, 2)
    lessons = [*often, *rarely, *shown(written, 30, None, 3)]
    found = weigh(lessons, BASE, 0.1, np.ones(len(FEATURES)))
    assert found.kind == kind, found.note
    counted = fit_policy(reweighed(lessons, found.weights), BASE, 0.1)
    plain = fit_policy(lessons, BASE, 0.1)
    assert counted[0] < plain[0] if kind == "ips" else np.array_equal(counted, plain)


def test_without_propensities_nothing_is_fitted_to_find_out() -> None:
    found = weigh(world(30, 1.0, 1), BASE, 0.1, np.ones(len(FEATURES)))
    assert (found.kind, found.note) == ("plain", "no propensities were logged")


def test_weights_apart_do_not_know_their_own_group() -> None:
    # seven groups want the first candidate and one the second: its own fit must not have seen it
    lessons = [replace(lesson([[1.0], [-1.0]], [int(n == 7)]), group=f"g{n}") for n in range(8)]
    found = apart(lessons, BASE, 0.01, np.ones(len(FEATURES)))
    assert set(found) == {f"g{n}" for n in range(8)}
    assert found["g7"][0] > found["g0"][0] > 0
