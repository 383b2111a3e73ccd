"""What each component of retrieval brings: `python -m benchmarks.specialize_retrieval --data DIR`. Judged collections in DIR/ir.

People ask `--events` of a collection's questions; a share `--corrected` of them is told a better place, one relevant document each. The real
components are fitted and chosen on these rows: each alone (`_expansion`, `_adapter`, `_mixture`, `_reranker`), mixture and reranker (`_before`: all there was before the
other two), and all four in the order of `specialize` (`_all`). Figures are gains in nDCG@10 over release 0, paired, on later questions whose relevant documents no event
has; what the tuning gate drops gains 0. No answer is written, so this takes minutes where specialize_gain takes an hour; sentence vectors only if they fit into `--budget-s`.

`kept_null_...`: share of `--null` runs in which a component is kept though every question's place is that of another question, so that there is nothing to learn;
`null_loss_...`: what those lose on the later questions.
"""

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import Metric, emit, parser, say
from benchmarks.ir_collections import GROUPS, Collection, read_collections
from benchmarks.ir_index import ACCESS, Index, build_index, query_of
from metier.errors import UserError
from metier.evaluate.estimates import paired_difference
from metier.evaluate.metrics import ndcg
from metier.flow.finding import Found
from metier.models.static_embedder import load_static_embedder
from metier.rerank.features import reranker_of
from metier.rerank.versions import Versions
from metier.retrieve.adapter import adapted
from metier.retrieve.dense import DenseRetriever
from metier.retrieve.expansion import Expansion
from metier.retrieve.keyword import KeywordRetriever
from metier.retrieve.mixture import mixer_of
from metier.retrieve.remembering import Remembering
from metier.retrieve.sentence import SentenceRetriever
from metier.specialize.bench import Replay, with_changes
from metier.specialize.components import adapter, expansion, mixture, reranker
from metier.specialize.rows import Example
from metier.specialize.splits import split
from metier.specialize.tuning import Changes, Component
from metier.stages import Retriever, Space
from metier.store.releases import RELEASE_0, read_parts
from metier.system.spaces import StaticSpace
from metier.system.trial import searched_by
from metier.text.vocabulary import Vocabulary
from metier.types import Access, Evidence, EvidenceQuote, Hit, Passage, Query, Release

WIDE = 60
_COUNTED = 20_000
_PEOPLE = 8
_QUOTED = 250  # words, as in gain_collections
FITS = {"expansion": expansion.fit, "adapter": adapter.fit, "mixture": mixture.fit, "reranker": reranker.fit}
ARMS: Mapping[str, Sequence[str]] = {
    **{name: (name,) for name in FITS}, "before": ("mixture", "reranker"), "all": tuple(FITS),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sentences:
    """Implements stages.Space over the sentence leg of an index."""

    leg: SentenceRetriever

    @property
    def identity(self) -> str:
        return self.leg.embedder.identity

    def questions(self, texts: Sequence[str]) -> Any:
        return self.leg.embedder.embed_queries(texts)

    def passages(self, passages: Sequence[Passage]) -> Mapping[str, Any]:
        found: dict[str, list[Any]] = {}
        places = self.leg.sentences.of_passages([one.id for one in passages])
        for (document, _, _), vector in sorted(places.items(), key=lambda item: item[0]):
            found.setdefault(document, []).append(vector)  # one passage per document
        return {name: np.array(rows) for name, rows in found.items()}


class Trial:
    """One release over the index, as far as components of retrieval ask for it."""

    wide = WIDE

    def __init__(self, index: Index, vocabulary: Vocabulary, release: Release, known: dict[Any, Any]) -> None:
        self._vocabulary = vocabulary
        self._by_id = index.table.by_ids
        legs = {leg.name: leg for leg in index.retrievers}
        self._spaces: dict[str, Space] = {"static": StaticSpace(load_static_embedder())}
        if isinstance(deep := legs.get("sentence"), SentenceRetriever):
            self._spaces["sentence"] = Sentences(deep)
        made = [_moved(leg, index, release) for leg in legs.values()]
        self._legs = [Remembering(leg, known, searched_by(release.parts, leg.name)) for leg in made]
        self._mixer = mixer_of({**release.parts["mixture"], "per_document": WIDE}, self.vocabulary)
        self._reranker = reranker_of(
            release.parts["reranker"], self.vocabulary, Versions(lambda: index.live, date.today)
        )

    def vocabulary(self) -> Vocabulary:
        return self._vocabulary

    def access(self, _user: str) -> Access:
        return ACCESS

    def spaces(self) -> Mapping[str, Space]:
        return self._spaces

    def read(self, uri: str, access: Access) -> list[Passage]:
        return [*self._by_id([uri], access.groups).values()]

    def search(self, query: Query, access: Access) -> dict[str, list[Hit]]:
        return {leg.name: leg.retrieve(query, access, WIDE) for leg in self._legs}

    def mix(self, query: Query, rankings: Mapping[str, Sequence[Hit]], k: int) -> list[Evidence]:
        return self._mixer.mix(query, rankings, k)

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        return self._reranker.rerank(query, evidence, k)


def _moved(leg: Retriever, index: Index, release: Release) -> Retriever:
    """The leg as the release has it."""
    part = release.parts.get("adapter")
    if isinstance(leg, KeywordRetriever):
        return KeywordRetriever(index.table, lambda: index.live, Expansion(release.parts.get("expansion")))
    if isinstance(leg, SentenceRetriever):
        moved = adapted(part, leg.name, leg.embedder)
        return SentenceRetriever(leg.sentences, index.table, moved, lambda: index.live, lambda: True)
    return DenseRetriever(
        leg.name, index.table, adapted(part, leg.name, load_static_embedder()), lambda: index.live
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A collection cut to size, what is asked first, and what is asked later about other documents."""

    collection: Collection
    events: Sequence[str]
    tests: Sequence[str]


def asked_of(collection: Collection, events: int, tests: int, documents: int) -> Asked:
    """Questions in the order of their hash, events at most three quarters. Beside relevant documents others, drawn by hash."""
    judged = {**collection.train, **collection.test}
    relevant = {
        query: {name for name, grade in grades.items() if grade > 0 and name in collection.passages}
        for query, grades in judged.items()
    }
    ordered = sorted((one for one in relevant if relevant[one]), key=_digest)
    first = ordered[: min(events, int(0.75 * len(ordered)))]
    seen = set().union(*(relevant[one] for one in first))
    later = [one for one in ordered[len(first) :] if not seen & relevant[one]][:tests]
    wanted = sorted(set().union(*(relevant[one] for one in [*first, *later])))
    others = sorted(collection.passages.keys() - set(wanted), key=_digest)
    kept = {*wanted, *(others[: max(0, documents - len(wanted))] if documents else others)}
    passages = {name: one for name, one in collection.passages.items() if name in kept}
    return Asked(replace(collection, passages=passages, test=judged, train={}), first, later)


def measure(collection: Collection, options: argparse.Namespace) -> dict[str, Metric]:
    """The figures of one collection."""
    asked = asked_of(collection, options.events, options.limit, options.documents)
    whole = asked.collection
    base = Release("0", (), "", {}, read_parts(RELEASE_0))
    known: dict[Any, Any] = {}
    with tempfile.TemporaryDirectory(prefix="metier-retrieval-") as folder:
        index = build_index(whole, Path(folder), options.budget_s, options.cache)
        vocabulary = index.table.vocabulary(_COUNTED)

        def opened(release: Release) -> Trial:
            return Trial(index, vocabulary, release, known)

        first = opened(base)
        corrected = [one for one in asked.events if _digest(f"told {one}")[0] < 256 * options.corrected]
        examples = [_example(whole, one) for one in corrected]
        before = [_value(whole, first, one) for one in asked.tests]
        say(
            f"{whole.name}: {len(corrected)} corrections, {len(before)} later questions, nDCG@10 {np.mean(before):.4f}"
        )

        def gained(changes: Changes) -> list[float]:
            if not changes:
                return [0.0] * len(before)
            trial = opened(with_changes(base, changes))
            return [_value(whole, trial, one) - old for one, old in zip(asked.tests, before, strict=True)]

        out = {"release0": _metric(before)}
        for arm, names in ARMS.items():
            components, changes = _learnt(names, base, examples, first, opened)
            told = "; ".join(
                f"{one.name} {'kept' if one.kept else 'dropped'} {one.gain}: {one.reason}"
                for one in components
            )
            out[f"gain_{arm}"] = _metric(gained(changes))
            say(f"{whole.name}, {arm}: {out[f'gain_{arm}'].value:+.4f} ({told})")
        out |= _null(options, base, examples, first, opened, gained)
    return out


def _null(
    options: argparse.Namespace,
    base: Release,
    examples: Sequence[Example],
    first: Trial,
    opened: Any,
    gained: Any,
) -> dict[str, Metric]:
    """Components over places that are those of other questions."""
    kept: dict[str, list[float]] = {"expansion": [], "adapter": []}
    lost: dict[str, list[float]] = {"expansion": [], "adapter": []}
    for run in range(options.null):
        order = np.random.default_rng([7, run]).permutation(len(examples)).tolist()
        mixed = [
            replace(one, evidence=examples[place].evidence)
            for one, place in zip(examples, order, strict=True)
        ]
        for name in kept:
            (component,), changes = _learnt((name,), base, mixed, first, opened)
            kept[name].append(float(component.kept))
            if component.kept:
                lost[name].append(float(np.mean(gained(changes))))
    out = {f"kept_null_{name}": _metric(values) for name, values in kept.items() if values}
    return out | {
        f"null_loss_{name}": Metric(-float(np.mean(values)), n=len(values))
        for name, values in lost.items()
        if values
    }


def _learnt(
    names: Iterable[str], base: Release, examples: Sequence[Example], first: Trial, opened: Any
) -> tuple[list[Component], Changes]:
    """The components fitted one after another, each on what those before it find."""
    parts = split(examples, has_gate=True)
    changes: dict[tuple[str, ...], Any] = {}
    components = []
    for name in names:
        release = with_changes(base, changes)
        trial = opened(release) if changes else first
        fitting, tuning = (
            [_replay(trial, one, parts.groups[one.id]) for one in part] for part in (parts.fit, parts.tune)
        )
        found = FITS[name](release, fitting, tuning, opened)
        components.append(found)
        changes |= found.changes if found.kept else {}
    return components, changes


def _replay(trial: Trial, example: Example, group: str) -> Replay:
    query = Query(example.question, "en")
    return Replay(example, Found(query, trial.search(query, ACCESS), ()), (), group)


def _example(collection: Collection, query: str) -> Example:
    name = min(
        name for name, grade in collection.test[query].items() if grade > 0 and name in collection.passages
    )
    passage = collection.passages[name]
    quote = EvidenceQuote(passage.uri, " ".join(passage.text.split()[:_QUOTED]))
    person = f"u{_digest(query)[0] % _PEOPLE}"
    return Example(
        query, collection.queries[query], person, query, evidence=(quote,), authors=(person,), access=GROUPS
    )


def _value(collection: Collection, trial: Trial, query: str) -> float:
    asked = query_of(collection, query)
    ranked = trial.rerank(asked, trial.mix(asked, trial.search(asked, ACCESS), WIDE), 10)
    return ndcg([one.passage.id for one in ranked], collection.test[query], 10)


def _metric(values: Sequence[float]) -> Metric:
    return Metric.of(paired_difference(values, [0.0] * len(values), rng=np.random.default_rng(7)))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    out = parser(
        "specialize_retrieval", "retrieval learnt from corrections, on unseen documents", needs_data=True
    )
    out.add_argument("--collections", type=lambda text: tuple(text.split(",")), default=(), help="only these")
    out.add_argument("--events", type=int, default=200, help="questions asked first")
    out.add_argument("--corrected", type=float, default=1.0, help="share of them that is told a better place")
    out.add_argument("--limit", type=int, default=200, help="later questions")
    out.add_argument("--documents", type=int, default=1000, help="if so few hold all answers; 0: all")
    out.add_argument("--null", type=int, default=0, help="runs with places that are those of other questions")
    out.add_argument("--budget-s", type=float, default=0.0, help="most seconds for sentence vectors")
    out.add_argument("--cache", type=Path, help="folder that keeps sentence vectors for the next run")
    options = out.parse_args(arguments)
    metrics: dict[str, Metric] = {}
    for collection in read_collections(options.data, options.collections):
        found = measure(collection, options)
        metrics |= {f"{name}_{collection.name}": metric for name, metric in found.items()}
    told = {
        name: getattr(options, name)
        for name in ("collections", "events", "corrected", "limit", "documents", "null", "budget_s")
    }
    emit(
        "specialize_retrieval",
        metrics,
        record=options.record,
        options={**told, "collections": list(options.collections)},
    )
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"specialize_retrieval: {error}")
