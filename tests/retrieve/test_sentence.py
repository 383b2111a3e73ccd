import numpy as np
import pytest

from metier.retrieve.sentence import SentenceRetriever
from metier.store import sentences as store
from metier.store.passages import LancePassages
from metier.store.sentences import LanceSentences
from metier.text.statements import pieces
from metier.types import Access, Entry, Query, State
from tests.builders import WordEmbedder, passage

DOCUMENTS = {
    "leave": ("Annual leave is thirty days. Leave is requested early.", ("all",)),
    "salary": ("Salary bands are secret. The salary of a chief is high.", ("hr",)),
    "pump": ("The pump is stored dry. The pump weighs little.", ("all",)),
}


@pytest.fixture
def tables(tmp_path):
    embedder = WordEmbedder()
    passages = LancePassages(tmp_path / "passages.lance", {"static": embedder})
    sentences = LanceSentences(tmp_path / "sentences.lance", embedder)
    items = [passage(text, name, groups=groups) for name, (text, groups) in DOCUMENTS.items()]
    passages.add(items, {"static": embedder.embed_passages([item.text for item in items])})
    rows = [(item, piece.start, piece.end) for item in items for piece in pieces(item)]
    sentences.add(rows, embedder.embed_passages([item.text[start:end] for item, start, end in rows]))
    return passages, sentences


def retriever(tables, live=tuple(DOCUMENTS), is_ready=True):
    entries = {name: Entry(name, f"{name}.txt", "", "", State.LIVE) for name in live}
    return SentenceRetriever(tables[1], tables[0], WordEmbedder(), lambda: entries, lambda: is_ready)


def names(hits):
    return [hit.passage.document for hit in hits]


def test_a_passage_counts_as_its_best_sentence(tables):
    hits = retriever(tables).retrieve(
        Query("How is the pump stored dry?"), Access("me", frozenset({"all"})), 5
    )
    assert names(hits)[0] == "pump"
    assert len(set(names(hits))) == len(hits)
    assert hits[0].score == pytest.approx(1.0, abs=0.3)


def test_nobody_finds_what_their_groups_do_not_open(tables):
    query = Query("Who knows the salary bands?")
    assert "salary" not in names(retriever(tables).retrieve(query, Access("me", frozenset({"all"})), 5))
    assert names(retriever(tables).retrieve(query, Access("hr", frozenset({"hr"})), 5)) == ["salary"]
    assert retriever(tables).retrieve(query, Access("nobody", frozenset()), 5) == []


def test_only_documents_that_a_filter_leaves_are_searched(tables):
    query, every = Query("The pump is stored dry"), frozenset({"all"})
    assert names(retriever(tables).retrieve(query, Access("me", every, frozenset({"leave"})), 5)) == ["leave"]
    assert retriever(tables).retrieve(query, Access("me", every, frozenset({"salary"})), 5) == []
    assert retriever(tables).retrieve(query, Access("me", every, frozenset()), 5) == []


def test_documents_that_are_not_live_are_skipped_without_losing_others(tables):
    access = Access("me", frozenset({"all", "hr"}))
    assert names(retriever(tables, live=("leave",)).retrieve(Query("The pump is stored dry"), access, 1)) == [
        "leave"
    ]


def test_nothing_is_found_until_nearly_everything_is_deep(tables):
    found = retriever(tables, is_ready=False).retrieve(Query("pump"), Access("me", frozenset({"all"})), 5)
    assert found == []


def test_vectors_of_passages_come_by_place(tables):
    found = tables[1].of_passages(["pump:0"])
    assert {key[0] for key in found} == {"pump"}
    assert all(np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-2) for vector in found.values())
    assert tables[1].of_passages([]) == {}


def test_a_table_of_another_embedder_is_begun_anew(tables, tmp_path):
    class Other(WordEmbedder):
        identity = "other"

    assert LanceSentences(tmp_path / "sentences.lance", Other()).documents() == set()


def test_vectors_of_passages_are_read_once_until_the_table_changes(tables, monkeypatch):
    sentences = tables[1]
    read, asked = sentences._read, []
    monkeypatch.setattr(sentences, "_read", lambda ids: asked.append(ids) or read(ids))
    first = sentences.of_passages(["pump:0"])
    assert sentences.of_passages(["pump:0", "leave:0"]).keys() > first.keys()
    assert asked == [["pump:0"], ["leave:0"]]
    sentences.delete_documents(["pump"])
    assert sentences.of_passages(["pump:0"]) == {}


def test_vectors_of_only_so_many_passages_are_remembered(tables, monkeypatch):
    monkeypatch.setattr(store, "_KEPT", 2)
    sentences = tables[1]
    for _ in range(3):
        for name in ("pump", "leave", "salary"):
            assert sentences.of_passages([f"{name}:0"])
            assert len(sentences._known[1]) <= 2
