"""Writes the computation of one layer of BERT as models/transformer.py runs it: no weights in it, those are handed over.

    pip install metier[train]
    python -m benchmarks.build_layer [--out FOLDER]

Writes layer-s8.onnx and layer-u8.onnx, which differ in how the 8 bits of a weight are read.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper

from metier.models.transformer import GRAPHS, HEADS, INNER, SIZE

_FAST = "com.microsoft"  # operators of onnxruntime beyond the standard
_OPSETS = (helper.make_opsetid("", 17), helper.make_opsetid(_FAST, 1))
_DEEPEST = 0.17  # GELU is never below its negative


def layer(kind: int, epsilon: float = 1e-12) -> ModelProto:
    """The model of one layer; `kind` is the type of the weights, TensorProto.INT8 or UINT8."""
    tensors: list[TensorProto] = []
    nodes: list[NodeProto] = []

    def given(name: str, shape: Sequence[int], type_: int = TensorProto.FLOAT) -> str:
        tensor = TensorProto(name=name, data_type=type_, dims=shape, data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value="given")
        tensors.append(tensor)
        return name

    def apply(name: str, inputs: Sequence[str], outputs: Sequence[str], domain: str = "", **more: Any) -> str:
        nodes.append(helper.make_node(name, inputs, outputs, domain=domain, **more))
        return outputs[0]

    def product(name: str, x: str, rows: int, columns: int, *more: str) -> str:
        inputs = [x, given(f"{name}.weight", (rows, columns), kind), given(f"{name}.scale", (columns,))]
        inputs += [given(f"{name}.zero", (columns,), kind), *more]
        return apply("DynamicQuantizeMatMul", inputs, [f"{name}.product"], _FAST)

    def linear(name: str, x: str, rows: int, columns: int) -> str:
        return product(name, x, rows, columns, given(f"{name}.bias", (columns,)))

    def by_token(name: str, x: str, rows: int, columns: int) -> str:
        """The same for the results of GELU, of which one token has some twenty times as large as all others: each is divided by
        its largest first."""
        tensors.append(helper.make_tensor("deepest", TensorProto.FLOAT, (1,), [_DEEPEST]))
        most = apply("Max", [apply("ReduceMax", [x], ["largest"], axes=[-1]), "deepest"], ["most"])
        even = product(name, apply("Div", [x, most], ["even"]), rows, columns)
        return apply(
            "Add",
            [apply("Mul", [even, most], ["uneven"]), given(f"{name}.bias", (columns,))],
            [f"{name}.out"],
        )

    def attention(x: str) -> str:
        """Operator by operator: MultiHeadAttention takes up to 1.4 times as long with a bias on the scores."""
        deep = SIZE // HEADS
        for shape, dims in (("heads", (-1, 3, HEADS, deep)), ("whole", (1, -1, SIZE)), ("thirds", (1, 1, 1))):
            tensors.append(helper.make_tensor(shape, TensorProto.INT64, (len(dims),), dims))
        apart = apply("Transpose", [apply("Reshape", [x, "heads"], ["side"])], ["apart"], perm=[1, 2, 0, 3])
        apply("Split", [apart, "thirds"], ["query", "key", "value"], axis=0)
        scores = apply("FusedMatMul", ["query", "key"], ["scores"], _FAST, alpha=deep**-0.5, transB=1)
        chance = apply("Softmax", [apply("Add", [scores, "look"], ["biased"])], ["chance"], axis=-1)
        told = apply(
            "Transpose", [apply("MatMul", [chance, "value"], ["told"])], ["turned"], perm=[0, 2, 1, 3]
        )
        return apply("Reshape", [told, "whole"], ["mixed"])

    def norm(name: str, x: str) -> str:
        inputs = [x, given(f"{name}.weight", (SIZE,)), given(f"{name}.bias", (SIZE,))]
        return apply("LayerNormalization", inputs, [f"{name}.out"], axis=-1, epsilon=epsilon)

    mixed = attention(linear("qkv", "states", SIZE, 3 * SIZE))
    middle = norm("attention_norm", apply("Add", [linear("out", mixed, SIZE, SIZE), "states"], ["attended"]))
    wide = apply("FastGelu", [linear("up", middle, SIZE, INNER)], ["wide"], _FAST)
    down = by_token("down", wide, INNER, SIZE)
    norm("norm", apply("Add", [down, middle], ["fed"]))
    return _model(nodes, tensors)


def _model(nodes: Sequence[NodeProto], tensors: Sequence[TensorProto]) -> ModelProto:
    def floats(name: str, shape: Sequence[int | str]) -> ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    graph: GraphProto = helper.make_graph(
        nodes,
        "layer",
        [floats("states", (1, "tokens", SIZE)), floats("look", (1, "heads", "tokens", "tokens"))],
        [floats("norm.out", (1, "tokens", SIZE))],
        tensors,
    )
    return helper.make_model(graph, opset_imports=_OPSETS, ir_version=8, producer_name="metier")


def main() -> int:
    """Exit code 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=next(iter(GRAPHS.values())).parent)
    out = parser.parse_args().out
    for name, kind in (("s8", TensorProto.INT8), ("u8", TensorProto.UINT8)):
        (out / GRAPHS[name].name).write_bytes(layer(kind).SerializeToString(deterministic=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
