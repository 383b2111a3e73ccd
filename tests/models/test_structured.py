"""Short replies as JSON by a schema, of servers that keep to it, refuse it, ignore it, or cut it short."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from metier.errors import ModelUnavailable
from metier.models.endpoint import EndpointModel
from metier.models.structured import Form, Replies
from metier.types import Usage
from tests.models.loopback import Server, send, serving

FORM = Form([{"role": "user", "content": "plain?"}], [{"role": "user", "content": "json?"}], "word", 9)


def saying(in_json: str | int, plain: str = "blue") -> Callable[[BaseHTTPRequestHandler, bytes], None]:
    """A server that answers a request with a schema by that text or status, and others in plain text."""

    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        said = in_json if "response_format" in json.loads(body) else plain
        if isinstance(said, int):
            send(request, said, b"response_format is not supported")
            return
        whole = {
            "choices": [{"message": {"content": said}}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 1},
        }
        send(request, 200, json.dumps(whole).encode(), content_type="application/json")

    return handler


def formats(server: Server) -> list[Any]:
    return [json.loads(body).get("response_format", {}).get("type") for *_, body in server.requests]


def replies(server: Server) -> Replies:
    return Replies(EndpointModel(server.url, price_per_million_in=1_000_000))


def never(text: str) -> bool:
    return False


def test_words_that_are_good_need_no_schema() -> None:
    with serving(saying('{"word": "red"}')) as server:
        found = replies(server).reply(FORM, 7, lambda text: text == "blue")
    assert (found.text, found.usage) == ("blue", Usage(10, 1, 10.0))
    assert formats(server) == [None]


def test_words_that_are_not_are_asked_for_as_json() -> None:
    with serving(saying('{"word": "red"}')) as server:
        asking = replies(server)
        found = asking.reply(FORM, 7, never)
    assert (found.text, found.usage, asking.spent) == ("red", Usage(20, 2, 20.0), found.usage)
    assert formats(server) == [None, "json_schema"]
    sent = json.loads(server.requests[-1][3])
    assert sent["messages"] == FORM.structured
    assert sent["max_tokens"] > FORM.max_tokens, "brackets are no part of the text"
    assert sent["response_format"]["json_schema"]["schema"] == {
        "type": "object",
        "properties": {"word": {"type": "string"}},
        "required": ["word"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("in_json", "paid"), [(400, 1), (422, 1), ("Sure, it is red.", 2)], ids=["refuses", "422", "ignores"]
)
def test_a_server_without_schemas_is_asked_in_words_from_then_on(in_json: str | int, paid: int) -> None:
    with serving(saying(in_json)) as server:
        asking = replies(server)
        first = asking.reply(FORM, 7, never)
        assert (first.text, first.usage.prompt_tokens) == ("blue", 10 * paid), "a refusal costs nothing"
        assert asking.reply(FORM, 7, never).text == "blue"
        assert asking.structured(FORM, 7) is None
    assert formats(server) == [None, "json_schema", None]


def test_json_that_was_cut_says_nothing_of_the_server() -> None:
    with serving(saying('{"word": "re')) as server:
        asking = replies(server)
        assert [asking.reply(FORM, 7, never).text for _ in range(2)] == ["blue", "blue"]
    assert formats(server) == [None, "json_schema"] * 2


def test_only_the_choices_are_texts() -> None:
    form = Form(FORM.plain, FORM.structured, "word", 9, ("red", "green"))
    assert form.schema()["properties"] == {"word": {"type": "string", "enum": ["red", "green"]}}
    with serving(saying('{"word": "pink"}')) as server:
        found = replies(server).structured(form, 7)
        assert found is not None
        assert found.text == ""


def test_a_server_that_fails_otherwise_is_no_server_without_schemas() -> None:
    with serving(saying(401)) as server:
        asking = replies(server)
        for _ in range(2):
            with pytest.raises(ModelUnavailable, match="HTTP 401"):
                asking.structured(FORM, 7)
    assert formats(server) == ["json_schema"] * 2
