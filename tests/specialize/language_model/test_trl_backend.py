"""TRL: what is missing is named; with the extra `train` the weights of the rarer kind count more (the rest: benchmarks.specialize_llm)."""

from pathlib import Path

import pytest

from metier.errors import UserError
from metier.specialize.language_model import trl_backend
from metier.specialize.language_model.trl_backend import TrlBackend


def test_what_is_not_installed_is_named_with_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trl_backend, "find_spec", lambda name: None if name in ("trl", "peft") else object())
    with pytest.raises(UserError, match=r"extra `train` \(not installed: peft, trl\).*metier\[train\]"):
        TrlBackend(tmp_path)


def test_importing_it_needs_nothing() -> None:
    assert set(trl_backend.missing()) <= set(trl_backend.EXTRA)


@pytest.mark.parametrize(
    ("good", "bad", "weights"),
    [(10, 10, (1.0, 1.0)), (5, 20, (4.0, 1.0)), (20, 5, (1.0, 4.0)), (0, 3, (1.0, 1.0))],
)
def test_the_rarer_kind_counts_as_much_as_the_other(
    good: int, bad: int, weights: tuple[float, float]
) -> None:
    assert trl_backend._kto_weights(good, bad) == weights
