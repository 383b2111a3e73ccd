import pytest

from metier.evaluate.citations import citation_hits, points_at, quotes_overlap
from metier.types import EvidenceQuote

SENTENCE = "The notice period for permanent staff is three months to the end of a quarter."


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (SENTENCE, SENTENCE.upper(), True),
        (SENTENCE, "notice period for permanent\nstaff is three months", True),
        (SENTENCE, "The trial period for the sales team is one week to the end of it.", False),
        ("1,250.00", "M8 bolt | 1,250.00 | 40", True),
        ("1,250.00", "M8 bolt | 11,250.00 | 40", False),
        ("bolt 40", "M8 bolt | 1,250.00 | 40", False),
        ("", SENTENCE, False),
        ("Kündigungsfrist beträgt drei Monate", "Kundigungsfrist betragt drei Monate.", True),
    ],
)
def test_overlap_is_symmetric(one: str, other: str, expected: bool) -> None:
    assert quotes_overlap(one, other) is expected
    assert quotes_overlap(other, one) is expected


def test_citations_count_by_document_and_quote() -> None:
    gold = [EvidenceQuote("a.pdf", SENTENCE), EvidenceQuote("b.pdf", "Paid leave is 30 days per year.")]
    cited = [
        EvidenceQuote("a.pdf", SENTENCE[:40]),
        EvidenceQuote("c.pdf", SENTENCE),
        EvidenceQuote("a.pdf", "Something else entirely stands here."),
    ]
    assert citation_hits(cited, gold) == (1, 1)
    assert citation_hits([], gold) == (0, 0)
    assert not points_at(cited[1], gold[0])


def test_a_quote_that_states_the_answer_elsewhere_in_the_document_needs_less_overlap() -> None:
    gold = EvidenceQuote("a.pdf", "Group revenue 21,100 22,338 22,206 22,093 87,737")
    said = EvidenceQuote("a.pdf", "Group revenue amounted to EUR 87,737 thousand.")
    assert citation_hits([said], [gold]) == (0, 0)
    assert citation_hits([said], [gold], lambda quote: "87,737" in quote) == (1, 1)
    elsewhere = EvidenceQuote("b.pdf", said.quote)
    assert citation_hits([elsewhere], [gold], lambda quote: True) == (0, 0)
