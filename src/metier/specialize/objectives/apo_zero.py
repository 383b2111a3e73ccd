"""Anchored preference optimisation, zero (D'Oosterlinck et al. 2024, equation 7): better answers become likelier than under
the reference, worse ones less likely.

    L = mean [1 - sigma(beta r_w) + sigma(beta r_l)],   r = log pi(y)/ref(y)

For pairs whose better answer beats what the policy says now.
"""

from metier.specialize.objectives.loss import Floats, PairLoss, floats, shares, sigmoid


def apo_zero(
    chosen: Floats,
    rejected: Floats,
    reference_chosen: Floats,
    reference_rejected: Floats,
    beta: float = 0.1,
    weight: Floats | None = None,
) -> PairLoss:
    """The loss of pairs (n,)."""
    up = sigmoid(beta * (floats(chosen) - floats(reference_chosen)))
    down = sigmoid(beta * (floats(rejected) - floats(reference_rejected)))
    share = shares(len(up), weight)
    return PairLoss(
        float(share @ (1 - up + down)), -share * beta * up * (1 - up), share * beta * down * (1 - down)
    )
