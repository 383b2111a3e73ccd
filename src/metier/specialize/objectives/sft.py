"""Supervised fine-tuning: make the shown answers likelier, say nothing about others.

L = - mean log pi(y | x)
"""

import numpy as np

from metier.specialize.objectives.loss import Floats, Loss, floats, shares


def sft(policy: Floats, weight: Floats | None = None) -> Loss:
    """The loss of answers (n,) that are to be imitated."""
    own = floats(policy)
    share = shares(len(own), weight)
    return Loss(float(-share @ own), np.negative(share))
