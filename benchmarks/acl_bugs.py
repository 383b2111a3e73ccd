"""Access bugs people really write, planted one by one into the product's rooms: a zero of benchmarks/acl_oracle.py counts
only if the same checks find these."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from benchmarks.acl_world import FOLLOWS, GROUPS, SECOND_QUESTION, Product, entry_of, passage_of, rules_of
from metier.flow import answer as journey
from metier.flow import finding
from metier.rerank.features import FeatureReranker
from metier.rerank.versions import Versions
from metier.retrieve.mixture import ConvexMixer
from metier.stages import Documents, Retriever
from metier.store.segment import Mask
from metier.store.serving import _State
from metier.text.echo import ECHO, echoed
from metier.types import Abstention, Access, Evidence, Hit, Outcome, Query, Settled

Widen = Callable[[Query, Access, int], Access]


@dataclass(frozen=True, slots=True)
class Bug:
    """One mistake; `plant` makes it in a product, and returns patches of the journey's modules if it is made there."""

    name: str
    plant: Callable[[Product], dict[str, Any] | None]

    @contextmanager
    def planted(self, product: Product) -> Iterator[None]:
        """The bug is in place inside."""
        patches = self.plant(product) or {}
        places = {name: finding if hasattr(finding, name) else journey for name in patches}
        before = {name: getattr(place, name) for name, place in places.items()}
        for name, value in patches.items():
            setattr(places[name], name, value)
        try:
            yield
        finally:
            for name, value in before.items():
                setattr(places[name], name, value)


# --- mistakes inside retrievers -------------------------------------------------------------------------------------


@dataclass
class _Leg:
    """A retriever whose idea of who asks, or of what came back, is wrong."""

    inner: Retriever
    widen: Widen = lambda query, access, k: access
    after: Callable[[list[Hit], Query, Access, int], list[Hit]] = lambda hits, query, access, k: hits
    fetch: Callable[[int], int] = lambda k: k

    @property
    def name(self) -> str:
        return self.inner.name

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        hits = self.inner.retrieve(query, self.widen(query, access, k), self.fetch(k))
        return self.after(hits, query, access, k)


EVERYBODY = Access("root", frozenset(GROUPS))


def _wide(widen: Widen, only: str = "") -> Callable[[Product], None]:
    def plant(product: Product) -> None:
        product.legs = [_Leg(leg, widen) if not only or leg.name == only else leg for leg in product.legs]

    return plant


def _more(access: Access, is_like: Callable[[str, str], bool]) -> Access:
    """The access with every group that is like one of its own."""
    added = {group for group in GROUPS for mine in access.groups if is_like(group, mine)}
    return dataclasses.replace(access, groups=access.groups | added)


def _remembering(key: Callable[[Query, Access], object]) -> Callable[[Product], None]:
    """A cache of results whose key forgets something."""

    def plant(product: Product) -> None:
        legs: list[Retriever] = []
        for leg in product.legs:
            kept: dict[object, list[Hit]] = {}

            def after(
                hits: list[Hit], query: Query, access: Access, k: int, kept: dict[object, list[Hit]] = kept
            ) -> list[Hit]:
                return kept.setdefault((key(query, access), k), hits)

            legs.append(_Leg(leg, after=after))
        product.legs = legs

    return plant


def _previous_asker(product: Product) -> None:
    seen: list[Access] = []

    def widen(query: Query, access: Access, k: int) -> Access:
        seen.append(access)
        return dataclasses.replace(access, groups=frozenset().union(*(one.groups for one in seen[-12:])))

    _wide(widen)(product)


def _post_filter(product: Product) -> None:
    def after(hits: list[Hit], query: Query, access: Access, k: int) -> list[Hit]:
        return [hit for hit in hits if access.allows(hit.passage.groups)]

    product.legs = [_Leg(leg, lambda query, access, k: EVERYBODY, after) for leg in product.legs]


def _all_groups_needed(product: Product) -> None:
    def after(hits: list[Hit], query: Query, access: Access, k: int) -> list[Hit]:
        return [hit for hit in hits if set(hit.passage.groups) <= access.groups]

    product.legs = [_Leg(leg, after=after) for leg in product.legs]


def _first_group_counts(product: Product) -> None:
    def after(hits: list[Hit], query: Query, access: Access, k: int) -> list[Hit]:
        return [hit for hit in hits if hit.passage.groups[0] in access.groups]

    product.legs = [_Leg(leg, after=after) for leg in product.legs]


def _off_by_one(product: Product) -> None:
    """The last hit is taken before the filter."""
    for leg in list(product.legs):

        def after(hits: list[Hit], query: Query, access: Access, k: int, leg: Retriever = leg) -> list[Hit]:
            known = {hit.passage.id for hit in hits}
            others = (hit for hit in leg.retrieve(query, EVERYBODY, k + 1) if hit.passage.id not in known)
            return [*hits[: k - 1], *([extra] if (extra := next(others, None)) else hits[k - 1 :])]

        product.legs[product.legs.index(leg)] = _Leg(leg, after=after)


def _not_live_too(product: Product) -> None:
    product.live = lambda: {doc.id: entry_of(doc) for doc in product.world.docs}  # type: ignore[method-assign]
    for leg in product.legs:
        leg._live = product.live  # type: ignore[attr-defined]


def _never_regroups(*places: str) -> Callable[[Product], None]:
    """A right that changes does not reach the index."""

    def plant(product: Product) -> None:
        if "table" in places:
            product.table.regroup = lambda documents: None  # type: ignore[method-assign]
        if "sentences" in places:
            product.sentences.add = lambda rows, vectors: None  # type: ignore[method-assign]

    return plant


# --- mistakes of the snapshot in memory ---------------------------------------------------------------------------------


def _snapshot(change: Callable[[_State], _State]) -> Callable[[Product], None]:
    """What answers is changed by a mistake."""

    def plant(product: Product) -> None:
        current = product.served._current

        def changed() -> _State | None:
            state = current()
            return None if state is None else change(state)

        product.served._current = changed  # type: ignore[method-assign]

    return plant


def _snapshot_stands_still(product: Product) -> None:
    """The table's version is asked once: a right that is taken away stays."""
    first = product.served._current()
    product.served._current = lambda: first  # type: ignore[method-assign]


class _UnfilteredNews(_State):
    """Rights are applied to the snapshot, not to what was written since."""

    def allowed(self, groups: frozenset[str], documents: Documents = None) -> tuple[Mask, ...]:
        return (super().allowed(groups, documents)[0], *self.present[1:])


class _KeepsGone(_State):
    """Rows that the table no longer has (of changed rights) are found all the same."""

    def allowed(self, groups: frozenset[str], documents: Documents = None) -> tuple[Mask, ...]:
        return tuple(part.allowed(groups, documents) for part in self.segments)


_Asked = tuple[frozenset[str], Documents]


class _ByNumber(dict[_Asked, tuple[Mask, ...]]):
    """Rights worked out once for each number of groups."""

    def get(self, key: _Asked, default: Any = None) -> Any:
        like = (masks for known, masks in self.items() if len(known[0]) == len(key[0]) and known[1] == key[1])
        return next(like, default)


def _remade(kind: type[_State]) -> Callable[[_State], _State]:
    return lambda state: kind(state.version, state.segments, state.present)


def _masks_by_number(product: Product) -> None:
    kept: dict[int, _ByNumber] = {}

    def change(state: _State) -> _State:
        return dataclasses.replace(state, masks=kept.setdefault(state.version, _ByNumber()))

    _snapshot(change)(product)


# --- mistakes on the way from hits to an answer ---------------------------------------------------------------------


def _stale_rules(product: Product) -> None:
    """The rules are read once, when the process starts."""
    first = rules_of(product.world)
    product.groups_of = lambda uri: first.get(uri, ())  # type: ignore[method-assign]


def _rules_by_folder(product: Product) -> None:
    """The rule of a folder's first file is taken for all of its files."""

    def groups_of(uri: str) -> tuple[str, ...]:
        folder = uri.partition("/")[0]
        return next(groups for known, groups in product.rules.items() if known.startswith(folder + "/"))

    product.groups_of = groups_of  # type: ignore[method-assign]
    _wide(lambda query, access, k: EVERYBODY)(product)


def _no_match_is_everybody(product: Product) -> None:
    product.groups_of = lambda uri: product.rules.get(uri) or GROUPS  # type: ignore[method-assign]


def _unchecked_citations(product: Product) -> dict[str, Any]:
    return {"_place": lambda parts, run, citation: citation}


def _citations_of_the_dead(product: Product) -> dict[str, Any]:
    """Whether a cited document is still there is not asked."""

    def place(parts: Any, run: Any, citation: Any) -> Any:
        return citation if run.access.allows(parts.groups_of(citation.uri)) else None

    return {"_place": place}


def _sent_before_verified(product: Product) -> dict[str, Any]:
    return {"_verify": lambda parts, run, draft, statement: statement}


def _names_of_newer_versions(product: Product) -> dict[str, Any]:
    return {"_to_be_read": lambda parts, run, item: item}


def _second_step_as_root(product: Product) -> None:
    """The further search runs with the rights of the service."""
    product.groups_of = lambda uri: product.rules[uri]  # type: ignore[method-assign]
    _wide(lambda query, access, k: EVERYBODY if query.text == SECOND_QUESTION else access)(product)


def _second_step_unchecked(product: Product) -> dict[str, Any]:
    _second_step_as_root(product)

    def allowed(parts: Any, query: Query, access: Access, retriever: Retriever) -> list[Hit]:
        return retriever.retrieve(query, access, parts.wide)

    return {"_allowed": allowed}


def _pool_before_filter(product: Product) -> dict[str, Any]:
    """`--explain` lists what was considered before access was looked at."""
    real = finding._pool

    def pool(
        mixed: Sequence[Evidence], shown: Sequence[Evidence], judged: Sequence[Evidence] = ()
    ) -> list[dict[str, Any]]:
        return [
            *real(mixed, shown, judged),
            *({"passage": doc.id, "uri": doc.uri} for doc in product.world.docs),
        ]

    return {"_pool": pool}


class _Titles:
    """Settles with the titles of all that is near, whoever may see it."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def answerable(self, draft: Any) -> bool:
        return False

    def keep(self, statement: Any, support: float, findings: Any) -> None:
        return None

    def settle(self, query: Query, draft: Any, kept: Any, evidence: Any) -> Settled:
        titles = tuple(passage_of(doc).title for doc in self._product.world.docs)
        return Settled(Outcome.ABSTAINED, abstention=Abstention("no", found=titles))


def _titles_in_abstentions(product: Product) -> None:
    product.settlement = _Titles(product)


class _RememberingMixer(ConvexMixer):
    """Keeps the best passage of the last question, of whoever asked it."""

    last: tuple[Evidence, ...] = ()

    def mix(self, query: Query, rankings: Any, k: int) -> list[Evidence]:
        mixed = super().mix(query, rankings, k)
        out = [*mixed, *self.last][:k] if len(mixed) < k else mixed
        self.last = tuple(mixed[:3])
        return out


class _EchoOfAll:
    """Weighs by the best hit of the search by words that anybody would have."""

    def __init__(self, product: Product) -> None:
        self._product = product
        (self._words,) = (leg for leg in product.legs if leg.name == "keyword")

    def mix(self, query: Query, rankings: Mapping[str, Sequence[Hit]], k: int) -> list[Evidence]:
        best = self._words.retrieve(query, EVERYBODY, 1)
        echo = FOLLOWS.echo(echoed(query, best, self._product.vocabulary()))
        mixed = ConvexMixer(FOLLOWS.at(echo), 3).mix(query, rankings, k)
        return [dataclasses.replace(item, scores={**item.scores, ECHO: echo}) for item in mixed]


def _echo_of_all(product: Product) -> None:
    product.mixer = _EchoOfAll(product)


def _mixer_with_memory(product: Product) -> None:
    product.mixer = _RememberingMixer({}, 3)


class _Neighbours:
    """Adds the passage after each one, from the whole table, for context."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        docs = list(self._product.world.docs)
        place = {doc.id: number for number, doc in enumerate(docs)}
        after = [docs[(place[item.passage.document] + 1) % len(docs)] for item in evidence]
        return [*evidence, *(Evidence(passage_of(doc), 0.0) for doc in after)]


def _context_from_anywhere(product: Product) -> dict[str, Any]:
    product.reranker = _Neighbours(product)
    return {"_place": lambda parts, run, citation: citation if citation.document in {
        item.passage.document for item in run.evidence} else None}  # fmt: skip


def _versions_of_all(product: Product) -> dict[str, Any]:
    """Which version is in force is worked out over documents that are not live, and its name is shown."""
    every = {doc.id: dataclasses.replace(entry_of(doc)) for doc in product.world.docs}
    vocabulary = product.table.vocabulary(100)
    versions = Versions(lambda: every, lambda: date(2025, 1, 1))
    product.reranker = FeatureReranker({"mixture": 1.0}, lambda: vocabulary, versions)
    return {"_to_be_read": lambda parts, run, item: item}


def _every_document(query: Query, access: Access, k: int) -> Access:
    return dataclasses.replace(access, documents=None)


BUGS = (
    Bug("no filter at all", _wide(lambda query, access, k: EVERYBODY)),
    Bug("no filter in keyword search", _wide(lambda query, access, k: EVERYBODY, "keyword")),
    Bug("no filter in static vectors", _wide(lambda query, access, k: EVERYBODY, "static")),
    Bug("no filter in sentence vectors", _wide(lambda query, access, k: EVERYBODY, "sentence")),
    Bug("no groups means all groups", _wide(lambda query, access, k: access if access.groups else EVERYBODY)),
    Bug("groups without regard to case", _wide(lambda q, a, k: _more(a, lambda g, m: g.lower() == m.lower()))),
    Bug("groups by prefix", _wide(lambda q, a, k: _more(a, lambda g, m: g.startswith(m)))),
    Bug("groups by substring", _wide(lambda q, a, k: _more(a, lambda g, m: m in g))),
    Bug("a comma splits group names", _wide(lambda q, a, k: _more(a, lambda g, m: g in m.split(", ") or m in g.split(", ")))),
    Bug("a quote ends the filter", _wide(lambda q, a, k: EVERYBODY if any("'" in g for g in a.groups) else a)),
    Bug("a percent sign matches anything", _wide(lambda q, a, k: EVERYBODY if "%" in a.groups else a)),
    Bug("null is nobody's or everybody's", _wide(lambda q, a, k: EVERYBODY if "null" in a.groups else a)),
    Bug("everybody is in all", _wide(lambda q, a, k: dataclasses.replace(a, groups=a.groups | {"all"}))),
    Bug("rewrites run as root", _wide(lambda q, a, k: EVERYBODY if q.rewrites else a)),
    Bug("wide searches run as root", _wide(lambda q, a, k: EVERYBODY if k > 20 else a)),
    Bug("narrow searches run as root", _wide(lambda q, a, k: EVERYBODY if k < 5 else a)),
    Bug("the last askers' groups stay", _previous_asker),
    Bug("results cached by question", _remembering(lambda query, access: query.text)),
    Bug("results cached by number of groups", _remembering(lambda q, a: (q.text, len(a.groups)))),
    Bug("results cached through a change of rights", _remembering(lambda q, a: (q, a))),
    Bug("filter after the search", _post_filter),
    Bug("no filter of the question in keyword search", _wide(_every_document, "keyword")),
    Bug("no filter of the question in static vectors", _wide(_every_document, "static")),
    Bug("no filter of the question in sentence vectors", _wide(_every_document, "sentence")),
    Bug("a filter opens what it names", _wide(lambda q, a, k: dataclasses.replace(EVERYBODY, documents=a.documents) if a.documents else a)),
    Bug("an empty filter is none", _wide(lambda q, a, k: a if a.documents else _every_document(q, a, k))),
    Bug("results cached without the filter", _remembering(lambda q, a: (q.text, a.groups))),
    Bug("all groups of a passage needed", _all_groups_needed),
    Bug("only a passage's first group counts", _first_group_counts),
    Bug("the last hit is not filtered", _off_by_one),
    Bug("documents that are not live", _not_live_too),
    Bug("passages keep old groups", _never_regroups("table")),
    Bug("sentences lose changed documents", _never_regroups("sentences")),
    Bug("the snapshot stands still", _snapshot_stands_still),
    Bug("the snapshot shows newer rows to all", _snapshot(_remade(_UnfilteredNews))),
    Bug("the snapshot keeps what is gone", _snapshot(_remade(_KeepsGone))),
    Bug("the snapshot's rights by number of groups", _masks_by_number),
    Bug("rules are read once", _stale_rules),
    Bug("one rule per folder", _rules_by_folder),
    Bug("no matching rule means everybody", _no_match_is_everybody),
    Bug("citations are not checked again", _unchecked_citations),
    Bug("cited documents may be gone", _citations_of_the_dead),
    Bug("statements are sent before they are verified", _sent_before_verified),
    Bug("names of newer versions", _names_of_newer_versions),
    Bug("the second step runs unchecked as root", _second_step_unchecked),
    Bug("--explain lists everything", _pool_before_filter),
    Bug("titles in abstentions", _titles_in_abstentions),
    Bug("the mixer remembers", _mixer_with_memory),
    Bug("weights tell of closed documents", _echo_of_all),
    Bug("context from other documents", _context_from_anywhere),
    Bug("versions that are not live", _versions_of_all),
)  # fmt: skip
