"""Which of the declared questions a seed asks, and which of those in words other than the documents'.

Most people use the terms of the documents, so less than half of the questions are worded by hand to avoid them.
"""

import random
from collections.abc import Collection, Sequence

from examples.company.model import GoldCase

ASKED = {
    "answerable": 190,
    "unanswerable": 40,
    "superseded": 25,
    "permission": 25,
    "out_of_scope": 15,
    "injection": 5,
}
"""Cases of each kind in one seed: 300. More are declared of the answerable ones, so that seeds ask different things."""

_BY_HAND = {"answerable": 80, "superseded": 10, "unanswerable": 12, "permission": 12, "out_of_scope": 15}
"""How many of them are worded by hand, at most: 129 of the 300."""

_ALWAYS = frozenset(
    {"two_hop", "comparison", "scanned", "cross_language"}
)  # rare, so every seed asks them all


def asked(cases: Sequence[GoldCase], seed: int) -> frozenset[str]:
    """The ids of the 300 cases of that seed; of the plentiful kind, as many in each language as are declared.

    Raises ValueError if fewer cases of a kind are declared than are to be asked.
    """
    dice = random.Random(f"{seed}:asked")
    kept: set[str] = set()
    for kind, wanted in ASKED.items():
        fixed = [case for case in cases if case.kind == kind and not _ALWAYS.isdisjoint(case.tags)]
        free = [case for case in cases if case.kind == kind and _ALWAYS.isdisjoint(case.tags)]
        if not len(fixed) <= wanted <= len(fixed) + len(free):
            raise ValueError(f"{kind}: {wanted} cases wanted, {len(fixed)} of {len(fixed) + len(free)} fixed")
        german = [case.id for case in free if "de" in case.tags]
        others = [case.id for case in free if "de" not in case.tags]
        from_german = round((wanted - len(fixed)) * len(german) / len(free)) if free else 0
        kept |= {case.id for case in fixed}
        kept |= {*dice.sample(german, from_german)}
        kept |= {*dice.sample(others, wanted - len(fixed) - from_german)}
    return frozenset(kept)


def by_hand(cases: Sequence[GoldCase], able: Collection[str], seed: int) -> frozenset[str]:
    """The ids of the cases that seed asks in other words; `able` are the ids that have such a wording."""
    dice = random.Random(f"{seed}:by hand")
    chosen: set[str] = set()
    for kind, wanted in _BY_HAND.items():
        pool = [case.id for case in cases if case.kind == kind and case.id in able]
        chosen |= {*dice.sample(pool, min(wanted, len(pool)))}
    return frozenset(chosen)
