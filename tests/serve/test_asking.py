import json
import logging
import os
import threading
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from pydantic import TypeAdapter

from metier.types import (
    Answer,
    Box,
    Citation,
    DescribedFigure,
    Figure,
    Filter,
    Finding,
    Outcome,
    Sample,
    Statement,
)
from tests.serve.conftest import Running, wait_for
from tests.serve.fake import FakeSystem, fake_settings

HOTEL = "What may a hotel in Germany cost per night?"
BEN = {"X-Metier-User": "ben"}


def ask(client: TestClient, question: str, headers: dict[str, str] | None = None) -> Answer:
    reply = client.post("/api/v1/ask", json={"question": question}, headers=headers)
    assert reply.status_code == 200, reply.text
    return TypeAdapter(Answer).validate_json(reply.text)


def events(text: str) -> list[tuple[str, dict]]:
    out = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n", 1)
        out.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return out


def test_the_answer_has_the_contracts_json(client: TestClient) -> None:
    reply = client.post("/api/v1/ask", json={"question": HOTEL})
    assert set(reply.json()) == {
        "id", "outcome", "release", "statements", "abstention", "conflicts", "notes", "timings_ms", "tokens", "cost",
        "figures",
    }  # fmt: skip
    citation = reply.json()["statements"][0]["citations"][0]
    assert set(citation) == {
        "id", "document", "uri", "title", "version_date", "page", "start", "end", "quote", "boxes",
        "place",  # of spreadsheets: sheet and cells
    }  # fmt: skip
    assert citation["quote"] == "Hotels in Germany may cost at most 140 euros per night."


def test_an_abstention_is_a_result_not_an_error(client: TestClient) -> None:
    answer = ask(client, "Who owns the moon base?")
    assert answer.outcome is Outcome.ABSTAINED
    assert answer.abstention is not None
    assert answer.abstention.missing == ("Who owns the moon base?",)


@pytest.mark.parametrize(
    "how", [({"stream": True}, {}), ({}, {"Accept": "text/event-stream"})], ids=["body", "accept"]
)
def test_a_stream_says_each_statement_once_and_then_the_whole(client: TestClient, how: tuple) -> None:
    body, headers = how
    reply = client.post("/api/v1/ask", json={"question": HOTEL, **body}, headers=headers)
    assert reply.headers["content-type"].startswith("text/event-stream")
    *statements, (last, answer) = events(reply.text)
    assert last == "done"
    assert [name for name, _ in statements] == ["statement"] * len(answer["statements"])
    assert [data for _, data in statements] == answer["statements"]


def test_the_first_statement_leaves_before_the_answer_is_done(server: Running) -> None:
    server.system.hold = threading.Event()
    with httpx.stream(
        "POST", f"{server.address}/api/v1/ask", json={"question": HOTEL, "stream": True}
    ) as reply:
        lines = reply.iter_lines()
        assert next(lines) == "event: statement"
        assert not server.system.traces
        server.system.hold.set()
        assert "event: done" in list(lines)


def test_an_answer_goes_on_and_is_kept_when_the_client_goes_away(server: Running) -> None:
    server.system.hold = threading.Event()
    with httpx.stream(
        "POST", f"{server.address}/api/v1/ask", json={"question": HOTEL, "stream": True}
    ) as reply:
        next(reply.iter_lines())
    server.system.hold.set()
    wait_for(lambda: server.system.traces)


def test_an_error_within_a_stream_is_an_event(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL, logger="metier.serve"):
        reply = client.post("/api/v1/ask", json={"question": "break", "stream": True})
    [(name, problem)] = events(reply.text)
    assert (name, problem["status"]) == ("problem", 500)
    assert "inner workings" not in reply.text


@pytest.mark.parametrize("stream", [False, True])
def test_a_filter_reaches_the_system(client: TestClient, system: FakeSystem, stream: bool) -> None:
    wanted = {"in": ["contracts/**"], "type": "PDF", "since": "2025", "until": "2025-06"}
    client.post("/api/v1/ask", json={"question": HOTEL, "filter": wanted, "stream": stream})
    assert system.filters[-1] == Filter(("contracts/**",), ("pdf",), "2025-01-01", "2025-06-30")
    client.post("/api/v1/ask", json={"question": HOTEL, "filter": {}, "stream": stream})
    assert system.filters[-1] is None


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"since": "last year"}, "no day"),
        ({"since": "2026", "until": "2025"}, "after until"),
        ({"folder": "contracts"}, "Extra inputs"),
        ({"in": ["x" * 501]}, "at most 500"),
        ({"in": {"glob": "x"}}, "tuple"),
        ("contracts", "dictionary"),
    ],
)
def test_a_filter_that_means_nothing_is_a_problem(
    client: TestClient, system: FakeSystem, wanted: Any, told: str
) -> None:
    reply = client.post("/api/v1/ask", json={"question": HOTEL, "filter": wanted})
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["type"] == "urn:metier:problem:invalid-request"
    assert told in reply.json()["detail"]
    assert system.filters == []


def test_history_reaches_the_system(client: TestClient, system: FakeSystem) -> None:
    client.post(
        "/api/v1/ask",
        json={"question": "And in Austria?", "history": [{"question": HOTEL, "answer": "140."}]},
    )
    assert [(turn.question, turn.answer) for turn in system.histories[-1]] == [(HOTEL, "140.")]


def test_what_ben_may_not_see_does_not_answer_ben(client: TestClient) -> None:
    question = "What is the salary band of level four?"
    assert ask(client, question).outcome is Outcome.ANSWERED
    assert ask(client, question, BEN).outcome is Outcome.ABSTAINED


def test_an_answer_is_there_for_its_asker_alone(client: TestClient) -> None:
    answer = ask(client, HOTEL)
    again = client.get(f"/api/v1/answers/{answer.id}")
    assert TypeAdapter(Answer).validate_json(again.text) == answer
    assert client.get(f"/api/v1/answers/{answer.id}?explain=true").json()["question"] == HOTEL
    assert client.get(f"/api/v1/answers/{answer.id}", headers=BEN).status_code == 404
    assert client.get("/api/v1/answers/none").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"users": ({"id": "anna", "groups": ("staff",)},)},
        {"groups": ({"match": "**", "allow": ("board",)},)},
    ],
    ids=["a group was taken away", "the document was closed"],
)
def test_an_old_answer_is_closed_with_what_it_rests_on(
    client: TestClient, system: FakeSystem, change: dict
) -> None:
    answer = ask(client, "What is the salary band of level four?")
    assert client.get(f"/api/v1/answers/{answer.id}").status_code == 200
    system.settings = fake_settings(**change)
    for explain in ("", "?explain=true"):
        reply = client.get(f"/api/v1/answers/{answer.id}{explain}")
        assert reply.status_code == 403
        assert "61000" not in reply.text


@pytest.mark.parametrize("explain", ["", "?explain=true"])
def test_an_old_answer_is_closed_with_what_it_was_made_from(
    client: TestClient, system: FakeSystem, explain: str
) -> None:
    """An abstention names what was near; `explain` names all that was considered."""
    answer = ask(client, "What is the meaning of life?")
    trace = system.traces[answer.id]
    system.traces[answer.id] = replace(trace, pool=({"uri": "hr/salaries.pdf"},))
    assert client.get(f"/api/v1/answers/{answer.id}{explain}").status_code == 200
    system.settings = fake_settings(groups=({"match": "hr/**", "allow": ()},))
    reply = client.get(f"/api/v1/answers/{answer.id}{explain}")
    assert reply.status_code == 403
    assert "salaries" not in reply.text


def test_a_draft_from_closed_documents_does_not_come_out_beside_the_answer(
    client: TestClient, system: FakeSystem
) -> None:
    secret = Citation("c9", "d-secret", "secret/plan.pdf", "Plan", "", 1, 0, 6, "Walrus")
    answer = ask(client, HOTEL)
    trace = system.traces[answer.id]
    assert trace.draft is not None
    drafted = replace(trace.draft, statements=(*trace.draft.statements, Statement("s9", "Walrus", (secret,))))
    found = (Finding("support", "s9", False, 0.1, "Walrus"), Finding("support", "s0", True, 0.9))
    closed = Statement("s9", "Walrus", (secret,))
    samples = (Sample(7, 0.0, (closed,)), Sample(8, 0.7, (), (closed,)))
    system.traces[answer.id] = replace(trace, draft=drafted, findings=found, samples=samples)
    shown = client.get(f"/api/v1/answers/{answer.id}?explain=true")
    assert "Walrus" not in shown.text
    assert [row["statement"] for row in shown.json()["findings"]] == ["s0"]
    assert len(shown.json()["draft"]["statements"]) == len(trace.draft.statements)
    assert [(row["seed"], row["left_out"]) for row in shown.json()["samples"]] == [(8, [])]


def test_unknown_and_encoded_users(client: TestClient) -> None:
    reply = client.post("/api/v1/ask", json={"question": HOTEL}, headers={"X-Metier-User": "mallory"})
    assert reply.status_code == 403
    assert reply.json()["type"] == "urn:metier:problem:unknown-user"
    assert "ben" not in reply.text
    assert ask(client, HOTEL, {"X-Metier-User": "j%C3%B3zef"}).outcome is Outcome.ABSTAINED


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "question"),
        ({"question": "  "}, "question"),
        ({"question": "x" * 4001}, "question"),
        ({"question": HOTEL, "user": "anna"}, "user"),
        ({"question": HOTEL, "history": [{"question": "a"}]}, "answer"),
    ],
)
def test_invalid_questions_are_named(client: TestClient, body: dict, where: str) -> None:
    reply = client.post("/api/v1/ask", json=body)
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert where in reply.json()["errors"][0]["where"]


def test_half_a_character_is_refused(client: TestClient) -> None:
    reply = client.post(
        "/api/v1/ask", content=b'{"question": "\\ud800"}', headers={"Content-Type": "application/json"}
    )
    assert reply.status_code == 422


def test_a_full_house_says_so_at_once(server: Running) -> None:
    server.system.hold = threading.Event()
    places = server_places(server)
    replies: list[httpx.Response] = []
    ask_one = lambda: replies.append(  # noqa: E731
        httpx.post(f"{server.address}/api/v1/ask", json={"question": HOTEL}, timeout=30)
    )
    threads = [threading.Thread(target=ask_one) for _ in range(places + 3)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(replies) >= 3)
    assert {reply.status_code for reply in replies[:3]} == {503}
    assert replies[0].headers["retry-after"] == "2"
    assert replies[0].elapsed.total_seconds() < 1.5
    assert httpx.get(f"{server.address}/api/v1/status").status_code == 200  # other doors stay open
    server.system.hold.set()
    for thread in threads:
        thread.join(30)
    assert sum(reply.status_code == 200 for reply in replies) >= 2
    assert httpx.post(f"{server.address}/api/v1/ask", json={"question": HOTEL}).status_code == 200


def test_who_hangs_up_while_waiting_is_not_answered(server: Running) -> None:
    server.system.hold = threading.Event()
    running = max(2, os.cpu_count() or 1)
    ask_one = lambda: httpx.post(f"{server.address}/api/v1/ask", json={"question": HOTEL}, timeout=30)  # noqa: E731
    threads = [threading.Thread(target=ask_one) for _ in range(running)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert server.system.started.acquire(timeout=20)
    for _ in range(3):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{server.address}/api/v1/ask", json={"question": HOTEL}, timeout=0.3)
    server.system.hold.set()
    for thread in threads:
        thread.join(30)
    assert ask_one().status_code == 200
    assert len(server.system.histories) == running + 1


def server_places(server: Running) -> int:
    return max(2, os.cpu_count() or 1) + 64


def test_feedback_is_stored_with_its_author(client: TestClient, system: FakeSystem) -> None:
    answer = ask(client, HOTEL, BEN)
    edit = {"answer": answer.id, "kind": "edit", "statement": "s0", "value": {"before": "a", "after": "b"}}
    one = client.post("/api/v1/feedback", json=edit, headers=BEN)
    assert one.status_code == 201
    assert [(row["author"], row["value"]) for row in one.json()] == [("ben", {"before": "a", "after": "b"})]
    rows = [
        {"answer": answer.id, "kind": "thumb", "value": "down"},
        {**edit, "kind": "reason", "value": "old"},
    ]
    assert client.post("/api/v1/feedback", json=rows, headers=BEN).status_code == 201
    assert [row.kind for row in system.rows] == ["edit", "thumb", "reason"]


def test_feedback_on_anothers_answer_and_malformed_feedback(client: TestClient, system: FakeSystem) -> None:
    answer = ask(client, HOTEL)
    thumb = {"answer": answer.id, "kind": "thumb", "value": "up"}
    assert client.post("/api/v1/feedback", json=thumb, headers=BEN).status_code == 404
    assert client.post("/api/v1/feedback", json={**thumb, "value": 7}).status_code == 422
    assert client.post("/api/v1/feedback", json={**thumb, "kind": "like"}).status_code == 422
    assert client.post("/api/v1/feedback", json={**thumb, "author": "ben"}).status_code == 422
    assert not system.rows


def test_an_answer_closes_with_a_document_of_which_it_showed_a_figure(
    client: TestClient, system: FakeSystem
) -> None:
    answer = ask(client, "Who owns the moon base?")
    place = f"/api/v1/answers/{answer.id}"
    trace = system.traces[answer.id]
    figure = Figure("d.f1", "d", Box(1, 0, 0, 9, 9), "", 0, 4)
    for uri, status in (("handbook.pdf", 200), ("secret/plan.pdf", 403)):
        shown = DescribedFigure(figure, uri, "", "en", "A plan of the base.", "eye", "now")
        system.traces[answer.id] = replace(trace, answer=replace(answer, figures=(shown,)))
        assert client.get(place).status_code == status
