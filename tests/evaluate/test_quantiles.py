import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from metier.evaluate import quantiles


@given(st.floats(0.0005, 0.9995), st.floats(0.5, 5000), st.floats(0.5, 5000))
@settings(max_examples=150, deadline=None)
def test_beta_agrees_with_scipy(p: float, a: float, b: float) -> None:
    x = float(stats.beta.ppf(p, a, b))
    assert quantiles.beta_cdf(x, a, b) == pytest.approx(float(stats.beta.cdf(x, a, b)), rel=1e-8, abs=1e-12)
    assert quantiles.beta_quantile(p, a, b) == pytest.approx(x, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("df", [1, 2, 7, 29, 1000])
@pytest.mark.parametrize("p", [0.01, 0.5, 0.5 + 5e-10, 0.6, 0.7499, 0.75, 0.9, 0.975, 0.9995])
def test_t_quantile_agrees_with_scipy(p: float, df: int) -> None:
    assert quantiles.t_quantile(p, df) == pytest.approx(float(stats.t.ppf(p, df)), rel=1e-8, abs=1e-12)
    assert (quantiles.t_quantile(p, df) > 0) == (p > 0.5)
