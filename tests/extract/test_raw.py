import pytest

from metier.extract.raw import clean
from tests.extract.conftest import write


def test_invisible_and_unencodable_characters_are_left_out(tmp_path, read):
    path = write(tmp_path, "a.txt", "zero\u200bwidth soft\u00adhyphen e\ufb03cient\u00a0space nul\x01")
    assert read(path).text == "zerowidth softhyphen efficient space nul"


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("k¨onnen ¨uberf¨ullt werden", "können überfüllt werden"),
        ("Ausgew¨ ahlte f¨ ur Espa˜na gar¸con", "Ausgewählte für España garçon"),
        ("it´s rock´n´roll, l´eau", "it´s rock´n´roll, l´eau"),
        ("¨and¨ http://x.de/˜user 2ˆn", "¨and¨ http://x.de/˜user 2ˆn"),
        ("¨ Anderungen x¨y", "¨ Anderungen x¨y"),
    ],
)
def test_accents_stand_on_their_letters(printed: str, read: str):
    assert clean(printed) == read
    assert clean(read) == read
