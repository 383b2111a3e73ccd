from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.faults import CASE_FAULTS
from metier.errors import UserError
from metier.evaluate.attribution import (
    STAGES,
    Attribution,
    attribute,
    attribute_rows,
    carried,
    read_attribution,
    wanted,
)
from metier.evaluate.needed import needed
from metier.evaluate.run import Row
from metier.flow.answer import rehearse
from metier.system import System
from metier.types import Abstention, Answer, Case, Citation, EvidenceQuote, Outcome, Statement
from tests.evaluate.blamed import NOTICE, PARKING, notice, workspace


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with workspace(tmp_path_factory.mktemp("blame")) as made:
        yield made


@pytest.mark.parametrize(
    ("stage", "fault"), [(stage, fault) for stage, some in CASE_FAULTS.items() for fault in some]
)
def test_a_planted_fault_is_blamed_on_its_stage(system: System, stage: str, fault: str) -> None:
    case = notice()
    if fault in ("query cut", "figures made up", "figures doubted", "figures misread", "order reversed"):
        pytest.skip("changes nothing in so small a workspace; benchmarks.attribution has it")
    access = system.settings.access("hanna")
    view = CASE_FAULTS[stage][fault](system, needed(case, system, access))
    trace = rehearse(view.parts, case.question, access)
    found = attribute(case, trace.answer, trace, view)
    assert found.stage == stage
    assert found.stage in STAGES
    assert found.why


def test_a_replay_says_whether_mending_the_stage_is_enough(system: System) -> None:
    case, access = notice(), system.settings.access("hanna")
    pieces = needed(case, system, access)
    lost = CASE_FAULTS["not retrieved"]["passages not indexed"](system, pieces)
    trace = rehearse(lost.parts, case.question, access)
    assert attribute(case, trace.answer, trace, lost).mended is True
    unsure = CASE_FAULTS["wrongly abstained"]["a third as sure"](system, pieces)
    both = replace(lost, parts=replace(lost.parts, generator=unsure.parts.generator))
    trace = rehearse(both.parts, case.question, access)
    found = attribute(case, trace.answer, trace, both)
    assert (found.stage, found.mended, found.then) == ("not retrieved", False, "wrongly abstained")


def test_what_should_not_have_been_said(system: System) -> None:
    parking = rehearse(system.journey(), PARKING, system.settings.access("hanna"))
    assert parking.answer.outcome is Outcome.ANSWERED
    unanswerable = Case("u", PARKING, "hanna", "unanswerable")
    assert attribute(unanswerable, parking.answer, parking, system).stage == "answered without grounds"
    made_up = replace(
        parking.answer,
        statements=tuple(replace(s, text="It is 99 euros.") for s in parking.answer.statements),
    )
    found = attribute(unanswerable, made_up, replace(parking, answer=made_up), system)
    assert found.stage == "verification error"
    outside = replace(unanswerable, kind="out_of_scope")
    assert attribute(outside, parking.answer, parking, system).stage == "let in at the door"
    secret = Case("p", NOTICE, "otto", "permission", ("six weeks",), evidence=notice().evidence)
    told = rehearse(system.journey(), NOTICE, system.settings.access("hanna"))
    assert attribute(secret, told.answer, told, system).stage == "leak"


def test_errors_and_answers_without_a_trace(system: System) -> None:
    assert attribute(notice(), None, None, system, "timeout").stage == "system error"
    wrong = Answer("elsewhere", Outcome.ABSTAINED, "")
    assert attribute(notice(), wrong, None, system).stage == "right when asked again"
    assert attribute(notice(user="otto"), wrong, None, system).stage == "case in doubt"


def test_a_run_is_blamed_and_says_what_to_add(system: System, tmp_path: Path) -> None:
    silent = notice(
        id="s", evidence=(EvidenceQuote("bonus.pdf", "The bonus is 900 euros."),), answers=("900",)
    )
    declined = Answer("x", Outcome.ABSTAINED, "", abstention=Abstention("?", found=("Canteen",)))
    rows = [
        Row(notice(), system.ask(NOTICE, "hanna"), 0.1),
        Row(replace(silent, id="s"), declined, 0.1),
        Row(replace(silent, id="s2", question="And the bonus?"), declined, 0.1),
        Row(Case("u", "Is there a gym?", "hanna", "unanswerable", group="gym"), declined, 0.1),
    ]  # fmt: skip
    found = attribute_rows(rows, system, system.stored_trace)
    assert found.counts == {"corpus silent": 2}
    first, second = found.wanted
    assert (first.what, first.known, len(first.questions), first.nearest) == (
        "bonus.pdf",
        True,
        2,
        ("Canteen",),
    )
    assert (second.what, second.known) == ("Is there a gym?", False)
    assert attribute_rows(rows, system, system.stored_trace, most=1).left == 1
    assert wanted((), ()) == ()
    (tmp_path / "no.json").write_text("{}")
    with pytest.raises(UserError, match="nothing that"):
        read_attribution(tmp_path / "no.json")
    with pytest.raises(UserError, match="cannot be read"):
        read_attribution(tmp_path / "absent.json")


def test_a_figure_that_no_citation_has_is_not_carried() -> None:
    def said(text: str, quote: str) -> Statement:
        return Statement("s", text, (Citation("c", "d", "u", "t", "", 1, 0, 1, quote),))

    assert carried(said("It is 40 euros.", "costs 40 euros"))
    assert not carried(said("It is 41 euros.", "costs 40 euros"))
    assert carried(said("Item: A; 2025: 17,039", "A | 17,039"))  # the year is the column's heading
    assert carried(said("It is free.", ""))


def test_nothing_wrong_is_nothing_to_blame(system: System) -> None:
    rows = [Row(notice(), system.ask(NOTICE, "hanna"), 0.1)]
    assert attribute_rows(rows, system, system.stored_trace) == Attribution((), {}, ())
