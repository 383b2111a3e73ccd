"""Corpora whose legs find what the test wants them to find, and what is made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from metier.retrieve.known_item import KnownItem
from metier.retrieve.mixture import mixer_of
from metier.specialize.bench import Interrupted, Pace
from metier.specialize.cold_start import NAME, Corpus, changes_of, learn, without_feedback
from metier.specialize.run import Recipe, Snapshot
from metier.store.releases import RELEASE_0, read_parts
from metier.text.vocabulary import Vocabulary
from metier.types import Access, Evidence, Hit, Query, Release
from tests.builders import passage
from tests.fakes import HashEmbedder

BASE = Release("r0", (), "", {}, read_parts(RELEASE_0))
TEXTS = [passage(f"Text {n} about subject {n % 7} of the house.", f"d{n}", id=f"p{n}") for n in range(120)]
ITEMS = [KnownItem(f"question {item.id}", item, False) for item in TEXTS]
CORPUS = Corpus(ITEMS, 1.0)


class World:
    """Searching over legs that put the passage asked for at a place of their own (0 = not found)."""

    wide = 20

    def __init__(self, release: Release, places: Mapping[str, int]) -> None:
        self._mixer = mixer_of(release.parts["mixture"], Vocabulary)
        self._places = places

    def search(self, query: Query, access: Access) -> Mapping[str, Sequence[Hit]]:
        assert access.groups == {"all"}
        right = next(item.passage for item in ITEMS if item.question == query.text)
        others = [item for item in TEXTS if item.id != right.id][:19]
        return {leg: _hits(right, others, place) for leg, place in self._places.items()}

    def mix(self, query: Query, rankings: Mapping[str, Sequence[Hit]], k: int) -> list[Evidence]:
        return self._mixer.mix(query, rankings, k)

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        return list(evidence[:k])


def _hits(right, others, place):  # type: ignore[no-untyped-def]
    if not place:
        return []
    ordered = [*others[: place - 1], right, *others[place - 1 :]]
    return [Hit(item, 1 - rank / 40) for rank, item in enumerate(ordered)]


def learnt(corpus: Corpus = CORPUS, base: Release = BASE, **places: int):  # type: ignore[no-untyped-def]
    return learn(base, corpus, lambda release: World(release, places), Pace())


WORDS_AHEAD = {"keyword": 1, "static": 2, "sentence": 9}


def test_where_words_read_the_corpus_better_they_count_more() -> None:
    component, verdict = learnt(**WORDS_AHEAD)
    assert component.kept
    assert component.gain is not None
    assert component.gain.low > 0.05
    assert verdict.verdict == "pass", verdict.reason
    assert "no person's question" in verdict.reason
    assert verdict.candidate > verdict.base
    mixture = component.changes["mixture",]
    assert mixture["weights"]["keyword"] > BASE.parts["mixture"]["weights"]["keyword"]
    assert mixture["neighbours"] > 0
    assert mixture["per_document"] == BASE.parts["mixture"]["per_document"]
    assert "follows" not in mixture, "the same for every question"
    assert "echoing" not in component.changes["reranker",]


@pytest.mark.parametrize(
    ("corpus", "places", "why"),
    [
        (CORPUS, {"keyword": 2, "static": 2, "sentence": 1}, "no better than sentence vectors"),
        (CORPUS, {"keyword": 2, "static": 2, "sentence": 2}, "no better than sentence vectors"),
        (CORPUS, {"keyword": 1, "static": 2, "sentence": 0}, "needs sentence vectors"),
        (Corpus(ITEMS[:50], 1.0), WORDS_AHEAD, "80 are needed"),
        (Corpus([], 1.0), WORDS_AHEAD, "80 are needed"),
        (replace(CORPUS, short=0.4), WORDS_AHEAD, "40% of the documents are one passage"),
    ],
)
def test_elsewhere_release_0_stays(corpus: Corpus, places: Mapping[str, int], why: str) -> None:
    component, verdict = learnt(corpus, **places)
    assert not component.kept
    assert not component.changes
    assert why in component.reason
    assert verdict.verdict != "pass"


def test_what_was_fitted_or_is_there_already_is_not_touched() -> None:
    fitted = replace(BASE, parts={**BASE.parts, "mixture": {**BASE.parts["mixture"], "fitted": 40}})
    assert "fitted to judged questions" in learnt(base=fitted, **WORDS_AHEAD)[0].reason
    again = replace(BASE, parts={**BASE.parts, "mixture": changes_of(BASE)["mixture",]})
    assert "already" in learnt(base=again, **WORDS_AHEAD)[0].reason


def test_a_loss_on_known_passages_does_not_pass_the_gate() -> None:
    """Words are ahead of sentence vectors, and a third leg that loses weight was the one that knew."""
    mixture = {"weights": {"keyword": 0.0, "static": 1.0, "sentence": 0.0}, "per_document": 6}
    base = replace(BASE, parts={**BASE.parts, "mixture": mixture})
    component, verdict = learnt(base=base, keyword=4, static=1, sentence=19)
    assert component.kept
    assert verdict.verdict in ("fail", "inconclusive")
    assert verdict.difference.value < 0


def test_scores_keep_their_range() -> None:
    before = BASE.parts["reranker"]["weights"]
    after = changes_of(BASE)["reranker",]["weights"]
    free = ("mixture", "coverage", "best_sentence", "heading")
    assert sum(after[name] for name in free) == pytest.approx(sum(before[name] for name in free), abs=1e-3)
    assert after["coverage"] / after["mixture"] == pytest.approx(before["coverage"] / 2, abs=1e-3)
    assert (after["superseded"], after["preferred"]) == (before["superseded"], before["preferred"])


def test_a_corpus_is_questions_and_how_many_documents_are_one_passage() -> None:
    long = [
        passage("The crew closes both valves before the shift of the night ends.", "long", id=f"x{n}")
        for n in range(3)
    ]
    found = Corpus.of([*TEXTS[:3], *long], HashEmbedder(64))
    assert found.short == 0.75
    assert {item.passage.document for item in found.items} >= {"long"}
    assert Corpus.of([], HashEmbedder(64)) == Corpus([], 0.0)


def test_the_outcome_names_its_parent_and_learnt_from_nobody() -> None:
    snapshot = Snapshot(BASE, (), {}, ("d1",), ("me",))

    def opens(release: Release) -> World:
        return World(release, WORDS_AHEAD)

    outcome = without_feedback(snapshot, Recipe(), CORPUS, opens, Pace())
    assert set(outcome.parts) == {"mixture", "reranker"}
    assert outcome.manifest["parents"] == ["r0"]
    assert outcome.manifest["learnt_from"]["rows"] == 0
    assert outcome.manifest["gate"]["verdict"] == "pass"
    assert without_feedback(snapshot, Recipe(), CORPUS, opens, Pace()).manifest == outcome.manifest
    left_out = without_feedback(snapshot, Recipe(leave_out=(NAME,)), CORPUS, opens, Pace())
    assert not left_out.parts
    assert "left out" in left_out.components[0].reason
    with pytest.raises(Interrupted):
        without_feedback(snapshot, Recipe(), CORPUS, opens, Pace(should_stop=lambda: True))
