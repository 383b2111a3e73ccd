"""Anchored preference optimisation for single marked answers (D'Oosterlinck et al. 2024, appendix; TRL's
`apo_zero_unpaired`): KTO with the reference point at 0 and equal weights.

    L = mean  1 - sigma(beta r)  for a good answer,  sigma(beta r)  for a bad one,   r = log pi(y)/ref(y)
"""

import numpy as np
from numpy.typing import NDArray

from metier.specialize.objectives.kto import kto
from metier.specialize.objectives.loss import Floats, Loss


def apo_unpaired(
    policy: Floats,
    reference: Floats,
    good: NDArray[np.bool_],
    beta: float = 0.1,
    weight: Floats | None = None,
) -> Loss:
    """The loss of marked answers (n,)."""
    return kto(policy, reference, good, 0.0, beta, weight=weight)
