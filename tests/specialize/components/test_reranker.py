"""The reranker is fitted over the mixture of the candidate, and kept only where it beats the order there is."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from metier.flow.finding import Found
from metier.rerank.features import reranker_of
from metier.rerank.versions import Versions
from metier.retrieve.mixture import mixer_of
from metier.specialize.bench import Replay
from metier.specialize.components import reranker
from metier.specialize.mixture import LEAST
from metier.text.vocabulary import Vocabulary, count_terms
from metier.types import Evidence, Hit, Passage, Query, Release
from tests.builders import passage
from tests.specialize.made import example, quote

WORDS = ["wing", "lift", "drag", "flow", "heat", "shock", "wave", "noise", "panel", "jet", "flutter", "gas"]
VOCABULARY = count_terms([f"{one} {other}" for one in WORDS for other in WORDS if one < other])
MIXTURE = {"weights": {"keyword": 1.0, "static": 1.0}, "per_document": 30}
# by hand: nothing but the mixture counts, or coverage counts against the mixture's own good order
BLIND = {"weights": {"mixture": 1.0, "superseded": -0.5, "preferred": 0.3}}
WRONG = {"weights": {"mixture": 1.0, "coverage": 3.0, "superseded": -0.5}}


class TriedRelease:
    """A trial with the product's own mixer and reranker."""

    wide = 20

    def __init__(self, release: Release) -> None:
        versions = Versions(dict, lambda: None)  # type: ignore[arg-type, return-value]
        self._mixer = mixer_of(release.parts["mixture"], self.vocabulary)
        self._reranker = reranker_of(release.parts["reranker"], self.vocabulary, versions)

    def vocabulary(self) -> Vocabulary:
        return VOCABULARY

    def mix(self, query: Query, rankings: Mapping[str, Sequence[Hit]], k: int) -> list[Evidence]:
        return self._mixer.mix(query, rankings, k)

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        return self._reranker.rerank(query, evidence, k)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the component asks for {name}")


def base(by_hand: Mapping[str, Any]) -> Release:
    return Release("r", (), "", {}, {"mixture": MIXTURE, "reranker": by_hand})


def replays(count: int, start: int, tells: str) -> list[Replay]:
    """Fifteen passages of two words each in an order by chance. Right is the one with both words of the question
    ("words"), the first one ("mixture"), or one by chance ("nothing")."""
    dice = np.random.default_rng(start)
    made = []
    for number in range(start, start + count):
        one, other = (str(word) for word in dice.choice(WORDS, 2, replace=False))
        docs = [_passage(dice.choice(WORDS, 2, replace=False), f"q{number}d{n}") for n in range(14)]
        docs.append(_passage((one, other), f"q{number}right"))
        docs = [docs[place] for place in dice.permutation(len(docs))]
        right = docs[int(dice.integers(len(docs)))]
        if tells == "words":
            right = next(item for item in docs if item.document == f"q{number}right")
        elif tells == "mixture":
            right = docs[0]
        hits = [Hit(item, float(len(docs) - rank)) for rank, item in enumerate(docs)]
        item = example(f"a{number}", evidence=(quote(right.text, right.uri),))
        found = Found(Query(f"{one} {other}", "en"), {"keyword": hits, "static": []}, ())
        made.append(Replay(item, found, (), f"g{number}"))
    return made


def _passage(words: Sequence[str], name: str) -> Passage:
    return passage(f"On {' and '.join(map(str, words))}.", name, title="")


def fit(by_hand: Mapping[str, Any], fitting: list[Replay], tuning: list[Replay]) -> Any:
    return reranker.fit(base(by_hand), fitting, tuning, TriedRelease)  # type: ignore[arg-type, return-value]


def test_an_order_that_holds_is_kept_and_learnt_from_all() -> None:
    found = fit(BLIND, replays(60, 0, "words"), replays(30, 100, "words"))
    assert found.kept, found.reason
    assert found.examples == 90
    assert found.gain is not None
    assert found.gain.low > 0.1
    (path,) = found.changes
    assert path == ("reranker",)
    part = found.changes[path]
    assert part["signals"]
    assert part["weights"] == BLIND["weights"], "what the job decides stays"
    again = fit(BLIND, replays(60, 0, "words"), replays(30, 100, "words"))
    assert again.changes == found.changes


def test_weights_set_by_hand_that_harm_the_mixture_are_dropped() -> None:
    """The known defect: a fitted mixture is right by itself, and what was set by hand spoils it."""
    found = fit(WRONG, replays(60, 0, "mixture"), replays(30, 100, "mixture"))
    assert found.kept, found.reason
    assert found.gain is not None
    assert found.gain.value > 0.1
    assert "signals" in found.changes["reranker",]


def test_an_order_that_does_not_hold_is_dropped() -> None:
    found = fit(BLIND, replays(60, 0, "words"), replays(30, 100, "mixture"))
    assert not found.kept
    assert found.reason.startswith("loses")
    assert found.changes == {}


def test_where_nothing_tells_no_sure_gain_is_found_in_most_worlds() -> None:
    kept = [
        fit(BLIND, replays(30, 1000 * n, "nothing"), replays(20, 1000 * n + 500, "nothing")).kept
        for n in range(1, 7)
    ]
    assert sum(kept) <= 2


def test_too_few_questions_teach_nothing() -> None:
    found = fit(BLIND, replays(LEAST - 1, 0, "words"), replays(30, 100, "words"))
    assert (found.kept, found.examples) == (False, LEAST - 1)
    assert f"{LEAST} are needed" in found.reason
    few = fit(BLIND, replays(40, 0, "words"), replays(3, 100, "words"))
    assert "only 3 examples" in few.reason
