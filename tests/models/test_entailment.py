"""Three numbers per pair -> probabilities, by the labels that config.json or the settings name."""

from pathlib import Path

import numpy as np
import pytest

from metier.errors import UserError
from metier.models.entailment import OnnxEntailment
from metier.models.open import open_entailer
from metier.settings import Model
from metier.stages import Entailer
from tests.models.tiny_pairs import Tiny

NAMED = {"id2label": {"0": "CONTRADICTION", "1": "entailment", "2": "Neutral"}}
UNNAMED = {"id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}}
PAIR = ("the notice period is six weeks", "the period is two days")


def opened(
    folder: Path, config: dict[str, object] | None, labels: tuple[str, ...] = (), count: int = 3
) -> OnnxEntailment:
    return open_entailer(Model(source=f"path:{Tiny(count).write(folder, config)}", labels=labels), folder)


def softmax(values: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    odds = np.exp(values - values.max())
    return odds / odds.sum()


def test_labels_of_the_config_say_which_number_is_which(tmp_path: Path) -> None:
    model: Entailer = opened(tmp_path, NAMED)
    found = model.entail(*PAIR)
    contradicted, entailed, neutral = softmax(Tiny(3).logits(*PAIR))
    assert (found.entailed, found.neutral, found.contradicted) == pytest.approx(
        (entailed, neutral, contradicted), abs=1e-4
    )
    assert found.entailed + found.neutral + found.contradicted == pytest.approx(1.0)


def test_labels_of_the_settings_come_first(tmp_path: Path) -> None:
    found = opened(tmp_path, UNNAMED, ("entailment", "neutral", "contradiction")).entail(*PAIR)
    expected = softmax(Tiny(3).logits(*PAIR))
    assert (found.entailed, found.neutral, found.contradicted) == pytest.approx(expected.tolist(), abs=1e-4)


@pytest.mark.parametrize(
    ("config", "labels", "count"),
    [
        (UNNAMED, (), 3),
        (None, (), 3),
        ({"id2label": {"0": "entailment", "1": "not_entailment"}}, (), 2),
        (NAMED, (), 2),
        (None, ("entailment", "entailment", "contradiction"), 3),
        ({"id2label": "odd"}, (), 3),
    ],
)
def test_labels_that_say_nothing_are_refused(
    tmp_path: Path, config: dict[str, object] | None, labels: tuple[str, ...], count: int
) -> None:
    with pytest.raises(UserError, match="needed are entailment, neutral and contradiction"):
        opened(tmp_path, config, labels, count)


def test_very_sure_numbers_overflow_nothing(tmp_path: Path) -> None:
    tiny = Tiny(3, bias=(3e4, -3e4, 0.0))
    found = open_entailer(Model(source=f"path:{tiny.write(tmp_path, NAMED)}"), tmp_path).entail(*PAIR)
    assert found.contradicted == pytest.approx(1.0)
