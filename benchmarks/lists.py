"""Questions for several things, and for the highest of many: `python -m benchmarks.lists [--seeds 3,4,5]`.

The example company is asked, as its managing director, which customers have a discount, what rents it pays, how the two-factor app is
set up, which segment earned most. What has to be told is known from the facts that the company is written from. Seeds are different
companies; 1 was read while this was built. `--data` is accepted for uniformity and not read.

list_recall: share of the things to be told that are (each by all of its words in one statement shown), mean over questions; an
    abstention tells none. list_precision: share of the statements shown, of the answered questions, that tell one of them.
    The peer is the same system in the same run with three statements at most, as a sentence by itself is answered.
highest_right: questions for the highest or lowest of a table's rows whose first statement names it and it alone; the peer is
    the same system without what code works out of whole tables.
Intervals are over questions, clustered by their wording (seeds share it).
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import metier.generate.extractive
import metier.generate.quoting
from benchmarks.common import Metric, emit, parser, say
from benchmarks.company import build, ingest
from examples.company.library import build_library, load_content
from examples.company.markup import show
from metier.evaluate.estimates import mean
from metier.system import System, open_system
from metier.types import Answer, Outcome

USER = "managing_director"
Item = tuple[str, ...]  # all of it has to stand in one statement


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with what has to be told; of the highest, the one thing, and those that it must not be taken for."""

    question: str
    items: tuple[Item, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What one answer told."""

    question: str
    recall: float
    precision: float | None  # None if nothing was answered
    right: bool  # of the highest


def lists(world: Mapping[str, Any]) -> list[Asked]:
    """Questions for all things of a kind."""
    customers = [world[f"c{number}"] for number in range(1, 9)]
    suppliers = [world[f"s{number}"] for number in range(1, 5)]
    leases = [world[f"l{number}"] for number in range(1, 4)]
    discounts = tuple((one["short"], _discount(world, one)) for one in customers)
    periods = tuple((one["short"], str(one["days"])) for one in customers)
    warranties = tuple((one["short"], str(one["warranty"])) for one in customers)
    paid = tuple((one["short"], str(one["days"])) for one in suppliers)
    rents = tuple((one["name"], f"{one['rent'] // 1000}") for one in leases)
    pumps = tuple(
        (f"{world[key]['name']}{kind}", show(price, "en"))
        for key in ("pa", "pb", "pc")
        for kind, price in _pump_prices(world[key])
    )
    bands = tuple((f"Band: {band.upper()}", str(world[f"band_{band}"])) for band in "abcd")
    cars = tuple(
        (job, str(world[f"car_rate_{group}"]))
        for job, group in (("Geschäftsführung", "a"), ("Außendienst", "b"), ("Servicetechnik", "c"))
    )
    extra = (
        ("Nachtarbeit", str(world["az_nacht"])),
        ("Sonntagsarbeit", str(world["az_sonntag"])),
        ("Feiertagsarbeit", "150"),
    )
    kept = tuple(
        (of, str(world[f"auf_{key}"]))
        for of, key in (("rechnungen", "rechnung"), ("Bewerbungsunterlagen", "bewerb"), ("Videoaufnahmen", "video"),
                        ("Prüfprotokolle", "pruef"), ("Unterweisungen", "schulung"))
    )  # fmt: skip
    machines = (
        ("Machining centre", str(world["lub_week"])),
        ("Bridge crane", "26"),
        ("Compressor", "12"),
        ("Drying oven", "8"),
        ("Test bench", "52"),
    )
    budgets = tuple(
        (area, str(world[f"budget_{key}"]))
        for area, key in (
            ("Capital", "capex"),
            ("Marketing", "mkt"),
            ("Research", "rd"),
            ("Information", "it"),
        )
    )
    return [
        Asked("Which customers get a discount on list prices?", discounts),
        Asked("Welche Kunden erhalten einen Rabatt auf die Listenpreise?", discounts),
        Asked("What payment terms do our customers have?", periods),
        Asked("What is the warranty period for deliveries to our customers?", warranties),
        Asked("What are the payment terms of our suppliers?", paid),
        Asked("What are the monthly rents that we pay?", rents),
        Asked("Wie hoch sind die monatlichen Mieten?", rents),
        Asked("Which pumps are on the price list of 2026?", pumps),
        Asked("What are the salary bands?", bands),
        Asked("Wer bekommt einen Dienstwagen?", cars),
        Asked("Welche Zuschläge gibt es für besondere Arbeitszeiten?", extra),
        Asked("Welche Aufbewahrungsfristen gibt es?", kept),
        Asked("What are the maintenance intervals of the machines?", machines),
        Asked("What are the budgets of the areas for 2026?", budgets),
        Asked("Wie richte ich die Zwei-Faktor-Anmeldung ein?", (("Selbstbedienungsportal",), ("Neues Gerät",), ("Ersatzcodes",))),
    ]  # fmt: skip


def highest(world: Mapping[str, Any]) -> list[Asked]:
    """Questions for the one row of a table that has most or least."""
    segments = {"Pumps": "pumps", "Dosing Systems": "systems", "Cleaning Chemistry": "chem"}
    regions = {
        "Germany, Austria": "dach",
        "Rest of Europe": "europe",
        "Americas": "americas",
        "Asia-Pacific": "apac",
    }
    weeks = {
        "Machining centre": world["lub_week"], "Bridge crane": 26, "Compressor": 12, "Drying oven": 8, "Test bench": 52,
    }  # fmt: skip
    areas = {"Capital": "capex", "Marketing": "mkt", "Research": "rd", "Information": "it"}
    year = {one: world["fin"][f"y{one}"] for one in (2024, 2025)}
    budget = {area: world[f"budget_{key}"] for area, key in areas.items()}
    prices = {
        f"{world[key]['name']}{kind}": price
        for key in ("pa", "pb", "pc")
        for kind, price in _pump_prices(world[key])
    }
    customers = [world[f"c{number}"] for number in range(1, 9)]
    discounts = {one["short"]: float(_discount(world, one).replace("?", ".")) for one in customers}
    quarters = {f"Q{n}": year[2025][f"q{n}"]["total"] for n in range(1, 5)}
    return [
        _extreme("Which segment had the highest revenue in 2025?", _of(segments, year[2025]), max),
        _extreme("Which segment had the lowest revenue in 2024?", _of(segments, year[2024]), min),
        _extreme("Which region had the highest revenue in 2025?", _of(regions, year[2025]), max),
        _extreme("Which machine has the shortest maintenance interval?", weeks, min),
        _extreme("Which machine has the longest maintenance interval?", weeks, max),
        _extreme("Which area has the highest budget in 2026?", budget, max),
        _extreme("Which area has the lowest budget in 2026?", budget, min),
        _extreme("Which model is the most expensive on the price list of 2026?", prices, max),
        _extreme("In which quarter of 2025 was group revenue highest?", quarters, max),
        _extreme("Which customer has the highest discount?", discounts, max),
    ]


def _of(labels: Mapping[str, str], figures: Mapping[str, Any]) -> dict[str, float]:
    return {label: figures[key] for label, key in labels.items()}


def _extreme(question: str, figures: Mapping[str, float], pick: Callable[..., tuple[str, float]]) -> Asked:
    best = pick(figures.items(), key=lambda pair: pair[1])[0]
    return Asked(question, ((best,),), tuple(label for label in figures if label != best))


def _discount(world: Mapping[str, Any], customer: Mapping[str, Any]) -> str:
    """As it is now, without marks: amendments changed two of them."""
    value = world["am_discount"] if customer["key"] in ("c1", "c6") else customer["discount"]
    return str(value).replace(".", "?")


def _pump_prices(pump: Mapping[str, Any]) -> list[tuple[str, int]]:
    price = pump["price26"]
    return [("", price), (" heated", price + 215), (" twin", price * 2 - 130)]


# --- telling --------------------------------------------------------------------------------------------------------


def told(asked: Asked, answer: Answer) -> Told:
    """How much of what has to be told is, and how much of what is said tells any of it."""
    said = [statement.text for statement in answer.statements] if answer.outcome is Outcome.ANSWERED else []
    found = [item for item in asked.items if any(_tells(text, item) for text in said)]
    useful = [text for text in said if any(_tells(text, item) for item in asked.items)]
    return Told(
        asked.question,
        len(found) / len(asked.items),
        len(useful) / len(said) if said else None,
        bool(said) and _names_alone(said[0], asked),
    )


def _tells(text: str, item: Item) -> bool:
    plain = text.casefold()
    return all(any(form in plain for form in _forms(part.casefold())) for part in item)


def _forms(part: str) -> tuple[str, ...]:
    return (part.replace("?", "."), part.replace("?", ",")) if "?" in part else (part,)


def _names_alone(text: str, asked: Asked) -> bool:
    """True if the result is named: behind the arrow where figures are listed, else as the only one of them."""
    result = text.rpartition("→")[2]
    return _tells(result, asked.items[0]) and not any(
        other in result and other not in asked.items[0][0] and asked.items[0][0] not in other
        for other in asked.others
    )


# --- the run --------------------------------------------------------------------------------------------------------


@contextmanager
def by_itself() -> Iterator[None]:
    """One statement by itself answers: no lists, nothing worked out of whole tables."""
    with (
        patch.object(metier.generate.quoting, "several", lambda *_: None),
        patch.object(metier.generate.extractive, "from_tables", lambda *_: None),
    ):
        yield


def ask(system: System, questions: Sequence[Asked]) -> list[Told]:
    """Every question asked once."""
    return [told(asked, system.ask(asked.question, USER)) for asked in questions]


def run(folder: Path, seed: int, documents: int) -> dict[str, list[Told]]:
    """Both ways over the company of that seed."""
    build(folder, seed, documents, None)
    world = build_library(load_content(), seed, 0).world
    with open_system(folder) as system:
        ingest(system)
        rows = {"lists": ask(system, lists(world)), "highest": ask(system, highest(world))}
        with by_itself():
            rows |= {"lists_alone": ask(system, lists(world)), "highest_alone": ask(system, highest(world))}
    for name, found in rows.items():
        for one in found:
            say(
                f"seed {seed} {name}: recall {one.recall:.2f} precision {one.precision} right {one.right}: {one.question}"
            )
    return rows


def summarize(rows: Mapping[str, Sequence[Told]]) -> dict[str, Metric]:
    """The metrics, each beside the peer's."""
    alone = "three statements at most, no whole tables"

    def over(name: str, value: Callable[[Told], float | None]) -> tuple[list[float], list[str]]:
        kept = [(value(one), one.question) for one in rows[name]]
        return [found for found, _ in kept if found is not None], [
            q for found, q in kept if found is not None
        ]

    def metric(name: str, value: Callable[[Told], float | None]) -> Metric:
        peer = over(f"{name}_alone", value)[0]
        return Metric.of(mean(*over(name, value)), sum(peer) / max(1, len(peer)), alone)

    return {
        "list_recall": metric("lists", lambda one: one.recall),
        "list_precision": metric("lists", lambda one: one.precision),
        "highest_right": metric("highest", lambda one: float(one.right)),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    options = _options(arguments)
    rows: dict[str, list[Told]] = {}
    for seed in options.seeds:
        with tempfile.TemporaryDirectory(prefix="metier-lists-") as temporary:
            place = options.workspaces / str(seed) if options.workspaces else Path(temporary)
            for name, found in run(place, seed, options.documents).items():
                rows.setdefault(name, []).extend(found)
    emit(
        "lists",
        summarize(rows),
        record=options.record,
        options={"seeds": list(options.seeds), "documents": options.documents},
    )
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser(
        "lists", "questions for several things and for the highest of many, over the example company"
    )
    options.add_argument("--seeds", type=lambda text: tuple(map(int, text.split(","))), default=(3, 4, 5))
    options.add_argument("--documents", type=int, default=120)
    options.add_argument("--workspaces", type=Path, help="keep (and reuse) the companies under this folder")
    return options.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
