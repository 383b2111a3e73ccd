"""How deep a heading is: from its number, its look beside the document's other headings, and what the engine thought."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from metier.extract.structure.features import FEATURES

LEVEL_FEATURES = (
    "depth", "kind", "size", "rank", "styles", "bold", "italic", "upper", "centred", "engine", "style_depth", "numbered",
    "label", "depths", "first_style", "count",
)  # fmt: skip
DEEPEST = 5
_COLUMN = {name: number for number, name in enumerate(FEATURES)}


def level_features(
    table: NDArray[np.float64], styles: NDArray[np.int64], chosen: NDArray[np.int64]
) -> NDArray[np.float64]:
    """One row per chosen heading (row numbers in document order), columns as in `LEVEL_FEATURES`."""
    if len(chosen) == 0:
        return np.zeros((0, len(LEVEL_FEATURES)))

    def column(name: str) -> NDArray[np.float64]:
        return np.asarray(table[chosen, _COLUMN[name]], dtype=np.float64)

    size, bold, depth = np.nan_to_num(column("size"), nan=1.0), column("bold"), column("number_depth")
    group = styles[chosen]
    look = list(zip(np.round(size, 2), bold, strict=True))
    order = {key: place + 1 for place, key in enumerate(sorted(set(look), reverse=True))}
    count = Counter(group.tolist())
    mean_depth = {style: float(depth[group == style].mean()) for style in count}
    numbers = column("number_kind")
    out = np.column_stack(
        [
            depth,
            numbers,
            size,
            [order[key] for key in look],
            np.full(len(chosen), len(order)),
            bold,
            column("italic"),
            column("upper"),
            column("centred"),
            column("level"),
            [mean_depth[style] for style in group.tolist()],
            np.full(len(chosen), float((depth > 0).mean())),
            np.full(len(chosen), float((numbers == 1).mean())),
            np.full(len(chosen), float(depth.max())),
            group == group[0],
            np.log1p([count[style] for style in group.tolist()]),
        ]
    )
    return np.asarray(out, dtype=np.float64)


def mend(levels: list[int]) -> list[int]:
    """Levels without gaps on the way down: a heading is at most one deeper than the one before."""
    mended: list[int] = []
    for level in levels:
        mended.append(min(level, mended[-1] + 1) if mended else level)
    return mended
