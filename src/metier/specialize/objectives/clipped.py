"""The clipped surrogate that policy-gradient objectives share (Schulman et al. 2017, equation 7).

    - mean min(rho A, clip(rho, 1 - e, 1 + e) A),   rho = pi(y) / pi_sampled(y)

Where the samples are fresh (rho = 1) its slope is that of REINFORCE, -A; an answer that has moved further than e in the
direction of its advantage stops pulling.
"""

import numpy as np

from metier.specialize.objectives.loss import Floats


def clipped_surrogate(
    policy: Floats, sampled: Floats, advantage: Floats, clip: float
) -> tuple[Floats, Floats]:
    """(loss, slope with respect to `policy`) of each answer, of the shape given."""
    ratio = np.exp(policy - sampled)
    free, bounded = ratio * advantage, np.clip(ratio, 1 - clip, 1 + clip) * advantage
    slope: Floats = np.where(free <= bounded, -free, 0.0)
    return -np.minimum(free, bounded), slope
