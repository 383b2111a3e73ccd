"""One answer of a language model as it comes: an iterator of text that knows at its end what it cost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metier.types import Usage


def chat_request(
    messages: Sequence[Mapping[str, Any]], max_tokens: int, temperature: float, seed: int
) -> dict[str, Any]:
    """What every engine is asked: a chat completion that streams, and tells at its end what it used."""
    return {
        "messages": [dict(message) for message in messages],
        "max_tokens": max_tokens,
        "temperature": temperature,
        "seed": seed,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


@dataclass(frozen=True, slots=True)
class Spent:
    """What the engine says it read and wrote; `cached_tokens` of the prompt were not read again."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0


class Completion(Iterator[str]):
    """Pieces of text; after the last one `usage` is set if the engine reported it.

    Closing it (or dropping it) stops the model, so that nobody waits for text nobody reads.
    """

    def __init__(
        self,
        pieces: Iterator[str | Spent],
        price_per_million_in: float = 0.0,
        price_per_million_out: float = 0.0,
    ) -> None:
        self._pieces = pieces
        self._price_in = price_per_million_in
        self._price_out = price_per_million_out
        self.usage: Usage | None = None
        self.cached_tokens = 0

    def __next__(self) -> str:
        for piece in self._pieces:
            if isinstance(piece, Spent):
                self._account(piece)
            elif piece:
                return piece
        raise StopIteration

    def close(self) -> None:
        """Stops the model; further pieces are not produced."""
        if callable(close := getattr(self._pieces, "close", None)):
            close()

    def _account(self, spent: Spent) -> None:
        cost = (spent.prompt_tokens * self._price_in + spent.completion_tokens * self._price_out) / 1_000_000
        self.usage = Usage(spent.prompt_tokens, spent.completion_tokens, cost)
        self.cached_tokens = spent.cached_tokens


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
