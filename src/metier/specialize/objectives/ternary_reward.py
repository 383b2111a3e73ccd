"""What an answer is worth to somebody who relies on it: right and grounded +1, no answer 0, anything else -c.

With it, answering pays where P(right and grounded) > c / (1 + c): c = 1 means "if more likely right than wrong", c = 4
"if 80% sure". Abstaining is never punished, so a policy that learns from this reward learns when to be silent (Wei et al.
2025 call it the ternary reward).
"""

import numpy as np
from numpy.typing import NDArray

from metier.specialize.objectives.loss import Floats


def ternary_reward(
    correct: NDArray[np.bool_], grounded: NDArray[np.bool_], abstained: NDArray[np.bool_], cost: float = 1.0
) -> Floats:
    """The reward of each answer, of the shape given. Raises ValueError if a wrong answer would be free."""
    if cost <= 0:
        raise ValueError(f"a wrong answer must cost something, not {cost}")
    right = np.logical_and(correct, grounded)
    found: Floats = np.where(abstained, 0.0, np.where(right, 1.0, -cost))
    return found
