"""A language model behind any OpenAI-compatible `/v1/chat/completions` (vLLM, Ollama, llama.cpp, hosted ones).

Pieces are streamed (server-sent events). Only what happens before the first piece is tried again: afterwards a retry
would show the reader a sentence twice. The key is read from the environment variable that the settings name, at each
request, and never stands in a message.
"""

import ipaddress
import json
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

from metier.errors import ModelUnavailable
from metier.models.completion import Completion, Spent, chat_request, delta_text, error_text, spent_from

_TRIES = 4
_FIRST_WAIT_S = (
    0.5  # doubles each time: 0.5 + 1 + 2 s at most before giving up, what a restart of a server takes
)
_LONGEST_WAIT_S = 10.0  # a longer Retry-After is no pause but a refusal
_CONNECT_S = 5.0
_TOTAL_FACTOR = (
    4  # the whole answer may take this many times `timeout_s`, which bounds the wait for each piece
)
_DETAIL = 200  # characters of a server's own words in a message
_RETRY = frozenset({408, 429, 500, 502, 503, 504})


class _TryAgain(Exception):
    """A failure before the first piece that may pass."""

    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait_s = wait_s


class EndpointModel:
    """A LanguageModel behind a URL; safe to share between threads."""

    def __init__(
        self,
        url: str,
        name: str = "",
        key_env: str = "",
        timeout_s: float = 60.0,
        price_per_million_in: float = 0.0,
        price_per_million_out: float = 0.0,
        environment: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = chat_url(url)
        self._name = name
        self._key_env = key_env
        self._timeout_s = timeout_s
        self._prices = (price_per_million_in, price_per_million_out)
        self._environment = os.environ if environment is None else environment
        self._sleep = sleep
        # A proxy set for the internet must not be asked for a server on this machine. Redirects are not followed:
        # they would carry the key and the documents to somebody the settings do not name.
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
            trust_env=not _is_loopback(self._url),
            follow_redirects=False,
        )

    @property
    def identity(self) -> str:
        """Model name and URL."""
        return f"endpoint:{self._name or 'default'}@{self._url}"

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def complete(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, temperature: float, seed: int
    ) -> Completion:
        """Pieces of text as they come. Raises ModelUnavailable (at the first piece) with URL and remedy."""
        request = chat_request(messages, max_tokens, temperature, seed)
        return Completion(self._stream({"model": self._name or "default", **request}), *self._prices)

    def _stream(self, body: dict[str, Any]) -> Iterator[str | Spent]:
        key = self._key()
        wait_s = _FIRST_WAIT_S
        for attempt in range(1, _TRIES + 1):
            try:
                yield from self._attempt(body, key)
                return
            except _TryAgain as failure:
                if attempt == _TRIES or failure.wait_s > _LONGEST_WAIT_S:
                    raise self._unavailable(
                        f"{failure.reason} (tried {attempt} times)", key, "is the server running?"
                    ) from None
                # up to half more: several workers must not come back in step
                self._sleep(failure.wait_s or wait_s * (1 + random.random() / 2))
                wait_s *= 2

    def _attempt(self, body: dict[str, Any], key: str) -> Iterator[str | Spent]:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        deadline = time.monotonic() + self._timeout_s * _TOTAL_FACTOR
        begun = False
        try:
            with self._client.stream("POST", self._url, json=body, headers=headers) as response:
                self._check(response, key)
                for chunk in _chunks(response):
                    if message := error_text(chunk):
                        raise self._unavailable(f"the server said {message!r}", key, "see its log")
                    if time.monotonic() > deadline:
                        raise self._unavailable("the answer takes too long", key, "raise `timeout_s`")
                    if text := delta_text(chunk):
                        begun = True
                        yield text
                    if spent := spent_from(chunk.get("usage")):
                        yield spent
        except httpx.TimeoutException as error:
            # Not tried again after a connection: a server that is too slow once is slower under twice the load.
            if isinstance(error, httpx.ConnectTimeout) and not begun:
                raise _TryAgain("no connection in time") from None
            remedy = "raise models.generator.timeout_s or use a smaller model"
            raise self._unavailable(f"nothing came for {self._timeout_s:g} s", key, remedy) from None
        except httpx.TransportError as error:
            if not begun:
                raise _TryAgain(f"{type(error).__name__}: {error}") from None
            raise self._unavailable(f"the connection broke ({error})", key, "ask again") from None
        except httpx.InvalidURL as error:
            raise self._unavailable(f"not a URL ({error})", key, "correct it in metier.yaml") from None

    def _check(self, response: httpx.Response, key: str) -> None:
        status = response.status_code
        if status == 200:
            return
        if status in _RETRY:
            raise _TryAgain(f"HTTP {status}", _retry_after(response))
        response.read()
        detail = " ".join(response.text.split())[:_DETAIL]
        raise self._unavailable(f"HTTP {status} {detail}".rstrip(), key, self._remedy(status))

    def _remedy(self, status: int) -> str:
        if status in (401, 403):
            if self._key_env:
                return f"the key in the environment variable {self._key_env} was not accepted"
            return "it wants a key; name the environment variable that holds it as `key_env`"
        if status == 404:
            return f"does the server know the model {self._name!r} (models.generator.name), and is the path right?"
        if 300 <= status < 400:
            return "it redirects; write the final URL into metier.yaml"
        return "correct models.generator in metier.yaml"

    def _key(self) -> str:
        if not self._key_env:
            return ""
        if key := self._environment.get(self._key_env, "").strip():
            return key
        raise self._unavailable(
            f"the environment variable {self._key_env} (key_env) is not set", "", "set it to the key"
        )

    def _unavailable(self, reason: str, key: str, remedy: str) -> ModelUnavailable:
        message = f"language model at {self._url}: {reason}; {remedy}"
        return ModelUnavailable(message.replace(key, "***") if key else message)


def chat_url(url: str) -> str:
    """The chat completions URL for a base URL given with or without `/v1`. Raises ModelUnavailable if it is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ModelUnavailable(f"endpoint:{url} is no http(s) URL; e.g. endpoint:http://127.0.0.1:11434/v1")
    if parts.username or parts.password:
        raise ModelUnavailable(f"endpoint:{parts.hostname}: a URL must not hold a key; use `key_env`")
    path = parts.path.rstrip("/")
    if not path.endswith("/chat/completions"):
        path = f"{path or '/v1'}/chat/completions"
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


def _chunks(response: httpx.Response) -> Iterator[dict[str, Any]]:
    """The JSON objects of a stream of server-sent events, or the one object of a plain JSON answer."""
    if "json" in response.headers.get("content-type", ""):
        response.read()
        yield from _object(response.text)
        return
    for line in response.iter_lines():
        if line.startswith("data:"):
            yield from _object(line.removeprefix("data:").strip())


def _object(text: str) -> Iterator[dict[str, Any]]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return  # "[DONE]", a comment, or a torn last line
    if isinstance(value, dict):
        yield value
