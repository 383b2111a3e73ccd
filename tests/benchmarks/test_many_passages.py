from pathlib import Path

import pytest

from benchmarks.ir_collections import Collection
from benchmarks.many_passages import SHARES, Corpus, asked_of, real, recombined
from metier.errors import UserError
from metier.types import Query
from tests.builders import passage

PASSAGES = {
    name: passage(
        f"The {name} is heavy. The {name} is stored in the {place}.", name, title=name.title(), id=name
    )
    for name, place in (("pump", "cellar"), ("valve", "attic"), ("motor", "garage"))
}
COLLECTION = Collection("small", PASSAGES, {"q": "where is the pump"}, {"q": {"pump": 1.0}})


def test_recombinations_hold_real_sentences_and_none_of_what_is_to_be_avoided() -> None:
    made = list(recombined([COLLECTION], 40, 3, frozenset({("small", "pump")})))
    assert len({row.id for row in made}) == 40
    assert made == list(recombined([COLLECTION], 40, 3, frozenset({("small", "pump")})))
    assert all("pump" not in f"{row.title} {row.text}".lower() for row in made)
    assert {"The valve is heavy.", "The motor is heavy."} & {row.text[:19] for row in made}


def test_nothing_left_to_recombine_is_an_error() -> None:
    with pytest.raises(UserError, match="nothing is left"):
        list(recombined([COLLECTION], 1, 3, frozenset(("small", name) for name in PASSAGES)))
    assert list(recombined([COLLECTION], 0, 3, frozenset(("small", name) for name in PASSAGES))) == []


def test_a_corpus_grows_and_shows_each_group_its_own(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path, seed=1)
    corpus.add(iter(real(COLLECTION, ["pump"])))
    corpus.add(recombined([COLLECTION], 300, 3, frozenset({("small", "pump")})))
    assert len(corpus.ids) == len(corpus.live) == 301
    assert corpus.find(Query("where is the pump", "en"), "all", 5)[0].passage.id == "small/pump"
    for group in SHARES:
        found = corpus.find(Query("valve motor", "en"), group, 20)
        assert found
        assert all(group in item.passage.groups for item in found)
    assert corpus.find(Query("valve", "en"), "nobody", 5) == []
    corpus.close()


def test_questions_carry_the_name_of_their_collection() -> None:
    assert list(asked_of([COLLECTION])) == ["small/q"]
