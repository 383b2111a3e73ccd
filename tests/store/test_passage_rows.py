"""Passages made column by column against Arrow's own values."""

import numpy as np
import pyarrow as pa
import pytest

from metier.store.passage_rows import PassageRows
from metier.types import Passage

PASSAGES = [
    Passage(
        f"id{n}", f"d{n % 3}", f"ü{n}.txt", "", n, 2 * n, 3 * n, f"text {n} €", path, kind, "en", "", groups
    )
    for n, (path, kind, groups) in enumerate(
        [
            ((), "text", ("hr", "all")),
            (("a", "b"), "table", ("hr", "all")),
            (("c",), "text", ()),
            ((), "text", ("all", "hr")),
            (("ä", "", "a"), "text", ("hr",)),
        ]
    )
]


def table(passages: list[Passage]) -> pa.Table:
    names = Passage.__dataclass_fields__
    columns = {name: [getattr(one, name) for one in passages] for name in names}
    lists = {
        name: pa.array(map(list, columns[name]), pa.list_(pa.string())) for name in ("heading_path", "groups")
    }
    return pa.table({**columns, **lists})


def sets(passages: list[Passage]) -> np.ndarray:
    known: dict[tuple[str, ...], int] = {}
    return np.array([known.setdefault(one.groups, 7 * len(known)) for one in passages], dtype=np.int32)


@pytest.mark.parametrize("rows", [[0, 1, 2, 3, 4], [4, 1, 1], [0, 3], []])
def test_rows_are_the_passages_they_were_made_of(rows: list[int]) -> None:
    read = PassageRows(table(PASSAGES), sets(PASSAGES))
    assert read(np.array(rows, dtype=np.int64)) == [PASSAGES[row] for row in rows]


def test_a_part_of_a_table_has_rows_of_its_own() -> None:
    part = table(PASSAGES).slice(1, 3)
    read = PassageRows(part, sets(PASSAGES[1:4]))
    assert read(np.array([2, 0])) == [PASSAGES[3], PASSAGES[1]]


def test_several_pieces_are_read_as_one() -> None:
    pieces = pa.concat_tables([table(PASSAGES[:2]), table(PASSAGES[2:])])
    assert PassageRows(pieces, sets(PASSAGES))(np.arange(5)) == PASSAGES
