"""People correct answers, the system learns, a gate judges, a release goes live and back: through the real parts."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from metier.api import open_workspace, specialize
from metier.system import System
from metier.types import Answer, Outcome
from tests.stories.conftest import Cli, said

NAMES = (
    "Alder Birch Cedar Dogwood Elder Fir Gorse Hazel Ivy Juniper Kelp Larch Maple Nettle Oak Pine Quince Rowan Spruce "
    "Thistle Umbra Vetch Willow Yarrow Zinnia Aster Briar Clover Daisy Erica Fern Gentian Heather Iris Jasmine Lotus "
    "Mallow Nerine Orchid Poppy Rose Sage Tansy Violet Wisteria Acacia Balsam Camellia Dahlia Freesia"
).split()


def write_sheets(folder: Path) -> None:
    """One sheet per machine: what is promised to customers stands beside what the sales brochure says."""
    folder.mkdir(parents=True)
    for number, name in enumerate(NAMES):
        (folder / f"{name.lower()}.md").write_text(
            f"# Data sheet of the {name} mill\n\nThe noise level of the {name} mill is {60 + number} dB according to the "
            f"brochure of the sales department.\n\nCertified: {160 + number} dB.\n\nThe {name} mill is painted blue and "
            "stands on four rubber feet.\n",
            encoding="utf-8",
        )


def question(name: str) -> str:
    return f"What is the noise level of the {name} mill?"


@pytest.fixture
def factory(tmp_path: Path) -> Cli:
    """A workspace with fifty sheets, ingested."""
    made = Cli(tmp_path)
    write_sheets(made.docs)
    made.run("init", "work", "--docs", "letters")
    made.run("ingest", "--json", code=None)
    return made


def first(answer: Answer) -> str:
    return answer.statements[0].text if answer.statements else ""


def corrected(system: System) -> Iterator[Answer]:
    """Everybody is told the brochure's figure, and corrects it to the certified one."""
    for number, name in enumerate(NAMES[:-1]):
        answer = system.ask(question(name))
        row = {"answer": answer.id, "kind": "citation", "value": {"better": better(number, name)}}
        system.add_feedback([row])
        yield answer


def better(number: int, name: str) -> dict[str, str]:
    return {"uri": f"{name.lower()}.md", "quote": f"Certified: {160 + number} dB."}


def test_look(factory: Cli) -> None:
    with open_workspace(factory.workspace) as system:
        for answer in list(corrected(system))[:6]:
            print(
                answer.outcome,
                [s.text for s in answer.statements],
            )
        t = time.time()
        made = specialize(system)
        print("took", time.time() - t)
        import json

        print(json.dumps(made.outcome.manifest, indent=1))
        print(made.release)
    assert 0
