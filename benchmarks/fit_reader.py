"""Trains the reader of `models/reader.py` on the questions and documents in benchmarks/reading, and writes its weights.

    pip install metier[train]
    python -m benchmarks.fit_reader --out reader.safetensors [--epochs 2] [--start FILE --mean]

The lower half of multilingual-e5-small stays as it is and reads each text alone; the upper half learns to read both. It
starts (unless told where to go on) where the bi-encoder is: parts that hardly look at one another, and the cosine of their means as the score. Loss: log
loss of every pair plus cross-entropy of the right one among four of its document and one of another. A tenth of the documents (by the
hash of the title) is held out and only reported: how often a piece that answers comes first (and among the first three), and how well the best
score tells answerable questions from those that nothing in the document answers. With `--mean` the weights at the start and
at the end are averaged (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").

About 40 minutes for two epochs on two cores with AVX-512 bfloat16.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from torch import nn
from torch.nn import functional

from benchmarks.common import ROOT, say
from metier.models.e5 import END, START, find_e5, find_file, read_layers
from metier.models.reader import MOST_QUESTION, MOST_TEXT
from metier.models.transformer import HEADS, SIZE, Layer

DATA = ROOT / "benchmarks" / "reading"
_DEPTH = 6  # layers that read a text alone
_ACROSS = -4.0  # start: parts hardly look at one another (0 loses 37 points of top-1 before the first step)
_SCALE, _CENTRE = 20.0, 0.85  # start: score = 20 (cosine - 0.85), about the temperature of E5
_TOGETHER = 14  # pairs
_REPORTED = 300  # held-out questions that are looked at: each is read with all pieces of its document
_SAY = 50  # steps between lines of progress
_NEGATIVES = 3  # of the same document, besides one of another
_SLOW, _HEAD, _FAST = (
    6e-5,
    10.0,
    200.0,
)  # rate of the layers; of head and segments, and of single numbers, times that


@dataclass(frozen=True, slots=True)
class Group:
    """A question and the pieces of its document; `right` are those that answer it, none if nothing does."""

    question: str
    texts: tuple[str, ...]
    right: frozenset[int]
    language: str


def read_groups(folder: Path) -> tuple[list[Group], list[Group]]:
    """(groups to train on, groups held out)."""
    parts: tuple[list[Group], list[Group]] = ([], [])
    documents = [
        json.loads(line)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    for document in documents:
        is_held = sha256(document["title"].encode()).digest()[0] % 10 == 9
        parts[is_held].extend(_groups(document))
    return parts


def _groups(document: dict[str, Any]) -> list[Group]:
    places = [
        " > ".join(dict.fromkeys(part for part in (document["title"], piece["h"]) if part))
        for piece in document["pieces"]
    ]
    texts = tuple(f"{place}: {piece['t']}" for place, piece in zip(places, document["pieces"], strict=True))
    asked = [(item["q"], frozenset(item["g"])) for item in document["qs"]]
    asked += [(item["q"], frozenset()) for item in document["none"]]
    return [Group(question, texts, right, document["lang"]) for question, right in asked]


# --- the model ------------------------------------------------------------------------------------------------------


class Block(nn.Module):  # type: ignore[misc]
    """One layer of `transformer.Layer`, to be trained."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        for name in ("qkv", "out", "up", "down"):
            part = getattr(layer, name)
            linear = nn.Linear(*part.weight.shape)
            linear.weight.data, linear.bias.data = torch.tensor(part.weight.T), torch.tensor(part.bias)
            setattr(self, name, linear)
        for name in ("attention_norm", "norm"):
            part = getattr(layer, name)
            norm = nn.LayerNorm(SIZE, eps=part.epsilon)
            norm.weight.data, norm.bias.data = torch.tensor(part.weight), torch.tensor(part.bias)
            setattr(self, name, norm)

    def forward(self, x: torch.Tensor, mask: torch.Tensor, dropout: float) -> torch.Tensor:
        batch, length, _ = x.shape
        qkv = self.qkv(x).view(batch, length, 3, HEADS, SIZE // HEADS).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(*qkv, attn_mask=mask.to(qkv.dtype))
        mixed = self.out(mixed.transpose(1, 2).reshape(batch, length, SIZE))
        x = self.attention_norm(x + functional.dropout(mixed, dropout, self.training))
        wide = self.down(functional.gelu(self.up(x), approximate="tanh"))
        result: torch.Tensor = self.norm(x + functional.dropout(wide, dropout, self.training))
        return result


class Upper(nn.Module):  # type: ignore[misc]
    """The layers that read question and text together, and the score; see `models/reader.py`."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Block(layer) for layer in layers)
        self.segments = nn.Parameter(torch.zeros(2, SIZE))
        self.across = nn.Parameter(torch.full((len(layers), HEADS), _ACROSS))
        self.alike = nn.Parameter(torch.full((SIZE,), _SCALE))
        self.bias = nn.Parameter(torch.tensor([-_SCALE * _CENTRE]))
        self.whole = nn.Parameter(torch.zeros(SIZE))

    def forward(
        self, pairs: Sequence[tuple[torch.Tensor, torch.Tensor]], dropout: float = 0.0
    ) -> torch.Tensor:
        """Shape (len(pairs),): log-odds. Pairs of like length are read together, for the padding's sake."""
        order = sorted(range(len(pairs)), key=lambda number: sum(map(len, pairs[number])))
        parts = [order[start : start + _TOGETHER] for start in range(0, len(order), _TOGETHER)]
        scores = torch.cat([self._read([pairs[number] for number in part], dropout) for part in parts])
        return scores[torch.argsort(torch.tensor(order))]

    def _read(self, pairs: Sequence[tuple[torch.Tensor, torch.Tensor]], dropout: float) -> torch.Tensor:
        length = max(len(one) + len(other) for one, other in pairs)
        x = torch.zeros(len(pairs), length, SIZE)
        there, second = torch.zeros(len(pairs), length), torch.zeros(len(pairs), length)
        for row, (one, other) in enumerate(pairs):
            x[row, : len(one) + len(other)] = torch.cat([one, other])
            there[row, : len(one) + len(other)] = 1
            second[row, len(one) :] = 1
        x = x + self.segments[second.long()]
        padding = (there[:, None, None, :] - 1) * 1e4
        between = (second[:, :, None] != second[:, None, :]).float()[:, None]
        for number, layer in enumerate(self.layers):
            bias = padding + between * self.across[number][None, :, None, None]
            x = layer(x, bias, dropout)
        return self._score(x.float(), there * (1 - second), there * second, there)

    def _score(self, x: torch.Tensor, *parts: torch.Tensor) -> torch.Tensor:
        question, text, whole = ((x * part[..., None]).sum(1) / part.sum(1, keepdim=True) for part in parts)
        alike = functional.normalize(question, dim=-1) * functional.normalize(text, dim=-1)
        return alike @ self.alike + whole @ self.whole + self.bias


def lower_states(texts: Sequence[str], first: int, most: int) -> dict[str, torch.Tensor]:
    """States of each text after the lower layers; `first` is the token a text begins with."""
    model = find_e5()()
    found: dict[str, torch.Tensor] = {}
    ordered = sorted(set(texts), key=len)
    say(f"{len(ordered)} texts are read")
    for start in range(0, len(ordered), 64):
        some = ordered[start : start + 64]
        tokens = [[first, *ids, END] for ids in model.tokens(some, most)]
        states = model.encode(tokens, _DEPTH)
        found |= {text: torch.tensor(state) for text, state in zip(some, states, strict=True)}
    return found


# --- training -------------------------------------------------------------------------------------------------------


@dataclass
class Training:
    """Everything a run needs; mutable on purpose."""

    model: Upper
    questions: dict[str, torch.Tensor]
    texts: dict[str, torch.Tensor]
    dice: random.Random

    def pairs(self, group: Group, texts: Sequence[str]) -> list[tuple[torch.Tensor, torch.Tensor]]:
        return [(self.questions[group.question], self.texts[text]) for text in texts]

    def loss(self, groups: Sequence[Group], others: dict[str, list[str]]) -> torch.Tensor:
        pairs: list[tuple[torch.Tensor, torch.Tensor]] = []
        labels: list[float] = []
        spans: list[tuple[int, int]] = []  # of groups with a right one, which stands first
        for group in groups:
            wrong = [number for number in range(len(group.texts)) if number not in group.right]
            self.dice.shuffle(wrong)
            right = [self.dice.choice(sorted(group.right))] if group.right else []
            wrong = wrong[: _NEGATIVES + (not right)]
            shown = [group.texts[number] for number in (*right, *wrong)]
            shown.append(self.dice.choice(others[group.language]))
            if right:
                spans.append((len(pairs), len(pairs) + len(shown)))
            pairs += self.pairs(group, shown)
            labels += [1.0] * len(right) + [0.0] * (len(shown) - len(right))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = self.model(pairs, 0.1).float()
        single = functional.binary_cross_entropy_with_logits(
            scores, torch.tensor(labels), pos_weight=torch.tensor(2.0)
        )
        among = [functional.cross_entropy(scores[None, a:b], torch.tensor([0])) for a, b in spans]
        return single + torch.stack(among).mean() if among else single

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def report(self, groups: Sequence[Group]) -> dict[str, float]:
        """Shares of answerable questions with a right piece first and among the first three; AUROC of the best score."""
        self.model.eval()
        first: list[bool] = []
        three: list[bool] = []
        best: list[float] = []
        nothing: list[float] = []
        for group in groups:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scores = self.model(self.pairs(group, group.texts)).float().numpy()
            order = np.argsort(-scores).tolist()
            if group.right:
                first.append(order[0] in group.right)
                three.append(bool(group.right & set(order[:3])))
            (best if group.right else nothing).append(float(scores.max()))
        self.model.train()
        above = np.array(best)[:, None] > np.array(nothing)[None]
        figures = {
            "first": np.mean(first),
            "first_three": np.mean(three),
            "auroc": above.mean(),
            "n": len(groups),
        }
        return {name: round(float(value), 3) for name, value in figures.items()}


def train(
    run: Training, groups: Sequence[Group], held: Sequence[Group], epochs: float, batch: int = 8
) -> None:
    """Trains the model in place, with the figures of the held-out groups at every quarter."""
    model = run.model
    single = [model.across, model.alike, model.bias]
    head = [model.segments, model.whole]
    optimizer = torch.optim.AdamW(
        [
            {"params": list(model.layers.parameters()), "times": 1.0, "weight_decay": 0.01},
            {"params": head, "times": _HEAD, "weight_decay": 0.0},
            {"params": single, "times": _FAST, "weight_decay": 0.0},
        ],
        betas=(0.9, 0.98),
    )
    others = {
        language: [text for group in groups for text in group.texts if group.language == language]
        for language in {group.language for group in groups}
    }
    steps, started = int(epochs * len(groups) / batch), time.monotonic()
    queue: list[Group] = []
    for step in range(1, steps + 1):
        if len(queue) < batch:
            queue = list(groups)
            run.dice.shuffle(queue)
        loss = run.loss([queue.pop() for _ in range(batch)], others)
        rate = _SLOW * min(1.0, step / (0.08 * steps)) * max(0.02, 1 - step / steps)
        for part in optimizer.param_groups:
            part["lr"] = rate * part["times"]
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % _SAY == 0:
            say(f"step {step} of {steps}, {time.monotonic() - started:.0f} s, loss {loss.item():.3f}")
        if step % max(1, steps // 4) == 0:
            say(f"step {step} of {steps}, {time.monotonic() - started:.0f} s: {run.report(held)}")


def arrays(model: Upper) -> dict[str, NDArray[Any]]:
    """The weights as `reader.read_weights` reads them: matrices in int8 with a scale per column."""
    found: dict[str, NDArray[Any]] = {"depth": np.array([_DEPTH], dtype=np.float32)}
    for name, tensor in model.state_dict().items():
        array = tensor.float().numpy()
        name = name.replace("layers.", "layer.")
        if array.ndim == 2 and name.startswith("layer."):
            array = np.ascontiguousarray(array.T)
            scale = (np.abs(array).max(axis=0) / 127).astype(np.float32)
            found[f"{name}.scale"] = scale
            array = np.round(array / scale).astype(np.int8)
        found[name] = array
    return found


def states_of(path: Path) -> dict[str, torch.Tensor]:
    """What `arrays` wrote, as the model takes it."""
    stored = load_file(path)
    found: dict[str, torch.Tensor] = {}
    for name, array in stored.items():
        if name == "depth" or name.endswith(".scale"):
            continue
        scale = stored.get(f"{name}.scale")
        plain = array.astype(np.float32) if scale is None else (array * scale).T
        found[name.replace("layer.", "layers.", 1)] = torch.tensor(np.ascontiguousarray(plain))
    return found


def main() -> int:
    """Exit code 0; prints the sha256 of the weights file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="weights to go on from (default: E5 itself)")
    parser.add_argument("--mean", action="store_true", help="write the mean of the weights at start and end")
    parser.add_argument("--epochs", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    groups, held = read_groups(options.data)
    held = random.Random(0).sample(held, min(_REPORTED, len(held)))
    everything = [*groups, *held]
    model = Upper(read_layers(find_file())[_DEPTH:])
    if options.start is not None:
        model.load_state_dict(states_of(options.start))
    run = Training(
        model,
        lower_states([group.question for group in everything], START, MOST_QUESTION),
        lower_states([text for group in everything for text in group.texts], END, MOST_TEXT),
        random.Random(options.seed),
    )
    say(f"{len(groups)} questions to train on, {len(held)} held out that are looked at")
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    train(run, groups, held, options.epochs)
    if options.mean:
        model.load_state_dict({name: (before[name] + end) / 2 for name, end in model.state_dict().items()})
        say(f"the mean of start and end: {run.report(held)}")
    save_file(arrays(run.model), options.out)
    print(sha256(options.out.read_bytes()).hexdigest())
    return 0


if __name__ == "__main__":
    sys.exit(main())
