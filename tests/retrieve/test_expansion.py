"""Words that are searched besides: only for words of the question, and only what the asker's groups may know."""

from collections.abc import Iterable, Mapping, Sequence

from metier.retrieve.expansion import Expansion, weights_of
from metier.retrieve.keyword import KeywordRetriever
from metier.retrieve.within import legs_within
from metier.text.vocabulary import Vocabulary
from metier.types import Access, Entry, Hit, Query, State
from tests.builders import WordEmbedder, passage

PART = {
    "groups": {
        "all": {"homeoffic": {"mobil": 0.4, "work": 0.2}, "pay": {"salari": 0.3, "mobil": 0.1}},
        "hr": {"homeoffic": {"falcon": 0.5, "mobil": 0.3}},
    }
}
STAFF, HR = Access("ann", frozenset({"all"})), Access("bob", frozenset({"all", "hr"}))


class Table:
    """Keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], Mapping[str, float]]] = []

    def search_terms(
        self, words: Sequence[str], groups: Iterable[str], k: int, _: object, weights: Mapping[str, float]
    ) -> list[Hit]:
        self.asked.append((list(words), dict(weights)))
        return []


def test_only_words_of_the_question_bring_others() -> None:
    known = Expansion(PART)
    assert known.added(["homeoffic", "rule"], ["all"]) == {"homeoffic": {"mobil": 0.4, "work": 0.2}}
    assert known.added(["rule"], ["all"]) == {}
    assert known.added(["homeoffic", "mobil"], ["all"]) == {"homeoffic": {"work": 0.2}}, "asked already"
    both = known.added(["pay", "homeoffic"], ["all"])
    assert both == {"homeoffic": {"mobil": 0.4, "work": 0.2}, "pay": {"salari": 0.3}}, (
        "each word once, as it weighs most"
    )
    assert Expansion().added(["homeoffic"], ["all"]) == {}
    many = {"groups": {"all": {f"w{n}": {f"o{n}{m}": 0.1 + n / 100 for m in range(4)} for n in range(9)}}}
    found = Expansion(many).added([f"w{n}" for n in range(9)], ["all"])
    assert len(weights_of(found)) == 8
    assert set(found) == {"w7", "w8"}


def test_what_one_group_taught_is_searched_for_its_members_alone() -> None:
    known = Expansion(PART)
    assert "falcon" not in weights_of(known.added(["homeoffic"], STAFF.groups))
    assert weights_of(known.added(["homeoffic"], HR.groups)) == {"falcon": 0.5, "mobil": 0.4, "work": 0.2}
    assert known.added(["homeoffic"], ["guests"]) == {}
    assert known.added(["homeoffic"], []) == {}


def test_the_keyword_leg_searches_them_with_their_weights() -> None:
    table = Table()
    live = {"d1": Entry("d1", "d1.txt", "d1", "s", State.LIVE, groups=("all",), language="en")}
    leg = KeywordRetriever(table, lambda: live, Expansion(PART))  # type: ignore[arg-type]
    leg.retrieve(Query("homeoffice rules", "en"), STAFF, 5)
    words, weights = table.asked[-1]
    assert words[:2] == ["homeoffic", "rule"]
    assert weights == {"mobil": 0.4, "work": 0.2}
    assert set(words[2:]) == set(weights)


def test_so_does_the_leg_over_one_document() -> None:
    said = [passage("Mobile work needs an agreement."), passage("The homeoffice cat.", start=100)]
    leg = legs_within(said, Vocabulary(), WordEmbedder(), None, Expansion(PART))[0]
    hits = leg.retrieve(Query("homeoffice", "en"), STAFF, 5)
    assert [hit.passage.start for hit in hits] == [100, 0]
    assert hits[1].score < hits[0].score
    plain = legs_within(said, Vocabulary(), WordEmbedder(), None)[0]
    assert [hit.passage.start for hit in plain.retrieve(Query("homeoffice", "en"), STAFF, 5)] == [100]
