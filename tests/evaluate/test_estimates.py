import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.proportion import proportion_confint

from metier.evaluate import estimates

COUNTS = [(0, 1), (1, 1), (0, 20), (20, 20), (1, 20), (13, 40), (399, 400), (5, 10_000), (123_456, 1_000_000)]


@pytest.mark.parametrize(("k", "n"), COUNTS)
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_wilson_and_clopper_pearson_agree_with_statsmodels(k: int, n: int, confidence: float) -> None:
    for ours, method in ((estimates.wilson, "wilson"), (estimates.clopper_pearson, "beta")):
        low, high = proportion_confint(k, n, alpha=1 - confidence, method=method)
        estimate = ours(k, n, confidence)
        assert (estimate.value, estimate.n) == (k / n, n)
        assert estimate.low == pytest.approx(low, rel=1e-9, abs=1e-12)
        assert estimate.high == pytest.approx(high, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("method", [estimates.wilson, estimates.clopper_pearson])
@given(st.integers(1, 300), st.data())
@settings(deadline=None)
def test_intervals_of_counts_contain_flip_and_grow(method, n, data) -> None:  # type: ignore[no-untyped-def]
    k = data.draw(st.integers(0, n))
    estimate, flipped = method(k, n), method(n - k, n)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert flipped.low == pytest.approx(1 - estimate.high, abs=1e-9)
    assert flipped.high == pytest.approx(1 - estimate.low, abs=1e-9)
    if k < n:
        more = method(k + 1, n)
        assert more.low >= estimate.low
        assert more.high >= estimate.high
    assert method(k, n, 0.99).low <= estimate.low <= method(k, n, 0.5).low + 1e-12


def test_nothing_measured_is_nothing_known() -> None:
    for estimate in (estimates.wilson(0, 0), estimates.clopper_pearson(0, 0), estimates.proportion([], [])):
        assert math.isnan(estimate.value)
        assert (estimate.low, estimate.high, estimate.n) == (0.0, 1.0, 0)
    rng = np.random.default_rng(1)
    for estimate in (estimates.mean([]), estimates.bootstrap([], rng=rng)):
        assert all(map(math.isnan, (estimate.value, estimate.low, estimate.high)))
        assert estimate.n == 0


@pytest.mark.parametrize(("k", "n", "confidence"), [(3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0)])
def test_impossible_counts_are_refused(k: int, n: int, confidence: float) -> None:
    for method in (estimates.wilson, estimates.clopper_pearson):
        with pytest.raises(ValueError, match="must be in"):
            method(k, n, confidence)


def _clustered(seed: int, g: int = 25) -> tuple[np.ndarray, list[str]]:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 6, g)
    shared = rng.normal(0, 1, g)
    values = np.concatenate([shared[i] + rng.normal(0, 0.5, size) for i, size in enumerate(sizes)])
    return values, [f"c{i}" for i, size in enumerate(sizes) for _ in range(size)]


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_of_a_clustered_mean_agrees_with_statsmodels(seed: int) -> None:
    values, clusters = _clustered(seed)
    codes = np.unique(clusters, return_inverse=True)[1]
    fit = sm.OLS(values, np.ones_like(values)).fit()
    robust = fit.get_robustcov_results("cluster", groups=codes, use_correction=True)
    # statsmodels also multiplies by (n - 1) / (n - k), which is 1 for a mean
    low, high = robust.conf_int()[0]
    estimate = estimates.mean(values, clusters)
    assert (estimate.low, estimate.high) == (pytest.approx(low), pytest.approx(high))


def test_mean_without_clusters_is_the_t_interval() -> None:
    values = [1.0, 2.0, 4.0, 7.0]
    low, high = stats.t.interval(0.95, 3, loc=np.mean(values), scale=stats.sem(values))
    estimate = estimates.mean(values)
    assert (estimate.low, estimate.high, estimate.n) == (pytest.approx(low), pytest.approx(high), 4)
    assert estimates.mean([1.0, 3.0], ["a", "a"]).high == math.inf


def test_proportion_widens_with_clusters_and_never_claims_certainty() -> None:
    alone = estimates.proportion([1, 0] * 20)
    together = estimates.proportion([1] * 20 + [0] * 20, [i // 4 for i in range(40)])
    assert together.high - together.low > 1.5 * (alone.high - alone.low)
    perfect = estimates.proportion([1] * 40, [i // 4 for i in range(40)])
    assert perfect.low == pytest.approx(estimates.wilson(10, 10).low)
    assert (perfect.value, perfect.high, perfect.n) == (1.0, 1.0, 40)
    assert estimates.proportion([1, 0, 1]).low == pytest.approx(estimates.display_interval(2, 3).low)


def test_decisions_pay_for_few_clusters_most_in_the_tail() -> None:
    rows, clusters = [i % 3 > 0 for i in range(60)], [i // 5 for i in range(60)]
    plain = estimates.effective_size(rows, clusters)
    usual, far = (estimates.unsure_size(rows, clusters, confidence) for confidence in (0.95, 0.998))
    assert plain > usual > far
    assert usual / plain == pytest.approx((stats.norm.ppf(0.975) / stats.t.ppf(0.975, 11)) ** 2)
    assert estimates.unsure_size(rows, range(60)) == 60  # rows that are all clusters of their own


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=40))
def test_proportion_contains_its_value_and_flips(rows) -> None:  # type: ignore[no-untyped-def]
    right, clusters = [r for r, _ in rows], [c for _, c in rows]
    estimate = estimates.proportion(right, clusters)
    flipped = estimates.proportion([not r for r in right], clusters)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert flipped.high == pytest.approx(1 - estimate.low)


@pytest.mark.parametrize("method", ["percentile", "BCa"])
def test_bootstrap_agrees_with_scipy(method: str) -> None:
    values = np.random.default_rng(3).exponential(2.0, 40)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method=method, rng=np.random.default_rng(4)
    ).confidence_interval
    ours = estimates.bootstrap(values, rng=np.random.default_rng(5), resamples=20_000, method=method.lower())
    width = theirs.high - theirs.low
    assert ours.low == pytest.approx(theirs.low, abs=0.03 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.03 * width)


def test_bootstrap_draws_whole_clusters_and_any_statistic() -> None:
    values, clusters = _clustered(7, g=60)
    plain = estimates.bootstrap(values, rng=np.random.default_rng(1))
    whole = estimates.bootstrap(values, rng=np.random.default_rng(1), clusters=clusters)
    assert whole.high - whole.low > 1.3 * (plain.high - plain.low)
    expected = estimates.mean(values, clusters)
    assert whole.low == pytest.approx(expected.low, abs=0.06)
    slow = estimates.bootstrap(
        values, rng=np.random.default_rng(1), clusters=clusters, statistic=lambda rows: float(rows.mean())
    )
    assert (slow.low, slow.high) == (pytest.approx(whole.low), pytest.approx(whole.high))
    ratio = estimates.bootstrap(
        np.column_stack([values + 9, np.full_like(values, 3.0)]),
        rng=np.random.default_rng(1),
        clusters=clusters,
        statistic=lambda rows: float(rows[:, 0].sum() / rows[:, 1].sum()),
        method="bca",
        resamples=200,
    )
    assert ratio.low < ratio.value < ratio.high


def test_bootstrap_has_nominal_coverage_of_a_clustered_mean() -> None:
    covered = 0
    for seed in range(200):
        values, clusters = _clustered(seed, g=30)
        estimate = estimates.bootstrap(
            values, rng=np.random.default_rng(seed), clusters=clusters, resamples=400
        )
        covered += estimate.low <= 0 <= estimate.high
    assert 0.86 <= covered / 200 <= 0.99  # 0.95 less the known small-sample shortfall; 3 sigma of 200 draws


def test_bootstrap_refuses_and_says_nothing_where_nothing_can_be_said() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="method"):
        estimates.bootstrap([1.0], rng=rng, method="studentised")
    with pytest.raises(ValueError, match="cluster labels"):
        estimates.bootstrap([1.0, 2.0], rng=rng, clusters=["a"])
    lonely = estimates.bootstrap([1.0, 2.0], rng=rng, clusters=["a", "a"])
    assert (lonely.value, lonely.n) == (1.5, 2)
    assert math.isnan(lonely.low)
    never = estimates.bootstrap([1.0, 2.0], rng=rng, statistic=lambda rows: math.nan, resamples=10)
    assert math.isnan(never.high)


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9), st.integers(0, 4)), min_size=2, max_size=20))
@settings(deadline=None, max_examples=60)
def test_paired_difference_contains_its_value_and_flips(rows) -> None:  # type: ignore[no-untyped-def]
    a, b, clusters = (list(column) for column in zip(*rows, strict=True))
    ours = estimates.paired_difference(a, b, rng=np.random.default_rng(2), clusters=clusters, resamples=100)
    theirs = estimates.paired_difference(b, a, rng=np.random.default_rng(2), clusters=clusters, resamples=100)
    assert theirs.value == pytest.approx(-ours.value)
    if not math.isnan(ours.low):
        assert ours.low <= ours.value <= ours.high
        assert theirs.low == pytest.approx(-ours.high, abs=1e-9)


def test_pairs_must_be_pairs() -> None:
    with pytest.raises(ValueError, match="same rows"):
        estimates.paired_difference([1.0], [1.0, 2.0], rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="same rows"):
        estimates.mcnemar([1], [1, 0])


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_mcnemar_agrees_with_statsmodels(rows) -> None:  # type: ignore[no-untyped-def]
    a, b = [x for x, _ in rows], [y for _, y in rows]
    table = [
        [sum(x and y for x, y in rows), sum(x and not y for x, y in rows)],
        [sum(y and not x for x, y in rows), sum(not x and not y for x, y in rows)],
    ]
    expected = 1.0
    if table[0][1] + table[1][0]:
        expected = min(1.0, float(statsmodels_mcnemar(table, exact=True).pvalue))
    assert estimates.mcnemar(a, b) == pytest.approx(expected)
