"""Anchored preference optimisation, down (D'Oosterlinck et al. 2024, equation 8): both answers become less likely, the worse
one more so.

    L = mean [sigma(beta r_w) + 1 - sigma(beta (r_w - r_l))],   r = log pi(y)/ref(y)

For pairs whose better answer is still worse than what the policy says now.
"""

from metier.specialize.objectives.loss import Floats, PairLoss, floats, shares, sigmoid


def apo_down(
    chosen: Floats,
    rejected: Floats,
    reference_chosen: Floats,
    reference_rejected: Floats,
    beta: float = 0.1,
    weight: Floats | None = None,
) -> PairLoss:
    """The loss of pairs (n,)."""
    ratio = floats(chosen) - floats(reference_chosen)
    other = floats(rejected) - floats(reference_rejected)
    own, margin = sigmoid(beta * ratio), sigmoid(beta * (ratio - other))
    share = shares(len(ratio), weight)
    apart = share * beta * margin * (1 - margin)
    return PairLoss(float(share @ (own + 1 - margin)), share * beta * own * (1 - own) - apart, apart)
