from tests.extract.conftest import write


def test_invisible_and_unencodable_characters_are_left_out(tmp_path, read):
    path = write(tmp_path, "a.txt", "zero\u200bwidth soft\u00adhyphen e\ufb03cient\u00a0space nul\x01")
    assert read(path).text == "zerowidth softhyphen efficient space nul"
