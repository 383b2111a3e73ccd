"""Endpoints, against a real server on the loopback interface."""

import json
import time
from http.server import BaseHTTPRequestHandler
from itertools import count

import pytest

from metier.errors import ModelUnavailable
from metier.models.completion import Request
from metier.models.endpoint import EndpointModel, chat_url
from metier.models.pacing import Limits, waiting_at_most
from metier.stages import LanguageModel
from metier.types import Usage
from tests.models.loopback import Handler, send, serving

MESSAGES = [{"role": "user", "content": "Wie lange?"}]


def stream(*chunks: object) -> Handler:
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks] + [": ping\n\n", "data: [DONE]\n\n"]

    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        send(request, 200, "".join(lines).encode(), content_type="text/event-stream")

    return handler


def text(piece: str) -> dict[str, object]:
    return {"choices": [{"delta": {"content": piece}}]}


USAGE = {"choices": [], "usage": {"prompt_tokens": 1_000_000, "completion_tokens": 500_000}}


def test_pieces_usage_and_request() -> None:
    with serving(stream(text("30 "), text("Tage ü"), USAGE)) as server:
        model = EndpointModel(
            f"{server.url}/v1",
            "tiny",
            "MY_KEY",
            price_per_million_in=2,
            price_per_million_out=4,
            environment={"MY_KEY": "secret-1"},
        )
        stage: LanguageModel = model
        completion = model.complete(MESSAGES, 50, 0.0, 7)
        assert list(completion) == ["30 ", "Tage ü"]
        assert completion.usage == Usage(1_000_000, 500_000, 4.0)
        assert stage.identity == f"endpoint:tiny@{server.url}/v1/chat/completions"
        model.close()
    ((method, path, headers, body),) = server.requests
    assert (method, path, headers["authorization"]) == ("POST", "/v1/chat/completions", "Bearer secret-1")
    sent = json.loads(body)
    assert sent["messages"] == MESSAGES
    assert {key: sent[key] for key in ("model", "max_tokens", "temperature", "seed", "stream")} == {
        "model": "tiny",
        "max_tokens": 50,
        "temperature": 0.0,
        "seed": 7,
        "stream": True,
    }


def test_an_endpoint_that_does_not_stream_is_read_too() -> None:
    answer = {
        "choices": [{"message": {"content": "whole"}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1},
    }

    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        send(request, 200, json.dumps(answer).encode(), content_type="application/json")

    with serving(handler) as server:
        model = EndpointModel(server.url)
        completion = model.complete(MESSAGES, 50, 0.0, 7)
        assert list(completion) == ["whole"]
        assert completion.usage == Usage(3, 1)
        model.close()


def test_busy_servers_are_asked_again_with_growing_waits() -> None:
    tries = count(1)

    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        if next(tries) < 3:
            send(request, 503, b"loading")
        else:
            stream(text("ok"))(request, body)

    waits: list[float] = []
    with serving(handler) as server:
        model = EndpointModel(server.url, sleep=waits.append)
        assert list(model.complete(MESSAGES, 5, 0.0, 7)) == ["ok"]
        model.close()
    assert len(waits) == 2
    assert 0.5 <= waits[0] <= 0.75 < 1.0 <= waits[1] <= 1.5


def test_retry_after_is_honoured_and_tries_are_bounded() -> None:
    waits: list[float] = []
    with serving(lambda request, body: send(request, 429, b"", retry_after="3")) as server:
        model = EndpointModel(server.url, sleep=waits.append)
        with pytest.raises(ModelUnavailable, match=r"HTTP 429 \(tried 4 times\)"):
            list(model.complete(MESSAGES, 5, 0.0, 7))
        model.close()
    assert waits == [3.0, 3.0, 3.0]
    assert len(server.requests) == 4


def test_a_long_retry_after_is_a_refusal() -> None:
    with serving(lambda request, body: send(request, 429, b"", retry_after="3600")) as server:
        model = EndpointModel(server.url, sleep=lambda s: None)
        with pytest.raises(ModelUnavailable, match="tried 1 times"):
            list(model.complete(MESSAGES, 5, 0.0, 7))
        model.close()


def test_a_server_that_is_not_there() -> None:
    with serving(stream()) as server:
        url = server.url
    model = EndpointModel(url, sleep=lambda s: None)
    with pytest.raises(
        ModelUnavailable,
        match=r"http://127.0.0.1:\d+/v1/chat/completions: ConnectError.*is the server running",
    ):
        list(model.complete(MESSAGES, 5, 0.0, 7))
    model.close()


@pytest.mark.parametrize(
    ("status", "key_env", "message"),
    [
        (401, "MY_KEY", "the key in the environment variable MY_KEY was not accepted"),
        (401, "", "name the environment variable that holds it as `key_env`"),
        (404, "", "does the server know the model 'tiny'"),
        (400, "", r"HTTP 400 bad \*?"),
    ],
)
def test_refusals_name_the_remedy_and_never_the_key(status: int, key_env: str, message: str) -> None:
    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        send(request, status, b"bad secret-1 given")

    with serving(handler) as server:
        model = EndpointModel(server.url, "tiny", key_env, environment={"MY_KEY": "secret-1"})
        with pytest.raises(ModelUnavailable, match=message) as caught:
            list(model.complete(MESSAGES, 5, 0.0, 7))
        model.close()
    assert ("secret-1" not in str(caught.value)) == bool(key_env)
    assert len(server.requests) == 1


def test_redirects_do_not_carry_the_key_elsewhere() -> None:
    with (
        serving(stream(text("stolen"))) as thief,
        serving(
            lambda request, body: send(request, 307, b"", location=f"{thief.url}/v1/chat/completions")
        ) as server,
    ):
        model = EndpointModel(server.url, key_env="K", environment={"K": "secret-1"})
        with pytest.raises(ModelUnavailable, match="it redirects"):
            list(model.complete(MESSAGES, 5, 0.0, 7))
        model.close()
    assert thief.requests == []


def test_a_missing_key_is_named_before_anything_is_sent() -> None:
    with serving(stream()) as server:
        model = EndpointModel(server.url, key_env="NO_SUCH_KEY", environment={})
        with pytest.raises(ModelUnavailable, match="environment variable NO_SUCH_KEY"):
            list(model.complete(MESSAGES, 5, 0.0, 7))
        model.close()
    assert server.requests == []


def test_errors_inside_the_stream_are_raised() -> None:
    with serving(stream(text("30"), {"error": {"message": "out of memory"}})) as server:
        model = EndpointModel(server.url)
        pieces = model.complete(MESSAGES, 5, 0.0, 7)
        assert next(pieces) == "30"
        with pytest.raises(ModelUnavailable, match="out of memory"):
            next(pieces)
        model.close()


def test_a_connection_that_breaks_midway_is_not_asked_again() -> None:
    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        request.send_response(200)
        request.send_header("content-type", "text/event-stream")
        request.send_header("content-length", "100000")
        request.end_headers()
        request.wfile.write(f"data: {json.dumps(text('half'))}\n\n".encode())
        request.wfile.flush()
        request.close_connection = True

    with serving(handler) as server:
        model = EndpointModel(server.url, sleep=lambda s: None)
        pieces = model.complete(MESSAGES, 5, 0.0, 7)
        assert next(pieces) == "half"
        with pytest.raises(ModelUnavailable, match="the connection broke"):
            list(pieces)
        model.close()
    assert len(server.requests) == 1


def test_a_silent_server_is_given_up() -> None:
    with serving(lambda request, body: time.sleep(0.6)) as server:
        model = EndpointModel(server.url, timeout_s=0.2)
        with pytest.raises(
            ModelUnavailable, match=r"nothing came for 0.2 s; raise models.generator.timeout_s"
        ):
            list(model.complete(MESSAGES, 5, 0.0, 7))
        model.close()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1/chat/completions"),
        ("http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1/chat/completions"),
        ("https://x.example/api/v3", "https://x.example/api/v3/chat/completions"),
        ("https://x.example/v1/chat/completions", "https://x.example/v1/chat/completions"),
        ("https://x.example/v1?version=2", "https://x.example/v1/chat/completions?version=2"),
    ],
)
def test_chat_url(url: str, expected: str) -> None:
    assert chat_url(url) == expected


@pytest.mark.parametrize("url", ["ftp://x", "just text", "http://", "https://user:key@x.example/v1"])
def test_bad_urls_are_named_without_their_key(url: str) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        chat_url(url)
    assert "user:key" not in str(caught.value)


def test_a_busy_server_that_names_the_time_is_asked_then() -> None:
    tries = count(1)

    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        if next(tries) > 1:
            stream(text("ok"))(request, body)
            return
        told = {"x_ratelimit_remaining_requests": "0", "x_ratelimit_reset_requests": "1.2s"}
        send(request, 429, b"", **told)

    waits: list[float] = []
    with serving(handler) as server:
        model = EndpointModel(server.url, sleep=waits.append)
        assert list(model.complete(MESSAGES, 5, 0.0, 7)) == ["ok"]
        model.close()
    assert waits == [1.2]


def test_no_more_is_asked_than_the_settings_allow_and_a_question_does_not_wait_for_it() -> None:
    with serving(stream(text("ok"), USAGE)) as server:
        model = EndpointModel(server.url, limits=Limits(requests_per_minute=1, wait_s=5))
        assert list(model.complete(MESSAGES, 5, 0.0, 7)) == ["ok"]
        with pytest.raises(ModelUnavailable, match=r"1 requests a minute are allowed.*raise the limits"):
            list(model.complete(MESSAGES, 5, 0.0, 7))
        model.close()
    assert len(server.requests) == 1


def test_all_requests_of_a_question_share_its_time() -> None:
    waits: list[float] = []
    with serving(lambda request, body: send(request, 429, b"", retry_after="3")) as server:
        model = EndpointModel(server.url, sleep=waits.append)
        with waiting_at_most(7):
            for _ in range(2):
                with pytest.raises(ModelUnavailable, match=r"asks to wait 3 s|asked for a pause"):
                    list(model.complete(MESSAGES, 5, 0.0, 7))
        model.close()
    assert sum(waits) <= 7


def test_a_place_is_given_back_by_an_answer_that_is_not_heard_to_its_end() -> None:
    with serving(stream(text("30 "), text("Tage"), USAGE)) as server:
        model = EndpointModel(
            server.url, limits=Limits(concurrent=1, wait_s=0), price_per_million_out=1_000_000
        )
        for _ in range(2):
            completion = model.complete(MESSAGES, 5, 0.0, 7)
            assert next(completion) == "30 "
            completion.close()
            assert completion.usage is None
            assert completion.consumed() == Usage(2, 1, 1.0), "what was read and written is paid for"
        model.close()


def test_log_probabilities_are_kept_and_not_asked_again_of_a_server_that_refuses_them() -> None:
    scored = {"choices": [{"delta": {"content": "30"}, "logprobs": {"content": [{"logprob": -0.5}]}}]}
    with serving(stream(scored)) as server:
        model = EndpointModel(server.url)
        completion = model.ask(Request(MESSAGES, 5, 0.7, 8, scored=True))
        assert (list(completion), completion.logprobs) == (["30"], [-0.5])
        model.close()

    def refusing(request: BaseHTTPRequestHandler, body: bytes) -> None:
        if "logprobs" in json.loads(body):
            send(request, 400, b"unknown field logprobs")
        else:
            stream(text("ok"))(request, body)

    with serving(refusing) as server:
        model = EndpointModel(server.url)
        for _ in range(2):
            completion = model.ask(Request(MESSAGES, 5, 0.7, 8, scored=True))
            assert (list(completion), completion.logprobs) == (["ok"], [])
        model.close()
    assert ["logprobs" in json.loads(body) for *_, body in server.requests] == [True, False, False]
