"""A server that the settings name: its connections, the key it wants, and what to say where it does not answer.

The key is read from the environment variable that the settings name, at each request, and never stands in a message.
"""

import ipaddress
import math
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx

from metier.errors import ModelUnavailable
from metier.models.pacing import NO_LIMITS, Limits, MustWait, Pace, Turn, retry_after

TRIES = 4
# doubles each time: 0.5 + 1 + 2 s at most before giving up, what a restart of a server takes
FIRST_WAIT_S = 0.5
_CONNECT_S = 5.0
_DETAIL = 200  # characters of a server's own words in a message
_RETRY = frozenset({408, 429, 500, 502, 503, 504})


_NOT_UNDERSTOOD = (400, 422)  # what servers answer that do not know a part of the request


class NotUnderstood(Exception):
    """The server refuses the form of the request."""

    def __init__(self, error: ModelUnavailable) -> None:
        super().__init__(str(error))
        self.error = error


class TryAgain(Exception):
    """A failure before anything came that may pass; `wait_s` where the server says how soon."""

    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is, and what messages call it."""

    url: str
    name: str  # of the model, as the server knows it
    key_env: str
    timeout_s: float
    what: str  # "language model"
    setting: str  # "models.generator"


class Connection:
    """Connections to one server; safe to share between threads."""

    def __init__(
        self,
        server: Server,
        environment: Mapping[str, str] | None = None,
        limits: Limits = NO_LIMITS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._server = server
        self._pace = Pace(limits, sleep=sleep)
        self._environment = os.environ if environment is None else environment
        # A proxy set for the internet must not be asked for a server on this machine. Redirects are not followed:
        # they would carry the key and the documents to somebody the settings do not name.
        self.client = httpx.Client(
            timeout=httpx.Timeout(server.timeout_s, connect=min(_CONNECT_S, server.timeout_s)),
            trust_env=not _is_loopback(server.url),
            follow_redirects=False,
        )

    def close(self) -> None:
        """Closes them."""
        self.client.close()

    def key(self) -> str:
        """The key, empty where none is needed. Raises ModelUnavailable if its variable is not set."""
        name = self._server.key_env
        if not name:
            return ""
        if key := self._environment.get(name, "").strip():
            return key
        raise self.unavailable(f"the environment variable {name} (key_env) is not set", "set it to the key")

    @staticmethod
    def headers(key: str) -> dict[str, str]:
        """What a request carries."""
        return {"Authorization": f"Bearer {key}"} if key else {}

    def check(self, response: httpx.Response, key: str) -> None:
        """Raises TryAgain for what may pass, NotUnderstood for what may be asked in another form, ModelUnavailable for what must be
        mended."""
        status, now = response.status_code, datetime.now(UTC)
        if status == 200:
            self._pace.heard(response.headers, now)
            return
        if status in _RETRY:
            raise TryAgain(f"HTTP {status}", retry_after(response.headers, now))
        response.read()
        detail = " ".join(response.text.split())[:_DETAIL]
        error = self.unavailable(f"HTTP {status} {detail}".rstrip(), self._remedy(status), key)
        raise NotUnderstood(error) if status in _NOT_UNDERSTOOD else error

    @contextmanager
    def turn(self, key: str) -> Iterator[Turn]:
        """A place among the requests. Raises ModelUnavailable where waiting for it, or inside it, would take too long."""
        try:
            with self._pace.turn() as turn:
                yield turn
        except MustWait as error:
            remedy = f"raise the limits of {self._server.setting}, or wait_s"
            raise self.unavailable(error.reason, remedy, key) from None

    def pause(self, turn: Turn, failure: TryAgain, attempt: int, key: str, left_s: float = math.inf) -> None:
        """Waits after that attempt (from 1). Raises ModelUnavailable where no further one is worth it, or would begin later than
        `left_s`."""
        # up to half more: several workers must not come back in step
        wait_s = failure.wait_s or FIRST_WAIT_S * 2 ** (attempt - 1) * (1 + random.random() / 2)
        if attempt == TRIES or wait_s > min(turn.left_s, left_s):
            told = f", and it asks to wait {failure.wait_s:.0f} s" if failure.wait_s else ""
            reason = f"{failure.reason} (tried {attempt} times){told}"
            raise self.unavailable(reason, "is the server running?", key)
        turn.pause(wait_s, is_for_all=failure.wait_s > 0)

    def unavailable(self, reason: str, remedy: str, key: str = "") -> ModelUnavailable:
        """The error that says so, without the key."""
        message = f"{self._server.what} at {self._server.url}: {reason}; {remedy}"
        return ModelUnavailable(message.replace(key, "***") if key else message)

    def _remedy(self, status: int) -> str:
        server = self._server
        if status in (401, 403):
            if server.key_env:
                return f"the key in the environment variable {server.key_env} was not accepted"
            return "it wants a key; name the environment variable that holds it as `key_env`"
        if status == 404:
            return f"does the server know the model {server.name!r} ({server.setting}.name), and is the path right?"
        if 300 <= status < 400:
            return "it redirects; write the final URL into metier.yaml"
        return f"correct {server.setting} in metier.yaml"


def service_url(url: str, service: str, version: str) -> str:
    """The URL of a service for a base URL that may name it already; `version` is put between where the base has no
    path. Raises ModelUnavailable if it is no URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ModelUnavailable(f"endpoint:{url} is no http(s) URL; e.g. endpoint:http://127.0.0.1:11434/v1")
    if parts.username or parts.password:
        raise ModelUnavailable(f"endpoint:{parts.hostname}: a URL must not hold a key; use `key_env`")
    path = parts.path.rstrip("/")
    if not path.endswith(service):
        path = f"{path or version}{service}"
    return parts._replace(path=path, fragment="").geturl()


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
