import numpy as np
import pytest

from metier.errors import UserError
from metier.evaluate.ppi import ppi_mean


def labels(rng: np.random.Generator, n: int, agree: float) -> tuple[np.ndarray, np.ndarray]:
    truth = rng.random(n) < 0.7
    judge = np.where(rng.random(n) < agree, truth, ~truth)
    return truth.astype(float), judge.astype(float)


def test_against_the_closed_form() -> None:
    rng = np.random.default_rng(1)
    y, f = labels(rng, 200, 0.9)
    _, g = labels(rng, 2000, 0.9)
    found = ppi_mean(y, f, g)
    # Angelopoulos et al. 2023, section 6 (mean estimation), written out anew
    weight = np.cov(y, f)[0, 1] / ((1 + 200 / 2000) * np.var(np.append(f, g), ddof=1))
    value = y.mean() + weight * (g.mean() - f.mean())
    error = np.sqrt(np.var(y - weight * f, ddof=1) / 200 + weight**2 * np.var(g, ddof=1) / 2000)
    assert found.estimate.value == pytest.approx(value)
    assert found.estimate.high - found.estimate.low == pytest.approx(2 * 1.959964 * error, rel=1e-6)
    assert found.effective_n > 350
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("seed", "n", "others", "agree", "by_ppi_python", "by_truescore"),
    [
        (1, 200, 2000, 0.9, (0.70627, 0.66453, 0.74800), (0.7063, 0.6644, 0.7481)),
        (2, 120, 500, 0.7, (0.73208, 0.65799, 0.80617), (0.7321, 0.6577, 0.8065)),
        (3, 400, 4000, 0.6, (0.70341, 0.65990, 0.74693), (0.7034, 0.6598, 0.7470)),
    ],
)
def test_the_same_figures_as_ppi_python_and_truescore(
    seed: int,
    n: int,
    others: int,
    agree: float,
    by_ppi_python: tuple[float, ...],
    by_truescore: tuple[float, ...],
) -> None:
    # what ppi_mean_pointestimate and ppi_mean_ci of ppi-python 0.2.3, and ppi_estimate of truescore 0.7.4, said of these rows
    rng = np.random.default_rng(seed)
    y, f = labels(rng, n, agree)
    _, g = labels(rng, others, agree)
    found = ppi_mean(y, f, g).estimate
    ours = (found.value, found.low, found.high)
    assert ours == pytest.approx(
        by_ppi_python, abs=5e-4
    )  # it divides by n where truescore and we divide by n - 1
    assert ours == pytest.approx(by_truescore, abs=5e-4)


def test_it_covers_though_the_judge_is_biased_and_a_useless_judge_does_no_harm() -> None:
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(400):
        y, f = labels(rng, 150, 0.8)
        _, g = labels(rng, 1500, 0.8)
        found = ppi_mean(y, np.maximum(f, rng.random(150) < 0.2), np.maximum(g, rng.random(1500) < 0.2))
        hits += found.estimate.low <= 0.7 <= found.estimate.high
    assert 0.92 <= hits / 400 <= 0.98
    y, _ = labels(rng, 150, 1)
    same = ppi_mean(y, np.ones(150), np.ones(50))
    assert same.weight == 0
    assert same.estimate == same.human_only


def test_few_labels_warn_and_too_few_are_refused() -> None:
    rng = np.random.default_rng(3)
    y, f = labels(rng, 50, 0.9)
    assert "50 human labels" in ppi_mean(y, f, f).warnings[0]
    assert "disagrees" in ppi_mean(y, 1 - y, 1 - y).warnings[1]
    for wrong, message in (((y[:10], f[:10], f), "too few"), ((y, f[:9], f), "same rows"), ((y, f, []), "no other"),
                           ((y, f, [np.nan]), "not a number")):  # fmt: skip
        with pytest.raises(UserError, match=message):
            ppi_mean(*wrong)
