from metier.verify.personal import PersonalData
from tests.verify.conftest import Run


def test_what_the_source_gives_may_be_said(run: Run) -> None:
    assert run(PersonalData(), "Write to anna@acme.de.", "Contact: Anna@acme.de")[0].ok
    assert run(PersonalData(), "Call +49 231 471100.", "Tel. +49 (231) 47 11 00")[0].ok


def test_what_it_does_not_give_is_found_and_not_repeated(run: Run) -> None:
    (finding,) = run(PersonalData(), "Pay to DE89 3704 0044 0532 0130 00.", "Pay by transfer.")
    assert not finding.ok
    assert "iban" in finding.detail
    assert "3704" not in finding.detail


def test_nothing_personal(run: Run) -> None:
    assert run(PersonalData(), "Leave is 30 days.", "Leave is 30 days.")[0].ok
