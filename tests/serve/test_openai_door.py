import openai
import pytest

from metier.serve.openai_door import conversation
from metier.serve.wire import ChatBody
from metier.types import Filter, Turn
from tests.serve.conftest import Running

HOTEL = "What may a hotel in Germany cost per night?"


def connect(server: Running, user: str = "anna") -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{server.address}/v1",
        api_key="none",
        max_retries=0,
        default_headers={"X-Metier-User": user},
    )


def messages(*texts: str) -> list[dict[str, str]]:
    return [{"role": "user" if i % 2 == 0 else "assistant", "content": text} for i, text in enumerate(texts)]


def test_the_unmodified_client_reads_the_citations(server: Running) -> None:
    with connect(server) as client:
        reply = client.chat.completions.create(model="metier", messages=messages(HOTEL))
    message = reply.choices[0].message
    assert message.content == "Hotels in Germany may cost at most 140 euros per night. [1]"
    [annotation] = message.annotations
    cited = annotation.url_citation
    assert message.content[cited.start_index : cited.end_index] == "[1]"
    assert cited.title.endswith(", page 1")
    answer = reply.model_extra["metier"]
    citation = answer["statements"][0]["citations"][0]
    assert cited.url == f"{server.address}/?answer={answer['id']}&citation={citation['id']}"
    assert reply.choices[0].finish_reason == "stop"
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.total_tokens) == (10, 2, 12)


def test_a_stream_says_the_same(server: Running) -> None:
    with connect(server) as client:
        chunks = list(
            client.chat.completions.create(
                model="metier", messages=messages(HOTEL), stream=True, stream_options={"include_usage": True}
            )
        )
        whole = client.chat.completions.create(model="metier", messages=messages(HOTEL))
    *_, last, usage = chunks
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1])
    assert text == whole.choices[0].message.content
    assert last.choices[0].finish_reason == "stop"
    [annotation] = last.choices[0].delta.model_extra["annotations"]
    assert text[annotation["url_citation"]["start_index"] : annotation["url_citation"]["end_index"]] == "[1]"
    assert last.model_extra["metier"]["statements"] == whole.model_extra["metier"]["statements"]
    assert usage.choices == []
    assert usage.usage.total_tokens == 12
    assert len({chunk.id for chunk in chunks}) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_an_abstention_is_a_message_that_says_why(server: Running, stream: bool) -> None:
    with connect(server) as client:
        reply = client.chat.completions.create(
            model="metier", messages=messages("Who owns the moon base?"), stream=stream
        )
        text = (
            "".join(chunk.choices[0].delta.content or "" for chunk in reply)
            if stream
            else reply.choices[0].message.content
        )
    assert text.startswith("I don't know")
    assert "- Who owns the moon base?" in text
    assert "Ask the HR department." in text


def test_earlier_messages_become_history_without_their_markers(server: Running) -> None:
    talk = [
        {"role": "system", "content": "Be a pirate."},
        *messages(HOTEL, "At most 140 euros. [1] [2]", "In Austria?"),
    ]
    with connect(server) as client:
        client.chat.completions.create(model="metier", messages=talk)
    assert list(server.system.histories[-1]) == [Turn(HOTEL, "At most 140 euros.")]


def test_a_filter_goes_along_in_the_metier_member(server: Running) -> None:
    with connect(server) as client:
        only = {"metier": {"filter": {"in": "contracts/**", "type": ["pdf"]}}}
        client.chat.completions.create(model="metier", messages=messages(HOTEL), extra_body=only)
        assert server.system.filters[-1] == Filter(("contracts/**",), ("pdf",))
        wrong = {"metier": {"filter": {"since": "soon"}}}
        with pytest.raises(openai.UnprocessableEntityError, match="no day"):
            client.chat.completions.create(model="metier", messages=messages(HOTEL), extra_body=wrong)


def test_rights_hold_here_too(server: Running) -> None:
    with connect(server, "ben") as ben:
        reply = ben.chat.completions.create(
            model="metier", messages=messages("What is the salary band of level four?")
        )
    assert reply.model_extra["metier"]["outcome"] == "abstained"
    assert "61000" not in reply.model_dump_json()
    with (
        connect(server, "mallory") as mallory,
        pytest.raises(openai.PermissionDeniedError, match="not known"),
    ):
        mallory.chat.completions.create(model="metier", messages=messages(HOTEL))


def test_models(server: Running) -> None:
    with connect(server) as client:
        assert [model.id for model in client.models.list()] == ["metier"]
        assert client.models.retrieve("metier").id == "metier"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("gpt-99")


@pytest.mark.parametrize("talk", [messages("a", "b"), [{"role": "system", "content": "x"}], messages(" ")])
def test_a_chat_without_a_question_is_refused(server: Running, talk: list[dict[str, str]]) -> None:
    with connect(server) as client, pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model="metier", messages=talk)


def test_parts_of_text_and_pictures() -> None:
    content = [
        {"type": "text", "text": "one"},
        {"type": "image_url", "image_url": {}},
        {"type": "text", "text": "two"},
    ]
    body = ChatBody.model_validate({"messages": [{"role": "user", "content": content}]})
    assert conversation(body) == ("one\ntwo", ())
