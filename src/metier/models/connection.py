"""A server that the settings name: its connections, the key it wants, and what to say where it does not answer.

The key is read from the environment variable that the settings name, at each request, and never stands in a message.
"""

import ipaddress
import math
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from metier.errors import ModelUnavailable

TRIES = 4
# doubles each time: 0.5 + 1 + 2 s at most before giving up, what a restart of a server takes
FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 10.0  # a longer Retry-After is no pause but a refusal
_CONNECT_S = 5.0
_DETAIL = 200  # characters of a server's own words in a message
_RETRY = frozenset({408, 429, 500, 502, 503, 504})


class TryAgain(Exception):
    """A failure before anything came that may pass."""

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

    def __init__(self, server: Server, environment: Mapping[str, str] | None = None) -> None:
        self._server = server
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
        """Raises TryAgain for what may pass, ModelUnavailable for what must be mended."""
        status = response.status_code
        if status == 200:
            return
        if status in _RETRY:
            raise TryAgain(f"HTTP {status}", _retry_after(response))
        response.read()
        detail = " ".join(response.text.split())[:_DETAIL]
        raise self.unavailable(f"HTTP {status} {detail}".rstrip(), self._remedy(status), key)

    def pause(self, failure: TryAgain, attempt: int, key: str, left_s: float = math.inf) -> float:
        """Seconds to wait after that attempt (from 1). Raises ModelUnavailable where no further one is worth it, or would begin later
        than `left_s`."""
        # up to half more: several workers must not come back in step
        wait_s = failure.wait_s or FIRST_WAIT_S * 2 ** (attempt - 1) * (1 + random.random() / 2)
        if attempt == TRIES or wait_s > min(_LONGEST_WAIT_S, left_s):
            raise self.unavailable(f"{failure.reason} (tried {attempt} times)", "is the server running?", key)
        return wait_s

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


def _retry_after(response: httpx.Response) -> float:
    try:
        return max(0.0, float(response.headers.get("retry-after", "")))
    except ValueError:
        return 0.0  # absent, or a date: our own waiting times will do
