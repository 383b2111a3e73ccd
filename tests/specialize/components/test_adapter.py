"""Questions are moved where that helps others' questions; vectors of passages stay."""

from typing import Any

import numpy as np

from metier.specialize.components import adapter
from metier.specialize.sought import LEAST
from metier.store.release_parts import write_part
from tests.specialize.offices import BASE, Tried, replays, rules

RULES = rules(60)


def fit(fitting: Any, tuning: Any) -> Any:
    return adapter.fit(BASE, fitting, tuning, lambda release: Tried(RULES, release))  # type: ignore[arg-type, return-value]


def test_a_move_that_helps_in_other_towns_is_kept(tmp_path: Any) -> None:
    found = fit(replays(RULES, range(35)), replays(RULES, range(35, 55)))
    assert found.kept, found.reason
    assert found.gain.low > 0.05
    part = found.changes["adapter",]
    (leg,) = part["legs"].values()
    assert leg["base"] == "words"
    assert np.array(leg["down"]).shape == np.array(leg["up"]).shape == (16, 64)
    write_part(tmp_path, "adapter", part)  # fits into a release
    assert fit(replays(RULES, range(35)), replays(RULES, range(35, 55))).changes == found.changes


def test_what_does_not_hold_is_dropped() -> None:
    assert not fit(replays(RULES, range(35)), replays(RULES, range(35, 55), right=1)).kept
    few = fit(replays(RULES, range(LEAST - 1)), replays(RULES, range(35, 55)))
    assert f"{LEAST} are needed" in few.reason


def test_where_nothing_tells_no_move_is_chosen_in_most_worlds() -> None:
    kept = []
    for start in (0, 10, 20):
        towns = range(start, start + 25)
        kept.append(
            fit(replays(RULES, towns, by_chance=True), replays(RULES, range(45, 60), by_chance=True)).kept
        )
    assert sum(kept) <= 1
