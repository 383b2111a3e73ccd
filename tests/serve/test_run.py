import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from metier.errors import Busy, UserError
from metier.serve.run import listen, serve
from tests.serve.conftest import address_of
from tests.serve.fake import FakeSystem

ROOT = Path(__file__).parents[2]


def test_a_taken_port_is_named_with_a_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Busy, match=rf"port {port} cannot be used.*serve.port"):
            serve(FakeSystem(), "127.0.0.1", port)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.1", "::", "example.org", ""])
def test_other_hosts_are_refused_until_there_is_authentication(host: str) -> None:
    with pytest.raises(UserError, match="no authentication yet"):
        listen(host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_free_port_is_ours(host: str) -> None:
    with listen(host, 0) as listener:
        assert listener.getsockname()[1] > 0
        assert listener.proto == socket.IPPROTO_TCP  # or every answer waits 40 ms, see listen()


def test_it_serves_until_ctrl_c_and_ends_quietly() -> None:
    code = "from tests.serve.fake import FakeSystem; from metier.serve.run import serve; serve(FakeSystem(), '127.0.0.1', 0)"
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", code],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stderr is not None
        address = address_of(process)
        assert httpx.get(f"{address}/api/v1/status", timeout=20).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""


def test_a_port_without_permission_is_not_called_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(UserError, match="Permission denied") as caught:
        listen("127.0.0.1", 80)
    assert not isinstance(caught.value, Busy)
