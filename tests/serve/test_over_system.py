"""The doors over the real System: what the fake promises must hold of it too."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from reportlab.pdfgen import canvas

from metier.serve.app import create_app
from metier.system import System, open_system
from tests.serve.conftest import wait_for

YAML = """
version: 1
users: [{id: anna, groups: [staff, hr]}, {id: ben, groups: [staff]}]
groups: [{match: "**", allow: [staff]}, {match: "hr/**", allow: [hr]}, {match: "nobody/**", allow: []}]
sources: [{folder: docs}]
"""
HOTEL = "What may hotels in Germany cost per night?"
BEN = {"X-Metier-User": "ben"}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[System, TestClient]]:
    root = tmp_path_factory.mktemp("workspace")
    for folder in ("docs/hr", "docs/nobody"):
        (root / folder).mkdir(parents=True)
    (root / "metier.yaml").write_text(YAML, encoding="utf-8")
    pdf = canvas.Canvas(str(root / "docs" / "travel.pdf"), pagesize=(595, 842))
    pdf.drawString(72, 770, "Employees book trains in second class.")
    pdf.drawString(72, 740, "Hotels in Germany may cost at most 140 euros per night.")
    pdf.save()
    (root / "docs/hr/bands.md").write_text(
        "# Salary bands\n\nThe salary band of level four starts at 61000 euros.\n"
    )
    (root / "docs/nobody/plan.md").write_text("# Plan\n\nThe takeover target is called Project Walrus.\n")
    (root / "docs/broken.pdf").write_bytes(bytes(range(256)) * 4)
    with (
        open_system(root) as system,
        TestClient(
            create_app(system), base_url="http://127.0.0.1:8321", raise_server_exceptions=False
        ) as client,
    ):
        reply = client.post("/api/v1/ingest", json={})
        assert reply.status_code == 202, reply.text
        wait_for(lambda: client.get("/api/v1/status").json()["ingest"]["state"] != "running", 60)
        yield system, client


def test_an_ingest_from_the_page_ends_with_a_ledger_that_adds_up(real: tuple[System, TestClient]) -> None:
    _, client = real
    status = client.get("/api/v1/status").json()
    assert status["ingest"]["state"] == "done", status["ingest"]
    assert status["ingest"]["report"]["added"] == 4
    assert status["ledger"]["holds"]
    assert (status["ledger"]["law"]["live"], status["ledger"]["law"]["quarantined"]) == (3, 1)
    [broken] = client.get("/api/v1/documents?state=quarantined").json()["documents"]
    assert broken["uri"] == "broken.pdf"
    assert broken["detail"]


def test_nobody_sees_the_document_that_is_open_to_nobody(real: tuple[System, TestClient]) -> None:
    _, client = real
    reply = client.get("/api/v1/documents?count=true")
    assert reply.json()["visible"] == 3
    assert "plan.md" not in reply.text
    answer = client.post("/api/v1/ask", json={"question": "What is the takeover target called?"})
    assert "Walrus" not in answer.text


def test_a_question_from_ask_to_the_picture_of_the_page(real: tuple[System, TestClient]) -> None:
    _, client = real
    answer = client.post("/api/v1/ask", json={"question": HOTEL}).json()
    assert answer["outcome"] == "answered", answer
    citation = answer["statements"][0]["citations"][0]
    assert "140 euros" in citation["quote"]
    assert citation["boxes"]
    where = f"/api/v1/documents/{citation['document']}"
    part = client.get(f"{where}?start={citation['start']}&end={citation['end']}").json()
    assert " ".join(part["text"].split()) == " ".join(citation["quote"].split())
    picture = client.get(f"{where}/pages/{citation['page']}.png?scale=1")
    assert picture.status_code == 200, picture.text
    image = Image.open(io.BytesIO(picture.content)).convert("L")
    box = citation["boxes"][0]
    assert (
        image.crop((int(box["x0"]), int(box["y0"]), int(box["x1"]) + 1, int(box["y1"]) + 1)).getextrema()[0]
        < 128
    )
    assert client.get(f"/api/v1/answers/{answer['id']}").json() == answer
    assert client.get(f"/api/v1/answers/{answer['id']}", headers=BEN).status_code == 404


def test_a_streamed_answer_says_what_a_whole_one_says(real: tuple[System, TestClient]) -> None:
    _, client = real
    text = client.post("/api/v1/ask", json={"question": HOTEL, "stream": True}).text
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    data = [json.loads(lines[1].removeprefix("data: ")) for lines in blocks]
    assert blocks[-1][0] == "event: done"
    assert data[:-1] == data[-1]["statements"]


def test_feedback_reaches_the_store(real: tuple[System, TestClient]) -> None:
    system, client = real
    answer = client.post("/api/v1/ask", json={"question": HOTEL}).json()
    statement = answer["statements"][0]
    rows = [
        {"answer": answer["id"], "kind": "thumb", "value": "down"},
        {"answer": answer["id"], "kind": "edit", "statement": statement["id"], "value": {"before": "a", "after": "b"}},
        {"answer": answer["id"], "kind": "citation", "citation": statement["citations"][0]["id"], "value": "wrong"},
        {"answer": answer["id"], "kind": "should_abstain", "value": True},
        {"answer": answer["id"], "kind": "reason", "value": "outdated: since May"},
        {"answer": answer["id"], "kind": "expert_answer", "value": "150 euros"},
    ]  # fmt: skip
    reply = client.post("/api/v1/feedback", json=rows)
    assert reply.status_code == 201, reply.text
    assert [row.kind for row in system.feedback(answer["id"])] == [row["kind"] for row in rows]
    assert client.post("/api/v1/feedback", json=rows[0], headers=BEN).status_code == 404


def test_rights_are_the_real_ones(real: tuple[System, TestClient]) -> None:
    _, client = real
    question = {"question": "What is the salary band of level four?"}
    assert "61000" in client.post("/api/v1/ask", json=question).text
    assert "61000" not in client.post("/api/v1/ask", json=question, headers=BEN).text
    [bands] = [
        row for row in client.get("/api/v1/documents").json()["documents"] if row["uri"] == "hr/bands.md"
    ]
    assert client.get(f"/api/v1/documents/{bands['id']}").status_code == 200
    assert client.get(f"/api/v1/documents/{bands['id']}", headers=BEN).status_code == 404
    assert client.get(f"/api/v1/documents/{bands['id']}/pages/1.png", headers=BEN).status_code == 404


def test_a_page_without_a_picture_says_so(real: tuple[System, TestClient]) -> None:
    _, client = real
    [bands] = [
        row for row in client.get("/api/v1/documents").json()["documents"] if row["uri"] == "hr/bands.md"
    ]
    reply = client.get(f"/api/v1/documents/{bands['id']}/pages/1.png")
    assert reply.status_code in (404, 422), reply.text
    assert reply.json()["next"]


def test_a_second_writer_is_refused(real: tuple[System, TestClient]) -> None:
    system, client = real
    with system.workspace.writing("a test"):
        reply = client.post("/api/v1/ingest", json={})
    assert reply.status_code == 409, reply.text


def test_whether_a_hidden_file_is_there_is_not_told(real: tuple[System, TestClient]) -> None:
    system, client = real

    def reply(name: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        path = str(system.workspace.root / "docs" / "hr" / name)
        got = client.post("/api/v1/ingest", json={"paths": [path]}, headers=headers)
        return got.status_code, got.text.replace(name, "")

    assert reply("bands.md", BEN) == reply("other.md", BEN)
    assert reply("bands.md", BEN)[0] == 404
    assert system.may_ingest(system.workspace.root / "docs" / "hr", "anna")
    assert not system.may_ingest(system.workspace.root / "docs" / "hr", "ben")
    assert not system.may_ingest(system.workspace.root / "docs" / "nobody", "anna")


def test_paths_outside_of_the_sources_are_refused(real: tuple[System, TestClient], tmp_path: Path) -> None:
    _, client = real
    reply = client.post("/api/v1/ingest", json={"paths": [str(tmp_path)]})
    assert reply.status_code == 422
    assert "sources" in reply.json()["detail"]
