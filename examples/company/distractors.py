"""Facts for documents beyond the base company: other customers, other subsidiaries, earlier years.

No gold question is about them: their partners, sites and years never meet those of the base documents.
"""

import datetime as dt
import random
from collections.abc import Mapping
from typing import Any

from examples.company import names
from examples.company.markup import MONTHS, show
from examples.company.world import contract_terms, supply_terms

_MONTHS, _MONATE = MONTHS["en"], MONTHS["de"]


def extra_facts(seed: int, index: int, world: Mapping[str, Any]) -> dict[str, Any]:
    """The `x` of the distractor number `index`: terms of an unknown partner, a site, a year and loose numbers."""
    dice = random.Random(f"{seed}:extra:{index}")
    partner = f"{dice.choice(names.EXTRA_FRONT)} {dice.choice(names.EXTRA_BACK)}"
    partner += f" {dice.choice(('Ltd', 'GmbH', 'SAS', 'BV', 'AB', 'Oy', 'SpA'))}"
    month = dice.randrange(1, 13)
    year = dice.randrange(2009, 2022)
    site = dice.choice(names.EXTRA_SITES)
    supply = supply_terms(dice, [partner])["s1"]
    terms = contract_terms(dice, [partner], world)["c1"]
    number = 1000 + index
    start = dt.date(year, month, 1)
    first = [dice.choice(names.FIRST) for _ in range(4)]
    last = [dice.choice(names.LAST) for _ in range(4)]
    numbers = {f"n{n}": dice.randrange(3, 97) for n in range(1, 10)} | {
        f"big{n}": dice.randrange(1100, 9900) for n in range(1, 10)
    }
    return {
        **supply,
        **terms,
        **numbers,
        "key": f"x{index}",
        "no": f"X-{year}-{number}",
        "start": start,
        "site": site,
        "unit": f"{world['co']['short']} {site}",
        "year": str(year),
        "month": _MONTHS[month - 1],
        "monat": _MONATE[month - 1],
        "day": dt.date(year, month, dice.randrange(1, 28)),
        "date": dt.date(year, month, dice.randrange(1, 28)).isoformat(),
        "quarter": f"Q{dice.randrange(1, 5)}",
        **{f"who{n + 1}": f"{first[n]} {last[n]}" for n in range(4)},
        "rows": _rows(dice),
    }


def _rows(dice: random.Random) -> str:
    labels = (
        "Dosing skids",
        "Hose pumps",
        "Metering valves",
        "Service hours",
        "Injection lances",
        "Tanks",
        "Sensors",
    )
    return "\n".join(
        f"| {label} | " + " | ".join(show(dice.randrange(210, 9800), "en") for _ in range(3)) + " |"
        for label in labels
    )
