"""Many p-values at once: what is left of each when all were looked at."""

import math
from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the order given: those <= q are the rejections that hold the familywise error at q.

    Holm 1979, step-down; valid however the tests depend on one another.
    """
    for p in p_values:
        if math.isnan(p) or not 0 <= p <= 1:
            raise ValueError(f"a p-value must be in 0..1, not {p}")
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    m, highest = len(order), 0.0
    out = [0.0] * m
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (m - rank) * p_values[index]))
        out[index] = highest
    return out
