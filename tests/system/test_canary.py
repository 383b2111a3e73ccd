"""A canary on real parts: who it answers, how it fails, how it ends, and that other processes hear of it."""

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from metier.errors import UserError
from metier.evaluate.harm import Mark
from metier.flow.answering import Answering
from metier.store.audit import FileAudit
from metier.store.workspace import create_workspace
from metier.system import System, open_system
from metier.system.canary import MOST_FAILURES, CanaryReport
from metier.system.journeys import Journey
from metier.types import Answer, Release, Statement
from tests.conftest import write_letters

PEOPLE = [f"p{number:02}" for number in range(12)]
PARKING = "Where may visitors park?"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_letters(tmp_path / "letters")
    workspace = create_workspace(tmp_path / "work")
    users = [{"id": name, "groups": ["all"]} for name in PEOPLE]
    workspace.settings.write_text(
        json.dumps(
            {
                "users": users,
                "groups": [{"match": "**", "allow": ["all"]}],
                "sources": [{"folder": "../letters"}],
                "extract": {"workers": 1},
            }
        )
    )
    return workspace.root


@pytest.fixture
def system(root: Path) -> Iterator[System]:
    with open_system(root) as made:
        made.ingest()
        yield made


def candidate(system: System, folder: Path, name: str = "one", **manifest: Any) -> Release:
    place = folder / name
    place.mkdir()
    told = {"name": name, "parents": [system.release.id], **manifest}
    (place / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    return system.add_release(place)


def sides(system: System) -> tuple[list[str], list[str]]:
    """Who gets the canary, and who does not."""
    found = running(system).canary
    return [p for p in PEOPLE if found.takes(p)], [p for p in PEOPLE if not found.takes(p)]


def running(system: System) -> CanaryReport:
    found = system.canary()
    assert found is not None
    return found


def kinds(system: System) -> list[str]:
    return [row["kind"] for row in FileAudit(system.workspace.audit).rows()]


def mark(system: System, person: str, value: int, asked: Answer | None = None) -> None:
    answer = asked or system.ask(PARKING, person)
    system.add_feedback([{"answer": answer.id, "kind": "thumb", "value": value}], person)


def test_its_share_of_the_people_is_answered_by_it_and_always_the_same(
    system: System, tmp_path: Path
) -> None:
    live, made = system.release, candidate(system, tmp_path)
    assert system.canary() is None
    report = system.start_canary(made.id[:10], 0.25)
    assert (report.people, report.of_people) == (3, 12)
    assert "answers 3 of 12 people" in report.started
    mine, others = sides(system)
    with open_system(system.workspace.root) as second:
        for one in (system, second, system):
            assert {one.ask(PARKING, person).release for person in mine} == {made.id}
            assert one.ask(PARKING, others[0]).release == live.id
        assert second.search(PARKING, mine[0])[1]
        assert second.ask(PARKING, mine[0], occasion="evaluation").release == live.id
        system.rollback()
        assert second.ask(PARKING, mine[0]).release == live.id, "at the next question, in every process"
    assert system.live_release() == live.id, "what ended is the canary, not what was live"
    assert running(system).as_json()["how"] == "rollback"
    assert kinds(system).count("canary") == kinds(system).count("canary_ended") == 1


def test_promotion_ends_it_and_every_process_answers_with_it(system: System, tmp_path: Path) -> None:
    made, other = candidate(system, tmp_path), candidate(system, tmp_path, "two")
    with open_system(system.workspace.root) as second:
        before = second.release.id
        system.start_canary(made.id, 0.5)
        system.promote(made.id)
        assert {second.ask(PARKING, person).release for person in PEOPLE} == {made.id} != {before}
        assert running(second).canary.how == "promoted"
        system.start_canary(other.id, 0.5)
        system.promote(before)
        assert running(second).canary.how == "replaced"
        assert second.release.id == before


def test_what_cannot_be_a_canary_says_why(system: System, tmp_path: Path) -> None:
    failed = candidate(system, tmp_path, gate={"verdict": "fail", "reason": "fewer"})
    with pytest.raises(UserError, match="did not pass its gate"):
        system.start_canary(failed.id, 0.1)
    with pytest.raises(UserError, match="is live"):
        system.start_canary(system.live_release(), 0.1)
    with pytest.raises(UserError, match="share of a canary"):
        system.start_canary(failed.id, 0.6, anyway=True)
    assert system.canary() is None
    assert "canary" not in kinds(system), "what was refused did not happen"
    system.start_canary(failed.id, 0.1, anyway=True)
    with pytest.raises(UserError, match="is the canary since"):
        system.start_canary(failed.id, 0.1, anyway=True)


def test_marks_that_show_harm_end_it(system: System, tmp_path: Path) -> None:
    made = candidate(system, tmp_path)
    system.start_canary(made.id, 0.25)
    mine, others = sides(system)
    asked = {person: system.ask(PARKING, person) for person in (*mine, *others)}
    mark(system, others[0], -1, asked[others[0]])
    for number in range(12):
        if running(system).canary.how:
            break
        mark(system, others[number % 9], 1)
        mark(system, others[(number + 1) % 9], 1)
        mark(system, mine[number % 3], -1)
        mark(system, mine[(number + 1) % 3], -1)
    report = running(system)
    assert report.canary.how == "harm"
    assert f"canary {made.id[:12]} ended" in report.sentence
    assert "marked answers were harm" in report.sentence
    assert {system.ask(PARKING, person).release for person in PEOPLE} == {system.live_release()}
    last = [row for row in FileAudit(system.workspace.audit).rows() if row["kind"] == "canary_ended"]
    assert [(row["subject"], row["data"]["how"]) for row in last] == [(made.id, "harm")]


def test_a_look_that_a_killed_process_did_not_come_to_is_made_later(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.start_canary(candidate(system, tmp_path).id, 0.25)
    mine, others = sides(system)
    with monkeypatch.context() as patch:
        patch.setattr(system._canary, "look", lambda askers=(): None)
        for number in range(12):
            mark(system, others[number % 9], 1)
            mark(system, others[(number + 1) % 9], 1)
            mark(system, mine[number % 3], -1)
            mark(system, mine[(number + 1) % 3], -1)
    with open_system(system.workspace.root) as second:
        assert running(second).canary.how == "harm"


def test_marks_that_show_none_say_what_is_excluded(system: System, tmp_path: Path) -> None:
    made = candidate(system, tmp_path)
    system.start_canary(made.id, 0.5)
    for person in PEOPLE:
        mark(system, person, 1)
    mark(system, PEOPLE[0], -1, system.ask_document(PARKING, system.documents(PEOPLE[0])[0].id, PEOPLE[0]))
    report = running(system)
    assert (report.marks + report.marks_live, report.harmed + report.harmed_live) == (13, 1)
    assert report.answers + report.answers_live == 13
    assert "no harm shown" in report.sentence
    assert "can be excluded with 95%" in report.sentence
    assert not report.is_enough
    assert "salt" not in json.dumps(report.as_json())


class _Breaks:
    """A generator that cannot."""

    name = "breaks"

    def generate(self, *_: Any) -> Any:
        raise RuntimeError("no such layer")


def broken(system: System, release: Release) -> None:
    """That release cannot answer."""
    parts: Answering = replace(system._journeys.of(release).parts, generator=_Breaks())
    system._journeys.keep(Journey(release, parts))


def test_a_question_it_cannot_answer_is_answered_by_the_live_release(
    system: System, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = candidate(system, tmp_path)
    system.start_canary(made.id, 0.25)
    mine, _ = sides(system)
    broken(system, made)
    told: list[Statement] = []
    with caplog.at_level(logging.ERROR):
        answer = system.ask(PARKING, mine[0], on_statement=told.append)
    assert answer.release == system.live_release()
    assert tuple(told) == answer.statements
    report = running(system)
    assert (len(report.canary.failures), report.marks, report.harmed) == (1, 1, 1)
    assert "no such layer" in caplog.text
    for _ in range(MOST_FAILURES - 1):
        system.ask(PARKING, mine[1])
    assert running(system).canary.how == "failures"
    assert kinds(system).count("canary_failed") == MOST_FAILURES


def test_what_no_release_can_answer_is_not_its_fault(system: System, tmp_path: Path) -> None:
    made = candidate(system, tmp_path)
    system.start_canary(made.id, 0.25)
    mine, _ = sides(system)
    broken(system, made)
    broken(system, system.release)
    with pytest.raises(RuntimeError):
        system.ask(PARKING, mine[0])
    assert not running(system).canary.failures


def test_a_damaged_canary_answers_nobody(system: System, tmp_path: Path) -> None:
    made = candidate(system, tmp_path)
    system.start_canary(made.id, 0.25)
    mine, _ = sides(system)
    (Path(made.path) / "manifest.json").write_text("{}", encoding="utf-8")
    assert system.search(PARKING, mine[0])[1]
    assert system.ask(PARKING, mine[0]).release == system.live_release()


def test_it_is_ended_without_touching_what_is_live(system: System, tmp_path: Path) -> None:
    made, other = candidate(system, tmp_path), candidate(system, tmp_path, "other")
    system.promote(other.id)
    with pytest.raises(UserError, match=r"no canary runs\. Nothing was changed"):
        system.end_canary()
    system.start_canary(made.id, 0.25)
    assert system.end_canary() == made.id
    assert running(system).canary.how == "rollback"
    with pytest.raises(UserError, match=r"no canary runs; .* ended .*: somebody ended it"):
        system.end_canary()
    assert system.live_release() == other.id


def test_marks_from_before_it_are_what_people_are_held_against(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Sequence[Mark]] = []
    monkeypatch.setattr(
        "metier.system.canary.is_harm_shown", lambda marks, alone, before: bool(seen.append(before))
    )
    first = system.ask(PARKING, PEOPLE[0])
    mark(system, PEOPLE[0], -1, first)
    mark(system, PEOPLE[0], 1, first)
    mark(system, PEOPLE[1], 1)
    system.start_canary(candidate(system, tmp_path).id, 0.25)
    mark(system, sides(system)[0][0], -1)
    one = running(system).canary
    told = [Mark(one.person(who), one.takes(who), who == PEOPLE[0]) for who in (PEOPLE[1], PEOPLE[0])]
    assert seen[-1] == told, "newest first, of each answer what was said first, and none of since"
