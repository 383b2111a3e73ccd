"""P(one of the statements shown answers the question): a logistic model over what the scoring says of all candidates.

The policy's own 1 - P(abstain) ranks questions less well: it cannot see how far the best candidate stands above the
others (docs/design/extractive.md).
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metier.generate.scoring import FEATURES

_BEST = 3  # statements an answer shows at the most
_LATER = (4, 19)  # 0-based places whose distance to the nearest candidate tells how it stands out


def confidence_features(matrix: NDArray[np.float64], chance: NDArray[np.float64]) -> dict[str, float]:
    """By name; `matrix` (n, FEATURES) with n > 0 and `chance` (n + 1,), abstaining last."""
    order = np.argsort(-chance[:-1], kind="stable")
    top = matrix[order[0]]
    deep = np.sort(matrix[:, FEATURES.index("deep")])[::-1]
    found = {
        "p_abstain": float(chance[-1]),
        "p_top": float(chance[order[0]]),
        "p_best": float(chance[order[:_BEST]].sum()),
        "log_top": math.log(float(chance[order[0]]) + 1e-6),
    }
    found |= {f"deep_lead_{place}": float(deep[0] - deep[min(place, len(deep) - 1)]) for place in _LATER}
    found |= {
        f"top_{name}": float(value) for name, value in zip(FEATURES, top, strict=True) if name != "bias"
    }
    return found


def confidence(
    matrix: NDArray[np.float64],
    chance: NDArray[np.float64],
    model: Mapping[str, Any] | None,
    top: float | None = None,
) -> float:
    """0-1. `model` is {"bias": float, "weights": {name: float}}; without one, 1 - P(abstain). `top`: the chance to go by instead of
    that of the best candidate, where several answer together."""
    if model is None:
        return 1.0 - float(chance[-1])
    found = confidence_features(matrix, chance)
    if top is not None:
        found |= {"p_top": top, "log_top": math.log(top + 1e-6)}
    logit = model["bias"] + sum(weight * found.get(name, 0.0) for name, weight in model["weights"].items())
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))
