import random

from metier.verify.swaps import business_sentences, faithful, half, swap_cases


def test_every_kind_of_swap_changes_the_sentence_in_one_place() -> None:
    sentence = "The contract with Halvorsen AG is valid for at least 30 days until 1 March 2025."
    cases = {
        case.kind: case.statement for case in swap_cases("g", sentence, sentence, "en", random.Random(1))
    }
    assert set(cases) == {"faithful", "number", "unit", "date", "name", "negation", "opposite"}
    assert "1 March 2025" not in cases["date"]
    assert "weeks" in cases["unit"]
    assert "Halvorsen" not in cases["name"]
    assert "is not valid" in cases["negation"]
    assert "at most" in cases["opposite"]


def test_faithful_rewording_keeps_the_value() -> None:
    assert faithful("It costs 12.500 EUR.", "de") == "It costs 12500 EUR."
    assert "2025-03-01" in faithful("It ends on 1 March 2025.", "en")


def test_the_same_dice_make_the_same_suite_in_both_languages() -> None:
    one, two = list(business_sentences(random.Random(3))), list(business_sentences(random.Random(3)))
    assert one == two
    assert {language for *_, language in one} == {"en", "de"}
    assert all(sentence in source for _, source, sentence, _ in one)


def test_halves_are_stable_and_both_used() -> None:
    halves = {group: half(group) for group, *_ in business_sentences(random.Random(3), 1)}
    assert set(halves.values()) == {"tuning", "checking"}
    assert half("template-de-0") == halves["template-de-0"]


def test_a_swap_that_the_source_states_elsewhere_is_left_out() -> None:
    source = "It takes 3 days. It takes 3 weeks."
    kinds = {case.kind for case in swap_cases("g", source, "It takes 3 days.", "en", random.Random(1))}
    assert "unit" not in kinds
