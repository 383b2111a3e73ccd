import pytest

from metier.extract.legible import illegible


@pytest.mark.parametrize(
    ("words", "share"),
    [
        (["Plain", "words", "of", "a", "page"], 0.0),
        (["Straße", "für", "Größe", "und", "Übung", "…"], 0.0),
        (["日本語の文章は空白なしで書かれているがこれは読める"], 0.0),
        (["\ue041\ue042\ue043"], 0.0),  # a few: an icon
        (["\ue041\ue042\ue043\ue044\ue045"] * 5, 1.0),
        (["\ufffd\ufffd\x01\x02ab"] * 5, 4 / 6),
        ([], 0.0),
    ],
)
def test_the_share_of_characters_that_name_no_letter(words: list[str], share: float):
    assert illegible(words) == pytest.approx(share)
