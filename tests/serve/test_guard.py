import pytest
from fastapi.testclient import TestClient

from metier.serve.guard import MAX_BODY_BYTES, is_loopback

ASK = {"question": "What may a hotel cost?"}


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost."]
)
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "0.0.0.0", "::", "192.168.1.5", "evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "2130706433"],
)  # fmt: skip
def test_not_this_machine(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8321", "192.168.1.5:8321", "", "a@127.0.0.1.evil"]
)
def test_other_host_headers_are_refused(client: TestClient, host: str) -> None:
    for path in ("/", "/api/v1/status", "/static/style.css"):
        reply = client.get(path, headers={"Host": host})
        assert reply.status_code == 403
        assert reply.json()["type"] == "urn:metier:problem:wrong-host"


@pytest.mark.parametrize("host", ["localhost:8321", "127.0.0.1:8321", "[::1]:8321"])
def test_our_own_names_are_served(client: TestClient, host: str) -> None:
    assert client.get("/api/v1/status", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://127.0.0.1.evil.example:8321"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize(
    "path", ["/api/v1/ask", "/api/v1/ingest", "/api/v1/feedback", "/v1/chat/completions"]
)
def test_foreign_pages_cannot_act(client: TestClient, path: str, headers: dict[str, str]) -> None:
    reply = client.post(path, json=ASK, headers=headers)
    assert reply.status_code == 403
    assert reply.json()["type"] == "urn:metier:problem:wrong-origin"


def test_our_own_page_can(client: TestClient) -> None:
    headers = {"Origin": "http://127.0.0.1:8321", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/v1/ask", json=ASK, headers=headers).status_code == 200


def test_there_is_no_cors(client: TestClient) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    reply = client.options("/api/v1/ask", headers=headers)
    assert not [name for name in reply.headers if name.startswith("access-control")]


def test_every_response_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/", "/documents", "/api/v1/status", "/static/style.css", "/nothing"):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert client.get("/api/v1/status").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("declared", [True, False])
def test_large_bodies_are_refused(client: TestClient, declared: bool) -> None:
    body = b'{"question": "' + b"x" * MAX_BODY_BYTES + b'"}'
    content = body if declared else (body[i : i + 65536] for i in range(0, len(body), 65536))
    reply = client.post("/api/v1/ask", content=content, headers={"Content-Type": "application/json"})
    assert reply.status_code == 413
    assert "1048576" in reply.json()["detail"]
