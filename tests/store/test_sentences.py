import numpy as np

from metier.store.compaction import fill_of
from metier.store.sentences import BegunVectors, LanceSentences
from tests.builders import WordEmbedder, passage


class OtherEmbedder(WordEmbedder):
    identity = "other@1"


def test_vectors_that_were_begun_come_back_for_their_document_and_embedder_alone(tmp_path):
    file = tmp_path / "begun.npz"
    begun = BegunVectors(file, WordEmbedder())
    assert begun.read("a") is None
    begun.write("a", np.ones((2, 3), dtype=np.float32))
    assert begun.read("a").tolist() == [[1.0] * 3] * 2
    assert begun.read("b") is None
    assert BegunVectors(file, OtherEmbedder()).read("a") is None


def test_a_torn_file_and_one_of_a_document_that_is_gone_are_nothing(tmp_path):
    file = tmp_path / "begun.npz"
    begun = BegunVectors(file, WordEmbedder())
    begun.write("a", np.ones((2, 3), dtype=np.float32))
    begun.keep_only({"a", "b"})
    assert begun.read("a") is not None
    file.write_bytes(file.read_bytes()[:40])
    assert begun.read("a") is None
    begun.keep_only({"b"})
    assert not file.exists()


# --- the table ------------------------------------------------------------------------------------------------------


def put(table, embedder, *passages):
    rows = [(item, item.start, item.end) for item in passages]
    table.add(rows, embedder.embed_passages([item.text for item in passages]))


def test_a_table_that_another_embedder_made_is_not_searched_and_not_dropped_by_a_reader(tmp_path):
    mine, other = WordEmbedder(), OtherEmbedder()
    table = LanceSentences(tmp_path / "sentences.lance", mine)
    put(table, mine, passage("the notice period"))
    reader = LanceSentences(tmp_path / "sentences.lance", other)
    assert not reader.is_own
    vector = mine.embed_queries(["notice"])[0]
    assert reader.search(vector, ["all"], 5) == []
    assert reader.documents() == set()
    assert reader.groups_of_documents() == {}
    assert reader.of_passages([passage("the notice period").id]) == {}
    assert [hit.document for hit in table.search(vector, ["all"], 5)] == ["d1"], "nothing was dropped"


def test_the_writer_empties_it_and_whoever_reads_the_old_vectors_stops(tmp_path):
    mine, other = WordEmbedder(), OtherEmbedder()
    table = LanceSentences(tmp_path / "sentences.lance", mine)
    put(table, mine, passage("the notice period"))
    assert not table.renew()
    writer = LanceSentences(tmp_path / "sentences.lance", other)
    assert writer.renew()
    assert not writer.renew()
    put(writer, other, passage("the notice period", "d2"))
    assert writer.documents() == {"d2"}
    table.version()  # asked before every search
    assert not table.is_own
    assert table.search(mine.embed_queries(["notice"])[0], ["all"], 5) == []


def test_documents_that_were_cut_otherwise_are_taken_out(tmp_path):
    embedder = WordEmbedder()
    table = LanceSentences(tmp_path / "sentences.lance", embedder)
    old, kept = passage("the notice period", "d1"), passage("another text", "d2")
    put(table, embedder, old, kept)
    assert table.delete_beyond({old.id, kept.id, "more"}) == 0
    assert table.delete_beyond({kept.id}) == 1
    assert table.documents() == {"d2"}


def test_small_appends_are_merged_once_there_are_some(tmp_path):
    embedder = WordEmbedder()
    table = LanceSentences(tmp_path / "sentences.lance", embedder)
    for number in range(7):
        put(table, embedder, passage("the notice period", f"d{number}"))
    table.optimize()
    assert fill_of(table._table).fragments == 7
    put(table, embedder, passage("the notice period", "d7"))
    table.optimize()
    assert fill_of(table._table).fragments == 1
    assert len(table.documents()) == 8
