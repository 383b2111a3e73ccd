"""The questions that teach the mixture, and the reranker after it."""

from metier.flow.finding import Found
from metier.specialize.bench import Replay
from metier.specialize.components.mixture import judged
from metier.types import Hit, Query
from tests.builders import passage
from tests.specialize.made import example, quote


def test_judged_are_questions_whose_passage_is_known_and_was_found() -> None:
    right = passage("The leave is 30 days.", "leave")
    rankings = {"keyword": [Hit(right, 1.0)], "static": []}
    known = Replay(
        example("a1", evidence=(quote(right.text, right.uri),)), Found(Query("q"), rankings, ()), ()
    )
    unsaid = Replay(example("a2"), Found(Query("q"), rankings, ()), ())
    lost = Replay(example("a3", evidence=(quote(right.text, right.uri),)), Found(Query("q"), {}, ()), ())
    (found,) = judged([known, unsaid, lost])
    assert (found.id, found.relevance) == ("a1", {right.id: 1.0})
    assert list(found.rankings) == ["keyword"], "a leg that found nothing has no say"
