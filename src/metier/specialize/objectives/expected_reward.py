"""The reward a policy earns on average, exactly: what RLOO estimates from samples, where all answers can be counted.

L = - mean over questions of [sum_y pi(y) A(y) - beta KL(pi || ref)]
"""

import numpy as np
from numpy.typing import NDArray

from metier.specialize.objectives.loss import Floats, Loss, floats, shares


def expected_reward(
    policy: Floats,
    reference: Floats,
    reward: Floats,
    starts: NDArray[np.intp],
    beta: float = 0.05,
    weight: Floats | None = None,
) -> Loss:
    """The loss over all answers of all questions, one after another (N,); question q begins at `starts[q]`.

    Slopes take log-probabilities as free; whoever normalises them applies the softmax's own slope to these.
    """
    own = floats(policy)
    chance = np.exp(own)
    gain = floats(reward) - beta * (own - floats(reference))
    lengths = np.diff(np.append(starts, len(own)))
    share = np.repeat(shares(len(starts), weight), lengths)
    return Loss(float(-share @ (chance * gain)), -share * chance * (gain - beta))
