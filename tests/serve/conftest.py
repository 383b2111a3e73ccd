"""A fake System, a client in this process, and a real server on a free port."""

import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import uvicorn
from fastapi.testclient import TestClient

from metier.serve.app import create_app
from metier.serve.run import listen
from tests.serve.fake import FakeSystem


@dataclass
class Running:
    """A server and the system behind it."""

    address: str
    system: FakeSystem


@pytest.fixture
def system() -> FakeSystem:
    return FakeSystem()


@pytest.fixture
def client(system: FakeSystem) -> Iterator[TestClient]:
    with TestClient(
        create_app(system), base_url="http://127.0.0.1:8321", raise_server_exceptions=False
    ) as it:
        yield it


@contextmanager
def running(system: FakeSystem) -> Iterator[Running]:
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(
        create_app(system), log_level="warning", timeout_graceful_shutdown=1, lifespan="on"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    wait_for(lambda: server.started)
    try:
        yield Running(f"http://127.0.0.1:{listener.getsockname()[1]}", system)
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


@pytest.fixture
def server(system: FakeSystem) -> Iterator[Running]:
    with running(system) as it:
        yield it


def wait_for(condition: Callable[[], object], seconds: float = 15) -> None:
    """Returns once the condition holds; fails the test if it never does."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def address_of(process: "subprocess.Popen[str]") -> str:
    """Where the server listens that the process starts and announces; fails the test if it announces nothing."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, line
    return found[0]
