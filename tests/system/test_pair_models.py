"""A reranker and an entailment model named in metier.yaml, on the real parts."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from metier.errors import UserError
from metier.flow.replay import compare_traces
from metier.store.workspace import create_workspace
from metier.system import System, open_system
from metier.types import Outcome, Trace
from metier.verify.contradiction import Contradiction
from tests.conftest import write_letters
from tests.models.loopback import Handler, send, serving
from tests.models.tiny_pairs import Tiny, favouring

NOTICE = "How long is the notice period?"
SETTINGS = """
users: [{id: hanna, groups: [all, hr]}, {id: otto, groups: [all]}]
groups: [{match: "**", allow: [all]}, {match: "employment.md", allow: [hr]}]
sources: [{folder: ../letters}]
extract: {workers: 1}
retrieve: {deepen_s: 0, legs: [keyword, static], rerank_ms: 2000}
"""
NLI = {"id2label": {"0": "contradiction", "1": "entailment", "2": "neutral"}}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two letters, ingested; employment.md is for hr."""
    base = tmp_path_factory.mktemp("pairs")
    write_letters(base / "letters")
    workspace = create_workspace(base / "work")
    workspace.settings.write_text(SETTINGS, encoding="utf-8")
    with open_system(workspace.root) as made:
        made.ingest()
    return workspace.root


@contextmanager
def opened(root: Path, models: str) -> Iterator[System]:
    (root / "metier.yaml").write_text(
        SETTINGS + (f"models: {{{models}}}\n" if models else ""), encoding="utf-8"
    )
    with open_system(root) as made:
        yield made


def asked(system: System, user: str = "hanna", question: str = NOTICE) -> Trace:
    found = system.trace(system.ask(question, user).id, user)
    assert found is not None
    return found


def shown(trace: Trace) -> list[str]:
    rows = sorted((row for row in trace.pool if row["shown"]), key=lambda row: row["shown"])
    return [row["uri"] for row in rows]


def test_a_cross_encoder_orders_the_evidence_and_says_so(root: Path, tmp_path: Path) -> None:
    with opened(root, "") as plain:
        before = asked(plain)
    folder = favouring("parking").write(tmp_path / "parks")
    with opened(root, f"reranker: {{source: 'path:{folder}'}}") as system:
        now = asked(system)
        tried = system.trial(system.release).answer(NOTICE, "hanna")
    assert shown(tried) == shown(before), "what learns is not told by a clock"
    assert shown(before) == ["employment.md", "parking.txt"]
    assert shown(now) == ["parking.txt", "employment.md"]
    assert (before.models, before.reordered) == ({}, ())
    assert now.models["models.reranker"].startswith("parks/model.onnx@")
    (row,) = now.reordered
    assert (row["scored"], row["of"], row["problem"]) == (2, 2, "")
    assert now.answer.timings_ms["reorder"] >= 0
    assert all("pair" in one["scores"] for one in now.pool)
    changes = compare_traces(before, now).changes
    assert any(change.startswith("models none -> models.reranker parks/model.onnx@") for change in changes)
    assert "passages that models.reranker scored none -> 2 of 2" in changes


def test_the_second_order_sees_more_than_the_generator_reads(root: Path, tmp_path: Path) -> None:
    folder = favouring("parking").write(tmp_path / "parks")
    narrow = SETTINGS.replace("rerank_ms: 2000", "rerank_ms: 2000, narrow: 1")
    (root / "metier.yaml").write_text(
        f"{narrow}models: {{reranker: {{source: 'path:{folder}'}}}}\n", encoding="utf-8"
    )
    with open_system(root) as system:
        trace = asked(system)
    assert shown(trace) == ["parking.txt"]
    assert all("pair" in one["scores"] for one in trace.pool), "also of what is not shown"


def ranking(request: BaseHTTPRequestHandler, body: bytes) -> None:
    count = len(json.loads(body)["documents"])
    rows = [{"index": place, "relevance_score": place} for place in range(count)]
    send(request, 200, json.dumps({"results": rows, "usage": {"total_tokens": 30}}).encode())


def slow(request: BaseHTTPRequestHandler, body: bytes) -> None:
    time.sleep(3)


def broken(request: BaseHTTPRequestHandler, body: bytes) -> None:
    send(request, 200, b"<html>")


def test_an_endpoint_is_sent_what_the_asker_may_see_and_nothing_else(root: Path) -> None:
    with serving(ranking) as server:
        with opened(
            root, f"reranker: {{source: 'endpoint:{server.url}', price_per_million_in: 10}}"
        ) as system:
            assert asked(system, "otto").reordered[0]["of"] == 1
            sent = b"".join(body for *_, body in server.requests)
            assert b"car park" in sent
            assert b"six weeks" not in sent
            trace = asked(system, "hanna")
        assert b"six weeks" in server.requests[-1][3]
    assert shown(trace) == ["parking.txt", "employment.md"], "the last has the highest score"
    assert (trace.answer.tokens, trace.answer.cost) == (30, pytest.approx(0.0003))


@pytest.mark.parametrize(
    ("handler", "why"), [(slow, "nothing came in"), (broken, "no score for 2 of 2"), (None, "running")]
)
def test_an_endpoint_that_fails_leaves_the_order_there_is(
    root: Path, handler: Handler | None, why: str
) -> None:
    with serving(handler or ranking) as server:
        url = server.url if handler else "http://127.0.0.1:9"
        fast = SETTINGS.replace("rerank_ms: 2000", "rerank_ms: 150")
        (root / "metier.yaml").write_text(
            f"{fast}models: {{reranker: {{source: 'endpoint:{url}'}}}}\n", encoding="utf-8"
        )
        with open_system(root) as system:
            before = time.monotonic()
            trace = asked(system)
            spent = time.monotonic() - before
    assert trace.answer.outcome is Outcome.ANSWERED
    assert shown(trace) == ["employment.md", "parking.txt"]
    assert why in trace.reordered[0]["problem"]
    assert spent < 2.5


def test_a_file_that_is_missing_is_said_to_who_asks_and_stops_nothing_else(root: Path) -> None:
    with opened(root, "reranker: {source: 'path:/nowhere/at/all'}") as system:
        assert len(system.documents("hanna")) == 2
        system._open.load_models()
        with pytest.raises(UserError, match=r"/nowhere/at/all does not exist"):
            system.ask(NOTICE, "hanna")


def test_an_entailment_model_is_one_more_check(root: Path, tmp_path: Path) -> None:
    folder = Tiny(3).write(tmp_path / "nli", NLI)
    with opened(root, f"entailment: {{source: 'path:{folder}'}}") as system:
        trace = asked(system)
        assert isinstance(system.journey().checks[-1], Contradiction)
    assert trace.models["models.entailment"].startswith("nli/model.onnx@")
    (found,) = [item for item in trace.findings if item.check == "contradiction"]
    assert found.detail == "not asked: it stands in the cited text word for word"
    assert trace.answer.outcome is Outcome.ANSWERED
