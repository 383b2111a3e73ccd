"""The figures of the group: quarters by segment and region, which add up to the years, in EUR thousand."""

import random
from typing import Any

SEGMENTS = ("pumps", "systems", "chem")
REGIONS = ("dach", "europe", "americas", "apac")
YEARS = (2023, 2024, 2025)


def finances(seed: int) -> dict[str, Any]:
    """`fin.y2025.q1.pumps`, `fin.y2025.total`, `fin.y2025.dach`, ...: revenue, EBIT, headcount and ratios."""
    dice = random.Random(f"{seed}:finance")
    base = {segment: dice.randrange(low, high) for segment, low, high in
            (("pumps", 11200, 14800), ("systems", 6100, 8900), ("chem", 3100, 4700))}  # fmt: skip
    trend = {segment: dice.choice((0.94, 0.97, 1.03, 1.06, 1.09)) for segment in SEGMENTS}
    result: dict[str, Any] = {}
    for step, year in enumerate(YEARS):
        result[f"y{year}"] = _year(dice, base, trend, step)
    result["grow"] = {
        key: result["y2025"][key] - result["y2024"][key]
        for key in (*SEGMENTS, *REGIONS, "total", "ebit", "staff")
    }
    return result


def _year(dice: random.Random, base: dict[str, int], trend: dict[str, float], step: int) -> dict[str, Any]:
    year: dict[str, Any] = {}
    for quarter in ("q1", "q2", "q3", "q4"):
        figures: dict[str, Any] = {
            segment: round(base[segment] * trend[segment] ** step * dice.uniform(0.9, 1.1))
            for segment in SEGMENTS
        }
        figures["total"] = sum(figures[segment] for segment in SEGMENTS)
        figures["ebit"] = round(figures["total"] * dice.uniform(0.06, 0.11))
        figures["orders"] = round(figures["total"] * dice.uniform(0.93, 1.12))
        figures["capex"] = dice.randrange(480, 1450)
        figures["staff"] = dice.randrange(605, 640) + 14 * step
        year[quarter] = figures
    quarters = [year[quarter] for quarter in ("q1", "q2", "q3", "q4")]
    for key in (*SEGMENTS, "total", "ebit", "orders", "capex"):
        year[key] = sum(figures[key] for figures in quarters)
    year["staff"] = quarters[-1]["staff"]
    shares = [dice.uniform(0.38, 0.45), dice.uniform(0.24, 0.29), dice.uniform(0.14, 0.19)]
    for region, share in zip(REGIONS, shares, strict=False):
        year[region] = round(year["total"] * share)
    year["apac"] = year["total"] - sum(year[region] for region in REGIONS[:3])
    year["net"] = round(year["ebit"] * dice.uniform(0.6, 0.68))
    year["rd"] = round(year["total"] * dice.uniform(0.035, 0.055))
    year["equity"] = round(dice.uniform(38, 52), 1)
    year["debt"] = dice.randrange(9100, 18900)
    year["margin"] = round(100 * year["ebit"] / year["total"], 1)
    year["dividend"] = dice.randrange(1100, 2900, 50)
    year["accidents"] = round(dice.uniform(4, 13), 1)
    year["co2"] = dice.randrange(4100, 7900)
    return year
