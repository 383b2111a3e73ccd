import numpy as np
import pytest

from metier.specialize.objectives.loss import log_sigmoid, shares, sigmoid


def test_shares_are_of_the_whole() -> None:
    assert shares(4, None).tolist() == [0.25] * 4
    assert shares(2, [1.0, 3.0]).tolist() == [0.25, 0.75]
    assert shares(2, [0.0, 0.0]).tolist() == [0.0, 0.0]
    assert shares(0, None).size == 0
    with pytest.raises(ValueError, match="3 rows need 3 weights"):
        shares(3, [1.0])


def test_far_out_nothing_overflows() -> None:
    far = np.array([-1e4, 0.0, 1e4])
    assert sigmoid(far).tolist() == [0.0, 0.5, 1.0]
    assert log_sigmoid(far) == pytest.approx([-1e4, -np.log(2), 0.0])
