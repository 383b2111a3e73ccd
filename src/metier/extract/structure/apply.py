"""Gives every block of a PDF its role: the file's own outline first, then what was corrected in its layout, then the models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metier.extract.furniture import mark_unless_all
from metier.extract.raw import RawBlock, RawDocument, Rect, one_line
from metier.extract.structure.continuation import Pair, pair_features, pairs_of
from metier.extract.structure.corrections import ROLES, Layout, apply_layout, base_scores, looks, signature
from metier.extract.structure.counted import promote
from metier.extract.structure.features import (
    Described,
    block_features,
    body_text,
    describe,
    groups_of,
    may_be_heading,
    with_context,
)
from metier.extract.structure.levels import DEEPEST, level_features, mend
from metier.extract.structure.models import Models, shipped
from metier.extract.structure.not_headings import demote
from metier.extract.structure.numbering import fold
from metier.extract.structure.outline import Entry, match_outline
from metier.extract.structure.prepare import prepare
from metier.extract.structure.style import Body

# Shorter documents say too little about their own styles (the models are fitted on longer ones): their engine's headings stay.
FEWEST_PAGES = 3
# What the engine's word is worth there.
_ENGINE_YES, _ENGINE_NO = 0.9, 0.05
# Two lines of one heading stand this close, in lines.
_SAME_HEADING = 0.7


@dataclass(slots=True)
class Observed:
    """A document as the models see it, before anything is decided."""

    items: list[Described]
    body: Body
    table: NDArray[np.float64]
    groups: tuple[NDArray[np.int64], NDArray[np.int64]]
    chance: NDArray[np.float64]  # of being a heading
    asked: list[int]  # the blocks whose role is in question
    scores: NDArray[np.float64]  # (asked, ROLES): log-chances of the general model


def described(raw: RawDocument, cut: bool = True) -> tuple[list[Described], Body, NDArray[np.float64]]:
    """The document's blocks (cut where their look changes), the look of its body text, and the blocks' features."""
    mark_unless_all(raw.blocks, raw.pages)
    items = describe(prepare(raw, cut))
    body = body_text(items)
    return items, body, block_features(raw, items, body)


def observe(raw: RawDocument, models: Models, cut: bool = False) -> Observed:
    """The document's blocks, cut where their look changes, with what the general model thinks of them.

    The blocks of short documents are cut only if that is asked for.
    """
    short = len(raw.pages) < FEWEST_PAGES
    items, body, table = described(raw, cut or not short)
    groups = groups_of(items)
    if short:
        chance = np.array([_ENGINE_YES if item.block.kind == "heading" else _ENGINE_NO for item in items])
    else:
        chance = heading_chances(items, table, groups, models)
    asked = [number for number, item in enumerate(items) if may_be_heading(item)]
    # shifted so that at the threshold both sides weigh the same
    odds = _log_odds(chance[asked]) - np.log(models.heading_at / (1 - models.heading_at))
    scores = base_scores(1 / (1 + np.exp(-odds)), [items[number].block.kind for number in asked])
    return Observed(items, body, table, groups, chance, asked, scores)


def structure(
    raw: RawDocument,
    outline: Sequence[Entry] = (),
    layouts: Mapping[str, Layout] | None = None,
    producer: str = "",
    models: Models | None = None,
) -> None:
    """Gives the blocks of `raw` their kinds and levels and links the tables that go on over pages; no text changes.

    Documents whose pages have no runs (OCR, other engines) keep what they have.
    """
    if not any(page.runs for page in raw.pages):
        return
    if len(raw.pages) < FEWEST_PAGES and not outline and not layouts:
        mark_unless_all(raw.blocks, raw.pages)
        link_tables(raw, models)
        return
    models = models or shipped()
    seen = observe(raw, models, cut=bool(outline))
    layout = (layouts or {}).get(signature(producer, seen.body, raw.pages))
    _set_kinds(seen, layout, models)
    if layout is None:  # people have said what its titles look like
        promote(seen.items, seen.body)
    demote(raw, seen.items)
    named = match_outline(outline, seen.items)
    for number in named:
        seen.items[number].block.kind = "heading"
    if len(raw.pages) >= FEWEST_PAGES or layout:
        _set_levels(seen, models, layout)
    _outline_levels(seen.items, outline, named)
    raw.blocks = _joined_headings(*_healed(seen.items))
    link_tables(raw, models, layout)


def heading_chances(
    items: Sequence[Described],
    table: NDArray[np.float64],
    groups: tuple[NDArray[np.int64], NDArray[np.int64]],
    models: Models,
) -> NDArray[np.float64]:
    """The chance of being a heading, for every block; 0 for tables and furniture."""
    asked = np.array([may_be_heading(item) for item in items], dtype=np.bool_)
    chance = np.zeros(len(items))
    if not asked.any():
        return chance
    chance[asked] = models.first.probabilities(table[asked])[:, 1]
    wide = with_context(table, chance, groups)
    chance[asked] = models.heading.probabilities(wide[asked])[:, 1]
    return chance


def _log_odds(chance: NDArray[np.float64]) -> NDArray[np.float64]:
    bounded = np.clip(chance, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(bounded / (1 - bounded)), dtype=np.float64)


def _set_kinds(seen: Observed, layout: Layout | None, models: Models) -> None:
    for item, chance in zip(seen.items, seen.chance, strict=True):
        if chance >= models.heading_at:
            item.block.kind = "heading"
        elif item.block.kind == "heading":
            item.block.kind, item.block.level = "paragraph", 0
    if layout is None:
        return
    scores = apply_layout(
        layout, seen.scores, [looks(seen.items[number], seen.body) for number in seen.asked]
    )
    for number, role in zip(seen.asked, scores.argmax(axis=1), strict=True):
        block = seen.items[number].block
        block.kind = ROLES[int(role)]
        block.level = block.level if block.kind in ("heading", "list_item") else 0


def _set_levels(seen: Observed, models: Models, layout: Layout | None) -> None:
    chosen = np.array(
        [n for n, item in enumerate(seen.items) if item.block.kind == "heading"], dtype=np.int64
    )
    if len(chosen) == 0:
        return
    classes = models.level.probabilities(level_features(seen.table, seen.groups[0], chosen)).argmax(axis=1)
    levels = [int(models.level.classes[int(best)]) for best in classes]
    for number, level in zip(chosen.tolist(), mend(levels), strict=True):
        item = seen.items[number]
        known = (
            [layout.levels[look] for look in looks(item, seen.body) if look in layout.levels]
            if layout
            else []
        )
        item.block.level = known[-1] if known else level


def _outline_levels(items: Sequence[Described], outline: Sequence[Entry], named: Mapping[int, int]) -> None:
    """Bookmarks say the level of their headings."""
    if not named:
        return
    top = min(outline[index].level for index in named.values())
    for number, index in named.items():
        items[number].block.level = min(DEEPEST + 1, outline[index].level - top + 1)


def _healed(items: Sequence[Described]) -> tuple[list[RawBlock], list[Described]]:
    """The blocks, those parts put together again that were cut for nothing: neighbours of one block, no heading among them."""
    blocks: list[RawBlock] = []
    kept: list[Described] = []
    for item in items:
        block, piece = item.block, item.piece
        before = kept[-1].piece if kept else None
        if (
            piece is not None and before is not None and piece.origin is before.origin and piece.block is not piece.origin
            and block.kind == blocks[-1].kind and block.kind not in ("heading", "table") and block.rect and blocks[-1].rect
            # text out of a false table: its paragraphs are known by the space between them alone
            and (piece.origin.kind != "table" or block.rect[1] - blocks[-1].rect[3] < 0.3 * item.style.size)
        ):  # fmt: skip
            blocks[-1].text += piece.glue + block.text
            blocks[-1].rect = _around(blocks[-1].rect, block.rect)
            continue
        blocks.append(block)
        kept.append(item)
    return blocks, kept


def _around(a: Rect, b: Rect) -> Rect:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _joined_headings(blocks: Sequence[RawBlock], items: Sequence[Described]) -> list[RawBlock]:
    """The blocks, lines of one heading that came apart put together, "Chapter 3" with the title below it."""
    joined: list[RawBlock] = []
    last: Described | None = None
    for block, item in zip(blocks, items, strict=True):
        before = joined[-1] if joined else None
        if (
            last is not None and before is not None and before.kind == "heading" == block.kind
            and before.page == block.page and before.rect and block.rect and _one_heading(last, item, before, block)
        ):  # fmt: skip
            before.text = f"{before.text} {block.text}"
            before.level = min(before.level, block.level)
            before.rect = _around(before.rect, block.rect)
        else:
            joined.append(block)
        last = item
    return joined


def _one_heading(above: Described, below: Described, before: RawBlock, block: RawBlock) -> bool:
    assert before.rect
    assert block.rect
    gap = block.rect[1] - before.rect[3]
    beside = gap < -0.5 * (block.rect[3] - block.rect[1])
    number_alone = above.number.length >= len(above.text) and above.number.depth > 0
    if below.number.depth and not number_alone:
        return False
    if number_alone:  # "3" or "Chapter 3", then its title
        return beside or gap < 3 * max(above.style.size, below.style.size)
    if above.style != below.style or len(before.text) + len(block.text) > 250:
        return False
    # a line that ended early was ended by its author; "The end of one." and another
    full = before.rect[2] - before.rect[0] >= 0.6 * (block.rect[2] - block.rect[0])
    return (
        not beside
        and -1 < gap < _SAME_HEADING * above.style.size
        and full
        and not above.text.endswith((".", "?", "!"))
    )


def link_tables(raw: RawDocument, models: Models | None = None, layout: Layout | None = None) -> None:
    """Marks tables that carry on the one before, header rows printed again, and gives header cells where they are not."""
    pairs = pairs_of(raw.blocks)
    if not pairs:
        return
    models = models or shipped()
    chances = models.continuation.probabilities(pair_features(pairs, raw.blocks, raw.pages))[:, 1]
    odds = _log_odds(chances)
    at = np.log(models.join_at / (1 - models.join_at)) - (layout.join if layout else 0.0)
    for pair, value in zip(pairs, odds, strict=True):
        if value >= at:
            _carry_on(pair, raw.blocks)


def _carry_on(pair: Pair, blocks: Sequence[RawBlock]) -> None:
    above, below = blocks[pair.above], blocks[pair.below]
    below.continues = True
    first = min((cell.row for cell in above.cells), default=0)
    head = [cell for cell in above.cells if cell.header and cell.row == first]
    top = min((cell.row for cell in below.cells), default=0)
    again = [fold(one_line(cell.text)) for cell in below.cells if cell.row == top]
    if head and again == [fold(one_line(cell.text)) for cell in head]:
        for cell in below.cells:
            cell.header = cell.row == top
    elif head:
        for cell in below.cells:  # no headers, whatever the first row looks like
            cell.header = False
