from metier.text.statements import pieces, place_words, read_row
from tests.builders import passage, table


def test_sentences_stand_where_they_say():
    item = passage("Claims are due in 30 days.  Late\nclaims are refused.", start=100)
    found = pieces(item)
    assert [piece.text for piece in found] == ["Claims are due in 30 days.", "Late claims are refused."]
    for piece in found:
        assert " ".join(item.text[piece.start - 100 : piece.end - 100].split()) == piece.text
    assert not any(piece.is_row for piece in found)


def test_rows_are_read_out_with_their_header():
    found = pieces(table("Product | Price\nAX-100 | 120 EUR\nBX-200 | 90 EUR"))
    assert [piece.text for piece in found] == [
        "Product: AX-100; Price: 120 EUR",
        "Product: BX-200; Price: 90 EUR",
    ]
    assert all(piece.is_row and piece.header == "Product | Price" for piece in found)


def test_a_continued_table_has_its_header_in_the_heading_path():
    item = table("BX-200 | 90 EUR", heading_path=("Prices", "Product | Price"))
    (piece,) = pieces(item)
    assert piece.text == "Product: BX-200; Price: 90 EUR"
    assert place_words(item) == "Handbook > Prices"


def test_a_row_that_does_not_fit_its_header_is_read_as_it_is():
    assert read_row(["A", "B"], ["1", "2", "3"]) == "1; 2; 3"
    assert read_row(["A", ""], ["1", "2"]) == "A: 1; 2"
    assert read_row(["A", "B"], ["1", ""]) == "A: 1"


def test_a_title_that_is_also_the_heading_is_named_once():
    assert place_words(passage("x", heading_path=("Handbook", "Leave"))) == "Handbook > Leave"


def test_a_row_of_several_sentences_gives_each_by_itself() -> None:
    text = "Feature | Value\nThe pump is oiled. The screws are tightened; the torque is 18 Nm."
    found = pieces(table(text))
    assert [piece.text for piece in found] == [
        "The pump is oiled.",
        "The screws are tightened; the torque is 18 Nm.",
    ]


def test_heads_over_heads_are_read_together() -> None:
    text = " | Years ended June 30, | \n | 2024 | 2023\nRent | 5 | 4\nFood | 3 | "
    assert [piece.text for piece in pieces(table(text))] == [
        "Rent; Years ended June 30, 2024: 5; Years ended June 30, 2023: 4",
        "Food; Years ended June 30, 2024: 3",
    ]
