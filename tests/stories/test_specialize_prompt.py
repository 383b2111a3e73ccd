"""A language model is shown what people approved, a stronger one revises what they called wrong: through the real parts, with made-up servers."""

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from metier.api import open_workspace, specialize
from metier.errors import UserError
from metier.specialize.components import examples
from metier.specialize.rows import Mark
from metier.specialize.rows import examples as joined
from metier.specialize.run import COMPONENTS
from metier.system import System
from metier.verify.combine import features
from tests.models.loopback import serving
from tests.stories.conftest import Cli
from tests.stories.test_specialize import NAMES, question, write_sheets
from tests.test_system import send_text

OTHERS = tuple(name for name in COMPONENTS if name != examples.NAME)
ASKED = NAMES[:36]
WRONG = ASKED[:4]  # of which people say no more than that


def weak(request: BaseHTTPRequestHandler, body: bytes) -> None:
    """Tells the certified figure where the prompt holds an example that does, else the brochure's."""
    messages = json.loads(body)["messages"]
    shown = messages[-1]["content"]
    has_learnt = any(
        "Certified: 1" in item["content"] for item in messages[1:-1] if item["role"] == "assistant"
    )
    lines = [line for line in shown.splitlines() if ("Certified: 1" if has_learnt else "brochure") in line]
    asked = shown.rpartition("of the ")[2].partition(" mill")[0]
    own = [line for line in lines if asked in shown[: shown.index(line)].rpartition("# ")[2].splitlines()[0]]
    mark, _, text = (own or lines or ["p1| NOT_FOUND"])[0].partition("| ")
    found = next(
        (one for one in text.split(". ") if ("Certified" if has_learnt else "brochure") in one), text
    )
    send_text(request, f"{found.strip('. ')}. [{mark}]")


def strong(request: BaseHTTPRequestHandler, body: bytes) -> None:
    """Puts the certified figure in the place of the brochure's."""
    task = json.loads(body)["messages"][-1]["content"]
    said = task.rpartition("a| ")[2]
    certified = (
        next(line for line in task.splitlines() if "Certified: 1" in line)
        .rpartition("Certified: ")[2]
        .split()[0]
    )
    words = [certified if word.isdigit() else word for word in said.split()]
    send_text(request, " ".join(words))


@pytest.fixture
def factory(tmp_path: Path) -> Cli:
    made = Cli(tmp_path)
    write_sheets(made.docs)
    made.run("init", "work", "--docs", "letters")
    return made


def correct(system: System) -> None:
    """Everybody is told the brochure's figure; most write the certified one."""
    for number, name in enumerate(ASKED):
        answer = system.ask(question(name))
        assert answer.statements, name
        row: dict[str, Any] = {"kind": "thumb", "value": -1, "statement": answer.statements[0].id}
        if name not in WRONG:
            row = {"kind": "expert_answer", "value": f"Certified: {160 + number} dB."}
        system.add_feedback([{"answer": answer.id, **row}])


def marks_of(system: System) -> list[Mark]:
    rows = system.feedback()
    found = {row.answer: system.stored_trace(row.answer) for row in rows}
    known = {answer: trace for answer, trace in found.items() if trace is not None}
    return [mark for item in joined(rows, known) for mark in item.marks]


@pytest.mark.timeout(400)
def test_examples_and_revisions_from_feedback_to_the_prompt(factory: Cli) -> None:
    with serving(weak) as server, serving(strong) as judge:
        settings = factory.workspace / "metier.yaml"
        text = settings.read_text(encoding="utf-8")
        own = (
            "retrieve: {wide: 20, narrow: 4, legs: [keyword, static], known_items: 0, reword: false}\n"
            "thresholds: {abstain: 0.99}\n"
            f"models: {{generator: {{source: 'endpoint:{server.url}/v1', name: weak}}, "
            f"judge: {{source: 'endpoint:{judge.url}/v1', name: strong, price_per_million_in: 1000}}}}"
        )
        factory.settings(text.replace("retrieve: {wide: 60, narrow: 24}", own))
        factory.run("ingest", "--json")
        with open_workspace(factory.workspace) as system:
            parent = system.live_release()
            correct(system)
            marks = marks_of(system)
            assert [one.supported for one in marks] == [False] * len(WRONG)
            assert all(features(one.findings)["words"] > 0 for one in marks), "with what the checks had said"
            made = specialize(system, leave_out=OTHERS, revise=3, revise_cost=10.0)
            assert made.outcome is not None
            (component,) = made.outcome.components
            assert component.kept, component.reason
            told = made.outcome.manifest["revisions"]
            assert told["asked"] == len(judge.requests) == 3
            assert told["asked"] == told["kept"] + sum(told["dropped"].values())
            again = specialize(system, leave_out=OTHERS, revise=3, revise_cost=10.0)
            assert again.release == made.release, "the same feedback makes the same release, bit for bit"
            assert len(judge.requests) == 3, "replies are kept"
            with pytest.raises(UserError, match="there is no component"):
                specialize(system, leave_out=("nothing",))
            without = specialize(system, leave_out=(examples.NAME, *OTHERS))
            assert without.release == ""
            assert len(judge.requests) == 3, "nobody asked for it"

        shown = factory.run("release", "diff", parent[:12], made.release[:12], "--json").json
        assert {row["part"] for row in shown} == {"prompt"}
        assert "word for word (prompt.json)" in factory.run("release", "show", made.release[:12]).out
        factory.run("release", "promote", made.release[:12], "--anyway")
        server.requests.clear()
        with open_workspace(factory.workspace) as system:
            answer = system.ask(question(NAMES[-2]))
        assert "Certified" in answer.statements[0].text
        assert "The job: " in server.requests[-1][3].decode()
