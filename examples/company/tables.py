"""Table rows that several documents share or that are too long to write by hand."""

from collections.abc import Mapping
from typing import Any

from examples.company.markup import show

_PEOPLE = {
    "md": ("Managing Director", "1000"),
    "cfo": ("Chief Financial Officer", "1100"),
    "controller": ("Group Controller", "1120"),
    "payroll": ("Payroll Specialist", "1210"),
    "hr_head": ("Head of Human Resources", "1200"),
    "hr_partner": ("HR Business Partner", "1220"),
    "training": ("Training Coordinator", "1240"),
    "it_head": ("Head of IT", "1300"),
    "dpo": ("Data Protection Officer", "1050"),
    "compliance": ("Compliance Officer", "1060"),
    "legal": ("General Counsel", "1070"),
    "sales_head": ("Head of Sales", "1400"),
    "marketing": ("Head of Marketing", "1450"),
    "service": ("Head of Field Service", "1470"),
    "purchasing": ("Head of Purchasing", "1500"),
    "plant_head": ("Plant Manager {hq}", "2000"),
    "cz_head": ("Plant Manager {cz}", "3000"),
    "uk_head": ("General Manager UK", "4000"),
    "quality": ("Head of Quality", "2100"),
    "safety": ("Occupational Safety Officer", "2150"),
    "energy": ("Energy Manager", "2160"),
    "technician": ("Maintenance Technician", "2230"),
    "rd_head": ("Head of Research and Development", "1600"),
    "works_council": ("Chair of the Works Council", "1005"),
    "fleet": ("Fleet Coordinator", "1540"),
    "travel": ("Travel Desk", "1550"),
    "facility": ("Facility Manager", "1580"),
}
_SEGMENTS = {
    "en": ("Pumps", "Dosing Systems", "Cleaning Chemistry"),
    "de": ("Pumpen", "Dosiersysteme", "Reinigungschemie"),
}
_REGIONS = {
    "en": ("Germany, Austria, Switzerland", "Rest of Europe", "Americas", "Asia-Pacific"),
    "de": ("Deutschland, Österreich, Schweiz", "Übriges Europa", "Amerika", "Asien-Pazifik"),
}


def table_rows(world: Mapping[str, Any]) -> dict[str, str]:
    """Rows in the markup of `content/*.yaml` by name, each anchored."""
    rows = {"people": _people(world)}
    for language in ("en", "de"):
        for year in (2024, 2025):
            rows[f"year_{year}_{language}"] = _year(world, year, language)
            rows[f"regions_{year}_{language}"] = _regions(world, year, language)
            for quarter in ("q1", "q2", "q3", "q4"):
                rows[f"{quarter}_{year}_{language}"] = _quarter(world, year, quarter, language)
    for year in (24, 25, 26):
        rows[f"pumps_{year}"] = _pumps(world, year)
    rows["segments_raw"] = _segments_raw(world)
    rows["spares_raw"] = _spares(world)
    return rows


def _row(cells: list[Any], language: str, anchor: str) -> str:
    return f"| {' | '.join(show(cell, language) for cell in cells)} | ^{anchor}"


def _people(world: Mapping[str, Any]) -> str:
    rows = []
    for role, (title, centre) in _PEOPLE.items():
        person = world["p"][role]
        shown = title.format(hq=world["city"]["hq"], cz=world["city"]["cz"])
        rows.append(_row([person["name"], shown, person["ext"], centre, person["email"]], "raw", role))
    return "\n".join(rows)


def _quarter(world: Mapping[str, Any], year: int, quarter: str, language: str) -> str:
    now, before = world["fin"][f"y{year}"][quarter], world["fin"][f"y{year - 1}"][quarter]
    rows = [
        _row([label, now[key], before[key], now[key] - before[key]], language, key)
        for key, label in zip(("pumps", "systems", "chem"), _SEGMENTS[language], strict=True)
    ]
    total = "Konzernumsatz" if language == "de" else "Group revenue"
    rows.append(
        _row([total, now["total"], before["total"], now["total"] - before["total"]], language, "total")
    )
    return "\n".join(rows)


def _year(world: Mapping[str, Any], year: int, language: str) -> str:
    figures = world["fin"][f"y{year}"]
    rows = []
    for key, label in zip(("pumps", "systems", "chem"), _SEGMENTS[language], strict=True):
        quarters = [figures[quarter][key] for quarter in ("q1", "q2", "q3", "q4")]
        rows.append(_row([label, *quarters, figures[key]], language, f"seg_{key}"))
    total = "Konzernumsatz" if language == "de" else "Group revenue"
    quarters = [figures[quarter]["total"] for quarter in ("q1", "q2", "q3", "q4")]
    rows.append(_row([total, *quarters, figures["total"]], language, "seg_total"))
    return "\n".join(rows)


def _regions(world: Mapping[str, Any], year: int, language: str) -> str:
    now, before = world["fin"][f"y{year}"], world["fin"][f"y{year - 1}"]
    return "\n".join(
        _row([label, now[key], before[key]], language, f"reg_{key}")
        for key, label in zip(("dach", "europe", "americas", "apac"), _REGIONS[language], strict=True)
    )


def _pumps(world: Mapping[str, Any], year: int) -> str:
    rows = []
    for key in ("pa", "pb", "pc"):
        pump = world[key]
        price = pump[f"price{year}"]
        rows.append(
            _row([pump["art"], pump["name"], "single", pump["flow"], price, pump["lead_weeks"]], "en", key)
        )
        heated = [
            f"{pump['art']}H",
            f"{pump['name']} heated",
            "single",
            pump["flow"],
            price + 215,
            pump["lead_weeks"] + 2,
        ]
        rows.append(_row(heated, "en", f"{key}_heated"))
        twin = [
            f"{pump['art']}T",
            f"{pump['name']} twin",
            "twin",
            pump["flow"] * 2,
            price * 2 - 130,
            pump["lead_weeks"] + 1,
        ]
        rows.append(_row(twin, "en", f"{key}_twin"))
    return "\n".join(rows)


def _spares(world: Mapping[str, Any]) -> str:
    rows = []
    for key in ("pa", "pb", "pc"):
        pump = world[key]
        number = pump["art"].split("-")[0]
        rows.append(
            _row([pump["kit_art"], "Diaphragm kit", pump["name"], pump["kit"], 5], "raw", f"{key}_kit")
        )
        rows.append(
            _row([f"VS-{number}", "Valve set", pump["name"], pump["valve"], 10], "raw", f"{key}_valve")
        )
        oil = oil_price(world, key)
        rows.append(
            _row(
                [f"OL-{number}", f"Gear oil {pump['oil']}, 1 litre", pump["name"], oil, 1],
                "raw",
                f"{key}_oil",
            )
        )
        rows.append(
            _row(
                [f"FM-{number}", "Flow monitor", pump["name"], round(pump["kit"] * 1.4 + 0.03, 2), 1],
                "raw",
                f"{key}_fm",
            )
        )
    return "\n".join(rows)


def oil_price(world: Mapping[str, Any], key: str) -> float:
    """EUR per litre of the gear oil of that pump; different for each, so that no two rows agree by chance."""
    return round(14.45 + float(world[key]["oil_l"]) * 9 + "abc".index(key[1]) * 0.31, 2)


def _segments_raw(world: Mapping[str, Any]) -> str:
    rows = []
    for year in (2023, 2024, 2025):
        for quarter in ("q1", "q2", "q3", "q4"):
            figures = world["fin"][f"y{year}"][quarter]
            cells = [
                f"{year} {quarter.upper()}",
                *(figures[key] for key in ("orders", "total", "ebit", "capex", "staff")),
            ]
            rows.append(f"| {' | '.join(map(str, cells))} | ^{quarter}_{year}")
    return "\n".join(rows)
