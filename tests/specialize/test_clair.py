import pytest

from metier.specialize.clair import Dropped, Revision, from_edit, from_expert

EVIDENCE = (
    "The deposit is 500 euros. It is returned within 30 days. Keys are handed in at the desk on the last day."
)


def holds(text: str) -> bool:
    return all(sentence.strip(". ") in EVIDENCE for sentence in text.split(". "))


def test_an_edit_of_a_figure_is_a_minimal_pair() -> None:
    found = from_edit("The deposit is 300 euros.", "The deposit is 500 euros.", holds)
    assert found == Revision("The deposit is 500 euros.", "The deposit is 300 euros.", 0.8, True)


def test_an_edit_of_wording_is_marked_as_one() -> None:
    found = from_edit("The deposit is 500 euros", "The deposit is 500 euros.", holds)
    assert isinstance(found, Revision)
    assert not found.corrects


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("The deposit is 500 euros.", "The deposit  is 500 euros.", "nothing was changed"),
        ("", "The deposit is 500 euros.", "empty"),
        ("The deposit is 500 euros.", "The deposit is 900 euros.", "not supported"),
        ("The deposit is 500 euros.", "Keys are handed in at the desk on the last day.", "rewritten"),
    ],
)
def test_what_makes_no_pair_says_why(before: str, after: str, why: str) -> None:
    found = from_edit(before, after, holds)
    assert isinstance(found, Dropped)
    assert why in found.reason


def test_an_experts_sentence_takes_the_place_of_the_statement_it_corrects() -> None:
    shown = ["The deposit is 300 euros.", "It is returned within 30 days."]
    found = from_expert(shown, "The deposit is 500 euros.", "en", holds)
    assert isinstance(found, Revision)
    assert found.better == "The deposit is 500 euros. It is returned within 30 days."
    assert found.worse == " ".join(shown)
    assert found.corrects


def test_what_the_expert_adds_comes_after_it() -> None:
    shown = ["The deposit is 500 euros.", "It is returned within 30 days."]
    found = from_expert(shown, "Keys are handed in at the desk on the last day.", "en", holds)
    assert isinstance(found, Revision)
    assert found.better.startswith("The deposit is 500 euros. It is returned")
    assert not found.corrects


def test_agreement_and_nothing_shown_make_no_pair() -> None:
    assert from_expert(["The deposit is 500 euros."], "The deposit is 500 euros.", "en", holds) == Dropped(
        "nothing was changed"
    )
    assert from_expert([], "The deposit is 500 euros.", "en", holds) == Dropped(
        "one of the two texts is empty"
    )
