"""Direct preference optimisation (Rafailov et al. 2023, equation 7): the better answer gains on the worse one, relative to
the reference.

    L = - mean log sigma(beta h),   h = log pi(y_w)/ref(y_w) - log pi(y_l)/ref(y_l)

It looks at the difference alone: both answers may become less likely while it falls, and then some third one gains.
"""

from metier.specialize.objectives.loss import Floats, PairLoss, floats, log_sigmoid, shares, sigmoid


def dpo(
    chosen: Floats,
    rejected: Floats,
    reference_chosen: Floats,
    reference_rejected: Floats,
    beta: float = 0.1,
    weight: Floats | None = None,
) -> PairLoss:
    """The loss of pairs (n,)."""
    margin = beta * (
        floats(chosen) - floats(reference_chosen) - floats(rejected) + floats(reference_rejected)
    )
    share = shares(len(margin), weight)
    slope = -beta * share * sigmoid(-margin)
    return PairLoss(float(-share @ log_sigmoid(margin)), slope, -slope)
