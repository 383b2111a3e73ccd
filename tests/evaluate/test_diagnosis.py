from collections.abc import Iterator
from dataclasses import replace

import pytest

from benchmarks.faults import Closed, Generating, Searching, unsure
from metier.evaluate.diagnosis import diagnose
from metier.evaluate.run import Row
from metier.flow.answer import rehearse
from metier.flow.answering import Answering
from metier.store.workspace import create_workspace
from metier.system import System, open_system
from metier.types import Answer, Case, EvidenceQuote

THINGS = ("bicycle", "laptop", "locker", "projector", "canteen card", "parking space")
CASES = [
    Case(
        f"c{number}", f"How much does the {thing} cost?", "me", "answerable", (f"{10 + number} euros",),
        evidence=(EvidenceQuote(f"{number}.md", f"The {thing} costs {10 + number} euros a year."),), group=f"g{number}",
    )
    for number, thing in enumerate(THINGS)
]  # fmt: skip


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("diagnosis")
    (folder / "docs").mkdir()
    for number, thing in enumerate(THINGS):
        text = f"# Rules {number}\n\nThe {thing} costs {10 + number} euros a year.\n\nIt is given back in December.\n"
        (folder / "docs" / f"{number}.md").write_text(text, encoding="utf-8")
    made = create_workspace(folder / "work")
    made.settings.write_text(
        "users: [{id: me, groups: [all]}]\ngroups: [{match: '**', allow: [all]}]\nsources: [{folder: ../docs}]\n"
        "retrieve: {deepen_s: 0}\n",
        encoding="utf-8",
    )
    with open_system(made.root) as opened:
        opened.ingest()
        yield opened


def rows(system: System, parts: Answering) -> list[Row]:
    access = system.settings.access("me")
    traces = [(case, rehearse(parts, case.question, access)) for case in CASES]
    return [
        Row(case, trace.answer, 0.0, trace.draft.confidence if trace.draft else None)
        for case, trace in traces
    ]


def test_the_broken_stage_is_named_from_answers(system: System) -> None:
    healthy = system.journey()
    before = rows(system, healthy)
    broken = {
        "refused at the door": replace(healthy, admission=Closed(lambda query: True)),
        "verification error": replace(healthy, support=lambda findings: 0.2),
        "wrongly abstained": replace(healthy, generator=Generating(healthy.generator, says=unsure(0.3))),
        "not retrieved": replace(
            healthy,
            retrievers=[Searching(leg, lambda hits: [hit for hit in hits if "4" in hit.passage.uri]) for leg in healthy.retrievers],
        ),
    }  # fmt: skip
    for stage, parts in broken.items():

        def ask(case: Case, parts: Answering = parts) -> Answer:
            return rehearse(parts, case.question, system.settings.access("me")).answer

        found = diagnose(before, rows(system, parts), system, ask)
        assert found.stage == stage, found
        assert found.broken >= 5


def test_nothing_is_named_where_nothing_got_worse(system: System) -> None:
    before = rows(system, system.journey())
    found = diagnose(before, before, system)
    assert (found.broken, found.stage, found.p) == (0, "", 1.0)
