"""What may leave, and what an abstention says instead."""

from dataclasses import replace

import pytest

from metier.policy.settlement import ThresholdPolicy
from metier.types import Citation, Draft, Evidence, Option, Outcome, Query, Statement
from tests.fakes import passage

THRESHOLDS = {"extractive": 0.5, "language_model": 0.1, "support": 0.6, "customer": 0.2}
QUERY = Query("how long?")


def statement(document: str = "d") -> Statement:
    return Statement("s1", "Six weeks.", (Citation("c1", document, "a.pdf", "T", "", 1, 0, 9, "six weeks"),))


def policy(customer: bool = False, **more: float) -> ThresholdPolicy:
    return ThresholdPolicy(THRESHOLDS | more, customer, "Ask HR.")


@pytest.mark.parametrize(
    ("generator", "confidence", "internal", "customer"),
    [
        ("extractive", 0.49, False, False),
        ("extractive", 0.5, True, False),
        ("extractive", 0.7, True, True),
        ("language_model:some.gguf", 0.1, True, False),
        ("language_model:some.gguf", 0.31, True, True),
    ],
)
def test_confidence(generator: str, confidence: float, internal: bool, customer: bool) -> None:
    draft = Draft((statement(),), generator, confidence)
    assert policy().answerable(draft) is internal
    assert policy(customer=True).answerable(draft) is customer


@pytest.mark.parametrize(
    ("support", "internal", "customer"), [(0.59, False, False), (0.6, True, False), (0.8, True, True)]
)
def test_support(support: float, internal: bool, customer: bool) -> None:
    for kept, expected in ((policy().keep(statement(), support, ()), internal),
                           (policy(customer=True).keep(statement(), support, ()), customer)):  # fmt: skip
        assert (kept is not None) is expected
        if kept:
            assert kept.support == support


def test_a_threshold_never_asks_for_more_than_certainty() -> None:
    sure = Draft((statement(),), "extractive", 1.0)
    assert policy(customer=True, extractive=0.95).answerable(sure)
    assert policy(customer=True, support=0.95).keep(statement(), 1.0, ()) is not None


def test_kept_statements_are_an_answer_with_its_notes() -> None:
    evidence = [
        Evidence(passage("d", "old.pdf", "six weeks"), 1.0, superseded_by="new.pdf"),
        Evidence(passage("e", "other.pdf", "x"), 0.5, superseded_by="newer.pdf"),
    ]
    draft = Draft((statement(),), "extractive", 0.9, notes=("a note", "a note"))
    settled = policy().settle(QUERY, draft, [statement()], evidence)
    assert settled.outcome is Outcome.ANSWERED
    assert settled.notes == ("a note", "old.pdf is not the version in force; see new.pdf")


def test_versions_that_are_compared_are_not_called_out_of_force() -> None:
    evidence = [Evidence(passage("d", "old.pdf", "six weeks"), 1.0, superseded_by="new.pdf")]
    newer = replace(
        statement(), citations=(Citation("c2", "e", "new.pdf", "T", "", 1, 0, 11, "eight weeks"),)
    )
    settled = policy().settle(QUERY, Draft((), "extractive", 0.9), [statement(), newer], evidence)
    assert settled.notes == ()


def test_an_abstention_says_what_was_found_and_what_to_do() -> None:
    evidence = [Evidence(passage(f"d{n}", "x", "t", title=f"Title {n // 2}"), 1.0) for n in range(10)]
    settled = policy().settle(QUERY, Draft((), "extractive", 0.1, "too vague"), [], evidence)
    assert settled.outcome is Outcome.ABSTAINED
    found = settled.abstention
    assert found is not None
    assert (found.reason, found.found, found.next) == (
        "too vague",
        ("Title 0", "Title 1", "Title 2"),
        "Ask HR.",
    )


def test_an_abstention_names_the_page_of_what_was_likeliest() -> None:
    evidence = [Evidence(replace(passage(f"d{n}", f"{n}.pdf", "t"), page=n), 1.0) for n in (1, 2)]
    options = tuple(
        Option("t", item.passage.id, chance) for item, chance in zip(evidence, (0.1, 0.3), strict=True)
    )

    def told(confidence: float, sources: list[Evidence]) -> str:
        settled = policy().settle(QUERY, Draft((), "extractive", confidence, options=options), [], sources)
        assert settled.abstention is not None
        return settled.abstention.next

    assert told(0.3, evidence) == "Nearest is page 2 of 2.pdf. Ask HR."
    assert told(0.1, evidence) == "Ask HR."
    assert told(0.3, evidence[:1]) == "Ask HR."  # what the asker may not see, or what is gone


def test_without_evidence_the_abstention_claims_nothing() -> None:
    settled = policy().settle(QUERY, Draft((), "extractive", 0.0, "because"), [], [])
    assert settled.abstention is not None
    assert "Nothing in the documents you may see" in settled.abstention.reason
    assert settled.abstention.found == ()
