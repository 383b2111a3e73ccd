import math

import numpy as np

from metier.extract.raw import RawBlock, RawPage
from metier.extract.structure.continuation import PAIR_FEATURES, Pair, pair_features, pairs_of
from metier.extract.tables import grid_cells

PAGES = [RawPage(1, 600, 800), RawPage(2, 600, 800)]


def table(page: int, *rows: tuple[str, ...], top: float = 100, bottom: float = 700) -> RawBlock:
    return RawBlock("table", page=page, rect=(50, top, 550, bottom), cells=grid_cells(rows, 0))


def text(page: int, words: str, kind: str = "paragraph") -> RawBlock:
    return RawBlock(kind, words, page, rect=(50, 60, 550, 72))


def seen(*blocks: RawBlock) -> dict[str, float]:
    pairs = pairs_of(blocks)
    assert len(pairs) == 1
    return dict(zip(PAIR_FEATURES, pair_features(pairs, blocks, PAGES)[0], strict=True))


ROWS = ("Item", "Price"), ("A-1", "12.50"), ("A-2", "7.00")
MORE = ("A-3", "9.00"), ("A-4", "1.00")


def test_pairs_are_the_last_table_of_a_page_and_the_first_of_the_next():
    blocks = [
        table(1, *ROWS),
        table(1, *ROWS),
        text(1, "Page 1", "footer"),
        text(2, "Report", "header"),
        table(2, *MORE),
    ]
    assert pairs_of(blocks) == [Pair(1, 4)]
    assert pairs_of([table(1, *ROWS), table(1, *ROWS)]) == []
    assert pairs_of([table(1, *ROWS), *[text(2, "words")] * 4, table(2, *MORE)]) == []
    assert pairs_of([table(1, *ROWS), table(3, *MORE)]) == []


def test_a_table_that_goes_on_looks_so():
    found = seen(table(1, *ROWS), table(2, *MORE))
    assert found["same_columns"] == 0
    assert found["number_step"] == 1
    assert found["key_alike"] == 1
    assert found["types_apart"] == 0
    assert found["header_above"] == 1
    assert found["header_below"] == 0


def test_headers_printed_again_and_captions_are_seen():
    again = seen(table(1, *ROWS), table(2, ROWS[0], *MORE))
    assert again["same_first_row"] == 1
    other = seen(table(1, *ROWS), text(2, "Table 4: Prices"), table(2, ("Name", "Town"), ("Ann", "Ulm")))
    assert other["caption_before"] == 1
    assert other["same_first_row"] == 0
    assert other["types_apart"] == 0.5
    assert seen(table(1, *ROWS), text(2, "Table 3 (continued)"), table(2, *MORE))["continued"] == 1


def test_tables_without_places_or_cells_are_no_errors():
    bare = [
        RawBlock("table", page=1, cells=grid_cells(ROWS, 0)),
        RawBlock("table", page=2, cells=grid_cells(MORE, 0)),
    ]
    assert math.isnan(seen(*bare)["left"])
    assert np.isnan(
        pair_features([Pair(0, 1)], [RawBlock("table", page=1), RawBlock("table", page=2)], PAGES)
    ).all()
