import numpy as np

from benchmarks.eval_specify import answers, hidden, measure


def test_the_figures_of_a_few_experts() -> None:
    metrics = measure(12, 30, 1)
    assert metrics.keys() == {"found", "found_of_rules", "wrong", "marks"}
    assert metrics["found"].value > 0.5
    assert metrics["marks"].value <= 30
    assert measure(12, 6, 1)["found"].value < metrics["found"].value


def test_experts_differ_and_questions_are_many() -> None:
    drawn = [hidden(np.random.default_rng(seed)) for seed in range(20)]
    assert {len(rules) + unstated for rules, unstated in drawn} == {5}
    assert len({tuple(rule.id for rule in rules) for rules, _ in drawn}) > 10
    assert len({question for question, _ in answers()}) >= 30
