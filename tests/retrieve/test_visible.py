"""Hidden documents are skipped without losing visible ones."""

from hypothesis import given
from hypothesis import strategies as st

from metier.retrieve.visible import visible_hits
from metier.types import Entry, Hit, State
from tests.fakes import entry, passage


@given(
    hidden=st.lists(st.booleans(), max_size=60),
    k=st.integers(0, 20),
)
def test_the_first_k_visible_ones_and_no_other(hidden: list[bool], k: int) -> None:
    hits = [Hit(passage(f"d{n}", "x", "t"), 1.0 / (n + 1)) for n in range(len(hidden))]
    live: dict[str, Entry] = {
        f"d{n}": entry(f"d{n}", state=State.LIVE) for n, is_hidden in enumerate(hidden) if not is_hidden
    }
    found = visible_hits(lambda wide: hits[:wide], lambda: live, k)
    assert found == [hit for hit in hits if hit.passage.document in live][:k]
