"""A LoRA adapter: low-rank changes of a model's matrices, joined, kept, and written as the GGUF file that llama.cpp applies.

W' = W + up @ down (Hu et al. 2021, "LoRA"), with alpha / r already in `up`. The file has the layout of llama.cpp's
`convert_lora_to_gguf.py`: metadata `general.type = adapter`, `adapter.type = lora`, and two tensors per matrix. It knows the
names of the llama family (Llama, SmolLM2, Mistral), whose query and key rows llama.cpp keeps in another order than
transformers does.
"""

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from metier.errors import UserError

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Low:
    """The change of one matrix (out, in): up @ down."""

    down: Matrix  # (rank, in)
    up: Matrix  # (out, rank)


Adapter = Mapping[
    str, Low
]  # by the name of the matrix's module in transformers: "model.layers.3.self_attn.q_proj"

MODULES: Mapping[str, str] = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_NAME = re.compile(r"model\.layers\.(\d+)\.([a-z_.]+)")


def joined(first: Adapter, second: Adapter) -> dict[str, Low]:
    """One adapter that changes as much as both together: ranks add up, nothing is lost."""
    out = dict(first)
    for name, low in second.items():
        if name in out:
            before = out[name]
            low = Low(np.concatenate([before.down, low.down]), np.concatenate([before.up, low.up], axis=1))
        out[name] = low
    return out


def save(adapter: Adapter, path: Path) -> None:
    """Writes it as safetensors, to go on from."""
    flat = {f"{name}.{side}": getattr(low, side) for name, low in adapter.items() for side in ("down", "up")}
    save_file({name: np.ascontiguousarray(value) for name, value in flat.items()}, path)


def load(path: Path) -> dict[str, Low]:
    """What `save` wrote."""
    flat = load_file(path)
    names = sorted({name.rpartition(".")[0] for name in flat})
    return {name: Low(flat[f"{name}.down"], flat[f"{name}.up"]) for name in names}


def to_gguf(adapter: Adapter, heads: int, key_heads: int, architecture: str = "llama") -> bytes:
    """The file. Raises UserError for a matrix whose place in the file is not known."""
    tensors: dict[str, Matrix] = {}
    rank = max((low.down.shape[0] for low in adapter.values()), default=0)
    for name, low in sorted(adapter.items(), key=lambda item: _order(item[0])):
        target = _target(name)
        up = low.up
        if target.endswith("attn_q"):
            up = _interleaved(up, heads)
        elif target.endswith("attn_k"):
            up = _interleaved(up, key_heads)
        # llama.cpp scales by alpha / rank, with one alpha and each matrix's own rank
        tensors[f"{target}.weight.lora_a"] = low.down
        tensors[f"{target}.weight.lora_b"] = up * (low.down.shape[0] / rank)
    fields: dict[str, str | float] = {
        "general.architecture": architecture,
        "general.type": "adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": float(rank),
    }
    return _gguf(fields, tensors)


def _target(name: str) -> str:
    match = _NAME.fullmatch(name)
    if match is None or match[2] not in MODULES:
        raise UserError(f"the adapter changes {name}, whose place in a GGUF file is not known")
    return f"blk.{match[1]}.{MODULES[match[2]]}"


def _order(name: str) -> tuple[int, str]:
    match = _NAME.fullmatch(name)
    return (int(match[1]) if match else -1, name)


def _interleaved(up: Matrix, heads: int) -> Matrix:
    """Rows of query or key in llama.cpp's order: the two halves of each head, which transformers rotates as halves, by turns."""
    out, rank = up.shape
    return up.reshape(heads, 2, out // heads // 2, rank).swapaxes(1, 2).reshape(out, rank)


# --- the container (ggml docs/gguf.md, version 3, little endian) ---------------------------------------------------------

_VERSION, _ALIGNMENT = 3, 32
_FLOAT16_TENSOR, _FLOAT32, _STRING = 1, 6, 8


def _gguf(fields: Mapping[str, str | float], tensors: Mapping[str, Matrix]) -> bytes:
    head = [b"GGUF", struct.pack("<IQQ", _VERSION, len(tensors), len(fields))]
    for key, value in fields.items():
        head.append(_string(key))
        if isinstance(value, str):
            head += [struct.pack("<I", _STRING), _string(value)]
        else:
            head.append(struct.pack("<If", _FLOAT32, value))
    bodies: list[bytes] = []
    offset = 0
    for name, tensor in tensors.items():
        body = _padded(np.ascontiguousarray(tensor, dtype="<f2").tobytes())
        # dimensions are told the fastest first
        shape: Sequence[int] = tensor.shape[::-1]
        head += [
            _string(name),
            struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, _FLOAT16_TENSOR, offset),
        ]
        bodies.append(body)
        offset += len(body)
    return b"".join([_padded(b"".join(head)), *bodies])


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % _ALIGNMENT)
