"""DPO for preferences of which a share is swapped (Chowdhury, Kini and Natarajan 2024).

    L = mean [-(1 - e) log sigma(beta h) + e log sigma(-beta h)] / (1 - 2 e),   h as in dpo.py

Its expectation under labels swapped with probability e is DPO's loss under the true ones. The price is variance, which
grows with 1/(1 - 2 e), and a loss without a lower bound: keep it anchored.
"""

from metier.specialize.objectives.loss import Floats, PairLoss, floats, log_sigmoid, shares, sigmoid


def robust_dpo(
    chosen: Floats,
    rejected: Floats,
    reference_chosen: Floats,
    reference_rejected: Floats,
    beta: float = 0.1,
    swapped: float = 0.1,
    weight: Floats | None = None,
) -> PairLoss:
    """The loss of pairs (n,) of which a share `swapped` names the worse answer as the better one.

    Raises ValueError unless 0 <= swapped < 0.5: at a half the labels say nothing.
    """
    if not 0 <= swapped < 0.5:
        raise ValueError(f"the share of swapped labels must be at least 0 and below 0.5, not {swapped}")
    margin = beta * (
        floats(chosen) - floats(reference_chosen) - floats(rejected) + floats(reference_rejected)
    )
    share = shares(len(margin), weight)
    scale = 1 / (1 - 2 * swapped)
    each = scale * (swapped * log_sigmoid(-margin) - (1 - swapped) * log_sigmoid(margin))
    slope = -scale * beta * share * ((1 - swapped) * sigmoid(-margin) + swapped * sigmoid(margin))
    return PairLoss(float(share @ each), slope, -slope)
