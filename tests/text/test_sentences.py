import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metier.text import sentences as module
from metier.text.sentences import split_sentences


def sentences(text: str, language: str = "") -> list[str]:
    return [text[start:end] for start, end in split_sentences(text, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Die Frist endet am 3. März 2025. Danach gilt § 7.2 Abs. 3 Nr. 5 z. B. für Dr. Weber. Ende.",
            ["Die Frist endet am 3. März 2025.", "Danach gilt § 7.2 Abs. 3 Nr. 5 z. B. für Dr. Weber.", "Ende."],
        ),
        (
            "See Sec. 4.2 for e.g. Acme Inc. products. No. That is wrong. No. 12 costs $3.50. It ended in 2024. We go.",
            [
                "See Sec. 4.2 for e.g. Acme Inc. products.",
                "No.",
                "That is wrong.",
                "No. 12 costs $3.50.",
                "It ended in 2024.",
                "We go.",
            ],
        ),
        ("Firma Weber GmbH & Co. KG liefert. Im 3. Absatz steht es.", ["Firma Weber GmbH & Co. KG liefert.", "Im 3. Absatz steht es."]),
        ("Wir fragen: Warum? Darum! Gut.", ["Wir fragen: Warum?", "Darum!", "Gut."]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
        ("Prices rose 1.5 percent. See example.com/a.b for more.", ["Prices rose 1.5 percent.", "See example.com/a.b for more."]),
        ("Screws, nuts etc. are included. Washers etc. The rest is not.", ["Screws, nuts etc. are included.", "Washers etc.", "The rest is not."]),
    ],
)  # fmt: skip
def test_running_text(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_lines_of_a_page() -> None:
    text = (
        "Notice periods\n"
        "The employment may be terminated by either side with a notice\n"
        "Period of three months to the end of a quarter. The notice must\n"
        "be in writing.\n\n"
        "- first item\n"
        "- second item that\n"
        "  continues here\n"
        "1. Step one\n"
        "2. Step two\n"
        "Name | Price\n"
        "AX-1 | 5 EUR\n"
        "Text after the table."
    )
    assert sentences(text, "en") == [
        "Notice periods",
        "The employment may be terminated by either side with a notice\nPeriod of three months to the end of a quarter.",
        "The notice must\nbe in writing.",
        "- first item",
        "- second item that\n  continues here",
        "1. Step one",
        "2. Step two",
        "Name | Price",
        "AX-1 | 5 EUR",
        "Text after the table.",
    ]


@pytest.mark.parametrize(
    ("above", "below", "goes_on"),
    [
        ("The various fields of each record in the catalog are", "listed on a single line of the report.", True),
        ("Bitte beachten Sie vor der ersten Benutzung auch das", "beigefügte Beispiel, das bei der Einrichtung hilft.", True),
        ("The file is read once, and what was there before is re-", "placed by what is found in it at the end.", True),
        ("The various fields of each record are on a single line.", "listed on a single line of the report.", False),
        ("The various fields of each record in the catalog are", "- listed on a single line of the report.", False),
        ("The various fields of each record in the catalog are", "Listed on a single line of the report.", False),
        ("The various fields of each record in the catalog are", "metier-ask - asks a question", False),
        ("minimize, groebner, normalform, hilbert, markov, walk", "listed on a single line of the report.", False),
        ("Note to all", "python3 works for this and for that, too.", False),
    ],
)  # fmt: skip
def test_prose_goes_on_below_a_blank_line(above: str, below: str, goes_on: bool) -> None:
    assert len(sentences(f"{above}\n\n{below}", "")) == (1 if goes_on else 2)


def test_a_date_over_a_line_break_stays_whole() -> None:
    text = "Der Vertrag beginnt am\n1. März 2025 und endet am 31. Dezember."
    assert sentences(text, "de") == [text]


@given(st.text(alphabet='abcZÄ 1.2!?\n\t|-,:()"§', max_size=200), st.sampled_from(["", "en", "de"]))
def test_every_character_that_is_not_space_is_in_exactly_one_sentence(text: str, language: str) -> None:
    spans = split_sentences(text, language)
    assert all(start < end for start, end in spans)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(spans))
    inside = "".join(text[start:end] for start, end in spans)
    assert "".join(inside.split()) == "".join(text.split())
    assert all(text[start:end].strip() == text[start:end] for start, end in spans)


@given(st.text(alphabet='ab .!?…。"”)\n', max_size=60))
def test_ends_are_found_as_by_two_forms(text: str) -> None:
    wanted = re.finditer(r"[.!?…]+[\"'»«“”’)\]]*(?=\s|$)|[。！？]", text)
    assert [match.span() for match in module._END.finditer(text)] == [match.span() for match in wanted]


@given(st.text(alphabet='abcdefgh .("\n', max_size=90), st.integers(0, 90), st.integers(0, 90))
def test_the_last_word_is_that_of_the_whole_sentence(text: str, begin: int, size: int) -> None:
    found = module._LAST_WORD.search(text, begin, begin + size)
    assert module._last_word(text, begin, min(len(text), begin + size)) == (found.group() if found else "")
