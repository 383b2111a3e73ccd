"""Pulling from a hub on the loopback interface: consent, resume, hashes, and what goes wrong."""

import hashlib
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from metier.errors import UserError
from metier.models.pull import pull
from metier.models.sources import model_file
from tests.models.loopback import Handler, send, serving

SOURCE = "hf:owner/repo/m.gguf"
CONTENT = b"GGUF" + bytes(range(256)) * 9000  # 2.3 MB: several blocks
SHA = hashlib.sha256(CONTENT).hexdigest()


def hub(content: bytes = CONTENT, etag: str = '"v1"', **headers: str) -> Handler:
    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        ask = request.headers.get("range", "")
        if ask and request.headers.get("if-range") == etag:
            start = int(ask.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                send(request, 416, b"", etag=etag, **headers)
                return
            send(request, 206, content[start:], etag=etag, **headers)
            return
        send(request, 200, content, etag=etag, **headers)

    return handler


def broken(after: int) -> Handler:
    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        request.send_response(200)
        request.send_header("etag", '"v1"')
        request.send_header("content-length", str(len(CONTENT)))
        request.end_headers()
        request.wfile.write(CONTENT[:after])
        request.close_connection = True

    return handler


def test_nothing_is_asked_without_consent(tmp_path: Path) -> None:
    with serving(hub()) as server:
        with pytest.raises(
            UserError, match=r"downloads from http://127.0.0.1:\d+/owner/repo/resolve/main/m.gguf; say yes"
        ):
            pull(SOURCE, tmp_path, consent=False, environment={"HF_ENDPOINT": server.url})
        assert server.requests == []
    assert list(tmp_path.iterdir()) == []


def test_a_pulled_file_can_be_opened(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    with serving(hub(x_linked_etag=f'"{SHA}"')) as server:
        file = pull(
            SOURCE,
            tmp_path,
            True,
            lambda done, total: seen.append((done, total)),
            {"HF_ENDPOINT": server.url},
        )
    assert file.path.read_bytes() == CONTENT
    assert model_file(SOURCE, tmp_path) == file
    assert file.sha256 == SHA
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["m.gguf", "m.gguf.json"]


def test_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with (
        serving(broken(after=1_500_000)) as server,
        pytest.raises(UserError, match="What was read is kept: the same command goes on"),
    ):
        pull(SOURCE, tmp_path, True, environment={"HF_ENDPOINT": server.url})
    with pytest.raises(UserError, match="metier model pull"):
        model_file(SOURCE, tmp_path)
    with serving(hub()) as server:
        assert pull(SOURCE, tmp_path, True, environment={"HF_ENDPOINT": server.url}).sha256 == SHA
    assert server.requests[0][2]["range"] == f"bytes={1 << 20}-"


def test_starts_over_when_the_hub_has_another_file_now(tmp_path: Path) -> None:
    with serving(broken(after=1_500_000)) as server, pytest.raises(UserError):
        pull(SOURCE, tmp_path, True, environment={"HF_ENDPOINT": server.url})
    other = b"GGUF another"
    with serving(hub(other, etag='"v2"')) as server:
        file = pull(SOURCE, tmp_path, True, environment={"HF_ENDPOINT": server.url})
    assert file.path.read_bytes() == other


def test_a_whole_partial_file_needs_nothing_more(tmp_path: Path) -> None:
    folder = tmp_path / "owner" / "repo"
    folder.mkdir(parents=True)
    (folder / "m.gguf.part").write_bytes(CONTENT)
    (folder / "m.gguf.part.etag").write_text('"v1"')
    with serving(hub()) as server:
        assert pull(SOURCE, tmp_path, True, environment={"HF_ENDPOINT": server.url}).sha256 == SHA


def test_other_bytes_than_stated_are_deleted(tmp_path: Path) -> None:
    with (
        serving(hub(x_linked_etag=f'"{"0" * 64}"')) as server,
        pytest.raises(UserError, match="expected 000000000000"),
    ):
        pull(SOURCE, tmp_path, True, environment={"HF_ENDPOINT": server.url})
    assert list((tmp_path / "owner" / "repo").iterdir()) == []


def test_the_catalogues_hash_outranks_the_hubs(tmp_path: Path) -> None:
    with (
        serving(hub(x_linked_etag=f'"{SHA}"')) as server,
        pytest.raises(UserError, match="expected 6a1a2eb6d156"),
    ):
        pull("qwen2.5-1.5b", tmp_path, True, environment={"HF_ENDPOINT": server.url})


@pytest.mark.parametrize(
    ("status", "message"), [(404, "does not exist"), (401, "use path:FILE"), (500, "try again later")]
)
def test_refusals(tmp_path: Path, status: int, message: str) -> None:
    with (
        serving(lambda request, body: send(request, status, b"")) as server,
        pytest.raises(UserError, match=message),
    ):
        pull(SOURCE, tmp_path, True, environment={"HF_ENDPOINT": server.url})


def test_no_hub_at_all_and_unknown_names(tmp_path: Path) -> None:
    with serving(hub()) as server:
        url = server.url
    with pytest.raises(UserError, match=r"cannot be fetched \(ConnectError.*is this machine online"):
        pull(SOURCE, tmp_path, True, environment={"HF_ENDPOINT": url})
    with pytest.raises(UserError, match=r"unknown model 'gpt-9'; metier knows qwen2.5-1.5b"):
        pull("gpt-9", tmp_path, True, environment={})


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "owner").write_text("a file in the way")
    with serving(hub()) as server, pytest.raises(UserError, match="choose another folder"):
        pull(SOURCE, tmp_path, True, environment={"HF_ENDPOINT": server.url})


def test_a_full_disk_is_seen_before_the_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("U", (), {"free": 1000})())
    with (
        serving(hub()) as server,
        pytest.raises(UserError, match=r"0.0 GB are free; free space or set XDG_DATA_HOME"),
    ):
        pull(SOURCE, tmp_path, True, environment={"HF_ENDPOINT": server.url})
