import logging

import pytest
from fastapi.testclient import TestClient

from metier.errors import UserError
from metier.store.canary import Canary
from metier.system.canary import CanaryReport
from tests.serve.conftest import wait_for
from tests.serve.fake import BUSY, FakeSystem


def test_the_law_of_conservation_is_in_the_status(client: TestClient) -> None:
    reply = client.get("/api/v1/status").json()
    ledger = reply["ledger"]
    assert ledger["holds"] is True
    assert ledger["received"] == sum(ledger["law"].values()) == 7
    assert ledger["law"]["quarantined"] == 1
    assert ledger["reasons"] == {"encrypted": 1, "no_text": 1}
    assert reply["user"] == {"id": "anna", "name": "Anna Albers", "groups": ["hr", "staff"]}
    assert reply["ingest"]["state"] == "idle"


def state(client: TestClient) -> str:
    return str(client.get("/api/v1/status").json()["ingest"]["state"])


def test_an_ingest_runs_behind_and_only_once(client: TestClient, system: FakeSystem) -> None:
    system.ingest_steps = 200
    reply = client.post("/api/v1/ingest", json={})
    assert reply.status_code == 202
    assert reply.json()["state"] == "running"
    second = client.post("/api/v1/ingest", json={})
    assert second.status_code == 409
    assert second.json()["type"] == "urn:metier:problem:busy"
    system.ingest_go.set()
    wait_for(lambda: state(client) == "done")
    view = client.get("/api/v1/status").json()["ingest"]
    assert view["report"]["failed"] == 1
    assert view["progress"]["done"] == 200
    assert client.post("/api/v1/ingest").status_code == 202  # a body is not needed


def test_progress_does_not_name_what_the_user_may_not_see(client: TestClient, system: FakeSystem) -> None:
    system.ingest_steps = 1  # the first file is secret/plan.pdf
    system.ingest_go.set()
    client.post("/api/v1/ingest", json={})
    wait_for(lambda: state(client) == "done")
    view = client.get("/api/v1/status")
    assert view.json()["ingest"]["progress"]["current"] == ""
    assert "plan.pdf" not in view.text
    system.ingest_steps = 2  # the second is handbook.pdf
    client.post("/api/v1/ingest", json={})
    wait_for(lambda: state(client) == "done")
    assert client.get("/api/v1/status").json()["ingest"]["progress"]["current"] == "handbook.pdf"


def test_an_ingest_can_be_stopped(client: TestClient, system: FakeSystem) -> None:
    system.ingest_steps = 1000
    client.post("/api/v1/ingest", json={})
    assert client.request("DELETE", "/api/v1/ingest").json()["state"] in ("stopping", "stopped")
    wait_for(lambda: state(client) == "stopped")


def test_another_writer_is_a_conflict(client: TestClient, system: FakeSystem) -> None:
    system.ingest_error = BUSY
    reply = client.post("/api/v1/ingest", json={})
    assert reply.status_code == 409
    assert "metier cancel" in reply.json()["detail"]
    system.ingest_error = None
    assert client.post("/api/v1/ingest", json={}).status_code == 202


def test_a_failed_ingest_does_not_stay_running(
    client: TestClient, system: FakeSystem, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL, logger="metier.serve"):
        system.ingest_error = UserError("the folder docs does not exist; make it or change sources")
        assert client.post("/api/v1/ingest", json={}).status_code == 422
        assert "the folder docs" in client.get("/api/v1/status").json()["ingest"]["problem"]["detail"]
        system.ingest_error = RuntimeError("inner workings")
        assert client.post("/api/v1/ingest", json={}).status_code == 500
    assert state(client) == "failed"
    assert "inner workings" not in client.get("/api/v1/status").text


def test_paths_reach_the_system_which_refuses_those_outside_of_sources(
    client: TestClient, system: FakeSystem
) -> None:
    system.ingest_go.set()
    assert client.post("/api/v1/ingest", json={"paths": ["docs/handbook.pdf"]}).status_code == 202
    wait_for(lambda: state(client) == "done")
    reply = client.post("/api/v1/ingest", json={"paths": ["/etc/passwd"]})
    assert reply.status_code == 422
    assert "not inside a source" in reply.json()["detail"]


def test_a_file_that_may_not_be_seen_looks_like_none(client: TestClient) -> None:
    def reply(name: str) -> tuple[int, str]:
        got = client.post(
            "/api/v1/ingest", json={"paths": [f"docs/hr/{name}"]}, headers={"X-Metier-User": "ben"}
        )
        return got.status_code, got.text.replace(name, "")

    assert reply("salaries.pdf") == reply("nothing.pdf")
    assert reply("salaries.pdf")[0] == 404


@pytest.mark.parametrize(
    "body", [{"paths": [""]}, {"paths": ["a\0b"]}, {"paths": "docs"}, {"path": ["docs"]}]
)
def test_odd_paths(client: TestClient, body: dict) -> None:
    assert client.post("/api/v1/ingest", json=body).status_code == 422


def test_releases(client: TestClient) -> None:
    assert [release["id"] for release in client.get("/api/v1/releases").json()] == ["release-0"]


def test_an_unknown_user_gets_nothing(client: TestClient) -> None:
    for path in ("status", "releases", "documents", "documents/d-handbook", "answers/x"):
        assert client.get(f"/api/v1/{path}", headers={"X-Metier-User": "mallory"}).status_code == 403
    for path in ("ask", "ingest", "feedback"):
        body = {"question": "x"} if path == "ask" else {}
        body = {"answer": "x", "kind": "thumb", "value": "up"} if path == "feedback" else body
        assert (
            client.post(f"/api/v1/{path}", json=body, headers={"X-Metier-User": "mallory"}).status_code == 403
        )


def test_how_a_canary_is_doing_is_told(client: TestClient, system: FakeSystem) -> None:
    one = Canary("c", system.release.id, 0.1, "the salt", "2026-11-28", 5, 7)
    assert client.get("/api/v1/status").json()["canary"] is None
    system.tried = CanaryReport(one, 1, 12, 40, 300, 9, 2, 80, 11, 0.4)
    told = client.get("/api/v1/status")
    assert (told.json()["canary"]["running"], told.json()["canary"]["harmed"]) == (True, 2)
    assert "the salt" not in told.text, "by which one could tell who gets it"
    (row,) = client.get("/api/v1/releases").json()
    assert (row["live"], row["canary"]["people"]) == (True, 1)
