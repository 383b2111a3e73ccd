"""What people corrected in one recurring layout becomes weights for that layout: same fonts, same roles.

A layout is known by its producer, its page size and its body text. Corrections say what one block is; blocks that
look alike in the same layout are then taken for the same. The fit is a ridge regression around the general model: without
corrections nothing changes, and few corrections move only what looks like them.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metier.extract.raw import RawPage
from metier.extract.structure.features import Described
from metier.extract.structure.numbering import fold
from metier.extract.structure.style import Body
from metier.types import BlockKind, Feedback

ROLES: tuple[BlockKind, ...] = ("paragraph", "heading", "list_item", "caption", "code", "header", "footer")
ROLE_NAMES: tuple[str, ...] = ROLES
# Strength of the pull towards no change. 1: three corrections of one look outweigh a general model that is 95% sure.
_RIDGE = 0.3
# What an engine's word for a block is worth beside the heading model: its kinds are right for nine of ten blocks.
_ENGINE_RIGHT = 0.9


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said a block is. Found again by its page and its text; `joined` is about a table and the one before."""

    document: str
    page: int
    text: str
    role: str = ""
    level: int = 0
    header_rows: int | None = None
    joined: bool | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One block whose role is known: what it looks like, what the general model thinks, what it is, how sure that is."""

    looks: Sequence[str]
    scores: NDArray[np.float64]
    role: str
    level: int = 0
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Layout:
    """The weights of one layout: role -> look -> weight; look -> level; how readily tables are joined."""

    signature: str
    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    levels: Mapping[str, int] = field(default_factory=dict)
    join: float = 0.0  # added to the log-odds that a table goes on
    header_rows: int | None = None
    corrections: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a release's layouts.json."""
        return {
            "signature": self.signature,
            "weights": {role: dict(looks) for role, looks in self.weights.items()},
            "levels": dict(self.levels),
            "join": self.join,
            "header_rows": self.header_rows,
            "corrections": self.corrections,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Layout":
        """What `to_dict` wrote. Raises KeyError, TypeError, ValueError."""
        return cls(
            str(values["signature"]),
            {
                str(role): {str(k): float(v) for k, v in looks.items()}
                for role, looks in values["weights"].items()
            },
            {str(look): int(level) for look, level in values["levels"].items()},
            float(values["join"]),
            None if values["header_rows"] is None else int(values["header_rows"]),
            int(values["corrections"]),
        )


def read_corrections(rows: Iterable[Feedback]) -> list[Correction]:
    """The feedback rows of kind "extraction", the later ones in place of those they supersede; rows that say nothing are left out."""
    known = [row for row in rows if row.kind == "extraction" and isinstance(row.value, Mapping)]
    replaced = {row.supersedes for row in known if row.supersedes}
    found = []
    for row in known:
        value = row.value
        role = str(value.get("role", ""))
        said = role in ROLES or value.get("header_rows") is not None or value.get("joined") is not None
        if row.id in replaced or not said:
            continue
        found.append(
            Correction(
                str(value.get("document", row.answer)),
                int(value.get("page", 1)),
                str(value.get("text", "")),
                role if role in ROLES else "",
                int(value.get("level", 0)),
                None if value.get("header_rows") is None else int(value["header_rows"]),
                None if value.get("joined") is None else bool(value["joined"]),
            )
        )
    return found


def signature(producer: str, body: Body, pages: Sequence[RawPage]) -> str:
    """The same for documents of one layout: producer without version, page size, font and size of the body."""
    name = re.sub(r"[^a-z]+", " ", re.sub(r"[\d.].*", "", producer.casefold())).strip()
    sizes = Counter((round(page.width), round(page.height)) for page in pages)
    size = max(sizes, key=lambda key: (sizes[key], key)) if sizes else (0, 0)
    said = (
        f"{name}|{size[0]}x{size[1]}|{body.style.family}|{round(2 * body.style.size) / 2}|{body.style.bold}"
    )
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def looks(item: Described, body: Body) -> list[str]:
    """What a layout's rules can be about, from the very look to the coarse: style, style with number, style with length."""
    style = item.style
    relative = round(style.size / body.style.size, 2) if body.style.size else 0.0
    look = f"{relative}/{style.family}/{'b' * style.bold}{'i' * style.italic}{'m' * style.mono}{'c' * style.caps}"
    length = "long" if len(item.text) > 150 or len(item.lines) > 2 else "short"
    start = item.number.kind or ("mark" if item.text[:1] and not item.text[0].isalnum() else "word")
    caps = "upper" if item.text.isupper() else "lower"
    first = fold(item.text.split(" ")[0])[:12] if item.text else ""
    return [
        look,
        f"{look}/{length}",
        f"{look}/{start}/{length}",
        f"{look}/{caps}/{length}",
        f"{look}/{first}",
        f"{start}/{length}",
    ]


def base_scores(chance: NDArray[np.float64], kinds: Sequence[str]) -> NDArray[np.float64]:
    """(blocks, roles) log-chances of the general model: the heading model's, the rest by the engine's word."""
    other = (1 - _ENGINE_RIGHT) / (len(ROLES) - 2)
    table = np.zeros((len(kinds), len(ROLES)))
    for row, kind in enumerate(kinds):
        heading = float(np.clip(chance[row], 1e-4, 1 - 1e-4))
        named = kind if kind in ROLES and kind != "heading" else "paragraph"
        for column, role in enumerate(ROLES):
            table[row, column] = np.log(
                heading if role == "heading" else (1 - heading) * (_ENGINE_RIGHT if role == named else other)
            )
    return table


def fit_layout(
    sign: str,
    examples: Sequence[Example],
    joined: Sequence[tuple[float, bool]] = (),
    header_rows: Sequence[int] = (),
) -> Layout:
    """The layout's weights: from blocks whose role is known, and from pairs of tables as (log-odds, truth).

    Ridge-penalised multinomial regression on the looks with the general model's scores as offset, by 200 gradient steps:
    exact enough for some hundreds of blocks.
    """
    names = sorted({look for example in examples for look in example.looks})
    place = {look: number for number, look in enumerate(names)}
    design = np.zeros((len(examples), len(names)))
    target = np.zeros((len(examples), len(ROLES)))
    for row, example in enumerate(examples):
        design[row, [place[look] for look in example.looks]] = 1.0
        target[row, ROLE_NAMES.index(example.role)] = 1.0
    weights = np.zeros((len(names), len(ROLES)))
    if examples:
        offset = np.array([example.scores for example in examples])
        sure = np.array([[example.weight] for example in examples])
        step = 1.0 / (_RIDGE + 0.5 * float(np.linalg.norm(design * np.sqrt(sure), 2)) ** 2)
        for _ in range(200):
            scores = offset + design @ weights
            powers = np.exp(scores - scores.max(axis=1, keepdims=True))
            error = powers / powers.sum(axis=1, keepdims=True) - target
            weights -= step * (design.T @ (sure * error) + _RIDGE * weights)
    levels: dict[str, Counter[int]] = defaultdict(Counter)
    for example in examples:
        if example.role == "heading" and example.level:
            for look in example.looks[:3]:
                levels[look][example.level] += 1
    kept = {
        role: {
            name: round(float(value), 4)
            for name, value in zip(names, weights[:, column], strict=True)
            if abs(value) > 1e-3
        }
        for column, role in enumerate(ROLE_NAMES)
    }
    corrected = sum(example.weight >= 1 for example in examples)
    return Layout(
        sign,
        kept,
        {look: max(count, key=lambda level: (count[level], -level)) for look, count in levels.items()},
        _shift(joined),
        Counter(header_rows).most_common(1)[0][0] if header_rows else None,
        corrected + len(joined) + len(header_rows),
    )


def _shift(joined: Sequence[tuple[float, bool]]) -> float:
    """The constant that, added to the log-odds, fits the corrected pairs best, pulled towards 0."""
    shift = 0.0
    for _ in range(50 if joined else 0):
        chances = [1 / (1 + np.exp(-np.clip(odds + shift, -30, 30))) for odds, _ in joined]
        gradient = sum(c - truth for c, (_, truth) in zip(chances, joined, strict=True)) + _RIDGE * shift
        shift -= gradient / (sum(c * (1 - c) for c in chances) + _RIDGE)
    return round(float(shift), 4)


def apply_layout(
    layout: Layout, scores: NDArray[np.float64], found: Sequence[Sequence[str]]
) -> NDArray[np.float64]:
    """The scores with the layout's weights added for what each block looks like."""
    out = scores.copy()
    for column, role in enumerate(ROLES):
        weights = layout.weights.get(role, {})
        if weights:
            out[:, column] += [sum(weights.get(look, 0.0) for look in block) for block in found]
    return out
