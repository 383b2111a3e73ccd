"""TRL on a CPU: SFT, KTO, APO-zero, APO-down and DPO of LoRA matrices on a model from a GGUF file (extra `train`).

The file's quantized weights are dequantized, so that training sees the numbers that llama.cpp computes with, and the adapter
fits the file as it is. It trains models of the llama family in single precision. Nothing is fetched: weights, tokenizer and
chat template all come from the file.
"""

import logging
import os
import random
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from metier.errors import UserError
from metier.specialize.language_model.adapter import MODULES, Adapter, Low
from metier.specialize.language_model.course import Base, Recipe, Step
from metier.specialize.language_model.rows import Mark, Messages, Pair, Shown

EXTRA = (
    "torch",
    "transformers",
    "peft",
    "trl",
    "gguf",
    "datasets",
)  # packages of the extra `train` that this needs
_LOSS = {"dpo": "sigmoid", "apo_zero": "apo_zero", "apo_down": "apo_down"}
_LONGEST = 1024  # tokens of a row; longer ones are cut at their end by TRL, so they are left out before
_WARM = 0.06  # share of the steps in which the rate rises


def missing() -> tuple[str, ...]:
    """Packages of the extra `train` that are not installed."""
    return tuple(name for name in EXTRA if find_spec(name) is None)


class TrlBackend:
    """A Backend of the course. `folder` keeps the dequantized model (four bytes per parameter) between objectives."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        """Raises UserError naming what is not installed."""
        if lacking := missing():
            raise UserError(
                f"training a language model needs the extra `train` (not installed: {', '.join(lacking)}); "
                "`pip install 'metier[train]'`"
            )
        # before the libraries look: nothing is fetched, and nothing is reported
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
        os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
        os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
        self._folder = folder
        self._threads = threads
        self._tokenizer: Any = None

    def heads(self, base: Base) -> tuple[int, int]:
        config = self._model_config(base)
        return config.num_attention_heads, config.num_key_value_heads

    def sft(self, base: Base, rows: Sequence[Shown], recipe: Recipe, step: Step) -> Adapter:
        import trl

        self._tokens(base)
        told = [self._told(row.messages, row.target) for row in rows]
        arguments = trl.SFTConfig(
            **_common(recipe, recipe.steps, recipe.rate, self._folder), max_length=_LONGEST
        )
        data = self._dataset(self._short(told), recipe.seed, recipe.steps * recipe.together)
        return self._run(trl.SFTTrainer, base, {}, arguments, data, recipe.rank, recipe.seed, step)

    def prefer(
        self, objective: str, base: Base, start: Adapter, rows: Sequence[Pair] | Sequence[Mark], recipe: Recipe, step: Step
    ) -> Adapter:  # fmt: skip
        import trl

        self._tokens(base)
        common = _common(recipe, recipe.preference_steps, recipe.preference_rate, self._folder)
        common |= {"max_length": _LONGEST, "beta": recipe.beta}
        told = []
        for row in rows:
            if isinstance(row, Mark):
                told.append(self._told(row.messages, row.text) | {"label": row.is_good})
            else:
                better, worse = (self._told(row.messages, text) for text in (row.better, row.worse))
                told.append(
                    {
                        "prompt": better["prompt"],
                        "chosen": better["completion"],
                        "rejected": worse["completion"],
                    }
                )
        # half as many pairs as rows of SFT: each is two texts
        together = recipe.together if objective == "kto" else max(1, recipe.together // 2)
        common["per_device_train_batch_size"] = together
        told = self._short(told)
        data = self._dataset(told, recipe.seed, recipe.preference_steps * together)
        if objective == "kto":
            good = sum(bool(row["label"]) for row in told)
            weights = _kto_weights(good, len(told) - good)
            arguments = trl.KTOConfig(**common, desirable_weight=weights[0], undesirable_weight=weights[1])
            trainer = trl.KTOTrainer
        else:
            arguments, trainer = trl.DPOConfig(**common, loss_type=[_LOSS[objective]]), trl.DPOTrainer
        return self._run(trainer, base, start, arguments, data, recipe.preference_rank, recipe.seed, step)

    def _run(
        self, trainer: Any, base: Base, start: Adapter, arguments: Any, data: Any, rank: int, seed: int, step: Step
    ) -> Adapter:  # fmt: skip
        import torch
        import transformers
        from peft import LoraConfig

        if self._threads:
            torch.set_num_threads(self._threads)
        transformers.set_seed(seed)
        model = self._loaded(base, start)
        lora = LoraConfig(
            r=rank, lora_alpha=rank, lora_dropout=0.0, bias="none", task_type="CAUSAL_LM",
            target_modules=[name.rpartition(".")[2] for name in MODULES],
        )  # fmt: skip
        with warnings.catch_warnings():
            # about names of settings that change in the next major version, which the extra excludes
            warnings.simplefilter("ignore", FutureWarning)
            run = trainer(
                model=model,
                args=arguments,
                train_dataset=data,
                processing_class=self._tokens(base),
                peft_config=lora,
                callbacks=[_stepping(step)],
            )
            run.remove_callback(transformers.trainer_callback.PrinterCallback)
            run.remove_callback(transformers.trainer_callback.ProgressCallback)
            run.train()
        return _lows(run.model)

    def _loaded(self, base: Base, start: Adapter) -> Any:
        """The base with `start` added to its matrices."""
        import torch
        import transformers

        model = transformers.AutoModelForCausalLM.from_pretrained(
            self._dequantized(base), dtype=torch.float32
        )
        with torch.no_grad():
            for name, low in start.items():
                change = torch.from_numpy(low.up) @ torch.from_numpy(low.down)
                model.get_submodule(name).weight.add_(change)
        model.config.use_cache = False
        return model

    def _dequantized(self, base: Base) -> Path:
        """A folder with the model in single precision, made once."""
        import torch
        import transformers

        # progress is told by the course, step by step
        transformers.utils.logging.disable_progress_bar()
        for name in ("transformers", "trl", "datasets", "accelerate"):
            logging.getLogger(name).setLevel(logging.ERROR)
        folder = self._folder / f"base-{base.sha256[:16]}"
        if (folder / "whole").exists():
            return folder
        place, name = str(base.path.parent), base.path.name
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(place, gguf_file=name)
            quantized = transformers.AutoModelForCausalLM.from_pretrained(
                place, gguf_file=name, dtype=torch.float32
            )
        except (ValueError, NotImplementedError, KeyError, OSError) as error:
            raise UserError(f"{base.path} cannot be dequantized for training: {error}") from None
        if quantized.config.model_type != "llama":
            raise UserError(
                f"{base.path} is a {quantized.config.model_type}; models of the llama family can be trained"
            )
        config = quantized.config
        if hasattr(config, "quantization_config"):
            del config.quantization_config
        plain = type(quantized)(config)
        plain.load_state_dict(quantized.state_dict())
        plain.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        (folder / "whole").touch()
        return folder

    def _model_config(self, base: Base) -> Any:
        import transformers

        return transformers.AutoConfig.from_pretrained(self._dequantized(base))

    def _tokens(self, base: Base) -> Any:
        import transformers

        if self._tokenizer is None:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(self._dequantized(base))
        return self._tokenizer

    def _told(self, messages: Messages, text: str) -> dict[str, Any]:
        tokenizer = self._tokenizer
        prompt = tokenizer.apply_chat_template(
            [dict(message) for message in messages], tokenize=False, add_generation_prompt=True
        )
        return {"prompt": prompt, "completion": text + tokenizer.eos_token}

    def _short(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows that fit whole."""
        kept = []
        for row in rows:
            longest = max(row.get("completion", ""), row.get("chosen", ""), row.get("rejected", ""), key=len)
            if len(self._tokenizer(row["prompt"] + longest)["input_ids"]) <= _LONGEST:
                kept.append(row)
        if not kept:
            raise UserError(f"no row has fewer than {_LONGEST} tokens")
        return kept

    def _dataset(self, rows: list[dict[str, Any]], seed: int, most: int) -> Any:
        """The rows by chance, as many as are looked at."""
        import datasets

        datasets.disable_progress_bars()
        # shuffled here: KTO's trainer takes the rows as they come
        return datasets.Dataset.from_list(random.Random(seed).sample(rows, min(most, len(rows))))


def _common(recipe: Recipe, steps: int, rate: float, folder: Path) -> dict[str, Any]:
    return {
        "output_dir": str(folder / "trainer"),
        "max_steps": steps,
        "per_device_train_batch_size": recipe.together,
        "learning_rate": rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": max(1, round(_WARM * steps)),
        "seed": recipe.seed,
        "data_seed": recipe.seed,
        "use_cpu": True,
        "bf16": False,
        "fp16": False,
        "gradient_checkpointing": False,
        "save_strategy": "no",
        "report_to": "none",
        "logging_strategy": "no",
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
    }


def _kto_weights(good: int, bad: int) -> tuple[float, float]:
    """(weight of good rows, of bad ones): the rarer kind is weighed up until both count alike (the paper's rule)."""
    if not good or not bad:
        return 1.0, 1.0
    return (bad / good, 1.0) if good < bad else (1.0, good / bad)


def _stepping(step: Step) -> Any:
    import transformers

    class Stepping(transformers.TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *_: Any, **__: Any) -> None:
            step()

    return Stepping()


def _lows(model: Any) -> dict[str, Low]:
    """The matrices of the trained adapter, by the names of the modules of the plain model."""
    found = {}
    for name, module in model.named_modules():
        if hasattr(module, "lora_A") and "default" in module.lora_A:
            down = module.lora_A["default"].weight.detach().numpy().astype(np.float32)
            up = module.lora_B["default"].weight.detach().numpy().astype(np.float32)
            found[name.removeprefix("base_model.model.")] = Low(down, up * float(module.scaling["default"]))
    return found
