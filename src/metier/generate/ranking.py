"""Candidates for one question, best first: the first look at all of them, the reader's look at the most promising."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metier.generate.candidates import Candidate
from metier.generate.confidence import confidence
from metier.generate.reading import READ, PairReader, most_promising, reading_text, with_reading
from metier.generate.scoring import (
    DeepVectors,
    about_what_is_named,
    feature_matrix,
    is_deep,
    lacks_acronym,
    probabilities,
    read_question,
    tells_kind,
)
from metier.stages import Embedder
from metier.text.asked_kind import asked_acronyms, asked_kinds
from metier.text.figure_asked import asks_figure, tells_figure
from metier.text.numbered import of_another_number
from metier.text.vocabulary import Vocabulary

# Chances from which a candidate may lead in place of others: of those that cannot be meant, and of those that tell another kind of
# value (of three seeds' questions that mended four and spoiled none; at .05 five and one).
UNLIKELY, _RATHER_LIKELY = 0.05, 0.1


@dataclass(frozen=True, slots=True)
class Considered:
    """Candidates for one question, with what the weights are applied to."""

    options: Sequence[Candidate]
    features: NDArray[np.float64]  # (n, scoring.FEATURES)
    section: tuple[
        str, ...
    ]  # where in generator.json the models of this look stand, e.g. ("shallow", "read")


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


class Ranker:
    """Ranks candidates by the weights of a release."""

    def __init__(
        self,
        models: Mapping[str, Any],
        embedder: Embedder,
        vocabulary: Callable[[], Vocabulary],
        deep: DeepVectors | None = None,
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
        options = about_what_is_named(question, language, options, self._vocabulary())
        options = [item for item in options if not of_another_number(question, item.text)] or options
        seen = self.looks(question, language, options, most)[-1]
        models = section_of(self._models, seen.section)
        chance = probabilities(seen.features, models["weights"])
        certain = confidence(seen.features, chance, models.get("confidence"))
        order = np.argsort(-chance[:-1], kind="stable")
        order, certain = _fitting(question, seen.options, order, chance, certain)
        return Ranked([seen.options[index] for index in order], chance[order], certain)

    def looks(
        self, question: str, language: str, options: Sequence[Candidate], most: int = READ
    ) -> tuple[Considered, ...]:
        """The candidates as each look sees them, the one that decides last."""
        asked = read_question(question, language, self._embedder, self._deep)
        features = feature_matrix(asked, options, self._embedder, self._vocabulary(), self._deep)
        section = () if is_deep(features) or "shallow" not in self._models else ("shallow",)
        models = section_of(self._models, section)
        first = Considered(options, features, section)
        if self._reader is None or "read" not in models:
            return (first,)
        chosen = most_promising(probabilities(features, models["weights"]), most)
        options = [options[index] for index in chosen]
        scores = self._reader.score(question, [reading_text(item) for item in options])
        return first, Considered(options, with_reading(features[chosen], scores), (*section, "read"))


def _fitting(
    question: str,
    options: Sequence[Candidate],
    order: NDArray[np.intp],
    chance: NDArray[np.float64],
    certain: float,
) -> tuple[NDArray[np.intp], float]:
    """The order without candidates that cannot be the answer, and how certain what is left is.

    Who asks for EBIT is told of no other ratio, and who asks for a figure no sentence without one, where anything that was read says it
    or tells one: where hardly any chance is left to that, what was likely meant something else, and the answer is no more certain than
    the best that remains. Who asks for watts is not told of a flow rate as long as something likely tells watts.
    """
    if acronyms := asked_acronyms(question):
        said = [index for index in order if not lacks_acronym(acronyms, options[index])]
        order, certain = _left(said, order, chance, certain) if said else (order, certain)
    if asks_figure(question):
        language = [item.passage.language for item in options]
        told = [index for index in order if tells_figure(options[index].text, question, language[index])]
        order, certain = _left(told, order, chance, certain)
    if asked_kinds(question):
        told = [index for index in order if tells_kind(question, options[index]) is not False]
        likely = [index for index in told if chance[index] >= _RATHER_LIKELY]
        if any(tells_kind(question, options[index]) for index in likely):
            order = np.array(told, dtype=np.intp)
    return order, certain


def _left(
    remaining: Sequence[int], order: NDArray[np.intp], chance: NDArray[np.float64], certain: float
) -> tuple[NDArray[np.intp], float]:
    """What remains and how certain it is; all as it was, but not likely, if nothing does."""
    if not remaining:
        return order, min(certain, UNLIKELY)
    best = float(chance[remaining[0]])
    return np.array(remaining, dtype=np.intp), certain if best >= UNLIKELY else min(certain, best)
