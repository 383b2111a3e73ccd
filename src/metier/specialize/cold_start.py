"""Where nobody has said anything yet: whether the corpus is a collection of short texts whose words tell more than release 0 believes.

Release 0 trusts sentence vectors with .7 of the mixture, as questions about the example company are asked. In collections of short
texts, one passage each (abstracts, tickets, letters), in a language that the model hardly knows (aerodynamics, electronics,
medicine), that is too much, and texts of one subject should vouch for one another. Whether the model knows the language, reworded
questions to the corpus's own passages tell (specialize/reworded.py): words find them clearly better than sentence vectors. The weights
for such a corpus were chosen on the tuning halves of three collections, not fitted here: questions in the corpus's own words say
which leg reads it, and nothing of how people ask (docs/design/specialize.md: what was tried). Half of the questions decide whether
the weights are kept, the other half is the gate.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from metier.evaluate.estimates import mean, paired_difference
from metier.evaluate.metrics import ndcg
from metier.rerank.features import DECIDED
from metier.retrieve.known_item import KnownItem
from metier.specialize.bench import Pace, with_changes
from metier.specialize.cleaning import Cleaned
from metier.specialize.folds import digest
from metier.specialize.gate import Verdict, Word
from metier.specialize.reworded import reworded_questions
from metier.specialize.rows import snapshot_id
from metier.specialize.run import Outcome, Recipe, Snapshot, recipe_id
from metier.specialize.tuning import Changes, Component, changed
from metier.stages import Embedder
from metier.types import Access, Estimate, Evidence, Hit, Passage, Query, Release

NAME = "cold_start"
QUESTIONS = 400  # half decide, half judge: the interval of the legs' difference is then .12 wide
_LEAST = 40  # of each half
_WORDS, _MEANING = "keyword", "sentence"
# How far words must be ahead of sentence vectors, nDCG@10, lower end of the interval. Of 200 questions each: NPL +.15, SciFact +.23,
# Cranfield +.42.
_AHEAD = 0.05
# Share of documents that are one passage. Where documents are cut into passages, neighbours are parts of one text or forms of one template:
# these weights lose 5 nDCG points on the example company (people's questions, .15 of its documents are one passage), though words find its passages +.11 better.
_SHORT = 0.8
_LOSS = 0.03  # of known passages' nDCG@10 that must be excluded at the gate
_K = 10

# Best of 48 on the tuning halves of Cranfield, NPL and SciFact among those that lose on none of them by more than noise.
_WEIGHTS = {"keyword": 0.3, "static": 0.15, "sentence": 0.55}
_NEIGHBOURS = 0.5
_COVERAGE = 0.5  # of the reranker's hand-set weights


class Searching(Protocol):
    """A release that can be asked step by step; Trial of metier.system is one."""

    @property
    def wide(self) -> int: ...

    def search(self, query: Query, access: Access) -> Mapping[str, Sequence[Hit]]: ...

    def mix(self, query: Query, rankings: Mapping[str, Sequence[Hit]], k: int) -> list[Evidence]: ...

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]: ...


Opens = Callable[[Release], Searching]


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is looked at of the documents: questions to their passages, and how many of the documents are one passage."""

    items: Sequence[KnownItem]
    short: float  # share, 0-1

    @classmethod
    def of(cls, passages: Sequence[Passage], embedder: Embedder) -> "Corpus":
        """Of a sample of passages, documents whole or their first few."""
        sizes = Counter(item.document for item in passages)
        short = sum(size == 1 for size in sizes.values()) / max(1, len(sizes))
        return cls(reworded_questions(passages, embedder, QUESTIONS), short)


def without_feedback(snapshot: Snapshot, recipe: Recipe, corpus: Corpus, opens: Opens, pace: Pace) -> Outcome:
    """The outcome of a run that has no row to learn from; nothing is written. Raises Interrupted."""
    pace.total = len(corpus.items)
    if NAME in recipe.leave_out:
        component, verdict = _dropped("there is no feedback, and the cold start is left out")
    else:
        component, verdict = learn(snapshot.base, corpus, opens, pace)
    name = recipe_id(snapshot, recipe)
    manifest = {
        "name": f"cold start {name[:8]}",
        "parents": [snapshot.base.id],
        "snapshot": snapshot_id(snapshot.rows, snapshot.documents),
        "seeds": [recipe.seed],
        "metrics": {},
        "gate": verdict.as_json(),
        "components": [component.as_json()],
        "ledger": {},
        "pairs": {},
        "learnt_from": {
            "rows": 0,
            "examples": 0,
            "dropped_rows": 0,
            "dropped": {},
            "questions_of_documents": len(corpus.items),
        },
        "access": [],
        "recipe": {"budget": recipe.budget, "leave_out": list(recipe.leave_out), "vault": recipe.vault},
    }
    parts = changed(snapshot.base.parts, component.changes)
    return Outcome(parts, manifest, verdict, (component,), Cleaned((), {}, {}))


def learn(base: Release, corpus: Corpus, opens: Opens, pace: Pace) -> tuple[Component, Verdict]:
    """The component, and the verdict of the gate on the other half of the questions. Raises Interrupted."""
    if why := _why_not(base):
        return _dropped(why)
    if corpus.short < _SHORT:
        return _dropped(
            f"{corpus.short:.0%} of the documents are one passage; from {_SHORT:.0%} on there are weights to try"
        )
    tried = opens(base)
    asked = [_Asked(item, tried, pace) for item in corpus.items]
    tuning, checking = ([one for one in asked if digest(one.item.passage.id) % 2 == side] for side in (0, 1))
    if min(len(tuning), len(checking)) < _LEAST:
        return _dropped(f"{len(asked)} questions of the documents' own words; {2 * _LEAST} are needed")
    if not any(one.rankings.get(_MEANING) for one in asked):
        return _dropped("needs sentence vectors of nearly all documents")
    ahead = _ahead(tuning)
    if ahead.low <= _AHEAD:
        reason = (
            "words find the corpus's own passages no better than sentence vectors: release 0's weights stay"
        )
        return _dropped(
            reason,
            Component(NAME, False, reason, len(tuning), ahead, f"nDCG@{_K} of words over sentence vectors"),
        )
    changes = changes_of(base)
    component = Component(
        NAME, True, "words find the corpus's own passages better than sentence vectors", len(tuning), ahead,
        f"nDCG@{_K} of words over sentence vectors", changes,
    )  # fmt: skip
    return component, _gate(checking, tried, opens(with_changes(base, changes)))


def changes_of(base: Release) -> Changes:
    """The mixture and the reranker of a corpus whose own words count more, for every question what release 0 does where the documents
    echo it in full. The reranker's weights keep their sum: scores stay in the range that the generator was fitted on."""
    weights = dict(base.parts["reranker"]["weights"])
    free = [name for name in weights if name not in DECIDED]
    moved = {name: weights[name] * (1.0 if name == "mixture" else _COVERAGE) for name in free}
    scale = sum(weights[name] for name in free) / sum(moved.values())
    origin = "cold start: words find this corpus's passages better than sentence vectors"
    mixture = {
        **_without(base.parts["mixture"], "follows"),
        "weights": dict(_WEIGHTS),
        "neighbours": _NEIGHBOURS,
        "origin": origin,
    }
    reranker = {
        **_without(base.parts["reranker"], "echoing"),
        "weights": weights | {name: round(scale * value, 4) for name, value in moved.items()},
        "origin": origin,
    }
    return {("mixture",): mixture, ("reranker",): reranker}


def _without(part: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key != name}


def _why_not(base: Release) -> str:
    mixture: Mapping[str, Any] = base.parts["mixture"]
    if "fitted" in mixture or "signals" in base.parts["reranker"]:
        return "the live release was fitted to judged questions, which say more"
    if mixture["weights"] == _WEIGHTS and mixture.get("neighbours") == _NEIGHBOURS:
        return "the live release has these weights already"
    return ""


class _Asked:
    """One question with what every leg found."""

    def __init__(self, item: KnownItem, searching: Searching, pace: Pace) -> None:
        self.item = item
        self.query = Query(item.question, item.passage.language)
        self.rankings = searching.search(self.query, Access("metier", frozenset(item.passage.groups)))
        pace.step(NAME)

    def leg(self, name: str) -> float:
        """nDCG of the passage as the leg orders."""
        return self._value([hit.passage.id for hit in self.rankings.get(name, ())])

    def final(self, searching: Searching) -> float:
        """nDCG of the passage as the release orders."""
        mixed = searching.mix(self.query, self.rankings, searching.wide)
        return self._value([one.passage.id for one in searching.rerank(self.query, mixed, _K)])

    def _value(self, ids: Sequence[str]) -> float:
        return ndcg(ids, {self.item.passage.id: 1.0}, _K)


def _ahead(asked: Sequence[_Asked]) -> Estimate:
    """How far words are ahead of sentence vectors, paired."""
    words, meaning = ([one.leg(name) for one in asked] for name in (_WORDS, _MEANING))
    documents = [one.item.passage.document for one in asked]
    return paired_difference(words, meaning, clusters=documents, rng=np.random.default_rng(7))


def _gate(asked: Sequence[_Asked], before: Searching, after: Searching) -> Verdict:
    """Pass if this half says the same of the legs, and no loss on known passages is left possible."""
    base, ours = ([one.final(searching) for one in asked] for searching in (before, after))
    documents = [one.item.passage.document for one in asked]
    gain = paired_difference(ours, base, clusters=documents, rng=np.random.default_rng(7))
    ahead = _ahead(asked)
    told = f"known passages {gain.value:+.3f} nDCG@{_K} [{gain.low:+.3f}, {gain.high:+.3f}], words ahead by {ahead.value:.3f}"
    told += f" [{ahead.low:.3f}, {ahead.high:.3f}], n = {gain.n}; no person's question was judged"
    word: Word = "pass"
    if gain.high < 0:
        word = "fail"
    elif ahead.low <= _AHEAD or gain.low < -_LOSS:
        word = "inconclusive"
    groups = len(set(documents))
    return Verdict(word, told, gain, float(np.mean(base)), float(np.mean(ours)), 1.0, 0.0, 0, groups)


def _dropped(reason: str, component: Component | None = None) -> tuple[Component, Verdict]:
    nothing = Verdict("inconclusive", reason, mean([]), 0.0, 0.0, 1.0, 0.0, 0, 0)
    return component or Component(NAME, False, reason), nothing
