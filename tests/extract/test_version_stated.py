import pytest

from metier.extract.version_stated import find_superseded, find_version, newest_revision
from metier.types import Cell


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Travel policy\nVersion 3.2, valid from 1 May 2025", "3.2"),
        ("Reiserichtlinie\nFassung 4 vom 1. Mai 2025", "4"),
        ("Manual Rev. C", "C"),
        ("Document version: 12", "12"),
        ("Policy v2.1", "2.1"),
        ("This policy supersedes version 2. It is version 3.", "3"),
        ("edition 2021 of the rules", ""),
        ("requires Windows version 11", ""),
        ("This is a new version of the policy", ""),
        ("Release 5 was revised a lot", ""),
    ],
)
def test_the_version_a_document_gives_itself(text, version):
    assert find_version(text) == version


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("This policy supersedes the travel policy of 2021.", "the travel policy of 2021"),
        ("It replaces version 2.1 of 3 May 2021; keep both.", "version 2.1 of 3 May 2021"),
        ("Diese Richtlinie ersetzt die Fassung vom Mai 2020.", "die Fassung vom Mai 2020"),
        ("Supersedes: HR-12 Rev. B", "HR-12 Rev. B"),
        ("It was superseded by version 5.", ""),
    ],
)
def test_what_it_says_it_replaces(text, what):
    assert find_superseded(text) == what


def table(*rows):
    return [Cell(r, c, text, 0, 0, header=r == 0) for r, row in enumerate(rows) for c, text in enumerate(row)]


def test_the_newest_row_of_a_revision_table():
    revisions = table(
        ("Version", "Date", "Change"), ("1.0", "3 May 2021", "first"), ("Rev. 2", "1 June 2023", "more")
    )
    assert newest_revision([table(("Plan", "Price"), ("a", "1")), revisions], "en") == ("2", "2023-06-01")
    assert newest_revision([table(("Version", "Note"), ("1", "x"))], "en") == ("", "")
    assert newest_revision([], "en") == ("", "")
