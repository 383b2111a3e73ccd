"""Component: the order of what was mixed (reranker.json), from the questions that teach the mixture, over the mixture that the
candidate will have.

Weights set by hand suit release 0's mixture and can lose over a fitted one, so this comes right after it
(docs/design/retrieval.md). What nobody judged counts as wrong, and what stands in reranker.json for versions and
preferences stays.
"""

from collections.abc import Sequence

from metier.evaluate.metrics import ndcg
from metier.specialize.bench import OpenTrial, Replay, Trial, with_changes
from metier.specialize.components.mixture import judged
from metier.specialize.mixture import LEAST, Judged
from metier.specialize.reranker import RerankerFit, fit_reranker
from metier.specialize.tuning import Component, judge
from metier.types import Release

NAME = "reranker"
_K = 10


def fit(
    base: Release, fitting: Sequence[Replay], tuning: Sequence[Replay], open_trial: OpenTrial
) -> Component:
    """The component; kept if the right passages stand higher than in the order of `base`, whichever that is, on the tuning
    examples. Refitted on all, if kept."""
    trial = open_trial(base)
    first, second = judged(fitting), judged(tuning)
    if len(first) < LEAST:
        return Component(
            NAME, False, f"{len(first)} questions with a known passage; {LEAST} are needed", len(first)
        )
    fitted = _fitted(base, trial, first)
    after = open_trial(with_changes(base, {("reranker",): fitted.release}))
    gains = [_ndcg(after, item) - _ndcg(trial, item) for item in second]
    group = {item.example.id: item.group for item in tuning}
    kept, gain, reason = judge(gains, [group[item.id] for item in second])
    if not kept:
        return Component(NAME, False, reason, len(first), gain, f"nDCG@{_K}")
    whole = _fitted(base, trial, [*first, *second])
    # the mixture's bare order (no signal) and a learned one are different things: what was not tried is not shipped
    if bool(whole.release["signals"]) != bool(fitted.release["signals"]):
        whole = fitted
    return Component(
        NAME, True, f"{reason}; {whole.note}", whole.n, gain, f"nDCG@{_K}", {("reranker",): whole.release}
    )


def _fitted(base: Release, trial: Trial, known: Sequence[Judged]) -> RerankerFit:
    return fit_reranker(
        known, trial, trial.vocabulary(), base.parts["reranker"]["weights"], wide=trial.wide, k=_K
    )


def _ndcg(trial: Trial, item: Judged) -> float:
    """Of the first passages as the release orders them."""
    mixed = trial.mix(item.query, item.rankings, trial.wide)
    ranked = trial.rerank(item.query, mixed, _K)
    return ndcg([one.passage.id for one in ranked], item.relevance, _K)
