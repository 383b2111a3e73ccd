"""Marks teach where the parent does not know the job, and nothing where they mean nothing."""

import numpy as np

from benchmarks.revisions import is_kept, replies
from benchmarks.verifier_marks import Said, run, shipping, swap_weights
from metier.types import Finding
from metier.verify import combine
from metier.verify.swaps import Swap


def sentences(count: int) -> list[Said]:
    dice = np.random.default_rng(3)
    made = []
    for number in range(count):
        order = dice.uniform(0.2, 1.0)
        scores = {
            "support": 0.95,
            "support_tokens": 0.95,
            "support_order": order,
            "support_pairs": order,
            "support_known": 1.0,
        }
        found = tuple(Finding(check, "s", True, score) for check, score in scores.items())
        made.append(Said(f"g{number}", bool(order > 0.7), found))
    return made


def test_marks_of_a_job_that_is_not_known_teach_and_marks_without_sense_do_not() -> None:
    known = sentences(400)
    kept, _, right, wrong = run(known, "true", 200, np.random.default_rng(1))
    assert kept
    assert right > 0.05
    assert wrong < 0
    assert run(known, "null", 200, np.random.default_rng(1)) == (0, 0, 0, 0)
    assert run(known, "true", 10, np.random.default_rng(1)) == (0, 0, 0, 0)


def test_other_weights_ship_for_a_while_only() -> None:
    one, other = (Finding("support", "s", True, share) for share in (0.1, 0.9))
    weights = swap_weights([((one,), False), ((other,), True)] * 20)
    assert weights["weights"]["words"] > 0
    shipped = combine.DEFAULT
    with shipping(weights):
        assert weights == combine.DEFAULT
    assert combine.DEFAULT is shipped


def test_a_right_revision_is_kept_and_one_with_another_fault_is_not() -> None:
    source = "The deposit is 500 euros. It is returned within 30 days after the keys were handed in."
    texts = {
        "faithful": "The deposit is 500 euros.",
        "number": "The deposit is 900 euros.",
        "unit": "The deposit is 500 dollars.",
    }
    suite = [Swap(kind, "g", source, text, "en", kind) for kind, text in texts.items()]  # type: ignore[arg-type]
    found = {(how, case.kind): is_kept(shown, reply, case) for how, shown, reply, case in replies(suite)}
    assert {how for how, _ in found} == {"right", "still_wrong", "wording", "rewritten", "silent"}
    assert all(kept == (how == "right") for (how, _), kept in found.items())
