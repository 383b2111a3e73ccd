"""Shortcuts in docvortex 0.6.4: what nobody reads here is not made, and what it does slowly is done quickly.

Its blocks, their text and the cells of its tables stay the same (compared on 100 pages, 64 manuals and 212 broken files;
docs/design/extraction.md). It does not know other versions of docvortex: those run as they are.
"""

import importlib
import importlib.metadata
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from statistics import median
from typing import Any

# Names inside docvortex change from one release to the next.
KNOWN = "0.6.4"
_PDF = "docvortex.analyzers.native.pdf"
_Box = tuple[float, float, float, float]
# What it calls side by side: so much of the lower of two lines beside the other.
_BESIDE = 0.25
_HAN = re.compile("[\u4e00-\u9fff]")


@cache
def apply() -> bool:
    """Puts the shortcuts into docvortex, once in a process; False if it is another version."""
    if importlib.metadata.version("docvortex") != KNOWN:
        return False
    _leave_out_styles()
    tables = _module("_table_recovery.text")
    numeric = _module("_table_recovery.aligned_numeric")
    everywhere(numeric.regroup_numeric_text, regrouped)
    # `table_detection` alone looks it up here, for whole pages and for parts of them
    tables.build_native_table_text = _Pages(tables.build_native_table_text)
    everywhere(_module("_table_recovery.geometry").bbox_union, union)
    _leave_out_unruled()
    _leave_out_distant()
    _leave_out_han()
    return True


def everywhere(old: Callable[..., Any], new: Callable[..., Any]) -> None:
    """Puts `new` in the place of `old` in all modules of docvortex's PDF analyzer."""
    for name, module in list(sys.modules.items()):
        if name.startswith(_PDF):
            for key in [key for key, value in vars(module).items() if value is old]:
                setattr(module, key, new)


def _module(name: str) -> Any:
    return importlib.import_module(f"{_PDF}.{name}")


def _leave_out_styles() -> None:
    """Bold, italics, links, raised and lowered letters are marked up in its text and taken out of it again here."""
    pipeline = _module("pipeline")

    def none(*_: Any, **__: Any) -> list[Any]:
        return []

    pipeline.detect_pdf_text_style_lines = none
    pipeline.detect_pdf_text_link_lines = none
    pipeline.detect_pdf_text_script_lines = none
    pipeline._prepare_owned_script_evidence = lambda *_: None
    _module("inline.glyph_weight").glyph_weight_style_lines = none  # draws the page in triple size
    _module("table_materialization").render_native_table_html_with_scripts = lambda result, *_, **__: (
        result.html
    )


def _leave_out_unruled() -> None:
    """It looks for numbers in columns first and asks last whether two rules are drawn across them."""
    tables = _module("table_detection")
    numeric = tables._detect_aligned_numeric_tables

    def ruled(source: Any, excluded: Any) -> Any:
        boxes = [line.bbox for line in source.drawing_lines]
        rules = sum(box[2] - box[0] > box[3] - box[1] for box in boxes)
        return numeric(source, excluded) if rules > 1 else []

    everywhere(numeric, ruled)


def _leave_out_distant() -> None:
    """Of every two lines of a page, again after every change, it asks whether they are of two columns, and then alone whether
    they stand side by side. In pages of 30 paragraphs that is a fifth of its time."""
    paragraphs = _module("text_assembly.continuity")
    build, overlap = paragraphs.build_layout_evidence, paragraphs._bbox_axis_overlap_ratio

    def evidence(*lines: Any, angle: int = 0, **barriers: Any) -> Any:
        found = build(*lines, angle=angle, **barriers)
        if angle == 0:  # otherwise its boxes are turned, and those that stand side by side are others
            apart = found.separated
            found.separated = lambda a, b: overlap(a, b, axis="y") >= _BESIDE and apart(a, b)
        return found

    paragraphs.build_layout_evidence = evidence


def _leave_out_han() -> None:
    """What it measures of Chinese characters, one expression for each character of the page, is known where there are none."""
    tables, graphics = _module("table_materialization"), _module("graphics")
    grid = _module("table_filled_grid")
    repairs, inflated, em = (
        tables._overlapping_table_character_repairs,
        grid._compute_inflated_native_cjk_metrics,
        graphics._native_graphic_em,
    )
    everywhere(repairs, lambda source: repairs(source) if _has_han(source.chars) else {})
    everywhere(inflated, lambda chars: inflated(chars) if _has_han(chars) else False)
    everywhere(em, lambda source, other: em(source, other) if _has_han(source.chars) else other)


def _has_han(chars: Iterable[Any]) -> bool:
    text = "".join([char.get("char", "") for char in chars])
    return not text.isascii() and _HAN.search(text) is not None


def union(boxes: Iterable[_Box]) -> _Box:
    """The smallest box around all. Raises ValueError without any."""
    found = list(boxes)
    if not found:
        raise ValueError("bbox union requires at least one bbox")
    left, top, right, bottom = zip(*found, strict=True)
    return min(left), min(top), max(right), max(bottom)


class _Pages:
    """The characters of a region as glyphs in rows; of a whole page, which only numbers in columns are looked for on, the glyphs
    alone, and once for all that ask for the same page."""

    def __init__(self, of_region: Callable[[Any], Any]) -> None:
        self._of_region = of_region
        self._asked: tuple[Any, ...] = ()
        self._found: Any = None

    def __call__(self, region: Any) -> Any:
        if tuple(region.table_bbox) != (0.0, 0.0, *region.page_size):
            return self._of_region(region)
        asked = (region.table_bbox, region.angle, region.chars)
        if asked != self._asked:
            self._asked, self._found = asked, _glyphs_of(region)
        return self._found


def _glyphs_of(page: Any) -> Any:
    """What `build_native_table_text` gives, without rows; these are found by `regrouped`."""
    pending = _module("_table_recovery.text")._select_pending_glyphs(page)
    if not pending:
        return None
    boxes = [glyph.bbox for glyph in pending]
    widths = [box[2] - box[0] for box in boxes if box[2] > box[0]]
    heights = [box[3] - box[1] for box in boxes if box[3] > box[1]]
    return _module("_table_recovery.contracts").NativeTableText(
        tuple(pending),
        (),
        max(0.1, float(median(widths)) if widths else 1.0),
        max(0.1, float(median(heights)) if heights else 1.0),
    )


def regrouped(text: Any) -> Any:
    """As `regroup_numeric_text`: rows by the middles of the glyphs. These come in order, so the median of a row's middles needs no search.

    Of a whole page the glyphs are left out: its rows alone are looked at.
    """
    glyphs = text.glyphs
    contracts, tokens = _module("_table_recovery.contracts"), _module("_table_recovery.text")._tokenize_row
    width, height = 0.35 * text.median_glyph_width, text.median_glyph_height
    rows, placed = [], []
    for number, members in enumerate(_by_middles(glyphs, max(0.75, 0.3 * height))):
        row = [glyphs[place] for place in members]
        if text.rows:
            row = [
                glyph if glyph.visual_row == number else replace(glyph, visual_row=number) for glyph in row
            ]
            placed += row
        row.sort(key=lambda glyph: glyph.bbox[0])
        ids = tuple([glyph.glyph_id for glyph in row])
        box = union([glyph.bbox for glyph in row])
        rows.append(contracts.NativeTableTextRow(number, box, tokens(row, width, height), ids))
    placed.sort(key=lambda glyph: glyph.glyph_id)
    return contracts.NativeTableText(tuple(placed), tuple(rows), text.median_glyph_width, height)


def _by_middles(glyphs: Iterable[Any], apart: float) -> list[list[int]]:
    """Places of the glyphs, from the top, in rows: a new one begins farther than `apart` below the median of the last."""
    middles = [((box[1] + box[3]) / 2, box[0], place) for place, box in enumerate(g.bbox for g in glyphs)]
    rows: list[list[int]] = []
    ys: list[float] = []
    centre = 0.0
    for y, _, place in sorted(middles):
        if not rows or y - centre > apart:
            rows.append([place])
            ys, centre = [y], y
            continue
        rows[-1].append(place)
        ys.append(y)
        half = len(ys) // 2
        centre = ys[half] if len(ys) % 2 else (ys[half - 1] + ys[half]) / 2
    return rows
