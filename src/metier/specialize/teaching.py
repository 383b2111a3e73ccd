"""Which part of what people said each objective learns from, where all candidate answers of a question are known.

A term takes the log-probabilities of all candidates of all questions, one after another, picks the answers its objective
speaks of, and puts the slopes back at their places.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metier.specialize.objectives.apo_down import apo_down
from metier.specialize.objectives.apo_unpaired import apo_unpaired
from metier.specialize.objectives.apo_zero import apo_zero
from metier.specialize.objectives.dpo import dpo
from metier.specialize.objectives.expected_reward import expected_reward
from metier.specialize.objectives.grpo import grpo_scale
from metier.specialize.objectives.kto import kto, kto_weights
from metier.specialize.objectives.loss import Floats, PairLoss
from metier.specialize.objectives.noisy_likelihood import noisy_likelihood
from metier.specialize.objectives.reward_model import reward_model
from metier.specialize.objectives.robust_dpo import robust_dpo
from metier.specialize.objectives.sft import sft

Places = NDArray[np.intp]
Mask = NDArray[np.bool_]
Name = Literal[
    "likelihood", "sft", "dpo", "robust_dpo", "apo_zero", "apo_down", "kto", "apo_unpaired", "reward_model", "rloo", "grpo"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Objective:
    """Which one, and its settings."""

    name: Name = "likelihood"
    # How far from the reference: log-ratios of whole answers among candidates are about 1, those of a language model, which
    # sums them over tokens, about 10; so 1 here does what 0.1 does there.
    beta: float = 1.0
    swapped: float = 0.1  # robust_dpo: share of pairs that are the wrong way round
    drift: float = 0.05  # rloo, grpo: what a nat of divergence from the reference costs, in rewards


@dataclass(frozen=True, slots=True)
class Stack:
    """Choices as one long table of candidates, with what is known of them as places in it."""

    table: Floats  # (N, d)
    reference: Floats  # (N,)
    starts: Places  # (q,)
    lengths: Places  # (q,)
    weight: Floats  # (q,)
    noise: Floats  # (q,)
    better: Places  # (pairs,)
    worse: Places
    pair_of: Places  # whose pair it is
    marked: Places  # (marks,)
    good: Mask
    mark_of: Places
    known: Mask  # (q,) whether the right answers are known
    right: Mask  # (N,)
    rewarded: Mask  # (q,) whether rewards are known
    reward: Floats  # (N,)


@dataclass(frozen=True, slots=True)
class Term:
    """One objective over a stack: (stack, log-probabilities, settings, divergence) -> (value, slope (N,))."""

    loss: Callable[[Stack, Floats, Objective, float], tuple[float, Floats]]
    reads: Callable[[Stack], bool]  # whether the stack says anything that it learns from
    needs_divergence: bool = False
    anneals: bool = False  # whether it has plateaus that a strong pull to the reference keeps it off at first


def _pairs(loss: Callable[[Stack, Floats, Objective], PairLoss]) -> Term:
    def value(stack: Stack, own: Floats, objective: Objective, _: float) -> tuple[float, Floats]:
        found = loss(stack, own, objective)
        slope = np.zeros_like(own)
        np.add.at(slope, stack.better, found.chosen)
        np.add.at(slope, stack.worse, found.rejected)
        return found.value, slope

    return Term(value, lambda stack: bool(len(stack.better)))


def _sides(stack: Stack, own: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """What pair objectives take: the policy's better and worse answers, and the reference's."""
    return own[stack.better], own[stack.worse], stack.reference[stack.better], stack.reference[stack.worse]


def log_right(stack: Stack, own: Floats) -> Floats:
    """log P, under log-probabilities of all candidates, that one of the right ones is chosen (q,); -inf where none is."""
    among = np.where(stack.right, own, -np.inf)
    highest = np.maximum.reduceat(among, stack.starts)
    highest = np.where(np.isfinite(highest), highest, 0.0)
    raised = np.exp(among - np.repeat(highest, stack.lengths))
    with np.errstate(divide="ignore"):
        found: Floats = highest + np.log(np.add.reduceat(raised, stack.starts))
    return found


def _likelihood(stack: Stack, own: Floats, _: Objective, __: float) -> tuple[float, Floats]:
    together = np.where(stack.known, log_right(stack, own), 0.0)
    found = noisy_likelihood(together, stack.noise, stack.weight * stack.known)
    among = np.where(stack.right, own, -np.inf)
    within = np.exp(among - np.repeat(together, stack.lengths))
    return found.value, np.repeat(found.gradient * stack.known, stack.lengths) * within


def _imitation(stack: Stack, own: Floats, _: Objective, __: float) -> tuple[float, Floats]:
    liked = stack.marked[stack.good]
    found = sft(own[liked], stack.weight[stack.mark_of[stack.good]])
    slope = np.zeros_like(own)
    np.add.at(slope, liked, found.gradient)
    return found.value, slope


def _kto(stack: Stack, own: Floats, objective: Objective, divergence: float) -> tuple[float, Floats]:
    weight = stack.weight[stack.mark_of]
    lambdas = kto_weights(float(weight[stack.good].sum()), float(weight[~stack.good].sum()))
    found = kto(
        own[stack.marked],
        stack.reference[stack.marked],
        stack.good,
        divergence,
        objective.beta,
        lambdas,
        weight,
    )
    slope = np.zeros_like(own)
    np.add.at(slope, stack.marked, found.gradient)
    return found.value, slope


def _apo_unpaired(stack: Stack, own: Floats, objective: Objective, _: float) -> tuple[float, Floats]:
    found = apo_unpaired(
        own[stack.marked],
        stack.reference[stack.marked],
        stack.good,
        objective.beta,
        stack.weight[stack.mark_of],
    )
    slope = np.zeros_like(own)
    np.add.at(slope, stack.marked, found.gradient)
    return found.value, slope


def _rloo(stack: Stack, own: Floats, objective: Objective, _: float) -> tuple[float, Floats]:
    found = expected_reward(
        own,
        stack.reference,
        stack.reward,
        stack.starts,
        objective.drift,
        stack.weight * stack.rewarded,
    )
    return found.value, found.gradient


def _grpo(stack: Stack, own: Floats, objective: Objective, _: float) -> tuple[float, Floats]:
    """Advantages are in units of the reference policy's own spread, which stays fixed, so that the slope is exact."""
    scale = np.repeat(grpo_scale(stack.reference, stack.reward, stack.starts), stack.lengths)
    found = expected_reward(
        own,
        stack.reference,
        stack.reward / scale,
        stack.starts,
        objective.drift,
        stack.weight * stack.rewarded,
    )
    return found.value, found.gradient


def _pair_weight(stack: Stack) -> Floats:
    return stack.weight[stack.pair_of]


OBJECTIVES: Mapping[Name, Term] = {
    "likelihood": Term(_likelihood, lambda stack: bool(stack.known.any())),
    "sft": Term(_imitation, lambda stack: bool(stack.good.any())),
    "dpo": _pairs(
        lambda stack, own, settings: dpo(*_sides(stack, own), beta=settings.beta, weight=_pair_weight(stack))
    ),
    "robust_dpo": _pairs(
        lambda stack, own, settings: robust_dpo(
            *_sides(stack, own), beta=settings.beta, swapped=settings.swapped, weight=_pair_weight(stack)
        )
    ),
    "apo_zero": _pairs(
        lambda stack, own, settings: apo_zero(
            *_sides(stack, own), beta=settings.beta, weight=_pair_weight(stack)
        )
    ),
    "apo_down": _pairs(
        lambda stack, own, settings: apo_down(
            *_sides(stack, own), beta=settings.beta, weight=_pair_weight(stack)
        )
    ),
    "reward_model": _pairs(
        lambda stack, own, _: reward_model(own[stack.better], own[stack.worse], weight=_pair_weight(stack))
    ),
    "kto": Term(_kto, lambda stack: bool(len(stack.marked)), needs_divergence=True),
    "apo_unpaired": Term(_apo_unpaired, lambda stack: bool(len(stack.marked))),
    "rloo": Term(_rloo, lambda stack: bool(stack.rewarded.any()), anneals=True),
    "grpo": Term(_grpo, lambda stack: bool(stack.rewarded.any()), anneals=True),
}
