import pytest

from metier.extract import pdf_oxide
from metier.extract.raw import Unreadable
from tests.extract.conftest import changed, pdf, write

LINES = [[(50, 500, "Notice period is"), (50, 486, "three months."), (50, 100, "Signed in Berlin")]]


def test_words_and_paragraphs_where_they_stand(tmp_path):
    raw = pdf_oxide.read(pdf(tmp_path / "a.pdf", LINES), {})
    assert [block.text for block in raw.blocks] == ["Notice period is three months.", "Signed in Berlin"]
    word = raw.pages[0].words[0]
    assert word.text == "Notice"
    # base line 500 of 600 points from the bottom: 100 from the top, the letters above it
    assert word.rect[0] == pytest.approx(50, abs=1)
    assert word.rect[1] < 96 < word.rect[3] < 104


@pytest.mark.parametrize(
    ("rotate", "size"), [(0, (280, 520)), (90, (520, 280)), (180, (280, 520)), (270, (520, 280))]
)
def test_rotated_and_cropped_pages_are_as_displayed(tmp_path, rotate, size):
    good = pdf(tmp_path / "a.pdf", LINES)
    page = pdf_oxide.read(
        changed(good, tmp_path / "b.pdf", rotate=rotate, crop=(20, 30, 300, 550)), {}
    ).pages[0]
    assert (page.width, page.height) == size
    # "Notice" stands 30 points from the left and 50 (550 - 500) from the top of the crop box before it is turned
    x, y = {0: (30, 50), 90: (520 - 50, 30), 180: (280 - 30, 520 - 50), 270: (50, 280 - 30)}[rotate]
    line = [word.rect for word in page.words if word.text in ("Notice", "period", "is")]
    x0, y0 = min(rect[0] for rect in line), min(rect[1] for rect in line)
    x1, y1 = max(rect[2] for rect in line), max(rect[3] for rect in line)
    assert x0 - 4 <= x <= x1 + 4
    assert y0 - 4 <= y <= y1 + 4
    assert all(value >= 0 for word in page.words for value in word.rect)


def test_what_has_no_page_is_corrupt(tmp_path):
    with pytest.raises(Unreadable) as caught:
        pdf_oxide.read(write(tmp_path, "a.pdf", b"%PDF-1.4\nnothing"), {})
    assert caught.value.reason == "corrupt"
