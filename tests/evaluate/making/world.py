"""A handful of documents as the extractor would read them, for tests of case generation."""

from collections.abc import Sequence
from datetime import date

from metier.evaluate.making.library import Library, library
from metier.settings import Settings, parse_settings
from metier.types import Block, BlockKind, Cell, Document, Entry, Page, State

TODAY = date(2026, 6, 1)
GROUPS = {"hr": ("hr",)}


def document(uri: str, title: str, *parts: str | Sequence[Sequence[str]], language: str = "en") -> Document:
    """A document of paragraphs and of tables (rows of cells, the first the header)."""
    text, blocks = title, [Block(f"{uri}.0", "heading", 0, 1, 0, len(title))]
    for order, part in enumerate(parts, start=1):
        text += "\n\n"
        start, cells, kind = len(text), [], "paragraph"
        if isinstance(part, str):
            text += part
        else:
            kind = "table"
            for number, row in enumerate(part):
                text += "\n" if number else ""
                for column, cell in enumerate(row):
                    text += " | " if column else ""
                    cells.append(
                        Cell(number, column, cell, len(text), len(text) + len(cell), header=not number)
                    )
                    text += cell
        shape: BlockKind = "table" if kind == "table" else "paragraph"
        blocks.append(Block(f"{uri}.{order}", shape, order, 1, start, len(text), cells=tuple(cells)))
    return Document(
        uri, uri, title, language, "", text, (Page(1, 0, 0, 0, len(text)),), tuple(blocks), "test"
    )


STAFF = document(
    "hr/staff.csv", "Staff list",
    [["Name", "Function", "Phone"], ["Anna Berg", "Head of Purchasing", "211"], ["Otto Kern", "Head of Sales", "344"],
     ["Ida Lund", "Plant Manager", "518"]],
)  # fmt: skip
RULES = document(
    "rules/purchasing-policy-v3.md", "Purchasing Policy",
    "Orders must be confirmed within 14 days. The annual budget of Nordic Valves Ltd is EUR 50,000.",
    [["Order value", "Approved by"], ["up to 5,000 euros", "Anna Berg"], ["above 5,000 euros", "Otto Kern"]],
)  # fmt: skip
OLD = document(
    "rules/purchasing-policy-v2.md", "Purchasing Policy",
    "Orders must be confirmed within 30 days. The annual budget of Nordic Valves Ltd is EUR 40,000.",
)  # fmt: skip
LEASE = document(
    "legal/lease.md", "Lease",
    "The monthly rent to Harbour Estates Ltd is EUR 21,000. The lease with Harbour Estates Ltd ends on 30 September 2030.",
)  # fmt: skip
PUMPS = document(
    "products/pumps.md", "Pump data",
    [["Pump", "Weight kg", "Flow l/h"], ["Ondara", "12", "80"], ["Pulsano", "16", "18"], ["Tempora", "9", "25"]],
)  # fmt: skip
VALVES = document(
    "products/valves.md", "Valve data",
    [["Pump", "Weight kg", "Flow l/h"], ["Ventilo", "2", "7"], ["Stoppo", "3", "5"]],
)  # fmt: skip
ALL = (STAFF, RULES, OLD, LEASE, PUMPS, VALVES)
DATES = {RULES.uri: "2026-01-01", OLD.uri: "2024-01-01"}


def settings() -> Settings:
    return parse_settings(
        {
            "users": [{"id": "hanna", "groups": ["all", "hr"]}, {"id": "otto", "groups": ["all"]}],
            "groups": [{"match": "**", "allow": ["all"]}, {"match": "hr/**", "allow": ["hr"]}],
            "scope": {"examples": {"out": ["Which tax class should I choose?"]}},
        },
        "test",
        {},
    )


def world(documents: Sequence[Document] = ALL) -> Library:
    by_id = {item.id: item for item in documents}
    entries = {
        item.id: Entry(
            item.id, item.uri, "", "", State.LIVE, title=item.title, version_date=DATES.get(item.uri, "")
        )
        for item in documents
    }
    return library(entries, by_id.get, settings().groups_of, TODAY)
