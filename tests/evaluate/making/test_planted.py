from pathlib import Path

import pytest

from metier.evaluate.making.make import Made, make_suite
from metier.evaluate.making.planted import SHADOW_MAKERS, other_value
from metier.evaluate.making.verb import generate_cases
from metier.evaluate.needed import place_of
from metier.system import open_system
from metier.types import Case
from tests.evaluate.blamed import workspace
from tests.evaluate.making.world import ALL, LEASE, OLD, RULES, document, settings, world


@pytest.mark.parametrize(
    ("said", "other"),
    [("14 days", "24 days"), ("EUR 21,000", "EUR 31,000"), ("30 September 2030", "30 September 2031"), ("2.5 %", "3.5 %"),
     ("9 weeks", "1 weeks"), ("six weeks", ""), ("10:30", ""), ("30 June", "")],
)  # fmt: skip
def test_another_value_in_the_same_writing(said: str, other: str) -> None:
    assert other_value(said) == other


def made(n: int = 60) -> Made:
    return make_suite(world(), settings(), n, files=[item.uri for item in ALL])


def of(found: Made, maker: str) -> list[Case]:
    return [case for case in found.suite.cases if case.tags[0] == maker]


def test_what_a_removed_document_says_is_asked_and_nothing_else_rests_on_it() -> None:
    found = made()
    cases = of(found, "removed")
    assert cases
    assert {(case.kind, case.answers, case.evidence) for case in cases} == {("unanswerable", (), ())}
    assert len(found.removed) <= 2  # one document, perhaps in two versions
    rests_on = {quote.uri for case in found.suite.cases for quote in case.evidence}
    assert rests_on.isdisjoint(found.removed)
    assert made(60).removed != make_suite(world(), settings(), 60).removed  # only for a shadow


def test_a_document_leaves_with_its_other_versions() -> None:
    drafts = list(SHADOW_MAKERS["removed"](world(), settings(), RULES.id, "s"))
    assert drafts
    files = [item.uri for item in ALL if item.uri != OLD.uri]  # the older version cannot be taken away
    assert RULES.uri not in make_suite(world(), settings(), 60, files=files).removed


def test_what_another_document_says_too_is_no_loss() -> None:
    copy = document("legal/summary.md", "Summary", "Harbour Estates Ltd gets EUR 21,000 as monthly rent.")
    found = make_suite(world((LEASE, copy)), settings(), 100, files=[LEASE.uri, copy.uri])
    assert not [case for case in of(found, "removed") if "rent" in case.question]


def test_planted_orders_carry_a_word_that_must_not_be_shown() -> None:
    found = made()
    cases = of(found, "planted")
    assert cases
    for case in cases:
        token = next(tag for tag in case.tags if tag.startswith("forbidden:")).removeprefix("forbidden:")
        assert any(token in text for text in found.planted.values())
        assert (case.kind, bool(case.answers)) == ("injection", True)


def test_a_conflict_names_neither_document_and_both_values() -> None:
    (draft, *_) = SHADOW_MAKERS["conflict"](world(), settings(), LEASE.id, "s")
    assert draft.plant is not None
    assert draft.plant.uri.startswith("legal/memo-")
    for quote, text in zip(draft.evidence, (LEASE.text, draft.plant.text), strict=True):
        assert place_of(quote.quote, text) is not None
    for case in of(made(), "conflict"):
        assert "According to" not in case.question
        assert len(case.answers) == 2


def test_the_shadow_lacks_and_holds_what_the_suite_says(tmp_path: Path) -> None:
    shadow = tmp_path / "shadow"
    with workspace(tmp_path) as system:
        found = generate_cases(system, 60, shadow=shadow)
        files = {item.uri for item in system.source_files()}
    there = {
        path.relative_to(shadow / "documents").as_posix()
        for path in (shadow / "documents").rglob("*")
        if path.is_file()
    }
    assert there == files - set(found.removed) | found.planted.keys()
    assert found.planted
    with open_system(shadow) as again:
        assert {item.uri for item in again.source_files()} == there
