"""A reranker behind a URL: the /rerank request of Cohere, Jina and vLLM ({query, documents} -> {results}), or that of
text-embeddings-inference ({query, texts} -> a list), whichever the server understands.

Question and passages leave the machine for the server that the settings name, and for no other.
"""

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from metier.models.completion import CHARACTERS_PER_TOKEN
from metier.models.connection import TRIES, Connection, NotUnderstood, Server, TryAgain, service_url
from metier.models.pacing import NO_LIMITS, Limits, waiting_at_most
from metier.types import PairScores, Usage

_BATCH = 32  # texts of one request: what text-embeddings-inference takes unless told otherwise
_LONGEST = 1_500  # characters of a text: models of 512 tokens refuse more where the server does not cut
_LARGEST = 1 << 22  # bytes of an answer that are read


class RerankEndpoint:
    """Implements stages.PairScorer; safe to share between threads."""

    batch = _BATCH

    def __init__(
        self,
        url: str,
        name: str = "",
        key_env: str = "",
        timeout_s: float = 60.0,
        price_per_million_in: float = 0.0,
        environment: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        limits: Limits = NO_LIMITS,
    ) -> None:
        self._url = service_url(url, "/rerank", "")
        self._name = name
        self._timeout_s = timeout_s
        self._price = price_per_million_in
        self._wants_texts = False  # learnt from its first answer
        self._server = Connection(
            Server(self._url, name, key_env, timeout_s, "reranker", "models.reranker"),
            environment,
            limits,
            sleep,
        )

    @property
    def identity(self) -> str:
        """Model name and URL."""
        return f"endpoint:{self._name or 'default'}@{self._url}"

    def close(self) -> None:
        """Closes the connections."""
        self._server.close()

    def score(self, question: str, texts: Sequence[str], within_s: float) -> PairScores:
        """One score per text; waits no longer than the time given and `timeout_s` allow. Raises ModelUnavailable with
        URL and remedy."""
        key = self._server.key()
        within_s = min(within_s, self._timeout_s)
        deadline = time.monotonic() + within_s
        most = sum(len(question) + min(len(text), _LONGEST) for text in texts) // CHARACTERS_PER_TOKEN
        with waiting_at_most(within_s), self._server.turn(key) as turn:
            for attempt in range(1, TRIES + 1):
                turn.go(most)
                try:
                    found = self._understood(question, [_cut(text) for text in texts], key, deadline)
                except TryAgain as error:
                    failure = error
                else:
                    turn.used(found.usage.prompt_tokens or most)
                    return found
                self._server.pause(turn, failure, attempt, key, deadline - time.monotonic())
        raise AssertionError("the last attempt returns or raises")

    def _understood(self, question: str, texts: Sequence[str], key: str, deadline: float) -> PairScores:
        """What comes of the form that the server understood last, else of the other, which is remembered."""
        wants_texts = self._wants_texts
        try:
            found = self._ask(self._body(question, texts, wants_texts), key, deadline)
        except NotUnderstood as first:
            try:
                found = self._ask(self._body(question, texts, not wants_texts), key, deadline)
            except NotUnderstood:
                raise first.error from None
            self._wants_texts = not wants_texts
        return self._scores(found, len(texts), key)

    def _ask(self, body: Mapping[str, Any], key: str, deadline: float) -> Any:
        """What the server says, read until the deadline; None if that is no JSON."""
        server = self._server
        left = max(0.001, deadline - time.monotonic())
        data = bytearray()
        try:
            with server.client.stream(
                "POST", self._url, json=body, headers=server.headers(key), timeout=httpx.Timeout(left)
            ) as response:
                server.check(response, key)
                for piece in response.iter_bytes():
                    data += piece
                    if time.monotonic() > deadline or len(data) > _LARGEST:
                        raise server.unavailable("its answer takes too long", "raise retrieve.rerank_ms", key)
        except httpx.TimeoutException:
            raise server.unavailable(
                f"nothing came in {1000 * left:.0f} ms",
                "raise retrieve.rerank_ms, or use a faster model",
                key,
            ) from None
        except httpx.TransportError as error:
            raise TryAgain(f"{type(error).__name__}: {error}") from None
        except httpx.InvalidURL as error:
            raise server.unavailable(f"not a URL ({error})", "correct it in metier.yaml", key) from None
        try:
            return json.loads(data)
        except ValueError:
            return None

    def _body(self, question: str, texts: Sequence[str], wants_texts: bool) -> dict[str, Any]:
        if wants_texts:
            return {"query": _cut(question), "texts": list(texts), "truncate": True}
        named = {"model": self._name} if self._name else {}
        return {"query": _cut(question), "documents": list(texts), "top_n": len(texts), **named}

    def _scores(self, found: Any, count: int, key: str) -> PairScores:
        rows = found.get("results") if isinstance(found, dict) else found
        known = dict(_row(row) for row in rows if isinstance(row, dict)) if isinstance(rows, list) else {}
        values = [known.get(place, math.nan) for place in range(count)]
        if not all(map(math.isfinite, values)):
            raise self._server.unavailable(
                f"no score for {sum(not math.isfinite(value) for value in values)} of {count} texts",
                "does it serve a reranker?",
                key,
            )
        tokens = _tokens(found)
        return PairScores(tuple(values), Usage(tokens, 0, tokens * self._price / 1_000_000))


def _row(row: Mapping[str, Any]) -> tuple[Any, float]:
    """(place of the text, score) of one result; not a number where it has none."""
    index, value = row.get("index"), row.get("relevance_score", row.get("score"))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return index if isinstance(index, int) else -1, float(value) if is_number else math.nan


def _tokens(found: Any) -> int:
    """What the request consumed, as vLLM and Jina state it; 0 where nothing is stated."""
    usage = found.get("usage") if isinstance(found, dict) else None
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    return total if isinstance(total, int) and total > 0 else 0


def _cut(text: str) -> str:
    part = text[:_LONGEST].replace("\0", " ")
    return part.encode("utf-8", "ignore").decode("utf-8").strip() or "."
