"""Maximum likelihood of "one of these answers is right" where a label is wrong with probability e.

    L = - mean log[(1 - e) P + e (1 - P)],   P = sum of pi(y) over the answers called right

The likelihood form of learning with class-conditional noise (Natarajan et al. 2013). A label that the policy is sure is wrong
costs at most -log e and stops pulling.
"""

import numpy as np

from metier.specialize.objectives.loss import Floats, Loss, floats, shares


def noisy_likelihood(policy: Floats, noise: Floats | float = 0.0, weight: Floats | None = None) -> Loss:
    """The loss, where `policy` (n,) are the log-probabilities of the whole set of right answers of each question.

    Raises ValueError unless every noise is at least 0 and below 0.5.
    """
    own = floats(policy)
    wrong = np.broadcast_to(floats(noise), own.shape)
    if ((wrong < 0) | (wrong >= 0.5)).any():
        raise ValueError("the noise of a label must be at least 0 and below 0.5")
    share = shares(len(own), weight)
    with np.errstate(divide="ignore"):  # log 0 is -inf, which logaddexp knows
        likely = np.logaddexp(np.log1p(-2 * wrong) + own, np.log(wrong))
    return Loss(float(-share @ likely), -share * np.exp(np.log1p(-2 * wrong) + own - likely))
