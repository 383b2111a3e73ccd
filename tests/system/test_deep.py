"""How much of the corpus has sentence vectors, counted by passages, and what counts from which share on."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from metier.models.sentence_embedder import DIMENSION, LatestVectors
from metier.store.ledger import SqlLedger
from metier.store.sentences import LanceSentences
from metier.system.deep import Deep, Deepened, _Known
from metier.types import Passage
from tests.builders import passage
from tests.fakes import HashEmbedder


def known(passages: dict[str, int], *deep: str, texts: dict[str, list[Passage]] | None = None) -> _Known:
    """Documents of so many passages, of which some are deepened; those of "nobody" are open to nobody."""
    live = {
        name: SimpleNamespace(id=name, passages=count, groups=() if name == "nobody" else ("all",))
        for name, count in passages.items()
    }
    ledger = SimpleNamespace(version=lambda: 1, live=lambda: live)
    table = SimpleNamespace(version=lambda: 1, documents=lambda: set(deep))
    return _Known(
        cast(LanceSentences, table), cast(SqlLedger, ledger), lambda entry: (texts or {}).get(entry.id, [])
    )


def deep_of(share: float, *documents: str) -> Deep:
    table = SimpleNamespace(of_passages=lambda passages: {("d", 0, 9): np.ones(3)})
    return Deep(
        cast(Any, table),
        HashEmbedder(3),
        lambda: Deepened(frozenset(documents), share),
        lambda texts: np.ones(3),
    )


def test_a_long_document_counts_by_its_passages() -> None:
    short = {f"letter {number}": 1 for number in range(97)}
    found = known({**short, "manual": 303}, *short, "a document that is gone").look()
    assert found.documents == set(short)
    assert found.share == pytest.approx(97 / 400), "97 of 98 documents, a quarter of what is there to find"


def test_nothing_is_deep_where_nothing_is() -> None:
    assert known({}).look() == Deepened(frozenset(), 0.0)
    assert known({"empty": 0}, "empty").look().share == 0.0


def test_what_no_run_gives_vectors_to_is_not_waited_for() -> None:
    texts = {"blank": [passage(" \n", "blank")], "waits": [passage("Fees are due in March.", "waits")]}
    found = known({"letter": 5, "nobody": 2, "blank": 1, "waits": 2, "lost": 1}, "letter", texts=texts).look()
    assert found.documents == {"letter", "nobody", "blank"}
    assert found.share == pytest.approx(8 / 11)
    assert known({"letter": 5, "nobody": 2}, "letter").look().share == 1


@pytest.mark.parametrize(
    ("share", "begun", "ready", "partly"),
    [(0.0, False, False, True), (0.24, False, False, True), (0.25, True, False, True), (0.95, True, True, True),
     (1.0, True, True, False)],
)  # fmt: skip
def test_vectors_count_from_a_quarter_and_are_learned_from_when_nearly_all_are_there(
    share: float, begun: bool, ready: bool, partly: bool
) -> None:
    deep = deep_of(share, "d")
    assert (deep.is_begun(), deep.is_ready(), deep.begun() is not None) == (begun, ready, partly)
    assert bool(deep.of_passages(["d:0"])) is begun
    if (told := deep.begun()) is not None:
        assert (told.retriever, told.documents, told.share) == ("sentence", {"d"}, share)


def test_a_vector_is_made_once() -> None:
    asked: list[Sequence[str]] = []

    class Counting(HashEmbedder):
        def embed_passages(self, texts: Sequence[str]) -> Any:
            asked.append(list(texts))
            return super().embed_passages(texts)

    made = LatestVectors(Counting(DIMENSION).embed_passages, 9)
    first = made.of(["one", "two", "one"])
    again = made.of(["two", "three"])
    assert asked == [["one", "two"], ["three"]]
    assert first.shape == (3, DIMENSION)
    assert (first[0] == first[2]).all()
    assert (again[0] == first[1]).all()
    assert made.of([]).shape == (0, DIMENSION)
