import socket

import pytest

from metier.errors import Busy, UserError
from metier.serve.run import listen, serve
from tests.serve.fake import FakeSystem


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


def test_a_port_without_permission_is_not_called_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(UserError, match="Permission denied") as caught:
        listen("127.0.0.1", 80)
    assert not isinstance(caught.value, Busy)
