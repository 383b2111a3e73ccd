from benchmarks.eval_hillclimb import measure


def test_a_small_run_has_the_metrics_of_the_contract() -> None:
    metrics = measure(10, 5, 100, 400, 0.15, 1)
    beside = {"power_ratio_changed_10", "power_ratio_changed_20"}
    assert metrics.keys() == {"optimism_points", "false_better_rate", "power_ratio"} | beside
    assert metrics["optimism_points"].peer is not None
    assert 0 <= metrics["power_ratio"].value <= 1.5
