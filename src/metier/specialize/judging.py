"""Both releases' answers to the gate's questions -> what is known of each: pairs for the gate, and whom to ask next.

An answer that did not change is worth what it was worth, whatever that is. Of one that changed, what somebody wrote says which of the two is
right. Where nobody wrote anything, a thumb up says that the parent's was right, and the candidate's is taken to be wrong unless it still
cites the place; a thumb down says that the parent's was wrong, and the candidate's is taken to be wrong, too. So what nobody judged speaks
against the candidate alone: people who correct nothing but wrong answers do not make it look better than it is.

It does not see questions about which nobody said anything.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from metier.specialize.gate import Kept, Pair
from metier.specialize.labels import Graded, keeps
from metier.specialize.rows import Example
from metier.types import Answer


@dataclass(frozen=True, slots=True)
class Judged:
    """What the gate is told. `pairs` are a fair sample: of the answers that changed those with a written label, and as large a
    share of the others."""

    pairs: tuple[Pair, ...]
    bounded: tuple[Pair, ...]  # the other questions; in none of them the candidate is taken to gain
    kept: tuple[Kept, ...]  # what people liked and nobody wrote about
    told: int  # changed answers of which somebody wrote what is right
    to_label: tuple[
        str, ...
    ]  # changed answers of which nobody did: first those that people liked, then drawn

    @property
    def questions(self) -> list[str]:
        """All that are looked at."""
        return [item.id for item in (*self.pairs, *self.bounded)]


def judged(
    examples: Sequence[Example], groups: Sequence[str], base: Sequence[Answer], ours: Sequence[Answer]
) -> Judged:
    """What is known of the examples that anybody reliable spoke of, given the answers of parent and candidate."""
    pairs: list[Pair] = []
    same: list[Pair] = []
    unsure: list[Pair] = []
    kept: list[Kept] = []
    told = 0
    for item, group, before, after in zip(examples, groups, base, ours, strict=True):
        if item.weight <= 0 or not (item.says_what_is_right or item.thumb):
            continue
        moved = _says(before) != _says(after)
        slices = (f"user {item.user}", "no answer expected" if item.declines else "answer expected")
        if item.says_what_is_right:
            told += moved
            pairs.append(Pair(item.id, group, Graded.of(item, before), Graded.of(item, after), slices))
            continue
        is_liked = item.thumb > 0
        stays = keeps(item, after)
        if is_liked:
            kept.append(Kept(item.id, group, keeps(item, before), stays))
        was = Graded(is_liked, bool(before.statements) and not is_liked, True)
        if not moved or (is_liked and stays):
            same.append(Pair(item.id, group, was, was, slices))
        else:
            unsure.append(Pair(item.id, group, was, Graded(False, bool(after.statements), True), slices))
    changed = told + len(unsure)
    same.sort(key=_draw)
    sampled = round(len(same) * told / changed) if changed else len(same)
    liked = {item.id for item in kept}
    asked = sorted(unsure, key=lambda pair: (pair.id not in liked, _draw(pair)))
    return Judged(
        (*pairs, *same[:sampled]), (*same[sampled:], *unsure), tuple(kept), told, tuple(one.id for one in asked)
    )  # fmt: skip


def _draw(pair: Pair) -> bytes:
    """The same order on every run, and none that anything else follows."""
    return hashlib.sha256(f"gate {pair.id}".encode()).digest()


def _says(answer: Answer) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((one.text, tuple(cited.uri for cited in one.citations)) for one in answer.statements)
