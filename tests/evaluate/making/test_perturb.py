from metier.evaluate.making.perturb import NOISES, ocr, perturbed, preamble, typos
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


def test_variants_stay_in_the_group_and_say_what_they_are() -> None:
    found = perturbed(case('According to "Lease": how large is the monthly payment?'))
    assert [one.id for one in found] == [f"c~{name}" for name in NOISES if name != "other_language"]
    cell = perturbed(case('In "Pump data", what is "Weight" for "Ondara"?'))
    assert cell[-1].question == "Was steht in „Pump data“ bei „Ondara“ unter „Weight“?"
    assert {one.group for one in found} == {"g"}
    assert all(one.tags[-1].startswith("noise_") for one in found)
    assert perturbed(case("Who?"))[0].id == "c~preamble"
