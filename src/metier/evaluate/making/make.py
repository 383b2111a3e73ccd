"""A suite from the documents of a workspace: drafts drawn evenly over documents and kinds, filtered, split by cluster.

Documents come in turn, strata of type, readers, year and length one after the other, and none gives more than twice its fair
share. Cases of documents that are tied to one another (versions, two-hop cases) are one group and stay on one side of the split.
The same workspace and seed give the same suite.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from metier.errors import UserError
from metier.evaluate.making.filters import is_repeated, reason_against, unique
from metier.evaluate.making.kinds import MAKERS, Draft, outside, shuffled
from metier.evaluate.making.library import Library
from metier.evaluate.making.perturb import perturbed
from metier.evaluate.making.planted import SHADOW_MAKERS
from metier.evaluate.suites import Suite
from metier.settings import Settings
from metier.text.analyze import content_words
from metier.types import Case, Progress

# Shares of the suite; a kind that the documents give too little of leaves its share to sentences and cells.
SHARES: Mapping[str, float] = {
    "single": 0.27,
    "cell": 0.23,
    "two_hop": 0.04,
    "comparison": 0.05,
    "complete": 0.03,
    "in_force": 0.05,
    "near_miss": 0.13,
    "private": 0.04,
    "forbidden": 0.08,
    "outside": 0.08,
}
# Besides, where a shadow workspace may lack and hold other documents than the user's (planted.py).
SHADOW_SHARES: Mapping[str, float] = {"removed": 0.05, "planted": 0.04, "conflict": 0.04}
_MOST_REMOVED = 0.1  # of the documents that give cases; more would make another corpus
_FILLERS = ("single", "cell", "near_miss")
_EVERY = {**SHADOW_MAKERS, **MAKERS}
_DRAFTS = 60  # of one document and kind that are looked at


@dataclass(frozen=True, slots=True)
class Made:
    """A suite and how it came about. `drafts` were looked at, `accepted` of them became cases; `refused` counts reasons."""

    suite: Suite
    drafts: int
    accepted: int
    refused: Mapping[str, int]
    by_maker: Mapping[str, int]
    documents: int  # that can give cases
    used: int
    most: int  # cases of one document
    fair: float  # cases of a document if all gave the same
    asked: int  # cases wanted
    removed: tuple[str, ...] = ()  # uris that the shadow workspace lacks
    planted: Mapping[str, str] = field(default_factory=dict)  # uri -> text that it holds besides


@dataclass(slots=True)
class _Making:
    """A suite in the making."""

    library: Library
    settings: Settings
    seed: str
    cap: int
    files: frozenset[str] = frozenset()  # uris that a shadow workspace can lack; none without one
    streams: dict[tuple[str, str], Iterator[Draft]] = field(default_factory=dict)
    accepted: list[Draft] = field(default_factory=list)
    words: list[frozenset[str]] = field(default_factory=list)
    load: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    removed: set[str] = field(default_factory=set)  # documents, with their other versions
    most_removed: int = 0
    drafts: int = 0

    def one_more(self, maker: str, document: str) -> bool:
        """Takes the document's next draft of that kind that passes; False if there is none."""
        if self.load[document] >= self.cap:
            return False
        key = (maker, document)
        if key not in self.streams:
            self.streams[key] = _EVERY[maker](self.library, self.settings, document, self.seed)
        stream = self.streams[key]
        return any(self._takes(draft) for _, draft in zip(range(_DRAFTS), stream, strict=False))

    def take_outside(self, wanted: int) -> None:
        """Questions outside the job, which rest on no document."""
        for draft in outside(self.settings, self.seed)[:wanted]:
            self._takes(draft)

    def _takes(self, draft: Draft) -> bool:
        self.drafts += 1
        draft = unique(draft, self.library)
        why = reason_against(draft, self.library, self.settings)
        if not why:
            why = self._amiss_in_shadow(draft)
        if not why and any(self.load[key] >= self.cap for key in draft.documents):
            why = "its document has given its share"
        if not why and not self.user_of(draft):
            why = "nobody may see all of its evidence"
        if not why and is_repeated(draft, self.words):
            why = "nearly the same was asked already"
        if why:
            self.refused[why] += 1
            return False
        self.accepted.append(draft)
        self.words.append(frozenset(content_words(draft.question, draft.language)))
        self.load.update(draft.documents)
        if draft.maker == "removed":
            self.removed |= self.library.kin(draft.documents[0])
        return True

    def _amiss_in_shadow(self, draft: Draft) -> str:
        """Why the draft cannot be asked of the shadow workspace as it is by now, or ""."""
        uris = {key: self.library.documents[key].uri for key in draft.documents}
        if draft.plant and not self.files.issuperset(uris.values()):
            return "its document is no file of its own"
        if draft.maker != "removed":
            return "its document is taken away" if self.removed.intersection(uris) else ""
        family = self.library.kin(draft.documents[0])
        if not self.files.issuperset(self.library.documents[key].uri for key in family):
            return "its document is no file of its own"
        if not family <= self.removed and len(self.removed | family) > self.most_removed:
            return "enough documents are taken away"
        return ""

    def user_of(self, draft: Draft) -> str:
        """Who asks: one who may see all the evidence, by hash; "" if there is nobody."""
        if draft.user:
            return draft.user
        able = [
            user.id
            for user in self.settings.users
            if all(not self.library.groups[key].isdisjoint(user.groups) for key in draft.documents)
        ]
        return able[_number(f"{self.seed} {draft.question}") % len(able)] if able else ""


def make_suite(
    library: Library, settings: Settings, n: int, seed: int = 1, noise: bool = False, name: str = "generated",
    should_stop: Callable[[], bool] = lambda: False, files: Collection[str] = (),
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Made:  # fmt: skip
    """A suite of `n` cases, or fewer if the documents do not give more; with `noise` the variants of each come besides.

    With `files` (the uris of the workspace's files) it is a suite for a shadow workspace that lacks and holds what is told with it.
    Raises UserError if there are no users, or nothing can be asked."""
    if not settings.users:
        raise UserError(
            "metier.yaml: users is empty, so nobody could ask; add `users: [{id: me, groups: [all]}]`"
        )
    giving = [key for key in library.current() if library.facts[key]]
    if not giving:
        raise UserError(
            f"none of {len(library.documents)} documents says anything a question can be made of: plain sentences with one "
            "figure or date, tables with labels, lines `key: value`, in English or German"
        )
    besides = SHADOW_SHARES if files else {}
    left = 1 - sum(besides.values())
    wanted = {maker: round(n * share) for maker, share in besides.items()}
    wanted |= {maker: round(n * share * left) for maker, share in SHARES.items()}
    on_documents = n - wanted["outside"]
    cap = max(1, math.floor(2 * on_documents / len(giving)))
    making = _Making(library, settings, f"cases {seed}", cap, frozenset(files))
    making.most_removed = max(1, round(_MOST_REMOVED * len(giving)))
    order = in_turn(library, giving, making.seed)
    begun = time.monotonic()

    def tell() -> None:
        on_progress(Progress(len(making.accepted), n, 0, time.monotonic() - begun, "", "cases"))

    making.take_outside(wanted["outside"])
    for maker in (*besides, *MAKERS, *_FILLERS):
        target = wanted[maker] if maker not in _FILLERS or not _been(making, maker) else n
        _fill(making, maker, order, target, n, should_stop, tell)
    cases = _cases(making)
    shown = [variant for case in cases for variant in ([case, *perturbed(case)] if noise else [case])]
    return Made(
        suite=Suite(name, tuple(sorted(shown, key=lambda case: case.id))),
        drafts=making.drafts,
        accepted=len(making.accepted),
        refused=dict(making.refused.most_common()),
        by_maker=dict(Counter(draft.maker for draft in making.accepted).most_common()),
        documents=len(giving),
        used=len(making.load),
        most=max(making.load.values(), default=0),
        fair=on_documents / len(giving),
        asked=n,
        removed=tuple(sorted(library.documents[key].uri for key in making.removed)),
        planted={draft.plant.uri: draft.plant.text for draft in making.accepted if draft.plant},
    )


def _been(making: _Making, maker: str) -> bool:
    return any(draft.maker == maker for draft in making.accepted)


def _fill(
    making: _Making, maker: str, order: list[str], target: int, n: int, should_stop: Callable[[], bool],
    tell: Callable[[], None],
) -> None:  # fmt: skip
    """Rounds over the documents, those that gave least first, until there are enough or none gives another."""
    count = sum(draft.maker == maker for draft in making.accepted)
    left = list(order)
    while left and count < target and len(making.accepted) < n and not should_stop():
        left.sort(key=lambda key: making.load[key])  # stable: otherwise the order of strata
        still = []
        for document in left:
            if count >= target or len(making.accepted) >= n or should_stop():
                return
            tell()
            if making.one_more(maker, document):
                count += 1
                still.append(document)
        left = still


def in_turn(library: Library, documents: list[str], seed: str) -> list[str]:
    """The documents, one of each stratum after the other: by type, readers, year and length."""
    strata: dict[tuple[str, ...], list[str]] = {}
    for key in shuffled(documents, str, seed):
        entry, length = library.entries[key], len(library.documents[key].text)
        ending = entry.uri.rpartition(".")[2].lower()
        readers = " ".join(sorted(library.groups[key]))
        strata.setdefault(
            (ending, readers, entry.version_date[:4], "long" if length > 8_000 else "short"), []
        ).append(key)
    queues = [strata[name] for name in sorted(strata)]
    longest = max(map(len, queues), default=0)
    return [queue[turn] for turn in range(longest) for queue in queues if turn < len(queue)]


def _cases(making: _Making) -> list[Case]:
    """Cases with user, group and split."""
    clusters = _clusters(making)
    found = []
    for draft in making.accepted:
        group = clusters[draft.documents[0]] if draft.documents else f"outside: {draft.question}"
        half = "tuning" if sha256(group.encode()).digest()[0] % 2 == 0 else "checking"
        found.append(
            Case(
                id=f"{draft.maker}-{sha256(draft.question.encode()).hexdigest()[:10]}",
                question=draft.question,
                user=making.user_of(draft),
                kind=draft.kind,
                answers=() if draft.kind == "unanswerable" else draft.answers,
                answer_type=draft.answer_type,
                scale=draft.scale,
                evidence=draft.evidence,
                group=group,
                split=half,
                tags=(draft.maker, *(tag for tag in draft.tags if tag != draft.maker), draft.language),
            )
        )
    return found


def _clusters(making: _Making) -> dict[str, str]:
    """For each document the uri of the first of all that it is tied to: by a case over both, or as another version."""
    parent: dict[str, str] = {key: key for key in making.library.documents}

    def root(key: str) -> str:
        while parent[key] != key:
            key = parent[key]
        return key

    ties = [draft.documents for draft in making.accepted]
    ties += [tuple(making.library.kin(key)) for key in making.load]
    uri = {key: document.uri for key, document in making.library.documents.items()}
    for tied in ties:
        roots = sorted({root(key) for key in tied}, key=lambda key: uri[key])
        for other in roots[1:]:
            parent[other] = roots[0]
    return {key: uri[root(key)] for key in parent}


def _number(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:4], "big")
