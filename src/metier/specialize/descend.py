"""The lowest point of a smooth function of a few dozen numbers: L-BFGS (Nocedal and Wright 2006, algorithms 7.4 and 7.5).

Without scipy, which is a test-only oracle here. Deterministic; it finds a local minimum and does not know of others.
"""

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Function = Callable[[Floats], tuple[float, Floats]]  # point -> (value, slope)

_MEMORY = 10  # pairs of steps that stand for the curvature; Nocedal and Wright: 3 to 20
_ARMIJO, _WOLFE = 1e-4, 0.9  # theirs for quasi-Newton methods
_HALVINGS = 40  # of one line search: 1e-12 of the step, then rounding decides


def descend(function: Function, start: Floats, steps: int = 300, tolerance: float = 1e-7) -> Floats:
    """The point where no slope is above `tolerance`, or that no step improves, or reached after `steps`."""
    point = np.array(start, dtype=np.float64)
    value, slope = function(point)
    memory: deque[tuple[Floats, Floats]] = deque(maxlen=_MEMORY)
    for _ in range(steps):
        if not np.abs(slope).max(initial=0.0) > tolerance:
            break
        direction = -_towards(slope, memory)
        if not direction @ slope < 0:  # rounding spoilt the memory
            memory.clear()
            direction = -slope
        found = _search(function, point, value, slope, direction, first=not memory)
        if found is None:
            if not memory:
                break
            memory.clear()
            continue
        moved, value, turned = found
        step, bent = moved - point, turned - slope
        if step @ bent > 1e-12 * float(bent @ bent):
            memory.append((step, bent))
        point, slope = moved, turned
    return point


def _towards(slope: Floats, memory: deque[tuple[Floats, Floats]]) -> Floats:
    """The inverse curvature times the slope (two-loop recursion)."""
    result = slope.copy()
    kept = []
    for step, bent in reversed(memory):
        rate = 1 / float(step @ bent)
        share = rate * float(step @ result)
        result -= share * bent
        kept.append((rate, share))
    if memory:
        step, bent = memory[-1]
        result *= float(step @ bent) / float(bent @ bent)
    for (step, bent), (rate, share) in zip(memory, reversed(kept), strict=True):
        result += step * (share - rate * float(bent @ result))
    return result


def _search(
    function: Function, point: Floats, value: float, slope: Floats, direction: Floats, first: bool
) -> tuple[Floats, float, Floats] | None:
    """The first (point, value, slope) on the way that satisfies the weak Wolfe conditions, by bisection; failing these the
    best that is lower than here, if any."""
    along = float(direction @ slope)
    length = min(1.0, 1.0 / float(np.linalg.norm(direction))) if first else 1.0
    low, high = 0.0, np.inf
    best: tuple[Floats, float, Floats] | None = None
    for _ in range(_HALVINGS):
        moved = point + length * direction
        reached, turned = function(moved)
        if not reached <= value + _ARMIJO * length * along:
            high = length
        else:
            if best is None or reached < best[1]:
                best = moved, reached, turned
            if float(direction @ turned) >= _WOLFE * along:
                break
            low = length
        length = (low + high) / 2 if np.isfinite(high) else 2 * length
    return best
