"""The move in closed form, against a slow descent of the same objective; strong anchors move nothing."""

import numpy as np
import pytest
from scipy.optimize import minimize

from metier.specialize.low_rank import fit_move, step_of


def problem(seed: int, n: int = 40, size: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    dice = np.random.default_rng(seed)
    questions = dice.normal(size=(n, size))
    questions /= np.linalg.norm(questions, axis=1, keepdims=True)
    return questions, dice.normal(size=(n, size)), dice.uniform(0.2, 1, n)


@pytest.mark.parametrize("rank", [1, 2, 5])
def test_no_slower_way_finds_a_better_one(rank: int) -> None:
    questions, steps, weight = problem(rank)
    anchor = 0.1
    size = questions.shape[1]

    def loss(flat: np.ndarray) -> float:
        down, up = flat.reshape(2, rank, size)
        away = (questions @ down.T) @ up - steps
        return float(weight @ (away**2).sum(axis=1) + anchor * weight.sum() * ((up.T @ down) ** 2).sum())

    move = fit_move(questions, steps, weight, anchor, rank)
    ours = loss(np.array([move.down, move.up]).ravel())
    dice = np.random.default_rng(0)
    slow = min(float(minimize(loss, dice.normal(size=2 * rank * size)).fun) for _ in range(5))
    assert ours == pytest.approx(slow, rel=1e-5)


def test_it_is_the_same_each_time_and_a_strong_anchor_moves_nothing() -> None:
    questions, steps, weight = problem(7)
    first, again = (fit_move(questions, steps, weight, 0.1, 3) for _ in range(2))
    assert first.down.tobytes() == again.down.tobytes()
    assert first.up @ first.up.T == pytest.approx(np.eye(3), abs=1e-9)
    still = fit_move(questions, steps, weight, 1e9, 3)
    assert still.of(questions) == pytest.approx(questions, abs=1e-6)


def test_questions_move_from_wrong_to_right() -> None:
    east, north, south = np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), np.array([0, -1.0, 0])
    step = step_of(east, north[None], south[None], 20.0)
    assert step.tolist() == [0, 2, 0]
    assert not step_of(east, north[None], np.zeros((0, 3)), 20.0).any(), "nothing to move away from"
    nearer = step_of(east, north[None], np.array([east, south]), 20.0)
    assert nearer == pytest.approx([-1, 1, 0], abs=1e-6)
    moved = fit_move(np.array([east]), step[None], np.ones(1), 0.1, 1).of(east[None])[0]
    assert moved @ north > 0.5
