"""Mistakes people make in cleaning, splitting and gates, planted one by one into the product's modules (specialize_laws.py)."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.specialize_laws import Bug
from metier.specialize import cleaning, gate, judging, splits
from metier.specialize.gate import Kept, Pair
from metier.specialize.judging import Judged
from metier.specialize.rows import Example
from metier.types import Feedback, Trace

_clean, _split, _links, _gate, _decide, _no_losses = (
    cleaning.clean, splits.split, splits._links, gate.gate, gate._decide, gate._no_losses
)  # fmt: skip
_one_sided, _no_loss, _reliability, _unfit, _over = (
    gate.one_sided, gate._no_loss, cleaning._reliability, cleaning._unfit, cleaning._over_the_cap
)  # fmt: skip

_judged = judging.judged

Rows = Sequence[Feedback]
Traces = Mapping[str, Trace]


def _cleaning_of(change: Callable[[Feedback], Feedback]) -> Callable[..., cleaning.Cleaned]:
    """Cleaning that sees the rows changed, and gives back what they were."""

    def bug(
        rows: Rows, traces: Traces, users: Sequence[str], is_sealed: Callable[[str], bool]
    ) -> cleaning.Cleaned:
        own = {row.id: row for row in rows}
        found = _clean([change(row) for row in rows], traces, users, is_sealed)
        return replace(found, rows=tuple(own[row.id] for row in found.rows))

    return bug


def _everybody_may_ask(rows: Rows, traces: Traces, users: Sequence[str], is_sealed: Any) -> cleaning.Cleaned:
    return _clean(rows, traces, [*users, *(trace.principal for trace in traces.values())], is_sealed)


def _as_typed(rows: Rows, traces: Traces, users: Sequence[str], is_sealed: Any) -> cleaning.Cleaned:
    """What is meant after a conversation is not looked at."""
    plain = {
        name: replace(trace, query=replace(trace.query, text=trace.question))
        for name, trace in traces.items()
    }
    return _clean(rows, plain, users, is_sealed)


def _unsealed(rows: Rows, traces: Traces, users: Sequence[str], is_sealed: Any) -> cleaning.Cleaned:
    return _clean(rows, traces, users, lambda text: False)


def _first_word(rows: Rows, traces: Traces, users: Sequence[str], is_sealed: Any) -> cleaning.Cleaned:
    found = _clean([*rows][::-1], traces, users, is_sealed)
    return replace(found, rows=found.rows[::-1])


def _lost_counts(rows: Rows, traces: Traces, users: Sequence[str], is_sealed: Any) -> cleaning.Cleaned:
    found = _clean(rows, traces, users, is_sealed)
    return replace(found, dropped=dict(Counter(list(found.dropped))))


def _edits_unread(row: Feedback) -> list[str]:
    return [str(row.value)] if row.kind == "expert_answer" else []


def _newest_dropped(rows: Rows) -> dict[str, str]:
    return _over([*rows][::-1])


def _turned(rows: Rows, traces: Traces) -> dict[str, float]:
    return {name: 1 - value for name, value in _reliability(rows, traces).items()}


def _all_trusted(rows: Rows, traces: Traces) -> dict[str, float]:
    return dict.fromkeys((row.author for row in rows), 1.0)


def _links_without(kind: str) -> Callable[[Sequence[Example]], Any]:
    def bug(examples: Sequence[Example]) -> Any:
        plain = list(examples)
        if kind == "document":
            plain = [replace(one, evidence=(), shown=(), rejected=()) for one in plain]
        elif kind == "conversation":
            plain = [replace(one, history=()) for one in plain]
        return _links(plain)

    return bug


def _evidence_only(example: Example) -> frozenset[str]:
    return frozenset(quote.uri for quote in example.evidence)


def _split_of(
    change: Callable[[splits.Split, Sequence[Example]], splits.Split],
) -> Callable[..., splits.Split]:
    def bug(examples: Sequence[Example], *, has_gate: bool = False) -> splits.Split:
        return change(_split(examples, has_gate=has_gate), examples)

    return bug


def _by_example(found: splits.Split, examples: Sequence[Example]) -> splits.Split:
    """Examples are dealt out one by one, whatever group they are of."""
    ordered = sorted(examples, key=lambda one: one.at)
    half, most = len(ordered) // 2, int(0.7 * len(ordered))
    return replace(
        found, fit=tuple(ordered[:half]), tune=tuple(ordered[half:most]), gate=tuple(ordered[most:])
    )


def _backwards(found: splits.Split, examples: Sequence[Example]) -> splits.Split:
    last = max((one.at for one in examples), default="")
    turned = [replace(one, at=f"{int(last or 0) - int(one.at):05}") for one in examples]
    own = {one.id: one for one in examples}
    again = _split(turned)
    fit, tune, judged = (tuple(own[one.id] for one in part) for part in (again.fit, again.tune, again.gate))
    return replace(again, fit=fit, tune=tune, gate=judged)


def _held_back(examples: Sequence[Example], *, has_gate: bool = False) -> splits.Split:
    return _split(examples)


def _leaks_by(*kinds: str) -> Callable[[Sequence[Example], Sequence[Example]], list[str]]:
    def bug(one: Sequence[Example], other: Sequence[Example]) -> list[str]:
        def seen(item: Example) -> bool:
            return (
                (
                    "question" in kinds
                    and cleaning.plain(item.question) in {cleaning.plain(x.question) for x in one}
                )
                or (
                    "document" in kinds
                    and any(splits.documents_of(item) & splits.documents_of(x) for x in one)
                )
                or ("row" in kinds and any(set(item.feedback) & set(x.feedback) for x in one))
            )

        return [item.id for item in other if seen(item)]

    return bug


def _gate_with(**fixed: Any) -> Callable[..., gate.Verdict]:
    def bug(pairs: Sequence[Pair], look: int, **more: Any) -> gate.Verdict:
        return _gate(
            pairs, fixed.get("look", look), **{**more, **{k: v for k, v in fixed.items() if k != "look"}}
        )

    return bug


def _swapped(pairs: Sequence[Pair], look: int, **more: Any) -> gate.Verdict:
    return _gate([replace(one, base=one.candidate, candidate=one.base) for one in pairs], look, **more)


def _ungrouped(pairs: Sequence[Pair], look: int, **more: Any) -> gate.Verdict:
    return _gate([replace(one, group=str(n)) for n, one in enumerate(pairs)], look, **more)


def _checks_without(name: str) -> Callable[[Sequence[Pair], Sequence[Kept]], list[gate.NoLoss]]:
    return lambda pairs, kept: [one for one in _no_losses(pairs, kept) if one.name != name]


def _unsure_is_fine(
    name: str, ours: Sequence[bool], theirs: Sequence[bool], labels: Sequence[str]
) -> gate.NoLoss:
    return replace(_no_loss(name, ours, theirs, labels), word="pass")


def _half_p(ours: Sequence[bool], theirs: Sequence[bool], labels: Sequence[str]) -> tuple[float, float]:
    better, worse = _one_sided(ours, theirs, labels)
    return better / 20, worse


def _no_harm(ours: Sequence[bool], theirs: Sequence[bool], labels: Sequence[str]) -> tuple[float, float]:
    return _one_sided(ours, theirs, labels)[0], 1.0


def _sign_only(ours: Any, theirs: Any, clusters: Collection[Any]) -> float:
    return 0.0


def _judged_of(change: Callable[[Judged], Judged]) -> Callable[..., Judged]:
    return lambda *given: change(_judged(*given))


def _all_rely(examples: Sequence[Example], *given: Any) -> Judged:
    return _judged([replace(one, weight=1.0) for one in examples], *given)


def _hoped(found: Judged) -> Judged:
    """Whatever changed and nobody judged is taken to be right."""
    better = [
        replace(one, candidate=replace(one.candidate, right=True)) if one.id in found.to_label else one
        for one in found.bounded
    ]
    return replace(found, bounded=tuple(better))


BUGS: Sequence[Bug] = (
    Bug("judging", "what nobody judged is hoped for", {(judging, "judged"): _judged_of(_hoped)}),
    Bug("judging", "only written labels count", {
        (judging, "judged"): _judged_of(lambda found: replace(found, bounded=(), kept=()))}),
    Bug("judging", "liked answers are always kept", {(judging, "keeps"): lambda example, answer: True}),
    Bug("judging", "no change is seen", {(judging, "_says"): lambda answer: ()}),
    Bug("judging", "everything changes", {(judging, "_says"): id}),
    Bug("judging", "all that did not change counts", {(judging, "judged"): _judged_of(
        lambda found: replace(found, pairs=(*found.pairs, *(one for one in found.bounded if one.base == one.candidate))))}),
    Bug("judging", "nobody is asked", {(judging, "judged"): _judged_of(lambda found: replace(found, to_label=()))}),
    Bug("judging", "asked in the order of time", {(judging, "_draw"): lambda pair: pair.id.zfill(9).encode()}),
    Bug("judging", "everybody is relied on", {(judging, "judged"): _all_rely}),
    Bug("splits", "the gate gets its share alone", {(splits, "_ENOUGH_TO_JUDGE"): 0}),
    Bug("cleaning", "consent is not asked", {(cleaning, "clean"): _cleaning_of(lambda row: replace(row, consent=True))}),
    Bug("cleaning", "replaced rows stay", {(cleaning, "clean"): _cleaning_of(lambda row: replace(row, supersedes=""))}),
    Bug("cleaning", "the first word counts", {(cleaning, "clean"): _first_word}),
    Bug("cleaning", "who lost access still teaches", {(cleaning, "clean"): _everybody_may_ask}),
    Bug("cleaning", "the vault is not kept out", {(cleaning, "clean"): _unsealed}),
    Bug("cleaning", "the vault is kept out as typed alone", {(cleaning, "clean"): _as_typed}),
    Bug("cleaning", "what is left out is counted by kind", {(cleaning, "clean"): _lost_counts}),
    Bug("cleaning", "orders to machines teach", {(cleaning, "suspicions"): lambda text: ()}),
    Bug("cleaning", "edits and quotes are not read", {(cleaning, "_texts"): _edits_unread}),
    Bug("cleaning", "whole documents teach", {(cleaning, "_MOST_WORDS"): 10**9}),
    Bug("cleaning", "nothing is unfit", {(cleaning, "_unfit"): lambda texts, trace: ""}),
    Bug("cleaning", "spellings are told apart", {(cleaning, "plain"): lambda text: text}),
    Bug("cleaning", "a thumb is about the question alone", {(cleaning, "_places"): lambda trace, row: ""}),
    Bug("cleaning", "every answer is its own question", {(cleaning, "_places"): lambda trace, row: row.id}),
    Bug("cleaning", "nobody's share is capped", {(cleaning, "_over_the_cap"): lambda rows: {}}),
    Bug("cleaning", "the newest rows go", {(cleaning, "_over_the_cap"): _newest_dropped}),
    Bug("cleaning", "trust is turned round", {(cleaning, "_reliability"): _turned}),
    Bug("cleaning", "all are trusted", {(cleaning, "_reliability"): _all_trusted}),
    Bug("splits", "documents may be in two parts", {(splits, "_links"): _links_without("document")}),
    Bug("splits", "conversations may be in two parts", {(splits, "_links"): _links_without("conversation")}),
    Bug("splits", "near questions may be in two parts", {(splits, "_ALIKE"): 1.1}),
    Bug("splits", "what was shown is no document", {(splits, "documents_of"): _evidence_only}),
    Bug("splits", "examples are dealt out one by one", {(splits, "split"): _split_of(_by_example)}),
    Bug("splits", "the oldest judge", {(splits, "split"): _split_of(_backwards)}),
    Bug("splits", "the last part of the fit judges, too", {
        (splits, "split"): _split_of(lambda found, _: replace(found, gate=(*found.fit[-5:], *found.gate)))}),
    Bug("splits", "the gate's examples are lost", {(splits, "split"): _split_of(lambda found, _: replace(found, gate=found.gate[1:]))}),
    Bug("splits", "a vault holds a part back", {(splits, "split"): _held_back}),
    Bug("splits", "fitted on two parts of three", {(splits, "_FIT"): 0.3}),
    Bug("splits", "shared documents are no leak", {(splits, "leaks"): _leaks_by("question", "row")}),
    Bug("splits", "shared rows are no leak", {(splits, "leaks"): _leaks_by("question", "document")}),
    Bug("splits", "shared questions are no leak", {(splits, "leaks"): _leaks_by("document", "row")}),
    Bug("gate", "every look is the first", {(gate, "gate"): _gate_with(look=1)}),
    Bug("gate", "every look has the whole alpha", {(gate, "alpha_of"): lambda look: gate.ALPHA}),
    Bug("gate", "alpha is ten times as large", {(gate, "ALPHA"): 0.1}),
    Bug("gate", "parent and candidate are mixed up", {(gate, "gate"): _swapped}),
    Bug("gate", "every question is a group", {(gate, "gate"): _ungrouped}),
    Bug("gate", "sign tests alone", {(gate, "clustered_p_value"): _sign_only}),
    Bug("gate", "p is too small", {(gate, "one_sided"): _half_p}),
    Bug("gate", "a loss is never seen", {(gate, "one_sided"): _no_harm}),
    Bug("gate", "no exact test where little changed", {(gate, "_at_least"): lambda k, n: 0.0}),
    Bug("gate", "leaks are forgiven", {(gate, "gate"): _gate_with(leaks=())}),
    Bug("gate", "wrong answers shown are not counted", {(gate, "_no_losses"): _checks_without("wrong answers shown")}),
    Bug("gate", "citations are not counted", {(gate, "_no_losses"): _checks_without("citations")}),
    Bug("gate", "liked answers are not counted", {(gate, "gate"): _gate_with(kept=())}),
    Bug("gate", "no loss is sure enough", {(gate, "_no_loss"): _unsure_is_fine}),
    Bug("gate", "slices are not looked at", {(gate, "_harmed"): lambda pairs: {}}),
    Bug("gate", "it never says what to judge next", {(gate, "gate"): _gate_with(to_label=())}),
)  # fmt: skip
