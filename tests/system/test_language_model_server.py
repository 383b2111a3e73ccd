"""A language model behind a server that has limits, fails, or says another thing each time; on the real parts."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from metier.errors import UserError
from metier.flow.replay import compare_traces
from metier.store.workspace import create_workspace
from metier.system import System, open_system
from metier.types import Outcome, Trace
from tests.conftest import write_letters
from tests.models.loopback import Server, send, serving

NOTICE = "How long is the notice period?"
UNSURE = "Which floor is the lodge on?"
SETTINGS = """
users: [{id: hanna, groups: [all]}]
groups: [{match: "**", allow: [all]}]
sources: [{folder: ../letters}]
extract: {workers: 1}
retrieve: {deepen_s: 0, legs: [keyword, static], reword: false}
"""
LODGE = "Visitors register at the porter's lodge. [p1]"
REGISTER = "Visitors park in front of the gate and register at the porter's lodge."  # as the letter has it


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two letters, ingested."""
    base = tmp_path_factory.mktemp("served")
    write_letters(base / "letters")
    workspace = create_workspace(base / "work")
    workspace.settings.write_text(SETTINGS, encoding="utf-8")
    with open_system(workspace.root) as made:
        made.ingest()
    return workspace.root


@contextmanager
def opened(root: Path, server: Server, **more: Any) -> Iterator[System]:
    generator = {"source": f"endpoint:{server.url}", "name": "m", "price_per_million_in": 1_000_000, **more}
    models = json.dumps({"generator": generator})
    (root / "metier.yaml").write_text(f"{SETTINGS}models: {models}\n", encoding="utf-8")
    with open_system(root) as made:
        yield made


def asked(system: System, question: str = NOTICE) -> Trace:
    found = system.trace(system.ask(question, "hanna").id, "hanna")
    assert found is not None
    return found


def saying(
    text_of: Callable[[dict[str, Any]], str], **headers: str
) -> Callable[[BaseHTTPRequestHandler, bytes], None]:
    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        text = text_of(json.loads(body))
        whole = {
            "choices": [{"message": {"content": text}, "logprobs": {"content": [{"logprob": -0.25}]}}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 9},
        }
        send(request, 200, json.dumps(whole).encode(), content_type="application/json", **headers)

    return handler


@pytest.mark.parametrize(
    ("handler", "why"),
    [
        (lambda request, body: send(request, 429, b"", retry_after="60"), "asks to wait 60 s"),
        (lambda request, body: time.sleep(2), "nothing came for 0.3 s"),
    ],
    ids=["429", "slow"],
)
def test_quotes_answer_where_the_server_would_keep_the_question_waiting(
    root: Path, handler: Callable[[BaseHTTPRequestHandler, bytes], None], why: str
) -> None:
    with serving(handler) as server, opened(root, server, timeout_s=0.3, wait_s=1) as system:
        before = time.monotonic()
        trace = asked(system)
        assert time.monotonic() - before < 50, "less than it asks for"
    assert trace.answer.outcome is Outcome.ANSWERED
    assert "six weeks" in trace.answer.statements[0].text
    assert any("answered without the language model" in note and why in note for note in trace.answer.notes)


def test_more_questions_than_the_limit_are_answered_by_quotes_and_say_so(root: Path) -> None:
    with (
        serving(saying(lambda body: "The notice period is six weeks. [p1]")) as server,
        opened(root, server, requests_per_minute=1, wait_s=0) as system,
    ):
        first, second = asked(system), asked(system)
    assert (first.answer.notes, first.answer.cost) == ((), 100.0)
    assert "1 requests a minute are allowed" in second.answer.notes[0]
    assert first.answer.outcome is second.answer.outcome is Outcome.ANSWERED
    assert len(server.requests) == 1


def test_a_server_that_says_nothing_remains_is_left_alone(root: Path) -> None:
    told = {"x_ratelimit_remaining_requests": "0", "x_ratelimit_reset_requests": "6m0s"}
    with (
        serving(saying(lambda body: "The notice period is six weeks. [p1]", **told)) as server,
        opened(root, server) as system,
    ):
        assert asked(system).answer.notes == ()
        assert "the server allows no more requests yet" in asked(system).answer.notes[0]
    assert len(server.requests) == 1


def test_samples_are_drawn_where_nothing_was_answered_and_are_all_kept(root: Path) -> None:
    def disagreeing(body: dict[str, Any]) -> str:
        return {7: "NOT_FOUND", 8: LODGE, 9: "Visitors pay 40 EUR. [p1]"}[body["seed"]]

    with serving(saying(disagreeing)) as server:
        with opened(root, server) as system:
            assert asked(system, UNSURE).samples == ()
        with opened(root, server, samples=3) as system:
            trace = asked(system, UNSURE)
            again = system.trace(system.ask_again(trace).id, "hanna")
    sent = [json.loads(body) for *_, body in server.requests][-2:]
    assert sent[0]["messages"] == sent[1]["messages"], "the prefix that is kept is the whole prompt"
    assert [(one.seed, one.logprob) for one in trace.samples][-2:] == [(8, -0.25), (9, -0.25)]
    by_seed = {one.seed: one for one in trace.samples}
    assert [item.text for item in by_seed[8].statements] == [LODGE.removesuffix(" [p1]")]
    assert by_seed[9].statements == (), "the figure stands nowhere"
    assert [item.text for item in by_seed[9].left_out] == ["Visitors pay 40 EUR."]
    assert trace.answer.cost == 300.0, "every call is paid"
    assert again is not None
    assert compare_traces(trace, again).same
    assert compare_traces(trace, again).changes == ()


def test_two_samples_that_agree_on_what_the_policy_would_quote_are_shown(root: Path) -> None:
    with serving(saying(lambda body: LODGE)) as server, opened(root, server, samples=3) as system:
        heard: list[str] = []
        found = system.ask(UNSURE, "hanna", on_statement=lambda item: heard.append(item.text))
        trace = system.trace(found.id, "hanna")
    assert found.outcome is Outcome.ANSWERED
    assert heard == [item.text for item in found.statements] == [LODGE.removesuffix(" [p1]")]
    assert len(server.requests) == 2, "the third is not needed"
    assert trace is not None
    assert trace.draft is not None
    assert trace.draft.confidence == trace.samples[0].chance > 0.448
    assert [one.is_served for one in trace.samples] == [True, False]


def test_a_model_that_decides_answers_what_the_policy_is_unsure_of_and_may_stay_silent(root: Path) -> None:
    def text_of(body: dict[str, Any]) -> str:
        prompt = body["messages"][-1]["content"]
        return "NOT_FOUND" if NOTICE in prompt else LODGE

    with serving(saying(text_of)) as server:
        with opened(root, server) as system:
            assert asked(system, UNSURE).answer.outcome is Outcome.ABSTAINED
            assert asked(system, NOTICE).answer.outcome is Outcome.ANSWERED  # the quote stands
        with opened(root, server, decides="model") as system:
            assert system.model_decides()
            unsure = asked(system, UNSURE)
            assert [item.text for item in unsure.answer.statements] == [
                "Visitors register at the porter's lodge."
            ]
            assert unsure.answer.statements[0].citations[0].quote.startswith("Visitors")
            silent = asked(system, NOTICE)
            assert silent.answer.outcome is Outcome.ABSTAINED
            assert silent.draft is not None
            assert silent.draft.prompt_hash


def test_what_a_model_that_decides_invents_does_not_leave(root: Path) -> None:
    said = "The lodge is on the ninth floor and costs EUR 400. [p1]"
    with serving(saying(lambda body: said)) as server, opened(root, server, decides="model") as system:
        assert asked(system, UNSURE).answer.outcome is Outcome.ABSTAINED


def test_what_no_check_confirms_leaves_in_the_words_it_cites_where_the_model_decides(root: Path) -> None:
    said = "The porter's lodge registers visitors and nobody else. [p1]"
    with serving(saying(lambda body: said)) as server, opened(root, server, decides="model") as system:
        heard: list[str] = []
        found = system.ask(UNSURE, "hanna", on_statement=lambda item: heard.append(item.text))
        trace = system.trace(found.id, "hanna")
    assert heard == [item.text for item in found.statements] == [REGISTER]
    assert trace is not None
    assert [item.detail for item in trace.findings if item.check == "restated"] == ["negation"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("generator: {source: 'endpoint:http://x', decides: model, samples: 3}", "writes one answer"),
        ("judge: {source: 'endpoint:http://x', decides: model}", "only the generator answers"),
        ("generator: {source: 'endpoint:http://x', decides: maybe}", "decides"),
    ],
)
def test_a_setting_that_would_do_nothing_is_refused(tmp_path: Path, more: str, told: str) -> None:
    workspace = create_workspace(tmp_path / "work")
    workspace.settings.write_text(f"models: {{{more}}}\n", encoding="utf-8")
    with pytest.raises(UserError, match=told):
        open_system(workspace.root)
