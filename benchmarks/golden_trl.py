"""Loss and slope of TRL's own trainers on made-up log-probabilities, for the golden test of specialize/objectives.

    python -m benchmarks.golden_trl > tests/specialize/objectives/golden_trl.json        (needs the extra `train`)

Each trainer's own loss function runs unchanged, on a model that returns given log-probabilities (one token per answer) and a
trainer that has only the settings the function reads. GRPO's and RLOO's advantages, which TRL computes in the middle of
generating, are copied from its formulas; the surrogate on top of them is TRL's own code.
"""

import json
import sys
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import numpy as np

try:
    import torch
    import trl
    from trl import DPOTrainer, GRPOTrainer, KTOTrainer, RewardTrainer, RLOOTrainer
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is not installed; this needs the extra `train`: pip install -e '.[train]'")

_N, _SAMPLES = 6, 4
_BETA, _SWAPPED = 0.3, 0.15


def main() -> int:
    """Exit code 0; prints inputs and results as JSON."""
    rng = np.random.default_rng(11)
    names = ("chosen", "rejected", "reference_chosen", "reference_rejected")
    pairs = {name: (-rng.uniform(0.1, 5.0, _N)).tolist() for name in names}
    groups = {
        name: (-rng.uniform(0.5, 1.5, (2, _SAMPLES))).tolist() for name in ("policy", "sampled", "reference")
    }
    groups["reward"] = rng.choice([1.0, 0.0, -2.0], (2, _SAMPLES)).tolist()
    found = {"sft": _dpo("sft", pairs), "dpo": _dpo("sigmoid", pairs), "robust_dpo": _dpo("robust", pairs)}
    found |= {name: _dpo(name, pairs) for name in ("apo_zero", "apo_down")}
    found |= {"kto": _kto("kto", pairs), "apo_unpaired": _kto("apo_zero_unpaired", pairs)}
    found |= {"reward_model": _reward(pairs), "grpo": _grpo(groups), "rloo": _rloo(groups)}
    told = {"trl": trl.__version__, "beta": _BETA, "swapped": _SWAPPED, "pairs": pairs, "groups": groups}
    print(json.dumps(told | {"found": found}, indent=1))
    return 0


class _Accelerator:
    """One process: gathering changes nothing."""

    device = torch.device("cpu")
    num_processes = 1
    sync_gradients = True

    def gather(self, value: Any) -> Any:
        return value

    def gather_for_metrics(self, value: Any) -> Any:
        return value

    def reduce(self, value: Any, reduction: str) -> Any:
        return value

    def unwrap_model(self, model: Any) -> Any:
        return model


def _trainer(**settings: Any) -> Any:
    return SimpleNamespace(
        accelerator=_Accelerator(),
        model=SimpleNamespace(training=False),
        args=SimpleNamespace(gradient_checkpointing_kwargs=None, delta=None, use_bias_correction_kl=False,
                             center_rewards_coefficient=0.02),
        aux_loss_enabled=False,
        beta=_BETA,
        precompute_ref_logps=True,
        _metrics=defaultdict(lambda: defaultdict(list)),
        _total_train_tokens=0,
        _tp_size=1,
        **settings,
    )  # fmt: skip


def _leaf(values: Any) -> Any:
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def _outputs(log_probs: Any) -> Any:
    """What a model with a fused head returns, for prompts of one token and answers of one token."""
    still = torch.zeros_like(log_probs).detach()
    return SimpleNamespace(
        log_probs=log_probs,
        entropy=still,
        mean_logits=still,
        log_sum_sq_probs=still,
        is_top1=still.bool(),
        logits=log_probs,
    )


def _result(loss: Any, leaf: Any) -> dict[str, Any]:
    loss.backward()
    return {"value": loss.item(), "gradient": leaf.grad.tolist()}


def _batch(count: int) -> dict[str, Any]:
    return {
        "input_ids": torch.zeros((count, 2), dtype=torch.long),
        "attention_mask": torch.ones((count, 2), dtype=torch.long),
        "completion_mask": torch.tensor([[0, 1]] * count),
    }


def _dpo(kind: str, pairs: dict[str, list[float]]) -> dict[str, Any]:
    leaf = _leaf(pairs["chosen"] + pairs["rejected"])
    trainer = _trainer(
        ld_alpha=None, f_divergence_type="reverse_kl", loss_types=[kind], loss_weights=[1.0],
        label_smoothing=_SWAPPED, use_weighting=False,
    )  # fmt: skip
    inputs = _batch(2 * _N) | {
        "ref_chosen_logps": torch.tensor(pairs["reference_chosen"], dtype=torch.float64),
        "ref_rejected_logps": torch.tensor(pairs["reference_rejected"], dtype=torch.float64),
    }
    loss = DPOTrainer._compute_loss(trainer, lambda **_: _outputs(leaf[:, None]), inputs, False)
    return _result(loss, leaf)


def _kto(kind: str, pairs: dict[str, list[float]]) -> dict[str, Any]:
    leaf = _leaf(pairs["chosen"] + pairs["rejected"])
    reference = torch.tensor(pairs["reference_chosen"] + pairs["reference_rejected"], dtype=torch.float64)
    trainer = _trainer(
        loss_type=kind, calculate_KL=kind == "kto", desirable_weight=1.0, undesirable_weight=1.2,
        # the answers of other questions, from which TRL estimates the divergence
        _compute_kl_logps=lambda *_: torch.full((2 * _N,), -1.0, dtype=torch.float64),
    )  # fmt: skip
    if kind != "kto":
        trainer.undesirable_weight = 1.0
    inputs = _batch(2 * _N) | {
        "label": torch.tensor([True] * _N + [False] * _N),
        "ref_logps": reference,
        "ref_KL_logps": torch.full((2 * _N,), -1.4, dtype=torch.float64),
    }
    loss = KTOTrainer._compute_loss(trainer, lambda **_: _outputs(leaf[:, None]), inputs, False)
    return _result(loss, leaf) | {"divergence": 0.4, "weights": [1.0, 1.2]}


def _reward(pairs: dict[str, list[float]]) -> dict[str, Any]:
    leaf = _leaf(pairs["chosen"] + pairs["rejected"])
    loss = RewardTrainer.compute_loss(_trainer(), lambda **_: _outputs(leaf[:, None]), _batch(2 * _N))
    return _result(loss, leaf) | {"centre": 0.02}


def _policy(groups: dict[str, list[list[float]]], advantage: Any, trainer: Any, own: Any) -> dict[str, Any]:
    count = 2 * _SAMPLES
    leaf = _leaf(groups["policy"])
    flat = {name: torch.tensor(groups[name], dtype=torch.float64).reshape(count, 1) for name in groups}
    trainer._get_per_token_logps_and_entropies = lambda *_, **__: (
        leaf.reshape(count, 1),
        torch.zeros((count, 1), dtype=torch.float64),
        None,
    )
    one = torch.ones((count, 1), dtype=torch.long)
    inputs = {
        "prompt_ids": one,
        "prompt_mask": one,
        "completion_ids": one,
        "completion_mask": one,
        "advantages": advantage.reshape(count),
        "old_per_token_logps": flat["sampled"],
        "old_logps": flat["sampled"].reshape(count),
        "ref_per_token_logps": flat["reference"],
    }
    return _result(own._compute_loss(trainer, trainer.model, inputs), leaf)


_CLIPPED = {"epsilon_low": 0.2, "epsilon_high": 0.2}


def _grpo(groups: dict[str, list[list[float]]]) -> dict[str, Any]:
    reward = torch.tensor(groups["reward"], dtype=torch.float64)
    advantage = (reward - reward.mean(1, keepdim=True)) / (reward.std(1, keepdim=True) + 1e-4)
    trainer = _trainer(
        loss_type="grpo", top_entropy_quantile=1.0, off_policy_mask_threshold=None, use_vllm=False,
        importance_sampling_level="sequence", _entropy_bonus_enabled=False, **_CLIPPED,
    )  # fmt: skip
    return _policy(groups, advantage, trainer, GRPOTrainer)


def _rloo(groups: dict[str, list[list[float]]]) -> dict[str, Any]:
    told = {name: torch.tensor(groups[name], dtype=torch.float64) for name in groups}
    reward = told["reward"] - _BETA * (told["sampled"] - told["reference"])
    baseline = (reward.sum(1, keepdim=True) - reward) / (_SAMPLES - 1)
    return _policy(groups, reward - baseline, _trainer(**_CLIPPED), RLOOTrainer)


if __name__ == "__main__":
    sys.exit(main())
