"""Component: the weights of the retrievers (mixture.json), from questions whose right passage is known."""

from collections.abc import Mapping, Sequence
from typing import Any

from metier.evaluate.metrics import ndcg
from metier.retrieve.mixture import mixer_of
from metier.specialize.bench import Replay
from metier.specialize.labels import relevance
from metier.specialize.mixture import LEAST, Judged, fit_mixture
from metier.specialize.tuning import Component, judge
from metier.types import Release

NAME = "mixture"
_K = 10


def fit(base: Release, fitting: Sequence[Replay], tuning: Sequence[Replay]) -> Component:
    """The component; kept if the right passages stand higher on the tuning examples. Refitted on all, if kept."""
    before = base.parts["mixture"]
    first, second = judged(fitting), judged(tuning)
    legs = {leg: before["weights"].get(leg, 1.0) for item in [*first, *second] for leg in item.rankings}
    fitted = fit_mixture(first, legs, before["per_document"], _K)
    if "fitted" not in fitted.release:
        return Component(
            NAME, False, f"{len(first)} questions with a known passage; {LEAST} are needed", len(first)
        )
    gains = [_ndcg(fitted.release, item) - _ndcg(before, item) for item in second]
    group = {item.example.id: item.group for item in tuning}
    kept, gain, reason = judge(gains, [group[item.id] for item in second])
    if not kept:
        return Component(NAME, False, reason, len(first), gain, f"nDCG@{_K}")
    whole = fit_mixture([*first, *second], legs, before["per_document"], _K)
    return Component(
        NAME, True, f"{reason}; {whole.note}", whole.n, gain, f"nDCG@{_K}", {("mixture",): whole.release}
    )


def judged(replays: Sequence[Replay]) -> list[Judged]:
    """The questions whose right passage is known and was found by some retriever."""
    found = []
    for item in replays:
        if known := relevance(item.example, item.found, item.whole):
            rankings = {leg: hits for leg, hits in item.found.rankings.items() if hits}
            found.append(Judged(item.example.id, item.found.query, rankings, known))
    return found


def _ndcg(mixture: Mapping[str, Any], item: Judged) -> float:
    mixed = mixer_of(mixture).mix(item.query, item.rankings, _K)
    return ndcg([one.passage.id for one in mixed], item.relevance, _K)
