from benchmarks.eval_speed import everything, made_run, measure


def test_the_made_run_has_all_outcomes_and_comes_out_the_same() -> None:
    run, baseline = made_run("new", 60, 1), made_run("old", 60, 2)
    assert [row.case for row in run.rows] == [row.case for row in baseline.rows]
    assert {str(row.answer.outcome) for row in run.rows if row.answer} == {"answered", "abstained"}
    assert everything(run, baseline) == everything(made_run("new", 60, 1), baseline)
    assert measure(60)["identical"].value == 1
