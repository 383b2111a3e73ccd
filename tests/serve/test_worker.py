"""`metier serve` with two processes over a real workspace, asked over connections that either of them may take."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from metier.system import open_system
from tests.conftest import metier_command
from tests.serve.conftest import address_of, wait_for

ROOT = Path(__file__).parents[2]
OPEN = """
users: [{id: anna, groups: [staff, hr]}, {id: ben, groups: [staff]}]
groups: [{match: "**", allow: [staff]}]
sources: [{folder: docs}]
retrieve: {deepen_s: 0, known_items: 0}
"""
CLOSED = OPEN.replace("[staff]}]\nsources", '[staff]}, {match: "hr/**", allow: [hr]}]\nsources')
SALARY = "What does the salary band of level four start at?"
SERVE = """
import sys
from pathlib import Path
from metier.serve.run import serve
from metier.system import open_system
with open_system(Path(sys.argv[1])) as system:
    serve(system, "127.0.0.1", 0, workers=2)
"""
CONNECTIONS = 12  # a process takes one at a time: that all go to one of two has a chance of 1 in 2,000


@dataclass
class Served:
    """A running server with two processes."""

    root: Path
    address: str
    process: "subprocess.Popen[str]"

    def get(self, path: str, user: str = "ben") -> httpx.Response:
        """Over a connection of its own."""
        return httpx.get(f"{self.address}{path}", headers={"X-Metier-User": user}, timeout=60)

    def ask(self, user: str = "ben") -> str:
        """All text of the answer, over a connection of its own."""
        reply = httpx.post(
            f"{self.address}/api/v1/ask",
            json={"question": SALARY},
            headers={"X-Metier-User": user},
            timeout=60,
        )
        assert reply.status_code == 200, reply.text
        return reply.text

    def children(self) -> list[int]:
        found = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        rows = [line.split(None, 1) for line in found.stdout.splitlines()]
        return [int(pid) for pid, words in rows if "metier.serve.worker" in words]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("workspace")
    (root / "docs/hr").mkdir(parents=True)
    (root / "metier.yaml").write_text(OPEN, encoding="utf-8")
    (root / "docs/travel.md").write_text("# Travel\n\nHotels may cost at most 140 euros per night.\n")
    (root / "docs/hr/bands.md").write_text(
        "# Salary bands\n\nThe salary band of level four starts at 61000 euros.\n"
    )
    with open_system(root) as system:
        system.ingest()
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", SERVE, str(root)],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
    )
    with process:
        yield Served(root, address_of(process), process)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def on_all(served: Served, path: str) -> list[Any]:
    """What all processes say, over many connections."""
    return [served.get(path).json() for _ in range(CONNECTIONS)]


def test_two_processes_answer_and_one_ingests(served: Served) -> None:
    assert len(served.children()) == 2
    (served.root / "docs/notice.md").write_text("# Notice\n\nThe notice period is three months.\n")
    reply = httpx.post(f"{served.address}/api/v1/ingest", json={}, timeout=60)
    assert reply.status_code == 202, reply.text
    wait_for(lambda: served.get("/api/v1/status").json()["ingest"]["state"] == "done", 60)
    said = on_all(served, "/api/v1/status")
    assert {row["ingest"]["state"] for row in said} == {"done"}
    assert {row["ingest"]["report"]["added"] for row in said} == {1}
    assert {row["ledger"]["law"]["live"] for row in said} == {3}


def test_a_path_that_is_not_there_is_the_same_problem_everywhere(served: Served) -> None:
    codes = Counter(
        httpx.post(f"{served.address}/api/v1/ingest", json={"paths": ["docs/no.md"]}, timeout=60).status_code
        for _ in range(CONNECTIONS)
    )
    assert len(codes) == 1
    assert 400 <= next(iter(codes)) < 500


def test_a_right_that_is_taken_away_is_gone_in_all_processes_at_once(served: Served) -> None:
    assert "61000" in served.ask()
    assert all(row["visible"] == 3 for row in on_all(served, "/api/v1/documents?count=true"))
    (served.root / "metier.yaml").write_text(CLOSED, encoding="utf-8")
    assert {row["visible"] for row in on_all(served, "/api/v1/documents?count=true")} == {2}
    assert not any("61000" in served.ask() for _ in range(CONNECTIONS))
    # and in the table, by another process
    subprocess.run([*metier_command(), "ingest", "-w", str(served.root)], check=True, capture_output=True)
    assert not any("61000" in served.ask() for _ in range(CONNECTIONS))
    assert "61000" in served.ask("anna")


def test_what_is_deleted_by_another_process_is_gone_in_all_at_once(served: Served) -> None:
    (served.root / "docs/hr/bands.md").unlink()
    subprocess.run([*metier_command(), "ingest", "-w", str(served.root)], check=True, capture_output=True)
    assert not any("61000" in served.ask("anna") for _ in range(CONNECTIONS))


def test_a_process_that_is_killed_is_replaced(served: Served) -> None:
    before = served.children()
    os.kill(before[0], signal.SIGKILL)
    wait_for(lambda: len(served.children()) == 2 and before[0] not in served.children(), 30)
    assert all(row["ledger"]["holds"] for row in on_all(served, "/api/v1/status"))
