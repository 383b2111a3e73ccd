"""What noise costs: each case that was asked plainly and in a variant (typos, OCR, other words, ...), the two compared."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from metier.evaluate.compare import paired_share_difference
from metier.evaluate.scores import FEWEST_GROUPS, NOISE, Score
from metier.evaluate.verdict import Verdict, verdict
from metier.types import Estimate


@dataclass(frozen=True, slots=True)
class Noise:
    """One kind of variant: share right of the variants minus that of the same cases asked plainly."""

    name: str
    difference: Estimate
    gained: int  # right in the variant only
    lost: int  # right plainly only
    verdict: Verdict


def noise_costs(scores: Sequence[Score]) -> tuple[Noise, ...]:
    """Each kind of variant with at least 10 independent pairs, by name."""
    plain = {item.case.id: item for item in scores}
    pairs: dict[str, list[tuple[Score, Score]]] = defaultdict(list)
    for item in scores:
        base = plain.get(item.case.id.rpartition("~")[0])
        name = next((tag.removeprefix(NOISE) for tag in item.case.tags if tag.startswith(NOISE)), "")
        if base is not None and name:
            pairs[name].append((item, base))
    out = []
    for name, both in sorted(pairs.items()):
        groups = [item.case.group for item, _ in both]
        if len(set(groups)) < FEWEST_GROUPS:
            continue
        ours, theirs = [item.right for item, _ in both], [base.right for _, base in both]
        difference = paired_share_difference(ours, theirs, groups)
        gained = sum(a and not b for a, b in zip(ours, theirs, strict=True))
        lost = sum(b and not a for a, b in zip(ours, theirs, strict=True))
        out.append(Noise(name, difference, gained, lost, verdict(difference)))
    return tuple(out)
