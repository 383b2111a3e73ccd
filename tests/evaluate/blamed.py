"""A real small workspace whose answers tests break and blame."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from metier.store.workspace import create_workspace
from metier.system import System, open_system
from metier.types import Case, EvidenceQuote

NOTICE = "How long is the notice period?"
PARKING = "What does parking cost?"
FILES = {
    "notice.md": "# Notice\n\nThe notice period is six weeks to the end of a month.\n\nPay continues until the last day.\n",
    "parking.md": "# Parking\n\nA parking space costs 40 euros a month.\n\nVisitors park in the yard.\n",
    "canteen.md": "# Canteen\n\nThe canteen opens at noon.\n\nLunch costs 7 euros.\n",
}
SETTINGS = """
users: [{id: hanna, groups: [all, hr]}, {id: otto, groups: [all]}]
groups: [{match: "**", allow: [all]}, {match: "notice.md", allow: [hr]}]
sources: [{folder: ../letters}]
extract: {workers: 1}
"""


@contextmanager
def workspace(folder: Path) -> Iterator[System]:
    (folder / "letters").mkdir()
    for name, text in FILES.items():
        (folder / "letters" / name).write_text(text, encoding="utf-8")
    (folder / "letters" / "broken.pdf").write_bytes(b"%PDF-1.7\n\x00\x01")
    made = create_workspace(folder / "work")
    made.settings.write_text(SETTINGS, encoding="utf-8")
    with open_system(made.root) as system:
        system.ingest()
        yield system


NOTICE_CASE = Case(
    "notice", NOTICE, "hanna", "answerable", ("six weeks",),
    evidence=(EvidenceQuote("notice.md", "The notice period is six weeks to the end of a month."),), group="notice",
)  # fmt: skip


def notice(**more: Any) -> Case:
    return replace(NOTICE_CASE, **more)
