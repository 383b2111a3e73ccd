"""Which of the two anchored objectives fits the pairs: does the better answer of a pair beat what the policy says now?

D'Oosterlinck et al. 2024, section 3: where y_w > pi the policy should learn to say y_w (apo_zero); where pi > y_w, raising
y_w would make it worse, and only the contrast should be learnt (apo_down).
"""

from typing import Literal

from metier.specialize.objectives.loss import Floats, floats

Anchored = Literal["apo_zero", "apo_down"]


def choose_apo(preferred: Floats, policy: Floats) -> Anchored:
    """The objective for pairs whose better answers have the qualities `preferred`, where the policy's own answers to the
    same questions have the qualities `policy` (n,), by any measure that is higher for better; ties are no gain.

    Raises ValueError without pairs: then nothing is known.
    """
    ours, theirs = floats(preferred), floats(policy)
    if ours.shape != theirs.shape or not ours.size:
        raise ValueError(f"as many answers of both kinds are needed, not {ours.shape} and {theirs.shape}")
    return "apo_zero" if float((ours - theirs).mean()) > 0 else "apo_down"
