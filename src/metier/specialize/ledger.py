"""What kept components bring: each added alone, each left out, every two together, and all, as share right on tuning questions.

Two may help each other (a passage that only one finds and only the other chooses) or repair the same answers twice; `pairs` is
what two bring beyond the sum of both alone. Shares of a hundred questions: a few points are chance, and nothing is decided by them.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from metier.specialize.tuning import Changes, Component

# A row asks every question again at about 0.2 s, and five kept components make 22 rows: with 100 questions seven minutes on one
# core, where all 400 tuning questions of 2,000 events would take half an hour.
QUESTIONS = 100
BEYOND = "right beyond the sum of both alone"  # what `pairs` says, for people


@dataclass(frozen=True, slots=True)
class Ledger:
    """Empty where nothing was kept, or no tuning question has a known answer."""

    rows: Mapping[str, float] = field(default_factory=dict)  # "parent", "+ a", "all - a", "+ a + b", "all"
    pairs: Mapping[str, float] = field(
        default_factory=dict
    )  # "a + b" -> beyond the sum of both; < 0: they overlap
    questions: int = 0  # that every share is of: few say little


def sets_asked(components: Sequence[Component]) -> int:
    """How many sets of components `ledger` asks about."""
    asked: list[str] = []

    def share(_changes: Changes, label: str) -> float:
        asked.append(label)
        return 0.0

    ledger(components, share)
    return len(asked)


def ledger(components: Sequence[Component], share: Callable[[Changes, str], float]) -> Ledger:
    """The ledger of what was kept. `share(changes, label)` is the share right of the parent with these changes; it is asked once
    for each set of components."""
    kept = {item.name: item.changes for item in components if item.kept}
    known: dict[frozenset[str], float] = {}

    def right(label: str, *names: str) -> float:
        if frozenset(names) not in known:
            changes = dict(
                itertools.chain.from_iterable(kept[name].items() for name in kept if name in names)
            )
            known[frozenset(names)] = round(share(changes, label), 6)
        return known[frozenset(names)]

    rows = {"parent": right("parent")}
    rows |= {f"+ {name}": right(f"+ {name}", name) for name in kept}
    if len(kept) < 2:
        return Ledger(rows)
    rows |= {f"all - {name}": right(f"all - {name}", *(one for one in kept if one != name)) for name in kept}
    pairs: dict[str, float] = {}
    for one, other in itertools.combinations(kept, 2):
        together = right(f"+ {one} + {other}", one, other)
        if len(kept) > 2:  # of two, both together are all
            rows[f"+ {one} + {other}"] = together
        pairs[f"{one} + {other}"] = round(
            together - rows[f"+ {one}"] - rows[f"+ {other}"] + rows["parent"], 6
        )
    rows["all"] = right("all", *kept)
    return Ledger(rows, pairs)
