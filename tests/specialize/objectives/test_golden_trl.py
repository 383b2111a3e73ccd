"""The same loss and slope as TRL's own trainers; `python -m benchmarks.golden_trl` made the numbers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metier.specialize.objectives.apo_down import apo_down
from metier.specialize.objectives.apo_unpaired import apo_unpaired
from metier.specialize.objectives.apo_zero import apo_zero
from metier.specialize.objectives.dpo import dpo
from metier.specialize.objectives.grpo import grpo
from metier.specialize.objectives.kto import kto
from metier.specialize.objectives.loss import Loss, PairLoss
from metier.specialize.objectives.reward_model import reward_model
from metier.specialize.objectives.rloo import rloo
from metier.specialize.objectives.robust_dpo import robust_dpo
from metier.specialize.objectives.sft import sft

GOLDEN: dict[str, Any] = json.loads(Path(__file__).with_name("golden_trl.json").read_text(encoding="utf-8"))
FOUND, BETA = GOLDEN["found"], GOLDEN["beta"]
PAIRS = [np.array(GOLDEN["pairs"][name]) for name in ("chosen", "rejected", "reference_chosen", "reference_rejected")]  # fmt: skip
GROUPS = [np.array(GOLDEN["groups"][name]) for name in ("policy", "sampled", "reference", "reward")]
MARKS = (
    np.append(PAIRS[0], PAIRS[1]),
    np.append(PAIRS[2], PAIRS[3]),
    np.repeat([True, False], len(PAIRS[0])),
)

OURS: dict[str, Loss | PairLoss] = {
    "dpo": dpo(*PAIRS, beta=BETA),
    "robust_dpo": robust_dpo(*PAIRS, beta=BETA, swapped=GOLDEN["swapped"]),
    "apo_zero": apo_zero(*PAIRS, beta=BETA),
    "apo_down": apo_down(*PAIRS, beta=BETA),
    "kto": kto(*MARKS, FOUND["kto"]["divergence"], BETA, tuple(FOUND["kto"]["weights"])),
    "apo_unpaired": apo_unpaired(*MARKS, beta=BETA),
    "reward_model": reward_model(PAIRS[0], PAIRS[1], FOUND["reward_model"]["centre"]),
    "grpo": grpo(*GROUPS, beta=BETA),
    "rloo": rloo(*GROUPS, beta=BETA),
    "sft": sft(PAIRS[0]),
}


@pytest.mark.parametrize("name", sorted(OURS))
def test_loss_and_slope_are_those_of_trl(name: str) -> None:
    ours, theirs = OURS[name], FOUND[name]
    gradient = np.append(ours.chosen, ours.rejected) if isinstance(ours, PairLoss) else ours.gradient
    expected = np.array(theirs["gradient"])
    if name == "sft":  # TRL's runs on pairs and leaves the worse answers alone
        assert not expected[len(gradient) :].any()
        expected = expected[: len(gradient)]
    assert ours.value == pytest.approx(theirs["value"], abs=1e-9)
    assert gradient == pytest.approx(expected, abs=1e-9)


def test_every_golden_objective_is_checked() -> None:
    assert set(OURS) == set(FOUND)
