"""A language model behind any OpenAI-compatible `/v1/chat/completions` (vLLM, Ollama, llama.cpp, hosted ones).

Pieces are streamed (server-sent events). Only what happens before the first piece is tried again: afterwards a retry
would show the reader a sentence twice. The key is read from the environment variable that the settings name, at each
request, and never stands in a message.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx

from metier.models.completion import Completion, Spent, chat_request, delta_text, error_text, spent_from
from metier.models.connection import TRIES, Connection, Server, TryAgain, service_url

_TOTAL_FACTOR = (
    4  # the whole answer may take this many times `timeout_s`, which bounds the wait for each piece
)


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
        slot: str = "generator",
    ) -> None:
        """`slot` is the place in `models` of metier.yaml that names it, for messages."""
        self._url = chat_url(url)
        self._name = name
        self._timeout_s = timeout_s
        self._prices = (price_per_million_in, price_per_million_out)
        self._sleep = sleep
        self._setting = f"models.{slot}"
        what = "vision model" if slot == "vision" else "language model"
        self._server = Connection(
            Server(self._url, name, key_env, timeout_s, what, self._setting), environment
        )

    @property
    def identity(self) -> str:
        """Model name and URL."""
        return f"endpoint:{self._name or 'default'}@{self._url}"

    def close(self) -> None:
        """Closes the connections."""
        self._server.close()

    def complete(
        self, messages: Sequence[Mapping[str, Any]], max_tokens: int, temperature: float, seed: int
    ) -> Completion:
        """Pieces of text as they come. Raises ModelUnavailable (at the first piece) with URL and remedy."""
        request = chat_request(messages, max_tokens, temperature, seed)
        return Completion(self._stream({"model": self._name or "default", **request}), *self._prices)

    def _stream(self, body: dict[str, Any]) -> Iterator[str | Spent]:
        key = self._server.key()
        for attempt in range(1, TRIES + 1):
            try:
                yield from self._attempt(body, key)
                return
            except TryAgain as error:
                failure = error
            self._sleep(self._server.pause(failure, attempt, key))

    def _attempt(self, body: dict[str, Any], key: str) -> Iterator[str | Spent]:
        server = self._server
        deadline = time.monotonic() + self._timeout_s * _TOTAL_FACTOR
        begun = False
        try:
            with server.client.stream("POST", self._url, json=body, headers=server.headers(key)) as response:
                server.check(response, key)
                for chunk in _chunks(response):
                    if message := error_text(chunk):
                        raise server.unavailable(f"the server said {message!r}", "see its log", key)
                    if time.monotonic() > deadline:
                        raise server.unavailable("the answer takes too long", "raise `timeout_s`", key)
                    if text := delta_text(chunk):
                        begun = True
                        yield text
                    if spent := spent_from(chunk.get("usage")):
                        yield spent
        except httpx.TimeoutException as error:
            # Not tried again after a connection: a server that is too slow once is slower under twice the load.
            if isinstance(error, httpx.ConnectTimeout) and not begun:
                raise TryAgain("no connection in time") from None
            remedy = f"raise {self._setting}.timeout_s or use a smaller model"
            raise server.unavailable(f"nothing came for {self._timeout_s:g} s", remedy, key) from None
        except httpx.TransportError as error:
            if not begun:
                raise TryAgain(f"{type(error).__name__}: {error}") from None
            raise server.unavailable(f"the connection broke ({error})", "ask again", key) from None
        except httpx.InvalidURL as error:
            raise server.unavailable(f"not a URL ({error})", "correct it in metier.yaml", key) from None


def chat_url(url: str) -> str:
    """The chat completions URL for a base URL given with or without `/v1`. Raises ModelUnavailable if it is none."""
    return service_url(url, "/chat/completions", "/v1")


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
