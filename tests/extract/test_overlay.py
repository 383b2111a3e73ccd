import io

import pytest
from PIL import Image

from metier.extract.overlay import COLOURS, draw_marks, marks_of
from metier.types import Document, Failure
from tests.extract.conftest import changed, pdf, write
from tests.extract.test_pdf_repair import broken


def test_marks_are_blocks_with_a_place_in_reading_order(tmp_path, read):
    document = read(pdf(tmp_path / "a.pdf", [[(50, 500, "Notice period")], [(50, 400, "Page two")]]))
    (mark,) = marks_of(document, 1)
    assert (mark["kind"], mark["label"], mark["cells"]) == ("paragraph", "1 paragraph", [])
    assert mark["box"][0] == pytest.approx(50, abs=1)
    assert marks_of(document, 3) == []
    assert marks_of(read(write(tmp_path, "a.txt", "no places")), 1) == []


def test_a_frame_of_the_kinds_colour_stands_around_the_text():
    marks = [
        {"kind": "table", "label": "1 table", "box": [10, 20, 60, 40], "cells": [[10, 20, 35, 40, 1.0]]},
        {"kind": "heading", "label": "2 heading 1", "box": [10, 60, 60, 70], "cells": []},
    ]
    drawn = draw_marks(Image.new("RGB", (200, 200), "white"), marks, 2.0)
    assert drawn.size == (200, 200)
    assert drawn.getpixel((119, 60)) == COLOURS["table"]
    assert drawn.getpixel((20, 130)) == COLOURS["heading"]
    assert drawn.getpixel((190, 190)) == (255, 255, 255)


def picture(found: bytes | Failure) -> Image.Image:
    assert isinstance(found, bytes), found
    return Image.open(io.BytesIO(found))


@pytest.mark.parametrize("rotate", [0, 90])
def test_pages_are_drawn_with_marks_in_the_sandbox(tmp_path, extractor, rotate):
    path = changed(pdf(tmp_path / "a.pdf", [[(50, 500, "Notice")]]), tmp_path / "b.pdf", rotate=rotate)
    document = extractor.extract("d", "b.pdf", path)
    assert isinstance(document, Document)
    plain = picture(extractor.render(path, document.media_type, 1, 1.0))
    marked = picture(extractor.render(path, document.media_type, 1, 1.0, marks_of(document, 1)))
    assert plain.size == marked.size == ((600, 400) if rotate else (400, 600))
    box = document.blocks[0].box
    assert box is not None
    assert marked.getpixel((round(box.x0), round((box.y0 + box.y1) / 2))) == COLOURS["paragraph"]


def test_what_was_repaired_to_be_read_is_drawn_too(tmp_path, extractor):
    path = broken(tmp_path)
    assert picture(extractor.render(path, "application/pdf", 1, 1.0)).size == (400, 600)


def test_pictures_are_drawn_other_formats_are_not(tmp_path, extractor):
    Image.new("RGB", (400, 200), "red").save(tmp_path / "a.png", dpi=(100, 100))
    drawn = picture(extractor.render(tmp_path / "a.png", "image/png", 1, 1.0))
    assert drawn.size == (288, 144)
    failure = extractor.render(write(tmp_path, "a.txt", "x"), "text/plain", 1, 1.0)
    assert isinstance(failure, Failure)
    assert failure.reason == "no_picture"
