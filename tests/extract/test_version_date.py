import re

import pytest

from metier.extract.version_date import find_version_date, small_letters


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Leave policy\n\nEffective from 1 March 2025.", "2025-03-01"),
        ("Effective date: March 1, 2025", "2025-03-01"),
        ("Version 3.2, dated 2024-11-05", "2024-11-05"),
        ("Diese Richtlinie ist gültig ab 01.03.2025.", "2025-03-01"),
        ("Stand: März 2025", "2025-03-01"),
        ("Die Ordnung tritt am 1. Juli 2024 in Kraft.", "2024-07-01"),
        ("Last updated: 12 May 2023", "2023-05-12"),
        ("Version 2 of 1 May 2023. Effective 1 June 2023.", "2023-06-01"),
        ("Valid from | 2025-01-01", "2025-01-01"),
        (
            "Service contract\n\nAmendment of 1 March 2024. It replaces the version of 1 January 2022.",
            "2024-03-01",
        ),
        ("Nachtrag Nr. 2 vom 1. März 2024 zum Mietvertrag", "2024-03-01"),
        ("The rent is subject to the amendment of 1 March 2024.", ""),
        ("Date: 14 February 2025\n\nDear Ms Novak", "2025-02-14"),
        ("Edition 2021. No longer in force since 1 January 2026.", "2021-01-01"),
        ("Version 4 of March 2022. Superseded by version 5 from 1 February 2026.", "2022-03-01"),
        ("Version 2 of 2023, valid until replaced by version 3 on 1 April 2026", "2023-01-01"),
        ("Fassung 2023. Außer Kraft seit 1. Juli 2025.", "2023-01-01"),
        ("Fassung 2026, gültig ab 1. Juli 2025. Ersetzt die Fassung 2023.", "2025-07-01"),
        ("Gültig für Bestellungen ab 1. November 2025", "2025-11-01"),
        ("Gültig vom 1. Januar bis 31. Dezember 2026", "2026-01-01"),
        ("The agreement with Kingsbury Ltd starts on 1 August 2023; its term is 2 years.", "2023-08-01"),
        ("Revision 3 of 8 March 2021. WITHDRAWN, replaced by revision 4 of 12 January 2026", "2021-03-08"),
        ("EFFECTIVE FROM 1 MARCH 2025", "2025-03-01"),
        ("GÜLTIG AB 01.03.25", "2025-03-01"),
        ("Effective 0999-03-01", "0999-03-01"),
        ("The factory was opened on 1 March 1998.", ""),
        ("Effective 03/04/2025", ""),
        ("Effective 25/04/2025", "2025-04-25"),
        ("Effective immediately. On 1 March 2025 we moved.", ""),
        ("valid from 31.02.2025", ""),
        ("", ""),
    ],
)
def test_the_date_a_document_states_about_itself(text, wanted):
    assert find_version_date(text, "") == wanted


def test_small_letters_keep_every_character_in_its_place_and_match_what_ignoring_case_matches():
    assert small_letters("KRAFT İn ıſſue ẞ \u212a") == "kraft in issue ß k"
    every = "".join(map(chr, range(1, 0x3000)))
    small = small_letters(every)
    assert len(small) == len(every)
    for letter in "abcdefghijklmnopqrstuvwxyzäöüß":
        ignoring = [match.start() for match in re.finditer(letter, every, re.IGNORECASE)]
        assert [at for at, char in enumerate(small) if char == letter] == ignoring


def test_dates_in_the_middle_of_a_long_document_are_about_something_else():
    assert find_version_date("x " * 4000 + "effective 1 March 2025" + " x" * 4000) == ""
    assert find_version_date("x " * 4000 + "Stand: 01.03.2025") == "2025-03-01"
