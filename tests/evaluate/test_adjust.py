import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from metier.evaluate.adjust import benjamini_hochberg, holm


@given(st.lists(st.floats(0, 1), max_size=30))
def test_both_agree_with_statsmodels(p_values: list[float]) -> None:
    for ours, method in ((holm, "holm"), (benjamini_hochberg, "fdr_bh")):
        theirs = multipletests(p_values, method=method)[1] if p_values else []
        assert ours(p_values) == pytest.approx(list(theirs), abs=1e-12)


@pytest.mark.parametrize("bad", [math.nan, -0.1, 1.1])
def test_what_is_no_p_value_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match=r"0\.\.1"):
        holm([0.5, bad])
