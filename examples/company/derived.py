"""Answers that follow from other facts: which of two is larger, by how much."""

from collections.abc import Mapping
from typing import Any

from examples.company.markup import show
from examples.company.tables import oil_price


def derive(world: Mapping[str, Any]) -> dict[str, Any]:
    """The computed facts by name."""
    w, fin = world, world["fin"]
    y24, y25 = fin["y2024"], fin["y2025"]
    return {
        "proc_order_mid": show(w["proc_b"] + 12000, "en"),
        "cmp_carry": _larger((w["city"]["uk"], w["uk_carry"]), (w["city"]["cz"], w["cz_carry"])),
        "cmp_hotel": _larger(("Germany", w["hotel_de"]), ("United Kingdom and Ireland", w["hotel_uk"])),
        "cmp_hotel_city": _larger(("Munich", w["hotel_de"]), ("Dublin", w["hotel_uk"])),
        "cmp_car_word": _larger(("Vertrieb", w["car_rate_b"]), ("Monteur", w["car_rate_c"])),
        "cmp_jubilee": show(abs(w["jubilee25"] - w["jubilee10"]), "en"),
        "cmp_car": _larger(("Außendienst Vertrieb", w["car_rate_b"]), ("Servicetechnik", w["car_rate_c"])),
        "cmp_noise": _larger(*((w[k]["name"], -w[k]["noise"]) for k in ("pa", "pb"))),
        "cmp_weight": _larger(*((w[k]["name"], w[k]["kg"]) for k in ("pb", "pc"))),
        "cmp_storage": _larger(*((w[k]["name"], w[k]["storage_months"]) for k in ("pa", "pc"))),
        "cmp_lead": _larger(*((w[k]["name"], -w[k]["lead_weeks"]) for k in ("pa", "pc"))),
        "cmp_shelf": _larger(*((w[k]["name"], w[k]["shelf"]) for k in ("ka", "kb"))),
        "cmp_flash": _larger(*((w[k]["name"], w[k]["flash"]) for k in ("kc", "kd"))),
        "cmp_days_12": _larger(*((w[k]["name"], w[k]["days"]) for k in ("c1", "c2"))),
        "cmp_days_34": _larger(*((w[k]["name"], -w[k]["days"]) for k in ("c3", "c4"))),
        "cmp_days_67": _larger(*((w[k]["name"], w[k]["days"]) for k in ("c6", "c7"))),
        "cmp_lead_s": _larger(*((w[k]["name"], -w[k]["lead"]) for k in ("s1", "s2"))),
        "cmp_moq_s": _larger(*((w[k]["name"], w[k]["moq"]) for k in ("s3", "s4"))),
        "cmp_rent": _larger(*((w[k]["name"], w[k]["rent"]) for k in ("l1", "l2"))),
        "cmp_seg": _larger(("Pumps", y25["q4"]["pumps"]), ("Dosing Systems", y25["q4"]["systems"])),
        "cmp_total_year": _larger(("2025", y25["total"]), ("2024", y24["total"])),
        "cmp_ebit_year": _larger(("2025", y25["ebit"]), ("2024", y24["ebit"])),
        "cmp_region": _larger(("Americas", y25["americas"]), ("Asia-Pacific", y25["apac"])),
        "pb_heated": show(w["pb"]["price26"] + 215, "en"),
        "pb_heated_old": show(w["pb"]["price25"] + 215, "en"),
        "pc_twin": show(w["pc"]["price26"] * 2 - 130, "en"),
        "pb_oil_price": str(oil_price(w, "pb")),
        "pump_step": show(w["pa"]["price26"] - w["pa"]["price25"], "en"),
        "pump_twin_extra": show(w["pb"]["price26"] - 130, "en"),
        "rd_step": show(abs(y25["rd"] - y24["rd"]), "en"),
        "chem_step": show(round(w["kb"]["price26"] - w["kb"]["price25"], 2), "de", "2"),
        "orders_step": show(abs(y25["q2"]["orders"] - y25["q1"]["orders"]), "raw"),
    }


def _larger(one: tuple[str, float], other: tuple[str, float]) -> str:
    """The name with the larger value. Raises ValueError on a tie: the question would have no answer."""
    if one[1] == other[1]:
        raise ValueError(f"{one[0]} and {other[0]} tie at {one[1]}; draw their facts together")
    return one[0] if one[1] > other[1] else other[0]
