import pytest

from tests.extract.conftest import blocks, write


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_text_in_the_encodings_of_offices(encoding, tmp_path, read):
    path = write(
        tmp_path, "a.txt", "Kündigungsfrist: drei Monate – schriftlich.\n\nGrüße aus Köln".encode(encoding)
    )
    assert blocks(read(path)) == ["Kündigungsfrist: drei Monate – schriftlich.", "Grüße aus Köln"]
