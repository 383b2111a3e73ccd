import pytest

from metier.retrieve.mixture import ConvexMixer, cap_per_document, normalised
from metier.types import Hit, Query
from tests.builders import evidence, passage

QUERY = Query("anything")


def hits(*pairs):
    return [Hit(passage(f"text of {name}", name), score) for name, score in pairs]


def test_scores_are_mapped_to_0_1():
    assert normalised(hits(("a", 4.0), ("b", 3.0), ("c", 2.0))) == [1.0, 0.5, 0.0]
    assert normalised(hits(("a", 4.0))) == [1.0]
    assert normalised(hits(("a", 4.0), ("b", 4.0))) == [1.0, 1.0]
    assert normalised([]) == []


def test_the_mixture_is_convex_and_keeps_what_each_retriever_said():
    rankings = {"keyword": hits(("a", 10.0), ("b", 0.0)), "static": hits(("b", 0.9), ("c", 0.5), ("a", 0.4))}
    mixed = ConvexMixer({"keyword": 0.75, "static": 0.25}, per_document=5).mix(QUERY, rankings, 10)
    scores = {item.passage.document: item.score for item in mixed}
    # a: .75 * 1 + .25 * 0; b: .75 * 0 + .25 * 1; c: .25 * .2
    assert scores == pytest.approx({"a": 0.75, "b": 0.25, "c": 0.05})
    assert mixed[0].scores == {"keyword": 10.0, "static": 0.4}
    assert mixed[0].ranks == {"keyword": 1, "static": 3}


def test_a_retriever_that_found_nothing_takes_no_weight():
    mixed = ConvexMixer({"keyword": 0.5, "static": 0.5}, 5).mix(
        QUERY, {"keyword": hits(("a", 1.0)), "static": []}, 10
    )
    assert mixed[0].score == 1.0


def test_ties_go_by_id_and_k_is_kept():
    mixed = ConvexMixer({}, 5).mix(QUERY, {"keyword": hits(("b", 1.0), ("a", 1.0), ("c", 1.0))}, 2)
    assert [item.passage.document for item in mixed] == ["a", "b"]


def test_one_document_or_one_text_cannot_fill_the_top():
    many = evidence(*(passage(f"text {n}", "d1", start=100 * n) for n in range(5)))
    copies = evidence(*(passage("the same text", f"copy{n}") for n in range(4)))
    assert len(cap_per_document(many, 2)) == 2
    assert [item.passage.document for item in cap_per_document(copies, 9)] == ["copy0", "copy1"]
