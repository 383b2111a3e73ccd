"""A small company that is searched in memory by the product's own legs: people say "pinkslip", its rules "travel expense claim"."""

from collections.abc import Mapping, Sequence

import numpy as np

from metier.flow.finding import Found
from metier.rerank.features import reranker_of
from metier.rerank.versions import Versions
from metier.retrieve.adapter import adapted
from metier.retrieve.expansion import Expansion
from metier.retrieve.mixture import mixer_of
from metier.retrieve.within import legs_within
from metier.specialize.bench import Replay
from metier.stages import Space
from metier.system.spaces import StaticSpace
from metier.text.analyze import terms
from metier.text.vocabulary import Vocabulary, count_terms
from metier.types import Access, Evidence, Hit, Passage, Query, Release
from tests.builders import WordEmbedder, passage
from tests.specialize.made import example, quote

EMBEDDER = WordEmbedder()
PEOPLE = {"ann": ("all",), "bob": ("all",), "cem": ("all",), "hal": ("all", "hr"), "hix": ("all", "hr")}
# the rules of each office: what they are about, in the company's words
RULES = (
    "canteen voucher menu",
    "locker key deposit",
    "parking permit garage",
    "travel expense claim",
    "visitor badge escort",
)
_LETTERS = "bcdfghjklmnpqrstvwz"


def town(number: int) -> str:
    """The name of an office: a word of its own."""
    return f"{_LETTERS[number % 19]}o{_LETTERS[number // 19 % 19]}u{_LETTERS[(7 * number) % 19]}"


def rules(count: int, groups: tuple[str, ...] = ("all",), start: int = 0) -> list[Passage]:
    """Every office's rules, one passage per document."""
    return [
        passage(f"In {town(n)} the {rule} needs a signature.", f"{town(n)}{place}", title="", groups=groups)
        for n in range(start, start + count)
        for place, rule in enumerate(RULES)
    ]


class Tried:
    """A trial over these passages."""

    wide = 20

    def __init__(self, passages: Sequence[Passage], release: Release) -> None:
        self._passages = passages
        self._vocabulary = count_terms([" ".join(terms(one.text, "en")) for one in passages])
        embedder = adapted(release.parts.get("adapter"), "static", EMBEDDER)
        expansion = Expansion(release.parts.get("expansion"))
        self._legs = legs_within(passages, self._vocabulary, embedder, None, expansion)
        self._mixer = mixer_of(release.parts["mixture"], self.vocabulary)
        versions = Versions(dict, lambda: None)  # type: ignore[arg-type, return-value]
        self._reranker = reranker_of(release.parts["reranker"], self.vocabulary, versions)

    def vocabulary(self) -> Vocabulary:
        return self._vocabulary

    def access(self, user: str) -> Access:
        return Access(user, frozenset(PEOPLE[user]))

    def spaces(self) -> Mapping[str, Space]:
        return {"static": StaticSpace(EMBEDDER)}

    def read(self, uri: str, access: Access) -> list[Passage]:
        return [one for one in self._passages if one.uri == uri and access.allows(one.groups)]

    def search(self, query: Query, access: Access) -> dict[str, list[Hit]]:
        return {leg.name: leg.retrieve(query, access, self.wide) for leg in self._legs}

    def mix(self, query: Query, rankings: Mapping[str, Sequence[Hit]], k: int) -> list[Evidence]:
        return self._mixer.mix(query, rankings, k)

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        return self._reranker.rerank(query, evidence, k)


BASE = Release(
    "r", (), "", {},
    {"mixture": {"weights": {"keyword": 1.0, "static": 1.0}, "per_document": 20}, "reranker": {"weights": {"mixture": 1.0}}},
)  # fmt: skip


def replays(
    passages: Sequence[Passage], towns: Sequence[int], asks: str = "pinkslip", people: Sequence[str] = ("ann", "bob", "cem"),
    right: int = 3, by_chance: bool = False,
) -> list[Replay]:  # fmt: skip
    """In each town somebody asks for the "pinkslip", and somebody points at rule `right` (or at one by chance)."""
    tried, dice, made = Tried(passages, BASE), np.random.default_rng(len(towns)), []
    by_document = {one.document: one for one in passages}
    for number in towns:
        user, author = people[number % len(people)], people[(number + 1) % len(people)]
        place = int(dice.integers(len(RULES))) if by_chance else right
        found = by_document[f"{town(number)}{place}"]
        item = example(
            f"a{number}", question=f"{asks} {town(number)}?", user=user, authors=(author,),
            evidence=(quote(found.text, found.uri),), access=PEOPLE[user],
        )  # fmt: skip
        query = Query(item.question, "en")
        rankings = tried.search(query, tried.access(user))
        made.append(Replay(item, Found(query, rankings, ()), (), f"g{number}"))
    return made
