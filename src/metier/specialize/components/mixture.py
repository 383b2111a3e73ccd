"""Component: the weights of the retrievers (mixture.json), from questions whose right passage is known.

What is fitted is the same for every question of a class; release 0's weights follow each question, and what is fitted must beat them so.
"""

from collections.abc import Sequence

from metier.evaluate.metrics import ndcg
from metier.specialize.bench import OpenTrial, Replay, Trial, with_changes
from metier.specialize.labels import relevance
from metier.specialize.mixture import LEAST, Judged, fit_mixture
from metier.specialize.tuning import Component, judge
from metier.types import Release

NAME = "mixture"
_K = 10


def fit(
    base: Release, fitting: Sequence[Replay], tuning: Sequence[Replay], open_trial: OpenTrial
) -> Component:
    """The component; kept if the right passages stand higher on the tuning examples. Refitted on all, if kept."""
    before = base.parts["mixture"]
    first, second = judged(fitting), judged(tuning)
    legs = {leg: before["weights"].get(leg, 1.0) for item in [*first, *second] for leg in item.rankings}
    fitted = fit_mixture(first, legs, before["per_document"], _K)
    if "fitted" not in fitted.release:
        return Component(
            NAME, False, f"{len(first)} questions with a known passage; {LEAST} are needed", len(first)
        )
    old, new = open_trial(base), open_trial(with_changes(base, {(NAME,): fitted.release}))
    gains = [_ndcg(new, item) - _ndcg(old, item) for item in second]
    group = {item.example.id: item.group for item in tuning}
    kept, gain, reason = judge(gains, [group[item.id] for item in second])
    if not kept:
        return Component(NAME, False, reason, len(first), gain, f"nDCG@{_K}")
    whole = fit_mixture([*first, *second], legs, before["per_document"], _K)
    return Component(
        NAME, True, f"{reason}; {whole.note}", whole.n, gain, f"nDCG@{_K}", {(NAME,): whole.release}
    )


def judged(replays: Sequence[Replay]) -> list[Judged]:
    """The questions whose right passage is known and was found by some retriever."""
    found = []
    for item in replays:
        if known := relevance(item.example, item.found, item.whole):
            rankings = {leg: hits for leg, hits in item.found.rankings.items() if hits}
            found.append(Judged(item.example.id, item.found.query, rankings, known))
    return found


def _ndcg(trial: Trial, item: Judged) -> float:
    mixed = trial.mix(item.query, item.rankings, _K)
    return ndcg([one.passage.id for one in mixed], item.relevance, _K)
