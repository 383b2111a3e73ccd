"""A reward from pairs (Bradley and Terry 1952; Ouyang et al. 2022, equation 1), kept near 0 (Eisenstein et al. 2023).

    L = mean [- log sigma(r_w - r_l) + c (r_w + r_l)^2]

Only differences are learnt; c fixes the level, so that rewards of different questions can be compared.
"""

from metier.specialize.objectives.loss import Floats, PairLoss, floats, log_sigmoid, shares, sigmoid


def reward_model(
    chosen: Floats, rejected: Floats, centre: float = 0.0, weight: Floats | None = None
) -> PairLoss:
    """The loss of pairs (n,), given rewards instead of log-probabilities; slopes are with respect to the rewards."""
    better, worse = floats(chosen), floats(rejected)
    share = shares(len(better), weight)
    value = share @ (centre * (better + worse) ** 2 - log_sigmoid(better - worse))
    apart, level = share * sigmoid(worse - better), share * 2 * centre * (better + worse)
    return PairLoss(float(value), level - apart, level + apart)
