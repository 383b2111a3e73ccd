import io
import struct

import pytest

from metier.extract.frames import MAX_BODY, read_frame, write_frame


def test_a_message_comes_back_as_it_was_sent():
    pipe = io.BytesIO()
    write_frame(pipe, {"verb": "extract", "uri": "ä"}, b"\x00body")
    write_frame(pipe, {"second": 2})
    pipe.seek(0)
    assert read_frame(pipe) == ({"verb": "extract", "uri": "ä"}, b"\x00body")
    assert read_frame(pipe) == ({"second": 2}, b"")


def test_a_cut_message_is_the_end():
    pipe = io.BytesIO()
    write_frame(pipe, {"a": 1}, b"body")
    with pytest.raises(EOFError):
        read_frame(io.BytesIO(pipe.getvalue()[:-1]))


@pytest.mark.parametrize(
    "data", [struct.pack("<II", 2, MAX_BODY + 1) + b"{}", struct.pack("<II", 2, 0) + b"[]"]
)
def test_messages_that_break_the_form_are_refused(data):
    with pytest.raises(ValueError, match="message"):
        read_frame(io.BytesIO(data))
