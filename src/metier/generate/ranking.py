"""Candidates for one question, best first: the first look at all of them, the reader's look at the most promising."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metier.generate.candidates import Candidate
from metier.generate.confidence import confidence
from metier.generate.meant import could_be_meant, still_meant
from metier.generate.scoring import feature_matrix, is_deep, probabilities, read_question
from metier.generate.second_look import READ, PairReader, most_promising, reading_text, with_reading
from metier.stages import Embedder, SentenceVectors
from metier.text.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Considered:
    """Candidates for one question, with what the weights are applied to."""

    options: Sequence[Candidate]
    features: NDArray[np.float64]  # (n, scoring.FEATURES)
    # where in generator.json the models of this look stand, e.g. ("shallow", "read")
    section: tuple[str, ...]


def section_of(models: Mapping[str, Any], section: Sequence[str]) -> Mapping[str, Any]:
    """The part of generator.json that holds `weights` and `confidence` for one kind of look."""
    for name in section:
        models = models[name]
    return models


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates for one question."""

    items: Sequence[Candidate]  # best first
    chance: NDArray[np.float64]  # of each
    certain: float  # P(one of the first three answers)
    if_likely: Callable[[float], float] = lambda chance: chance  # that, were the best as likely as this

    def chance_of(self, items: Sequence[Candidate]) -> float:
        """Of all the items together."""
        keys = {item.key for item in items}
        return sum(
            float(likely) for item, likely in zip(self.items, self.chance, strict=True) if item.key in keys
        )

    def together(self, items: Sequence[Candidate]) -> float:
        """P(the items answer together)."""
        return self.if_likely(self.chance_of(items))


class Ranker:
    """Ranks candidates by the weights of a release."""

    def __init__(
        self,
        models: Mapping[str, Any],
        embedder: Embedder,
        vocabulary: Callable[[], Vocabulary],
        deep: SentenceVectors | None = None,
        reader: PairReader | None = None,
    ) -> None:
        """`models`, `deep` and `reader` as ExtractiveGenerator says."""
        self._models = models
        self._embedder = embedder
        self._vocabulary = vocabulary
        self._deep = deep
        self._reader = reader

    @property
    def reads(self) -> bool:
        """True if there is a reader."""
        return self._reader is not None

    def rank(self, question: str, language: str, options: Sequence[Candidate], most: int = READ) -> Ranked:
        """The candidates for the question, of which at most `most` are read; what is not read is left out."""
        seen = self.looks(question, language, options, most)[-1]
        models = section_of(self._models, seen.section)
        chance = probabilities(seen.features, models["weights"])
        model = models.get("confidence")
        sure = confidence(seen.features, chance, model)
        order = np.argsort(-chance[:-1], kind="stable")
        order, certain = still_meant(question, seen.options, order, chance, sure)

        def if_likely(top: float) -> float:  # not where something else was meant
            return confidence(seen.features, chance, model, top) if certain == sure else certain

        return Ranked([seen.options[index] for index in order], chance[order], certain, if_likely)

    def looks(
        self, question: str, language: str, options: Sequence[Candidate], most: int = READ
    ) -> tuple[Considered, ...]:
        """The candidates that the question can mean as each look sees them, the one that decides last."""
        vocabulary = self._vocabulary()
        options = could_be_meant(question, language, options, vocabulary)
        asked = read_question(question, language, self._embedder)
        shallow = self._models.get("shallow", {}).get("weights")
        features = feature_matrix(asked, options, self._embedder, vocabulary, self._deep, shallow)
        section = () if is_deep(features) or "shallow" not in self._models else ("shallow",)
        models = section_of(self._models, section)
        first = Considered(options, features, section)
        if self._reader is None or "read" not in models:
            return (first,)
        chosen = most_promising(probabilities(features, models["weights"]), most)
        options = [options[index] for index in chosen]
        scores = self._reader.score(question, [reading_text(item) for item in options])
        return first, Considered(options, with_reading(features[chosen], scores), (*section, "read"))
