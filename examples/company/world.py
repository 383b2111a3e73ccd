"""The facts of one seed: who, what, how much, since when. Everything said anywhere is said here once.

Small facts (days, limits, thresholds) are declared beside the documents that use them, in the `facts:` part of
`content/*.yaml`; this module draws them, and builds what belongs together: people, products, contracts, finances.
"""

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from typing import Any

from examples.company import names
from examples.company.finance import finances
from examples.company.markup import stable
from examples.company.tables import table_rows

_ROLES = [
    "md",
    "cfo",
    "hr_head",
    "hr_partner",
    "it_head",
    "sales_head",
    "plant_head",
    "cz_head",
    "uk_head",
    "dpo",
    "safety",
    "quality",
    "purchasing",
    "rd_head",
    "works_council",
    "controller",
    "am1",
    "am2",
    "am3",
    "am4",
    "fleet",
    "travel",
    "training",
    "facility",
    "legal",
    "marketing",
    "technician",
    "service",
    "compliance",
    "energy",
    "payroll",
]

USERS = {
    "hr_manager": ("hr_partner", ("all", "hr")),
    "controller": ("controller", ("all", "finance")),
    "technician": ("technician", ("all", "production")),
    "account_manager": ("am1", ("all", "sales")),
    "managing_director": ("md", ("all", "hr", "finance", "production", "sales", "management")),
}
"""User id -> the role of the person, and their groups."""


def draw(name: str, pool: Sequence[Any], seed: int) -> Any:
    """One member of the pool; neighbouring seeds get different ones."""
    return pool[(stable(name) + seed) % len(pool)]


def draw_facts(declared: Mapping[str, Sequence[Any]], seed: int) -> dict[str, Any]:
    """Declared facts by name. A key `a, b` draws that many different members of one pool."""
    facts: dict[str, Any] = {}
    for key, pool in declared.items():
        wanted = [name.strip() for name in key.split(",")]
        if len(wanted) == 1:
            facts[key] = draw(key, pool, seed)
        else:
            facts.update(
                zip(wanted, random.Random(f"{seed}:{key}").sample(list(pool), len(wanted)), strict=True)
            )
    return facts


def build_world(seed: int, declared: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """All facts of one seed as nested dictionaries, ready for `{dotted.names}` in templates."""
    short = draw("company", names.COMPANIES, seed)
    world: dict[str, Any] = {
        "co": {
            "short": short,
            "name": f"{short} Dosiertechnik GmbH",
            "group": f"{short} Group",
            "gruppe": f"{short}-Gruppe",
            "chem": f"{short} Chemie GmbH",
            "uk": f"{short} UK Ltd",
            "cz": f"{short} CZ s.r.o.",
            "domain": f"{short.lower()}.example",
        },
        "city": {
            "hq": draw("hq", names.HQ, seed),
            "cz": draw("cz", names.PLANTS, seed),
            "uk": draw("uk", names.UK_SITES, seed),
        },
    }
    world["p"] = _people(seed, world["co"]["domain"])
    world |= _products(seed)
    world |= _partners(seed, world)
    world["fin"] = finances(seed)
    world |= draw_facts(declared, seed)
    world["rows"] = table_rows(world)
    return world


def _people(seed: int, domain: str) -> dict[str, dict[str, str]]:
    dice = random.Random(f"{seed}:people")
    first = dice.sample(names.FIRST, len(_ROLES))
    last = dice.sample(names.LAST, len(_ROLES))
    extensions = dice.sample(range(211, 989), len(_ROLES))
    return {
        role: {
            "name": f"{a} {b}",
            "last": b,
            "email": f"{a}.{b}@{domain}".lower(),
            "ext": str(extension),
        }
        for role, a, b, extension in zip(_ROLES, first, last, extensions, strict=True)
    }


def _products(seed: int) -> dict[str, Any]:
    dice = random.Random(f"{seed}:products")
    pumps = dice.sample(names.PUMPS, 3)
    chemicals = dice.sample(names.CHEMICALS, 4)
    numbers = dice.sample(range(20, 95, 5), 3)

    def three(*pool: Any) -> list[Any]:
        return dice.sample(pool, 3)

    def four(*pool: Any) -> list[Any]:
        return dice.sample(pool, 4)

    columns = {
        "name": [f"{pump} {number}" for pump, number in zip(pumps, numbers, strict=True)],
        "art": [f"{dice.randrange(4100, 9900)}-{n}0" for n in (1, 2, 3)],
        "flow": three(12, 18, 25, 40, 63, 80, 120),
        "bar": three(4, 6, 7, 10, 12, 16),
        "noise": three(58, 61, 64, 67, 70, 72),
        "watt": three(90, 120, 180, 250, 370, 550),
        "kg": three(7.5, 9.2, 12.8, 16.4, 21.5),
        "oil": three("VG 68", "VG 100", "VG 150", "VG 220"),
        "oil_l": three(0.3, 0.45, 0.6, 0.8, 1.1),
        "oil_h": three(2000, 2500, 3000, 4000, 5000, 6000),
        "diaphragm_h": three(6500, 7000, 8000, 9000, 10000),
        "torque": three(14, 18, 22, 28, 35),
        "temp_max": three(35, 40, 45, 50, 55),
        "storage_months": three(9, 12, 18, 24, 36),
        "price24": dice.sample(range(1105, 1390, 15), 3),
        "price25": dice.sample(range(1405, 1690, 15), 3),
        "price26": dice.sample(range(1705, 1990, 15), 3),
        "lead_weeks": three(3, 4, 5, 6, 8, 10),
        "kit": three(118.95, 129.45, 142.35, 156.85, 171.15),
        "valve": three(38.65, 44.15, 47.95, 52.35, 59.45),
        "kit_art": [f"DK-{dice.randrange(1000, 9999)}" for _ in range(3)],
        "error": three("E07", "E11", "E14", "E19", "E23"),
    }
    result: dict[str, Any] = {
        key: {field: values[index] for field, values in columns.items()} | {"key": key}
        for index, key in enumerate(("pa", "pb", "pc"))
    }
    chem = {
        "name": chemicals,
        "un": four("UN 1824", "UN 1805", "UN 3266", "UN 1760", "UN 3264"),
        "ph": four(13.4, 12.6, 1.2, 2.1, 7.8, 9.3),
        "flash": four(61, 68, 74, 82, 95),
        "shelf": four(12, 18, 24, 30, 36),
        "store_min": four(2, 4, 5, 8),
        "store_max": four(25, 30, 35, 40),
        "rinse": four(10, 15, 20, 25),
        "dose": four(0.5, 1.5, 2.5, 4.0),
        "glove": four(0.35, 0.4, 0.5, 0.7),
        "price25": four(2.15, 2.85, 3.45, 4.25, 5.15),
        "price26": four(2.35, 3.05, 3.65, 4.55, 5.45),
        "room": four("C-101", "C-104", "C-107", "C-112", "C-115"),
        "water_class": four("WGK 1", "WGK 2", "WGK 3", "nwg"),
        "density": four(1.08, 1.17, 1.24, 1.33),
    }
    for index, key in enumerate(("ka", "kb", "kc", "kd")):
        result[key] = {field: values[index] for field, values in chem.items()} | {"key": key}
        for year in ("25", "26"):  # drums are cheaper by the kilogram than canisters
            result[key][f"fass{year}"] = round(result[key][f"price{year}"] - 0.27, 2)
    result["ctrl"] = {"name": f"{draw('ctrl', names.CONTROLLERS, seed)} {draw('ctrlno', (2, 3, 5, 7), seed)}"}
    return result


def _partners(seed: int, world: Mapping[str, Any]) -> dict[str, Any]:
    dice = random.Random(f"{seed}:partners")
    english = [f"{name} Ltd" for name in dice.sample(names.CUSTOMERS, 5)]
    german = [f"{name} GmbH" for name in dice.sample(names.CUSTOMERS_DE, 3)]
    customers = contract_terms(dice, [*english, *german], world)
    suppliers = supply_terms(dice, [f"{name} GmbH" for name in dice.sample(names.SUPPLIERS, 4)])
    landlords = [*dice.sample(names.LANDLORDS, 2), draw("landlord", names.LANDLORDS_UK, seed)]
    rents = dice.sample(range(8400, 31000, 450), 3)
    leases = {
        f"l{i + 1}": {
            "key": f"l{i + 1}",
            "name": landlord,
            "rent": rents[i],
            "deposit": rents[i] * 3,
            "end": dt.date(2028 + i, 6 if i % 2 else 9, 30),
            "area": dice.randrange(1150, 6900, 50),
            "spaces": dice.sample(range(14, 80, 3), 1)[0],
        }
        for i, landlord in enumerate(landlords)
    }
    return {**customers, **suppliers, **leases, "customers": customers, "suppliers": suppliers}


def contract_terms(
    dice: random.Random,
    partners: Sequence[str],
    world: Mapping[str, Any],
    prefix: str = "c",
    first: int = 201,
) -> dict[str, Any]:
    """Sales contract terms by key; within eight neighbours no two share a payment term."""
    terms: dict[str, Any] = {}
    pumps = [world["pa"]["name"], world["pb"]["name"], world["pc"]["name"]]
    chemicals = [world[key]["name"] for key in ("ka", "kb", "kc", "kd")]
    days: list[int] = []
    for index, partner in enumerate(partners):
        days = days or dice.sample([10, 14, 20, 21, 30, 45, 60, 75], 8)
        start = dt.date(dice.choice((2023, 2024, 2025)), dice.randrange(1, 13), 1)
        terms[f"{prefix}{index + 1}"] = {
            "key": f"{prefix}{index + 1}",
            "name": partner,
            "short": partner.rsplit(" ", 1)[0],
            "no": f"V-{start.year}-{first + index}",
            "start": start,
            "term": dice.choice((2, 3, 4, 5)),
            "days": days.pop(),
            "discount": dice.choice((3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5)),
            "volume": dice.randrange(120, 980, 20),
            "penalty": dice.choice((0.5, 0.75, 1.0, 1.25)),
            "cap": dice.choice((4, 5, 6, 8, 10)),
            "notice": dice.choice((3, 4, 6, 9)),
            "reaction": dice.choice((4, 8, 12, 24, 36)),
            "warranty": dice.choice((18, 24, 30, 36)),
            "liability": dice.choice((150000, 250000, 400000, 500000, 750000)),
            "pump": pumps[index % 3],
            "chem": chemicals[index % 4],
            "manager": world["p"][f"am{index % 4 + 1}"]["name"],
            "price_fix": dice.choice((6, 9, 12)),
        }
    return terms


def supply_terms(
    dice: random.Random, partners: Sequence[str], prefix: str = "s", first: int = 31
) -> dict[str, Any]:
    """Purchase contract terms by key."""
    goods = [
        ("cast housings", "Gussgehäuse"),
        ("control boards", "Steuerplatinen"),
        ("diaphragms and seals", "Membranen und Dichtungen"),
        ("drive motors", "Antriebsmotoren"),
    ]
    lead = dice.sample([2, 3, 4, 5, 6, 7, 9, 11], 8)
    moq = dice.sample(range(100, 900, 50), 8)
    return {
        f"{prefix}{index + 1}": {
            "key": f"{prefix}{index + 1}",
            "name": partner,
            "short": partner.rsplit(" ", 1)[0],
            "no": f"E-{dice.choice((2023, 2024, 2025))}-{first + index}",
            "goods": goods[index % 4][0],
            "ware": goods[index % 4][1],
            "lead": lead[index % 8],
            "moq": moq[index % 8],
            "days": dice.choice((30, 45, 60, 90)),
            "skonto": dice.choice((2, 2.5, 3)),
            "ppm": dice.choice((250, 400, 500, 800)),
            "notice": dice.choice((3, 6, 9, 12)),
            "stock": dice.choice((2, 3, 4, 6)),
            "retain": dice.choice((7, 10, 12, 15)),
        }
        for index, partner in enumerate(partners)
    }
