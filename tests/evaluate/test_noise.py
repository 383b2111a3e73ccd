from dataclasses import replace

from metier.evaluate.noise import noise_costs
from metier.evaluate.scores import Score
from tests.evaluate.made import case


def score(number: int, right: bool, variant: str = "") -> Score:
    of = case(number)
    if variant:
        of = replace(of, id=f"{of.id}~{variant}", tags=(f"noise_{variant}",))
    return Score(of, right, True, False, "", 0.5, 0.1, "")


def test_each_variant_is_compared_with_its_own_plain_case() -> None:
    plain = [score(i, True) for i in range(60)]
    typo = [score(i, i % 3 > 0, "typo") for i in range(60)]
    ocr = [score(i, True, "ocr") for i in range(60)]
    one, other = noise_costs([*plain, *typo, *ocr])
    assert (one.name, one.lost, one.gained, one.verdict) == ("ocr", 0, 0, "cannot tell")
    assert (other.name, other.lost, other.difference.value, other.verdict) == ("typo", 20, -1 / 3, "worse")


def test_few_pairs_and_variants_without_a_plain_case_say_nothing() -> None:
    few = [score(i, True) for i in range(9)] + [score(i, False, "typo") for i in range(9)]
    assert noise_costs(few) == ()
    assert noise_costs([score(i, False, "typo") for i in range(60)]) == ()
