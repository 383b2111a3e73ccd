"""A certified release on a real workspace: what differs, that it is applied, and what ends its certificate."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from metier.errors import UserError
from metier.evaluate.certificate import Certificate, certify_scores
from metier.evaluate.deployed import certificate_of, confidences, standing, write_certified
from metier.evaluate.scores import score_run
from metier.evaluate.verbs import certified_release, standing_of, state_of, workspace_target
from metier.flow.grid import Column
from metier.store.releases import ADAPTER
from metier.system import System, open_system
from metier.types import Feedback, Statement, Trace
from tests.evaluate.blamed import NOTICE, PARKING, workspace
from tests.evaluate.made import case, row, run_of
from tests.models.tiny_pairs import favouring

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with workspace(tmp_path_factory.mktemp("certified")) as made:
        yield made


def certificate(system: System, now: datetime = NOW, **about: str) -> Certificate:
    """At most 10% wrong from confidence .6 on."""
    rows = [
        row(case(i), right=i >= 200, confidence=0.6 + i / 10_000 if i >= 200 else 0.5) for i in range(400)
    ]
    state = state_of(system) | about
    return certify_scores(score_run(run_of(rows)), 0.1, 0.05, questions=1000, now=now, about=state)


def test_the_child_differs_in_thresholds_alone_and_carries_the_certificate(
    system: System, tmp_path: Path
) -> None:
    found = certificate(system)
    child = certified_release(system, found)
    assert certified_release(system, certificate(system, NOW + timedelta(hours=2))).id == child.id
    parent = system.release
    changed = {
        name for name in {*child.parts, *parent.parts} if child.parts.get(name) != parent.parts.get(name)
    }
    assert changed == {"thresholds", "certificate"}
    assert child.parts["thresholds"]["extractive"] == found.threshold >= 0.6
    assert child.parts["thresholds"]["support"] == parent.parts["thresholds"]["support"]
    assert child.parents == (parent.id,)
    held = certificate_of(child)
    assert held is not None
    assert (held.threshold, held.issued) == (found.threshold, "2026-03-01")
    assert certificate_of(parent) is None
    write_certified(tmp_path / "again", dataclasses.replace(parent, parents=("x",)), found)
    assert (tmp_path / "again" / "scope.json").exists()  # a fitted parent's own parts are kept


def test_what_a_language_model_was_taught_is_certified_with_it(system: System, tmp_path: Path) -> None:
    taught = tmp_path / "taught"
    taught.mkdir()
    (taught / ADAPTER).write_bytes(b"GGUF")
    (taught / ".DS_Store").write_bytes(b"")
    (taught / "card.md").write_text("about the parent", encoding="utf-8")
    parent = dataclasses.replace(system.release, parents=("x",), path=str(taught))
    write_certified(tmp_path / "child", parent, certificate(system))
    assert (tmp_path / "child" / ADAPTER).read_bytes() == b"GGUF"
    assert sorted(path.name for path in (tmp_path / "child").iterdir()) == [
        ADAPTER, "certificate.json", "manifest.json", "thresholds.json",
    ]  # fmt: skip


def test_it_ends_when_a_model_file_is_replaced_under_its_path(system: System, tmp_path: Path) -> None:
    place, settings = tmp_path / "ranks", system.workspace.settings
    favouring("leave").write(place)
    before = settings.read_text(encoding="utf-8")
    settings.write_text(f"{before}\nmodels: {{reranker: {{source: 'path:{place}'}}}}\n", encoding="utf-8")
    try:
        with open_system(system.workspace.root) as live:
            live.promote(certified_release(live, certificate(live, datetime.now(UTC))).id)
            assert standing_of(live).holds
        favouring("parking").write(place)
        with open_system(system.workspace.root) as live:
            assert "model reranker was 'ranks/model.onnx@" in standing_of(live).why
            live.rollback()
    finally:
        settings.write_text(before, encoding="utf-8")


def test_it_is_applied_and_holds_until_something_changes(system: System) -> None:
    child = certified_release(system, certificate(system, datetime.now(UTC)))
    system.promote(child.id)
    with open_system(system.workspace.root) as live:
        answer = live.ask(NOTICE, "hanna")
        draft = live.trace(answer.id, "hanna").draft  # type: ignore[union-attr]
        assert draft is not None
        assert bool(answer.statements) == (draft.confidence >= child.parts["thresholds"]["extractive"])
        found = standing_of(live)
        assert found.holds, found.why
        assert found.drift is None
        state = state_of(live)
        traces = [trace for trace in live.traces() if trace.answer.release == child.id]
        later = datetime.now(UTC) + timedelta(days=100)
        assert "expired" in standing(child, state, None, (), later).why
        assert "ledger was" in standing(child, {**state, "ledger": "999"}, None, (), datetime.now(UTC)).why
        assert "thresholds.abstain" in standing(child, state, 0.2, (), datetime.now(UTC)).why
        other = dataclasses.replace(child, parents=("elsewhere",))
        assert "changed after" in standing(other, state, None, (), datetime.now(UTC)).why
        drifted = standing(child, state, None, traces * 40, datetime.now(UTC))
        assert "does not apply" in drifted.why
        assert confidences(traces, "another release") == []
        alike = [
            _like(traces[0], value, child.parts["thresholds"]["extractive"])
            for value in certificate(system).confidences
        ]
        same = standing(child, state, None, alike, datetime.now(UTC))
        assert same.holds, same.why
        assert same.drift is not None
        german = [dataclasses.replace(item, question="Wer genehmigt das?") for item in alike]
        moved = standing(child, state, None, german, datetime.now(UTC))
        assert "another mix" in moved.why
        assert {item.view for item in moved.shifts if item.shifted} == {"what is asked for", "language"}
        unhappy = [
            dataclasses.replace(
                item,
                question=f"{item.question} {number}",
                answer=dataclasses.replace(item.answer, id=f"u{number}"),
            )
            for number, item in enumerate(alike)
        ]
        said = [
            Feedback(f"f{number}", f"u{number}", "thumb", -1, "hanna", "") for number in range(len(unhappy))
        ]
        assert "more than the 10.0%" in standing(child, state, None, unhappy, datetime.now(UTC), said).why
        assert "metier.yaml" in standing(child, state | {"settings": "0"}, None, (), datetime.now(UTC)).why
        assert not standing(child, state | {"rights": "0"}, None, (), datetime.now(UTC)).why  # who may ask
        assert not standing(child, state | {"abstain": "0.9"}, 0.9, (), datetime.now(UTC)).why  # stricter
    system.rollback()
    with open_system(system.workspace.root) as back, pytest.raises(UserError, match="carries no certificate"):
        standing_of(back)


def test_what_a_suite_a_grid_or_an_import_asks_is_not_what_people_ask(system: System) -> None:
    child = certified_release(system, certificate(system, datetime.now(UTC)))
    system.promote(child.id)
    with open_system(system.workspace.root) as live:
        before = standing_of(live).complaints.shown
        _, ask, _ = live.grid([Column("notice", NOTICE)])
        ask(next(iter(live.live_documents())), NOTICE)
        live.ask_again(live.traces(1)[0])
        live.import_feedback(
            [{"question": PARKING, "kind": "expert_answer", "value": "40", "author": "hanna"}]
        )
        workspace_target(live).ask(case(1))
        assert [item.occasion for item in live.traces(4)] == ["evaluation", "import", "replay", "grid"]
        assert standing_of(live).complaints.shown == before
        live.ask("How long is the notice period now?", "hanna")
        assert standing_of(live).complaints.shown == before + bool(live.traces(1)[0].answer.statements)
    system.rollback()


def test_a_certificate_ends_when_the_settings_it_was_made_with_do(tmp_path: Path) -> None:
    with workspace(tmp_path) as made:
        child = certified_release(made, certificate(made, datetime.now(UTC)))
        made.promote(child.id)
        file = made.workspace.settings
    before = file.read_text(encoding="utf-8")
    for more, holds in (
        ("# a comment\nserve: {port: 8400}", True),
        ("audience: customer", False),
        ("retrieve: {narrow: 3}", False),
        ("models: {generator: {source: 'endpoint:http://127.0.0.1:9/v1', name: m}}", False),
    ):
        file.write_text(f"{before}\n{more}\n", encoding="utf-8")
        with open_system(tmp_path / "work") as live:
            assert standing_of(live).holds is holds, more


def _like(trace: Trace, confidence: float, threshold: float) -> Trace:
    """The trace as of an answer so sure, shown if it is sure enough."""
    said = (Statement("s", "six weeks", ()),) if confidence >= threshold else ()
    assert trace.draft is not None
    draft = dataclasses.replace(trace.draft, confidence=confidence)
    return dataclasses.replace(trace, draft=draft, answer=dataclasses.replace(trace.answer, statements=said))


def test_what_was_measured_must_be_what_is_released(system: System) -> None:
    for about, message in (
        ({"kind": "function"}, "only a run of a workspace"),
        ({"ledger": "999"}, "documents have changed"),
        ({"release": "0" * 64}, "no release"),
    ):
        with pytest.raises(UserError, match=message):
            certified_release(system, certificate(system, **about))
    with pytest.raises(UserError, match="run again"):
        write_certified(Path("unused"), system.release, certificate(system, release="0" * 64))


def test_a_broken_certificate_is_said_to_be_one(system: System) -> None:
    broken = dataclasses.replace(system.release, parts={"certificate": {"threshold": "high"}})
    with pytest.raises(UserError, match="cannot be read"):
        certificate_of(broken)
    assert json.dumps(dataclasses.asdict(certificate(system)))
