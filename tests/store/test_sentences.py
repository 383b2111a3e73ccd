import numpy as np

from metier.store.sentences import BegunVectors
from tests.builders import WordEmbedder


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
