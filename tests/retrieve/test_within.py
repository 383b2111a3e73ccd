"""The legs over one document: every passage scored, by the names that weights go by, and never for those who may not see."""

from collections.abc import Mapping, Sequence

import numpy as np

from metier.retrieve.within import legs_within
from metier.stages import Retriever, Vectors
from metier.text.vocabulary import Vocabulary
from metier.types import Access, Query
from tests.builders import WordEmbedder, passage

ALL = Access("me", frozenset({"all"}))
TEXTS = (
    "The notice period is six weeks.",
    "Parking is free.",
    "The canteen opens at noon; parking there is not.",
)
PASSAGES = [passage(text, start=100 * place) for place, text in enumerate(TEXTS)]


class Sentences(WordEmbedder):
    """One vector per passage, as if each were one sentence."""

    def is_begun(self) -> bool:
        return True

    def of_texts(self, texts: Sequence[str]) -> Vectors:
        return self.embed_passages(texts)

    def of_passages(self, passages: Sequence[str]) -> Mapping[tuple[str, int, int], Vectors]:
        return {
            (item.document, item.start, item.end): self.embed_passages([item.text])[0]
            for item in PASSAGES
            if item.id in passages
        }


def found(leg: Retriever, text: str, access: Access = ALL, k: int = 9, *rewrites: str) -> list[int]:
    return [hit.passage.start // 100 for hit in leg.retrieve(Query(text, "en", rewrites), access, k)]


def legs() -> dict[str, Retriever]:
    return {leg.name: leg for leg in legs_within(PASSAGES, Vocabulary(), WordEmbedder(), Sentences())}


def test_each_leg_puts_the_passage_that_says_it_first() -> None:
    assert list(legs()) == ["keyword", "static", "structured", "sentence"]
    for leg in (
        leg for name, leg in legs().items() if name != "structured"
    ):  # silent: nothing is asked of values
        assert found(leg, "How long is the notice period?")[0] == 0
        assert found(leg, "Where may I park?", ALL, 1, "parking free") == [1], "a rewrite is searched, too"


def test_words_find_only_passages_that_share_one_and_vectors_all() -> None:
    assert found(legs()["keyword"], "parking") == [1, 2]
    assert found(legs()["keyword"], "elephants") == []
    assert sorted(found(legs()["static"], "elephants")) == [0, 1, 2]


def test_a_rarer_word_counts_more() -> None:
    common = Vocabulary(100, {"park": 90, "canteen": 1})
    keyword = legs_within(PASSAGES, common, WordEmbedder(), None)[0]
    assert found(keyword, "parking canteen")[0] == 2


def test_who_may_not_see_finds_nothing_and_no_document_has_no_hits() -> None:
    for leg in legs().values():
        assert found(leg, "notice period", Access("you", frozenset({"hr"}))) == []
    for leg in legs_within([], Vocabulary(), WordEmbedder(), Sentences()):
        assert found(leg, "notice period") == []


def test_without_sentence_vectors_there_is_no_such_leg() -> None:
    assert [leg.name for leg in legs_within(PASSAGES, Vocabulary(), WordEmbedder(), None)] == [
        "keyword",
        "static",
        "structured",
    ]
    assert np.allclose(WordEmbedder().embed_passages([""]), 0)
