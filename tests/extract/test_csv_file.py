import pytest

from metier.extract.csv_file import find_delimiter
from tests.extract.conftest import blocks, write


def test_csv_with_semicolons_and_decimal_commas(tmp_path, read):
    text = 'Artikel;Preis;Menge\nSchraube;1.234,50;10\n"Mutter; groß";0,80;5\n'
    document = read(write(tmp_path, "a.csv", text.encode("cp1252")))
    assert blocks(document) == ["Artikel | Preis | Menge\nSchraube | 1.234,50 | 10\nMutter; groß | 0,80 | 5"]
    assert [cell.text for cell in document.blocks[0].cells if cell.header] == ["Artikel", "Preis", "Menge"]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2", ","),
        ("a;b\n1,5;2,5", ";"),
        ("a\tb, c\n1\t2, 3", "\t"),
        ("a|b\n1|2", "|"),
        ("only\none\ncolumn", ""),
        ('name,note\nx,"a;b"\ny,"c;d"', ","),
    ],
)
def test_the_delimiter_is_the_one_that_divides_evenly(text, delimiter):
    assert find_delimiter(text) == delimiter
