"""A language model behind any OpenAI-compatible `/v1/chat/completions` (vLLM, Ollama, llama.cpp, hosted ones).

Pieces are streamed (server-sent events). Only what happens before the first piece is tried again: afterwards a retry
would show the reader a sentence twice. The key is read from the environment variable that the settings name, at each
request, and never stands in a message.
"""

import dataclasses
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx

from metier.errors import ModelUnavailable
from metier.models.completion import (
    CHARACTERS_PER_TOKEN,
    Completion,
    Request,
    SchemaRefused,
    Scored,
    Spent,
    delta_text,
    error_text,
    scored_from,
    spent_from,
)
from metier.models.connection import TRIES, Connection, NotUnderstood, Server, TryAgain, service_url
from metier.models.pacing import NO_LIMITS, Limits

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
        limits: Limits = NO_LIMITS,
    ) -> None:
        """`slot` is the place in `models` of metier.yaml that names it, for messages."""
        self._url = chat_url(url)
        self._name = name
        self._timeout_s = timeout_s
        self._prices = (price_per_million_in, price_per_million_out)
        self._tells_logprobs = True  # until it refuses to
        self._setting = f"models.{slot}"
        what = "vision model" if slot == "vision" else "language model"
        self._server = Connection(
            Server(self._url, name, key_env, timeout_s, what, self._setting), environment, limits, sleep
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
        return self.ask(Request(messages, max_tokens, temperature, seed))

    def ask(self, request: Request) -> Completion:
        """Likewise; raises SchemaRefused (at the first piece) where the server does not take the schema."""
        if not self._tells_logprobs:
            request = dataclasses.replace(request, scored=False)
        return Completion(self._understood(request), *self._prices, request.characters)

    def _understood(self, request: Request) -> Iterator[str | Spent | Scored]:
        try:
            yield from self._stream(request)
        except NotUnderstood as refused:
            if request.schema is not None:
                raise SchemaRefused(str(refused.error)) from None
            if not request.scored:
                raise refused.error from None
            yield from self._without_logprobs(request, refused.error)

    def _without_logprobs(self, request: Request, error: ModelUnavailable) -> Iterator[str | Spent | Scored]:
        """What comes of the request without them; if anything does, the server is not asked for them again."""
        try:
            for piece in self._stream(dataclasses.replace(request, scored=False)):
                self._tells_logprobs = False
                yield piece
        except NotUnderstood:
            raise error from None

    def _stream(self, request: Request) -> Iterator[str | Spent | Scored]:
        key = self._server.key()
        body = {"model": self._name or "default", **request.body()}
        most = request.characters // CHARACTERS_PER_TOKEN + request.max_tokens
        with self._server.turn(key) as turn:
            for attempt in range(1, TRIES + 1):
                turn.go(most)
                try:
                    for piece in self._attempt(body, key):
                        if isinstance(piece, Spent):
                            turn.used(piece.prompt_tokens + piece.completion_tokens)
                        yield piece
                    return
                except TryAgain as error:
                    failure = error
                self._server.pause(turn, failure, attempt, key)

    def _attempt(self, body: dict[str, Any], key: str) -> Iterator[str | Spent | Scored]:
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
                    if scored := scored_from(chunk):
                        yield scored
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
