from metier.evaluate.making.perturb import NOISES, ocr, perturbed, preamble, reordered, typos
from metier.types import Case


def case(question: str) -> Case:
    return Case("c", question, "me", "answerable", ("x",), group="g", tags=("single",))


def test_noise_changes_one_long_word_and_leaves_names_alone() -> None:
    question = 'In "Pump data", what is given for the largest delivery?'
    assert typos(question) != question
    assert sorted(typos(question)) == sorted(question)
    assert '"Pump data"' in typos(question)
    assert ocr(question) != question
    assert typos("Who is Otto?") == "Who is Otto?"


def test_a_preamble_comes_in_the_questions_language() -> None:
    assert preamble("How long is it?").endswith("How long is it?")
    assert preamble("Wie hoch ist die Miete?").startswith(("Hallo", "Entschuldigung", "Guten Tag"))


def test_the_document_may_be_named_last() -> None:
    assert reordered('According to "Lease": how long is it?') == 'How long is it, according to "Lease"?'
    assert reordered("Laut „Vertrag“: Wie lang ist sie?") == "Wie lang ist sie, laut „Vertrag“?"
    assert reordered("How long is it?") == "How long is it?"


def test_variants_stay_in_the_group_and_say_what_they_are() -> None:
    found = perturbed(case('According to "Lease": how large is the monthly payment?'))
    assert [one.id for one in found] == [f"c~{name}" for name in NOISES]
    assert {one.group for one in found} == {"g"}
    assert all(one.tags[-1].startswith("noise_") for one in found)
    assert perturbed(case("Who?"))[0].id == "c~preamble"
