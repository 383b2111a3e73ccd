import re

import pytest

from metier.extract.structure.numbering import bare, before, fold, read_number


@pytest.mark.parametrize(
    ("text", "kind", "parts"),
    [
        ("2.3 Scope", "decimal", ("2", "3")),
        ("2.3. Scope", "decimal", ("2", "3")),
        ("A.1 Tables", "decimal", ("A", "1")),
        ("4 Scope", "single", ("4",)),
        ("4) Scope", "single", ("4",)),
        ("IV. Scope", "roman", ("IV",)),
        ("b) Scope", "letter", ("b",)),
        ("Chapter 3", "label", ("3",)),
        ("Kapitel 3 Umfang", "label", ("3",)),
        ("§ 5 Haftung", "label", ("5",)),
        ("Appendix B: Forms", "label", ("B",)),
        ("viii. Scope", "roman", ("viii",)),
        ("XI - Scope", "roman", ("XI",)),
        ("第3章 范围", "label", ("3",)),
        ("第 十二 节", "label", ("12",)),
        ("第二十章", "label", ("20",)),
        ("제2장 범위", "label", ("2",)),
        ("附录 A 表", "label", ("A",)),
        ("Scope", "", ()),
        ("2024-05-01 was a day", "", ()),
        ("I think so", "", ()),
    ],
)
def test_numbers_in_front(text: str, kind: str, parts: tuple[str, ...]):
    number = read_number(text)
    assert (number.kind, number.parts) == (kind, parts)
    assert number.depth == len(parts)


def test_what_must_stand_earlier():
    assert before(read_number("2.3 Scope")) == ("2", "2")
    assert before(read_number("2.1 Scope")) == ("2",)
    assert before(read_number("1 Scope")) == ()
    assert before(read_number("B) Scope")) == ("A",)
    assert before(read_number("Scope")) == ()


def test_titles_are_compared_without_number_case_and_marks():
    assert bare("2.3 The Scope!") == bare("the scope") == "thescope"
    assert bare("Chapter 3") == "chapter3"
    assert fold("2.3 Scope") == "23scope"


def test_plain_letters_are_folded_as_all_others_are():
    text = "".join(map(chr, range(128)))
    assert fold(text) == re.sub(r"[\W_]+", "", text.casefold())
    assert fold("STRASSE 7_a") == fold("Straße 7a")
