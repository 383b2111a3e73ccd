"""One answer of a language model as it comes: an iterator of text that knows at its end what it cost."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from metier.errors import ModelUnavailable
from metier.stages import LanguageModel
from metier.types import Usage

CHARACTERS_PER_TOKEN = 4  # for engines that do not report usage, and answers that are not heard to their end


@dataclass(frozen=True, slots=True)
class Request:
    """What a language model is asked.

    `schema`: a JSON schema that the whole reply must fit, where the server keeps to one. `scored`: with the log-probability of
    each token, where the server tells it.
    """

    messages: Sequence[Mapping[str, Any]]
    max_tokens: int
    temperature: float
    seed: int
    schema: Mapping[str, Any] | None = None
    scored: bool = False

    @property
    def characters(self) -> int:
        """Of all messages."""
        return sum(_characters(message["content"]) for message in self.messages)

    def body(self) -> dict[str, Any]:
        """What every engine is asked: a chat completion that streams, and tells at its end what it used."""
        body: dict[str, Any] = {
            "messages": [dict(message) for message in self.messages],
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "seed": self.seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self.scored:
            body |= {"logprobs": True, "top_logprobs": 1}
        if self.schema is not None:
            named = {"name": "reply", "strict": True, "schema": dict(self.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        return body


def _characters(content: str | Sequence[Mapping[str, Any]]) -> int:
    """Of a message's text; its pictures are not counted."""
    return len(content) if isinstance(content, str) else sum(len(part.get("text", "")) for part in content)


class SchemaRefused(ModelUnavailable):
    """The server does not take a JSON schema; asked without one it may answer."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What the engine says it read and wrote; `cached_tokens` of the prompt were not read again."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Scored:
    """Log-probabilities (nats) of the tokens that came."""

    logprobs: tuple[float, ...]


class Completion(Iterator[str]):
    """Pieces of text; after the last one `usage` is set if the engine reported it.

    Closing it (or dropping it) stops the model, so that nobody waits for text nobody reads.
    """

    def __init__(
        self,
        pieces: Iterator[str | Spent | Scored],
        price_per_million_in: float = 0.0,
        price_per_million_out: float = 0.0,
        asked_characters: int = 0,
    ) -> None:
        self._pieces = pieces
        self._price_in = price_per_million_in
        self._price_out = price_per_million_out
        self.asked_characters = asked_characters
        self._written = 0
        self.usage: Usage | None = None
        self.cached_tokens = 0
        self.logprobs: list[float] = []  # of the tokens so far; none where nothing tells them

    def __next__(self) -> str:
        for piece in self._pieces:
            if isinstance(piece, Spent):
                self._account(piece)
            elif isinstance(piece, Scored):
                self.logprobs += piece.logprobs
            elif piece:
                self._written += len(piece)
                return piece
        raise StopIteration

    def close(self) -> None:
        """Stops the model; further pieces are not produced."""
        if callable(close := getattr(self._pieces, "close", None)):
            close()

    def consumed(self) -> Usage:
        """What it used and cost until now: as the engine reported it, else by the characters read and written."""
        if self.usage is not None:
            return self.usage
        if not self._written:  # it failed before it began, or nobody asked
            return Usage()
        return self._priced(
            self.asked_characters // CHARACTERS_PER_TOKEN, -(-self._written // CHARACTERS_PER_TOKEN)
        )

    def _account(self, spent: Spent) -> None:
        self.usage = self._priced(spent.prompt_tokens, spent.completion_tokens)
        self.cached_tokens = spent.cached_tokens

    def _priced(self, read: int, written: int) -> Usage:
        return Usage(read, written, (read * self._price_in + written * self._price_out) / 1_000_000)


@runtime_checkable
class Asks(Protocol):
    """An engine that takes a whole Request: with a JSON schema, or for scored tokens."""

    def ask(self, request: Request) -> Completion:
        """Pieces of text as they come. Raises SchemaRefused where it takes no schema, ModelUnavailable where it fails."""
        ...


def ask(model: LanguageModel, request: Request) -> Completion:
    """Whatever the model can do of the request: one that knows nothing but text is asked for text."""
    if isinstance(model, Asks):
        return model.ask(request)
    if request.schema is not None:
        return Completion(_refuse(model.identity))
    pieces = model.complete(request.messages, request.max_tokens, request.temperature, request.seed)
    completion = pieces if isinstance(pieces, Completion) else Completion(pieces)
    completion.asked_characters = request.characters
    return completion


def _refuse(identity: str) -> Iterator[str]:
    raise SchemaRefused(f"{identity} takes no JSON schema")
    yield ""


def spent_from(usage: object) -> Spent | None:
    """The `usage` object of an OpenAI-compatible answer, or None if it is not one."""
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Spent(_count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")), _count(cached))


def delta_text(chunk: object) -> str:
    """The text a chunk of an OpenAI-compatible stream adds (thinking aloud is not text), "" if none."""
    match chunk:
        case {"choices": [{"delta": {"content": str(text)}}, *_]}:
            return text
        case {"choices": [{"message": {"content": str(text)}}, *_]}:
            return text  # an endpoint that answers in one piece although a stream was asked for
    return ""


def scored_from(chunk: object) -> Scored | None:
    """The log-probabilities a chunk tells of the tokens it adds, None if it tells none."""
    match chunk:
        case {"choices": [{"logprobs": {"content": list(tokens)}}, *_]}:
            told = (token.get("logprob") for token in tokens if isinstance(token, dict))
            known = tuple(float(one) for one in told if isinstance(one, int | float) and math.isfinite(one))
            return Scored(known) if known else None
    return None


def error_text(chunk: object) -> str:
    """The message of an error object in a stream, "" if the chunk is none."""
    match chunk:
        case {"error": {"message": str(message)}}:
            return message or "unnamed error"
        case {"error": str(message)}:
            return message or "unnamed error"
        case {"error": dict()}:
            return "unnamed error"
    return ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
