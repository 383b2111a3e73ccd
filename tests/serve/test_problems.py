import pytest
from fastapi.testclient import TestClient

from metier.errors import Busy, ModelUnavailable, UserError
from metier.serve.problems import problem_of


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/api/v1/nothing", 404, "no-such-address"),
        ("GET", "/nothing", 404, "no-such-address"),
        ("PUT", "/api/v1/ask", 405, "wrong-method"),
        ("GET", "/api/v1/documents/none", 404, "not-found"),
        ("GET", "/api/v1/documents?limit=0", 422, "invalid-request"),
        ("GET", "/api/v1/documents?state=lost", 422, "invalid-request"),
        ("GET", "/api/v1/documents/d-handbook/pages/zero.png", 422, "invalid-request"),
    ],
)
def test_every_error_is_a_problem(client: TestClient, method: str, path: str, status: int, name: str) -> None:
    reply = client.request(method, path)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json()
    assert body["type"] == f"urn:metier:problem:{name}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["next"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_only_json_bodies(client: TestClient, content_type: str) -> None:
    reply = client.post("/api/v1/ask", content=b'{"question": "x"}', headers={"Content-Type": content_type})
    assert reply.status_code == 422


def test_broken_json(client: TestClient) -> None:
    reply = client.post("/api/v1/ask", content=b"{", headers={"Content-Type": "application/json"})
    assert reply.status_code == 422
    assert "application/json" in reply.json()["next"]


def test_our_own_mistake_shows_nothing_of_the_inside(client: TestClient) -> None:
    reply = client.post("/api/v1/ask", json={"question": "break"})
    assert reply.status_code == 500
    assert reply.headers["content-type"] == "application/problem+json"
    assert "inner workings" not in reply.text
    assert "Traceback" not in reply.text
    assert "default-src 'none'" in reply.headers["content-security-policy"]


def test_openai_clients_find_their_error_object(client: TestClient) -> None:
    body = client.post("/v1/chat/completions", json={"messages": []}).json()
    assert body["error"]["code"] == "invalid-request"
    assert body["error"]["message"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UserError("x"), 422),
        (Busy("x"), 409),
        (ModelUnavailable("x"), 503),
        (KeyError(), 500),
    ],
)
def test_what_was_raised_decides_the_status(error: Exception, status: int) -> None:
    assert problem_of(error).status == status
