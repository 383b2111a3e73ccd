import json
from collections.abc import Callable

import httpx
import pytest

from metier.errors import UserError
from metier.evaluate.replies import BadReply, Reply
from metier.evaluate.run import SystemFailure
from metier.evaluate.targets import callable_target, url_target
from metier.types import Outcome
from tests.evaluate.made import case

CASE = case(1)


def served(
    answer: Callable[[httpx.Request], httpx.Response], url: str = "http://x.test/ask", **more: object
) -> object:
    return url_target(url, transport=httpx.MockTransport(answer), **more).ask(CASE)  # type: ignore[arg-type]


def test_functions_with_and_without_a_user() -> None:
    def asker(question: str, user: str | None) -> str:
        return f"{user}: {question}"

    assert callable_target(lambda question: question.upper()).ask(CASE) == "HOW LONG IS NOTICE 1?"
    assert callable_target(asker).ask(CASE) == "None: How long is notice 1?"
    assert callable_target(asker).ask(case(1, user="otto")) == "otto: How long is notice 1?"
    assert callable_target(asker, "mine").name == "mine"
    assert callable_target(asker).name.endswith("asker")


def test_the_small_contract() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert json.loads(request.content) == {"question": CASE.question}
        assert request.headers["authorization"] == "Bearer k"
        return httpx.Response(200, json={"text": "six weeks", "citations": [], "confidence": 0.5})

    reply = served(answer, key_env="KEY", environment={"KEY": "k"})
    assert isinstance(reply, Reply)
    assert (reply.confidence, reply.cites) == (0.5, True)


@pytest.mark.parametrize("url", ["http://x.test/v1", "http://x.test/v1/chat/completions"])
def test_the_chat_api(url: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        assert request.url.path == "/v1/chat/completions"
        assert (body["model"], body["messages"][-1]["content"]) == ("m", CASE.question)
        return httpx.Response(200, json={"choices": [{"message": {"content": "I don't know."}}]})

    reply = served(answer, url, model="m")
    assert isinstance(reply, Reply)
    assert reply.answer.outcome is Outcome.ABSTAINED


def test_metiers_own_door_brings_its_whole_answer() -> None:
    own = {"id": "a", "outcome": "refused", "release": "r"}
    said = {"choices": [{"message": {"content": "No."}}], "metier": own | {"statements": []}}
    reply = served(lambda request: httpx.Response(200, json=said), "http://x.test/v1")
    assert isinstance(reply, Reply)
    assert reply.answer.outcome is Outcome.REFUSED


@pytest.mark.parametrize(("status", "retry"), [(503, True), (429, True), (404, False), (302, False)])
def test_failures_have_names(status: int, retry: bool) -> None:
    with pytest.raises(SystemFailure) as told:
        served(lambda request: httpx.Response(status, text="why"))
    assert (told.value.kind, told.value.retry, told.value.detail) == (f"http_{status}", retry, "why")


def test_broken_connections_and_bad_answers() -> None:
    def refuses(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    for answer, kind in ((refuses, "connection"), (slow, "timeout")):
        with pytest.raises(SystemFailure) as told:
            served(answer)
        assert told.value.kind == kind
    for text, url, message in (
        ("<html>", "http://x.test/ask", "not JSON"), ("{}", "http://x.test/v1", "choices"),
        (" " * (9 << 20), "http://x.test/ask", "more than 8 MB"),
    ):  # fmt: skip
        with pytest.raises(BadReply, match=message):
            served(lambda request, text=text: httpx.Response(200, text=text), url)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("url", "more", "message"),
    [
        ("ftp://x", {}, "no http"), ("http://", {}, "no http"), ("http://u:p@x/", {}, "must not hold a key"),
        ("http://x/", {"key_env": "NONE", "environment": {}}, "NONE"),
    ],
)  # fmt: skip
def test_urls_that_cannot_be_asked(url: str, more: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        url_target(url, **more)  # type: ignore[arg-type]
