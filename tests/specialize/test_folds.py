from dataclasses import dataclass

from metier.specialize.folds import FOLDS, digest, fold_of, with_answers


@dataclass(frozen=True)
class Row:
    id: str
    relevance: dict[str, float]


def test_folds_and_halves_are_those_of_the_hash() -> None:
    assert digest("") == 0xE3  # of the well-known sha256 of nothing
    assert {fold_of(f"q{n}") for n in range(100)} == set(range(FOLDS))
    assert all(fold_of(f"q{n}") == digest(f"q{n}") % FOLDS for n in range(20))


def test_rows_without_a_relevant_passage_are_left_out_and_the_order_is_always_the_same() -> None:
    rows = [Row(f"q{n}", {"a": float(n % 2)}) for n in range(10)]
    kept = with_answers(rows)
    assert {row.id for row in kept} == {"q1", "q3", "q5", "q7", "q9"}
    assert with_answers(rows[::-1]) == kept
