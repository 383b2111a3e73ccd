"""What a model of `models.reranker` or `models.entailment` does on this machine: a few pairs of texts invented here.

Enough to tell a working model from one that is exported wrongly or knows another language, and how many pairs fit a budget; not how
good it is on anybody's documents.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from metier.models.probe import holds, wilson
from metier.models.probes import PROBES
from metier.stages import Entailer, PairScorer
from metier.types import Estimate

_WITHIN_S = 30.0  # a first request may wait for the server to load its model
_TIMED = (
    5  # pairs whose milliseconds are measured, each of about 1,000 characters, as passages of documents have
)

# (text, sentence, whether the text says otherwise)
_SENTENCES = (
    ("The notice period is six weeks to the end of a quarter.", "The notice period is two days.", True),
    ("The notice period is six weeks to the end of a quarter.", "One must give six weeks' notice.", False),
    ("Breakfast is not reimbursed.", "Breakfast is reimbursed.", True),
    ("Breakfast is not reimbursed.", "Nobody gets money back for breakfast.", False),
    ("All visitors must wear a badge.", "Visitors may go without a badge.", True),
    ("All visitors must wear a badge.", "Every guest wears a badge.", False),
    ("The pump was delivered in May and paid in June.", "The pump was never delivered.", True),
    ("The pump was delivered in May and paid in June.", "The pump was paid after its delivery.", False),
)


@dataclass(frozen=True, slots=True)
class PairProbe:
    """How a model did."""

    model: str
    right: Estimate
    ms_per_pair: float  # median, of a question and about 1,000 characters
    told: str  # what `right` counts


def probe_reranker(model: PairScorer, clock: Callable[[], float] = time.perf_counter) -> PairProbe:
    """How often the passage that answers comes first among all invented ones. Raises ModelUnavailable."""
    passages = list(dict.fromkeys(text for item in PROBES for text in item.passages))
    asked = [item for item in PROBES if item.answers]
    right = 0
    for item in asked:
        values = model.score(item.question, passages, _WITHIN_S).values
        first = passages[max(range(len(passages)), key=values.__getitem__)]
        right += first in item.passages and any(holds(first, answer) for answer in item.answers)
    long = "\n".join(passages[:4])
    times = [_ms(lambda: model.score(PROBES[0].question, [long], _WITHIN_S), clock) for _ in range(_TIMED)]
    told = f"the passage that answers comes first of {len(passages)}, in English and German"
    return PairProbe(model.identity, wilson(right, len(asked)), median(times), told)


def probe_entailer(model: Entailer, clock: Callable[[], float] = time.perf_counter) -> PairProbe:
    """How often a contradiction, or that there is none, is found likelier than not. Raises ModelUnavailable."""
    right = sum(
        (model.entail(text, sentence).contradicted > 0.5) == is_otherwise
        for text, sentence, is_otherwise in _SENTENCES
    )
    long = "\n".join(PROBES[0].passages * 2)
    times = [_ms(lambda: model.entail(long, _SENTENCES[0][1]), clock) for _ in range(_TIMED)]
    told = "contradicted sentences are told from others, in English"
    return PairProbe(model.identity, wilson(right, len(_SENTENCES)), median(times), told)


def _ms(work: Callable[[], object], clock: Callable[[], float]) -> float:
    before = clock()
    work()
    return 1000 * (clock() - before)
