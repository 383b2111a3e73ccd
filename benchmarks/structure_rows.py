"""One document as the models see it: a row of features per block and, where the truth is known, what each block is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.structure_truth import Heading, compare, unjudged
from metier.extract.raw import RawDocument
from metier.extract.structure.apply import described
from metier.extract.structure.features import groups_of, may_be_heading


@dataclass(slots=True)
class Rows:
    """Features of the blocks that may be headings, and which of them are."""

    id: str
    family: str
    table: NDArray[np.float64]
    groups: tuple[NDArray[np.int64], NDArray[np.int64]]
    asked: NDArray[np.bool_]
    heading: NDArray[np.bool_]
    level: NDArray[np.int64]
    pages: list[int]
    texts: list[str]
    true: list[Heading]
    judged: NDArray[np.bool_]  # False where the truth does not tell
    baseline: list[Heading]  # what the engine called headings


def rows_of(id: str, family: str, raw: RawDocument, true: Sequence[Heading]) -> Rows:
    """The document's rows; a block is a heading if a true heading of its page has its text."""
    baseline = [
        Heading(block.page, block.text, block.level) for block in raw.blocks if block.kind == "heading"
    ]
    items, _, table = described(raw)
    asked = np.array([may_be_heading(item) for item in items], dtype=np.bool_)
    candidates = [
        Heading(item.block.page, item.text, number) for number, item in enumerate(items) if asked[number]
    ]
    heading, level = np.zeros(len(items), np.bool_), np.zeros(len(items), np.int64)
    for found, known in compare(candidates, true)[0]:
        heading[found.level], level[found.level] = True, known.level
    judged = np.array(
        [
            bool(heading[number]) or not unjudged(Heading(item.block.page, item.text[:300], 0), true)
            for number, item in enumerate(items)
        ],
        dtype=np.bool_,
    )
    return Rows(
        id, family, table, groups_of(items), asked, heading, level,
        [item.block.page for item in items], [item.text[:300] for item in items], list(true), judged, baseline,
    )  # fmt: skip
