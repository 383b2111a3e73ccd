import dataclasses

import pytest

from metier.evaluate.replies import BadReply, Reply, as_reply, declines
from metier.types import Answer, Box, Citation, Outcome, Statement


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "I don't know.", "I cannot find this in the documents.", "Sorry, I am unable to answer that.",
        "This is not mentioned in the provided context.", "Das weiß ich nicht.", "Dazu gibt es keine Angaben.",
        "Unanswerable", "There is not enough information to say.",
    ],
)  # fmt: skip
def test_texts_that_decline(text: str) -> None:
    assert declines(text)
    assert as_reply(text).answer.outcome is Outcome.ABSTAINED


@pytest.mark.parametrize(
    "text",
    ["Six weeks.", "No.", "Nobody knows the exact date, but it was in May.", "word " * 41 + "I do not know"],
)
def test_texts_that_answer(text: str) -> None:
    assert not declines(text)


def test_a_text_cannot_cite_and_a_mapping_can() -> None:
    assert not as_reply("Six weeks.").cites
    reply = as_reply(
        {
            "text": "Six weeks.",
            "citations": [{"uri": "a.md", "quote": "six weeks", "page": 2}],
            "confidence": 0.8,
        }
    )
    assert reply.cites
    (statement,) = reply.answer.statements
    assert (statement.text, statement.citations[0].quote, statement.citations[0].page) == (
        "Six weeks.",
        "six weeks",
        2,
    )
    assert reply.confidence == 0.8
    assert as_reply({"text": "I think so", "abstained": True}).answer.outcome is Outcome.ABSTAINED
    assert as_reply({"abstained": True}).answer.outcome is Outcome.ABSTAINED
    assert as_reply(None).answer.outcome is Outcome.ABSTAINED


def test_an_answer_of_metier_in_either_form() -> None:
    cited = Citation("c1", "d", "a.md", "A", "", 1, 0, 9, "six weeks", (Box(1, 0, 0, 1, 1),))
    answer = Answer(
        "x",
        Outcome.ANSWERED,
        "r",
        (Statement("s1", "Six.", (cited,), 0.9), Statement("s2", "Weeks.", (), 0.6)),
    )
    reply = as_reply(answer)
    assert reply.confidence == 0.6
    assert reply.answer.statements[0].citations[0].boxes == ()
    assert as_reply(dataclasses.asdict(answer)) == reply
    assert as_reply(reply) is reply
    assert isinstance(reply, Reply)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "not int"), ({"answer": "x"}, "got answer"), ({"text": 5}, "'text'"), ({"text": "x", "abstained": 1}, "'abstained'"),
        ({"text": "x", "confidence": 2}, "'confidence'"), ({"text": "x", "citations": "a"}, "must be a list"),
        ({"text": "x", "citations": [{"quote": "q"}]}, "citation 1"), ({"text": "x", "citations": [{"uri": "a", "page": "2"}]}, "'page'"),
        ({"outcome": "odd", "statements": []}, "not an answer of metier"), ("x" * 300_000, "is no answer"),
    ],
)  # fmt: skip
def test_what_is_no_reply(value: object, message: str) -> None:
    with pytest.raises(BadReply, match=message):
        as_reply(value)
