"""Keeps to the visible set of the ledger, whatever the table holds besides.

The table may hold passages of documents that are not live yet, or no longer: they are skipped here by asking for more
until enough visible ones are found, so skipping never costs recall. (Access is not handled this way: it is a filter
inside the table's search.)
"""

from collections.abc import Callable, Mapping

from metier.types import Entry, Hit

Live = Callable[[], Mapping[str, Entry]]
Search = Callable[[int], list[Hit]]  # k -> at most k hits


def visible_hits(search: Search, live: Live, k: int) -> list[Hit]:
    """The first k hits whose documents are live."""
    visible, wide = live(), k
    while True:
        found = search(wide)
        kept = [hit for hit in found if hit.passage.document in visible]
        if len(kept) >= k or len(found) < wide:
            return kept[:k]
        wide *= 4
