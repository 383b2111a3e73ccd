import io
import random
import shutil

import pypdfium2
import pytest

from benchmarks.layouts import (
    House,
    Paper,
    Piece,
    print_with,
    single,
    to_html,
    to_latex,
    to_reportlab,
    write_house,
    write_paper,
)
from benchmarks.table_truth import keys


def paper(seed: int):  # type: ignore[no-untyped-def]
    rng = random.Random(seed)
    house = write_house("Acme", rng)
    return write_paper("p", rng, house), house


def test_the_same_seed_gives_the_same_bytes():
    assert to_reportlab(*paper(3)) == to_reportlab(*paper(3))
    assert paper(3) != paper(4)


def test_everything_is_printed_and_headings_are_bookmarks():
    written, house = paper(3)
    pdf = pypdfium2.PdfDocument(io.BytesIO(to_reportlab(written, house)))
    text = "".join("".join(page.get_textpage().get_text_range().split()) for page in pdf)
    assert all(key in text for key in keys(written))
    titles = [mark.get_title().casefold() for mark in pdf.get_toc()]
    assert titles == [piece.text.casefold() for piece in written.pieces if piece.kind == "heading"]
    pdf.close()


def test_other_producers_get_the_same_words():
    written, house = paper(3)
    for source in (to_html(written, house), to_latex(written, house)):
        assert all(key in source for key in keys(written))


@pytest.mark.skipif(shutil.which("weasyprint") is None, reason="weasyprint is not installed")
def test_a_program_prints_it():
    written, house = paper(3)
    assert print_with("weasyprint", written, single(house)).startswith(b"%PDF")


def test_a_repeated_header_ends_before_the_first_row():
    house = House("h", repeat=True, ruled="none")
    table = Piece("table", "t", 0, (("No.", "Price"), ("AA1-001", "3")))
    assert "\\endhead\nAA1-001" in to_latex(Paper("p", "t", (table,)), house)
