import signal

import pytest

from metier.cli import show
from metier.cli.interrupt import stop_on_interrupt


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_of_a_printed_line_asks_to_stop(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    def print_while_signalled(*_: object, **__: object) -> None:
        raise AssertionError("the console is in use by the line that was interrupted")

    monkeypatch.setattr(show.err, "print", print_while_signalled)
    with stop_on_interrupt() as should_stop:
        assert not should_stop()
        signal.raise_signal(number)
        assert should_stop()
    assert "stopping" in capfd.readouterr().err
