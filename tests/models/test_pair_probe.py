"""What is said of a model that reads pairs."""

from collections.abc import Sequence

from metier.models.pair_probe import probe_entailer, probe_reranker
from metier.models.probe import holds
from metier.models.probes import PROBES
from metier.types import Entailment, PairScores


class Knows:
    """Implements stages.PairScorer: knows every answer of the probes; takes 7 ms."""

    identity, batch = "knows", 1

    def __init__(self) -> None:
        self.now = 0.0

    def score(self, question: str, texts: Sequence[str], within_s: float) -> PairScores:
        self.now += 0.007
        probe = next(item for item in PROBES if item.question == question)
        return PairScores(
            tuple(
                float(text in probe.passages and any(holds(text, one) for one in probe.answers))
                for text in texts
            )
        )


class Random:
    """Implements stages.Entailer: says the same of everything."""

    identity = "same"

    def entail(self, text: str, sentence: str) -> Entailment:
        return Entailment(0.2, 0.2, 0.6)


def test_a_reranker_that_knows_is_right_and_timed() -> None:
    model = Knows()
    found = probe_reranker(model, lambda: model.now)
    assert (found.model, found.right.value, found.right.n) == ("knows", 1.0, 12)
    assert round(found.ms_per_pair, 6) == 7.0


def test_an_entailment_model_that_always_says_no_is_right_half_of_the_time() -> None:
    found = probe_entailer(Random(), lambda: 0.0)
    assert (found.right.value, found.right.n, found.ms_per_pair) == (0.5, 8, 0.0)
