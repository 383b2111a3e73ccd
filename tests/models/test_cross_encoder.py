"""One number or two per pair -> a score."""

from pathlib import Path

import pytest

from metier.errors import UserError
from metier.models.cross_encoder import CrossEncoder
from metier.models.open import open_reranker
from metier.settings import Model
from metier.stages import PairScorer
from tests.models.tiny_pairs import Tiny, favouring

TEXTS = ["six weeks", "pump pump", ""]


@pytest.mark.parametrize("labels", [1, 2])
def test_scores_are_log_odds(labels: int, tmp_path: Path) -> None:
    tiny = Tiny(labels)
    model = open_reranker(Model(source=f"path:{tiny.write(tmp_path)}"), tmp_path)
    assert isinstance(model, CrossEncoder)
    scorer: PairScorer = model
    told = [tiny.logits("how long", text or ".") for text in TEXTS]
    expected = [one[0] if labels == 1 else one[1] - one[0] for one in told]
    assert scorer.score("how long", TEXTS, 1.0).values == pytest.approx(expected, abs=1e-4)


def test_the_text_that_is_favoured_has_the_highest_score(tmp_path: Path) -> None:
    model = open_reranker(Model(source=f"path:{favouring('pump').write(tmp_path)}"), tmp_path)
    values = model.score("how long", TEXTS, 1.0).values
    assert max(values) == values[1]


def test_an_entailment_model_in_this_place_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"belongs under models.entailment"):
        open_reranker(Model(source=f"path:{Tiny(3).write(tmp_path)}"), tmp_path)
