"""The /rerank request, against a real server on the loopback interface."""

import json
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import Any

import pytest

from metier.errors import ModelUnavailable
from metier.models.open import open_reranker
from metier.models.rerank_endpoint import RerankEndpoint
from metier.settings import Model
from metier.stages import PairScorer
from metier.types import Usage
from tests.models.loopback import Handler, send, serving


def answering(value: Any, status: int = 200, **headers: str) -> Handler:
    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        send(request, status, value if isinstance(value, bytes) else json.dumps(value).encode(), **headers)

    return handler


def results(*scores: float) -> dict[str, Any]:
    rows = [{"index": place, "relevance_score": score} for place, score in enumerate(scores)]
    return {"results": rows[::-1], "usage": {"total_tokens": 500_000}}


def test_the_request_of_cohere_jina_and_vllm() -> None:
    with serving(answering(results(0.25, 0.75))) as server:
        model = open_reranker(
            Model(source=f"endpoint:{server.url}/v1", name="m", key_env="K", price_per_million_in=2),
            environment={"K": "secret-1"},
        )
        scorer: PairScorer = model
        assert scorer.identity == f"endpoint:m@{server.url}/v1/rerank"
        found = scorer.score("q?", ["a", ""], 5.0)
        assert found.values == (0.25, 0.75)
        assert found.usage == Usage(500_000, 0, 1.0)
        assert isinstance(model, RerankEndpoint)
        model.close()
    ((method, path, headers, body),) = server.requests
    assert (method, path, headers["authorization"]) == ("POST", "/v1/rerank", "Bearer secret-1")
    assert json.loads(body) == {"model": "m", "query": "q?", "documents": ["a", "."], "top_n": 2}


def test_text_embeddings_inference_is_understood_and_remembered() -> None:
    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        if "texts" not in json.loads(body):
            send(request, 422, b"missing field `texts`")
        else:
            send(request, 200, b'[{"index": 1, "score": 0.5}, {"index": 0, "score": -1}]')

    with serving(handler) as server:
        model = RerankEndpoint(server.url)
        assert [model.score("q", ["a", "b"], 5.0).values for _ in range(2)] == [(-1.0, 0.5)] * 2
        model.close()
    sent = [json.loads(body) for _, _, _, body in server.requests]
    assert ["texts" in one for one in sent] == [False, True, True]
    assert sent[1] == {"query": "q", "texts": ["a", "b"], "truncate": True}
    assert {path for _, path, _, _ in server.requests} == {"/rerank"}


def test_a_server_that_understands_neither_form_is_quoted_on_the_first() -> None:
    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        send(request, 400, b"no such model" if "documents" in json.loads(body) else b"documents missing")

    with serving(handler) as server:
        model = RerankEndpoint(server.url)
        with pytest.raises(ModelUnavailable, match=r"HTTP 400 no such model; correct models\.reranker"):
            model.score("q", ["a"], 5.0)
        model.close()


@pytest.mark.parametrize(
    "value",
    [
        {}, [], {"results": []}, {"results": "x"}, {"results": [{"index": 0}]}, b"no json", None, 3,
        {"results": [{"index": 0, "relevance_score": "high"}]},
        {"results": [{"index": 7, "relevance_score": 1.0}]},
        {"results": [{"index": 0, "relevance_score": True}]},
        b'{"results": [{"index": 0, "relevance_score": NaN}]}',
    ],
)  # fmt: skip
def test_an_answer_without_scores_is_no_score_of_zero(value: Any) -> None:
    with serving(answering(value)) as server:
        model = RerankEndpoint(server.url)
        with pytest.raises(ModelUnavailable, match=r"no score for 1 of 1 texts; does it serve a reranker\?"):
            model.score("q", ["a"], 5.0)
        model.close()


def test_a_slow_server_costs_no_more_than_the_time_given() -> None:
    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        time.sleep(2)

    with serving(handler) as server:
        model = RerankEndpoint(server.url)
        before = time.monotonic()
        with pytest.raises(ModelUnavailable, match=r"nothing came in \d+ ms; raise retrieve.rerank_ms"):
            model.score("q", ["a"], 0.2)
        assert time.monotonic() - before < 1.0
        model.close()


def test_a_busy_server_is_asked_again_while_there_is_time() -> None:
    tries = count(1)

    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        send(request, 503 if next(tries) < 3 else 200, json.dumps(results(1.0)).encode())

    waits: list[float] = []
    with serving(handler) as server:
        model = RerankEndpoint(server.url, sleep=waits.append)
        assert model.score("q", ["a"], 10.0).values == (1.0,)
        assert len(waits) == 2
        model.close()
    with serving(answering({}, 503)) as server:
        model = RerankEndpoint(server.url, sleep=waits.append)
        with pytest.raises(ModelUnavailable, match="HTTP 503 \\(tried 1 times\\)"):
            model.score("q", ["a"], 0.3)  # less than the first wait
        assert len(waits) == 2
        model.close()


def test_a_server_that_is_not_there() -> None:
    model = RerankEndpoint("http://127.0.0.1:9/v1", key_env="K", environment={"K": "secret-1"})
    with pytest.raises(ModelUnavailable, match="is the server running") as caught:
        model.score("q", ["a"], 0.3)
    assert "secret-1" not in str(caught.value)
    model.close()


@pytest.mark.parametrize(
    ("status", "words"), [(401, "was not accepted"), (404, "know the model"), (302, "redirects")]
)
def test_what_must_be_mended_is_said_without_the_key(status: int, words: str) -> None:
    headers: Mapping[str, str] = {"location": "http://127.0.0.1:9/"} if status == 302 else {}
    with serving(answering(b"secret-1 is wrong", status, **headers)) as server:
        model = RerankEndpoint(server.url, key_env="K", environment={"K": "secret-1"})
        with pytest.raises(ModelUnavailable, match=words) as caught:
            model.score("q", ["a"], 5.0)
        assert "secret-1" not in str(caught.value)
        model.close()
    assert len(server.requests) == 1


def test_no_key_where_one_is_named() -> None:
    model = RerankEndpoint("http://127.0.0.1:9/v1", key_env="K", environment={})
    with pytest.raises(ModelUnavailable, match="environment variable K"):
        model.score("q", ["a"], 1.0)
    model.close()


def test_long_and_odd_texts_are_cut_before_they_are_sent() -> None:
    with serving(answering(results(0.1, 0.2))) as server:
        model = RerankEndpoint(server.url)
        model.score("q" * 1_000_000, ["x" * 1_000_000, "\ud800\0"], 5.0)
        model.close()
    sent = json.loads(server.requests[0][3])
    assert [len(sent["query"]), *map(len, sent["documents"])] == [1_500, 1_500, 1]
