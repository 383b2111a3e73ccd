import dataclasses
import sqlite3
from contextlib import closing

from metier.store.entry_rows import FIELDS, SQLITE_PUT, entry_of, row_of
from metier.types import Entry, State


def test_an_entry_written_twice_is_one_row_with_the_newer_values() -> None:
    first = Entry("id", "ä 'b'.pdf", "sha", "pipe", State.RECEIVED, size=1 << 40, groups=("a", "ö"))
    second = Entry(
        "id", "ä 'b'.pdf", "sha", "pipe", State.PARTIAL, "partly_read", "page 3", True, 7, 8, ("b",), "T",
        "de", "2025-01-31", "application/pdf", 9, 10, 2,
    )  # fmt: skip
    with closing(sqlite3.connect(":memory:")) as database:
        columns = ['"id" UNIQUE', "tenant", *(f'"{name}"' for name in FIELDS if name != "id")]
        database.execute(f"CREATE TABLE documents ({', '.join(columns)})")
        for item in (first, second):
            database.execute(SQLITE_PUT, row_of(item, "default", "now"))
        listed = ", ".join(f'"{name}"' for name in FIELDS)
        (row,) = database.execute(f"SELECT {listed} FROM documents")
    assert entry_of(row) == dataclasses.replace(second, updated_at="now")


def test_groups_that_a_driver_has_read_already_are_taken() -> None:
    item = Entry("id", "u", "s", "p", State.LIVE)
    row = [["a", "b"] if name == "groups" else getattr(item, name) for name in FIELDS]
    assert entry_of(row).groups == ("a", "b")
