"""Questions and where they should lead, as vectors -> a low-rank move of questions that leads there.

Each question q_i is to move by d_i, from passages that were found and do not answer towards those that do (the step that lowers the contrastive loss
of the question fastest, Rocchio's 1971). The move A minimises sum_i w_i ||A q_i - d_i||^2 + anchor sum_i w_i ||A||^2 among matrices of the rank: reduced-rank ridge
regression, in closed form (Izenman 1975, with the penalty as further rows). With a strong anchor A is 0 and questions stay where they are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Move:
    """v -> v + (v down^T) up."""

    down: Floats  # (rank, dimension)
    up: Floats  # (rank, dimension), rows of length 1, at right angles

    def of(self, vectors: Floats) -> Floats:
        """The vectors moved, of unit length."""
        found = vectors + (vectors @ self.down.T) @ self.up
        length: Floats = np.linalg.norm(found, axis=1, keepdims=True)
        return found / np.maximum(length, 1e-12)


def fit_move(questions: Floats, steps: Floats, weight: Floats, anchor: float, rank: int) -> Move:
    """The move; `questions` and `steps` have shape (n, dimension), `weight` (n,). The same input gives the same bytes."""
    total = weight.sum()
    gram = (questions * weight[:, None]).T @ questions + anchor * total * np.eye(questions.shape[1])
    cross = (steps * weight[:, None]).T @ questions
    full = np.linalg.solve(gram, cross.T).T  # (dimension out, dimension in)
    values, vectors = np.linalg.eigh(
        full @ cross.T
    )  # full gram full^T: what each direction of the answer explains
    up = vectors[:, np.argsort(-values)[:rank]].T
    up = up * np.where(np.take_along_axis(up, np.abs(up).argmax(axis=1)[:, None], 1) < 0, -1.0, 1.0)
    return Move(up @ full, up)


def step_of(question: Floats, right: Floats, wrong: Floats, sharpness: float) -> Floats:
    """From the wrong vectors, the nearer to the question the more each counts, to the mean of the right ones."""
    if not len(wrong):
        return np.zeros_like(question)
    near = wrong @ question
    share = np.exp(sharpness * (near - near.max()))
    found: Floats = right.mean(axis=0) - (share / share.sum()) @ wrong
    return found
