import time
from typing import get_args

import numpy as np
import pytest

from metier.generate.scoring import FEATURES, named, probabilities, vector
from metier.specialize.loglinear import (
    Choice,
    fit,
    loss_of,
    stacked,
)
from metier.specialize.objectives.ternary_reward import ternary_reward
from metier.specialize.teaching import OBJECTIVES, Name, Objective
from tests.specialize.objectives.slopes import slope

ANCHOR = np.array([0.5, -0.3, 0.2, 0.0])


def log_probabilities(features: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """log P of each candidate."""
    utility = features @ weights
    return utility - np.logaddexp.reduce(utility)


NAMES: tuple[Name, ...] = get_args(Name)


def made(
    count: int, seed: int = 3, flipped: float = 0.0, width: int = 4, candidates: int = 6
) -> list[Choice]:
    """Questions whose right answer is the candidate with the highest last feature, which the anchor does not weigh."""
    rng = np.random.default_rng(seed)
    anchor = np.zeros(width)
    anchor[: len(ANCHOR)] = ANCHOR
    out = []
    for _ in range(count):
        features = np.vstack([rng.normal(size=(candidates, width)), np.zeros((1, width))])
        right = int(features[:-1, -1].argmax())
        if rng.random() < flipped:
            right = int(rng.integers(candidates))
        others = [place for place in range(candidates) if place != right]
        mask = np.arange(candidates + 1) == right
        silent = np.arange(candidates + 1) == candidates
        out.append(
            Choice(
                features,
                log_probabilities(features, anchor),
                pairs=tuple((right, other) for other in others[:2]),
                marks=((right, True), (others[0], False), (others[1], False)),
                right=mask,
                reward=ternary_reward(mask, mask, silent),
            )
        )
    return out


def chance_of_right(choices: list[Choice], weights: np.ndarray) -> float:
    return float(
        np.mean([np.exp(log_probabilities(one.features, weights))[one.right].sum() for one in choices])
    )


def test_every_objective_has_its_term() -> None:
    assert set(OBJECTIVES) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_objective_learns_what_people_mean_and_it_carries_over(name: Name) -> None:
    new = made(200, seed=9)
    learnt = fit(made(150), Objective(name), ANCHOR)
    assert learnt[3] > 0.2
    assert chance_of_right(new, learnt) > chance_of_right(new, ANCHOR) + (
        0.02 if name == "apo_down" else 0.05
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_slope_is_the_slope(name: Name) -> None:
    choices, objective = made(12), Objective(name)
    at = ANCHOR + np.array([0.1, 0.2, -0.1, 0.4])
    if name == "kto":  # its divergence is measured, then held fixed
        stack = stacked(choices)
        assert stack is not None

        def value(own: np.ndarray) -> float:
            return OBJECTIVES["kto"].loss(stack, own, objective, 0.2)[0]

        own = np.concatenate([log_probabilities(one.features, at) for one in choices])
        found = OBJECTIVES["kto"].loss(stack, own, objective, 0.2)[1]
        assert found == pytest.approx(slope(value, own), abs=1e-8)
        return
    found = loss_of(choices, objective, at)[1]
    assert found == pytest.approx(
        slope(lambda weights: loss_of(choices, objective, weights)[0], at), abs=1e-7
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_stronger_the_anchor_the_nearer(name: Name) -> None:
    away = [
        float(np.abs(fit(made(60), Objective(name), ANCHOR, strength) - ANCHOR).max())
        for strength in (0.01, 1.0, 1e6)
    ]
    assert away[0] > away[1] > away[2]
    assert away[2] < 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_the_same_questions_give_the_same_weights(name: Name) -> None:
    assert fit(made(40), Objective(name), ANCHOR).tolist() == fit(made(40), Objective(name), ANCHOR).tolist()


@pytest.mark.parametrize("name", NAMES)
def test_where_nothing_is_said_that_it_reads_the_anchor_stays(name: Name) -> None:
    silent = [Choice(one.features, one.reference) for one in made(3)]
    assert fit(silent, Objective(name), ANCHOR) is ANCHOR
    assert fit([], Objective(name), ANCHOR) is ANCHOR
    assert loss_of([], Objective(name), ANCHOR)[0] == 0.0


def test_other_questions_that_say_nothing_change_nothing() -> None:
    silent = [Choice(one.features, one.reference) for one in made(20, seed=5)]
    spread = np.ones(4)
    for name in ("likelihood", "dpo", "rloo", "apo_unpaired"):
        alone = fit(made(30), Objective(name), ANCHOR, spread=spread)
        assert fit(made(30) + silent, Objective(name), ANCHOR, spread=spread) == pytest.approx(
            alone, abs=1e-5
        )


def test_the_units_of_a_feature_do_not_matter() -> None:
    scale = np.array([1.0, 100.0, 0.01, 5.0])
    plain = fit(made(60), Objective(), ANCHOR)
    other = [Choice(one.features * scale, one.reference, right=one.right) for one in made(60)]
    assert fit(other, Objective(), ANCHOR / scale) * scale == pytest.approx(plain, abs=1e-4)


def test_with_a_ternary_reward_it_learns_to_be_silent() -> None:
    """A feature says how likely the only candidate is right: above c / (1 + c) = 3/4 it should be given, below not."""
    rng = np.random.default_rng(8)
    choices = []
    for _ in range(600):
        sure = float(rng.random())
        right = np.array([rng.random() < sure, False])
        features = np.array([[1.0, sure], [0.0, 0.0]])
        reward = ternary_reward(right, right, np.array([False, True]), 3.0)
        choices.append(Choice(features, log_probabilities(features, np.zeros(2)), reward=reward))
    learnt = fit(choices, Objective("rloo"), np.zeros(2), strength=1e-4)
    bias, slope_ = learnt
    assert 0.65 < -bias / slope_ < 0.85


def test_noise_that_is_known_is_not_learnt() -> None:
    noisy = made(300, flipped=0.3)
    told = [Choice(one.features, one.reference, right=one.right, noise=0.25) for one in noisy]
    new = made(200, seed=9)
    trusting = chance_of_right(new, fit(noisy, Objective(), ANCHOR, 0.001))
    assert chance_of_right(new, fit(told, Objective(), ANCHOR, 0.001)) > trusting


def test_the_layout_is_that_of_release_0() -> None:
    rng = np.random.default_rng(2)
    weights = {
        name: float(value) for name, value in zip(FEATURES, rng.normal(size=len(FEATURES)), strict=True)
    }
    features = rng.normal(size=(5, len(FEATURES)))
    table = np.vstack([features, np.zeros(len(FEATURES))])
    one = Choice(table, log_probabilities(table, vector(weights)), right=np.arange(6) == 5)
    assert np.exp(one.reference) == pytest.approx(probabilities(features, weights))
    assert named(vector(weights)) == {name: round(value, 4) for name, value in weights.items()}
    learnt = fit([one], Objective(), vector(weights))
    assert probabilities(features, named(learnt))[-1] > probabilities(features, weights)[-1]


def test_places_and_features_that_do_not_fit_are_refused() -> None:
    one = made(1)[0]
    with pytest.raises(ValueError, match="speaks of others"):
        fit([Choice(one.features, one.reference, pairs=((0, 9),))], Objective("dpo"), ANCHOR)
    with pytest.raises(ValueError, match="4 features, but the anchor has 3"):
        fit([one], Objective("dpo"), ANCHOR[:3])


def test_a_thousand_questions_take_a_second() -> None:
    choices = made(1000, width=len(FEATURES), candidates=40)
    anchor = np.append(ANCHOR, np.zeros(len(FEATURES) - 4))
    before = time.process_time()
    fit(choices, Objective("dpo"), anchor)
    assert time.process_time() - before < 5  # about half a second on an idle core
