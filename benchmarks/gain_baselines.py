"""What other tools do with the same labels, beside `specialize_gain`: search settings, show examples, keep verified answers.

- Search of settings: weights of the retrievers and of the reranker, and the threshold, tried on all questions whose right answer
  somebody wrote; taken is what answers most of them right and shows hardly more wrong answers, the bound that our own thresholds keep.
- Edits as few-shot examples. There is no language model here that could be shown them; what examples in a prompt do, lean on the few that are most
  like the question, is done to the answer policy: for each question it is fitted to the corrected questions nearest by words, from the
  parent's weights, and used for this question alone.
- Cache: the verified answer to nearly the same question is given again (gain_people.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from benchmarks.gain_bench import Bench, Errors
from benchmarks.gain_people import cached, likeness, words_of
from metier.generate.ranking import section_of
from metier.generate.scoring import named, vector
from metier.specialize.bench import Pace, replay, with_changes
from metier.specialize.components.answer_policy import lessons
from metier.specialize.labels import Graded
from metier.specialize.policy_fit import fit_policy
from metier.specialize.rows import Example, examples
from metier.types import Feedback

_NEAREST = 8  # as many examples as a prompt has room for
_STRENGTH = 0.1  # of the anchor, per lesson: eight move the weights visibly, and none of them far
_LEAN = 0.5  # share of all weight that is moved to one retriever
_MORE_WRONG = 0.02  # of the questions, as in specialize/components/thresholds.py
_THRESHOLD = ("thresholds", "extractive")


def baselines(bench: Bench, told: Sequence[Feedback]) -> Iterator[tuple[str, Errors]]:
    """Each baseline's name and errors on the test questions, cheapest first. Raises Interrupted."""
    written = [one for one in examples(told, bench.traces()) if one.says_what_is_right]
    corrected = {one.id for one in written}
    events = [event for event in bench.events if event.trace.answer.id in corrected]
    yield "verified-answer cache", cached(events, bench.asked.tests, bench.before)
    yield "edits as examples", few_shot(bench, written)
    yield "search of settings", searched(bench, written)


@dataclass(frozen=True, slots=True)
class _Tried:
    """One setting on one question."""

    right: bool
    confidence: float


def searched(bench: Bench, written: Sequence[Example]) -> Errors:
    """Errors with the settings that are best on what people wrote."""
    release = bench.system.release
    threshold = float(release.parts["thresholds"]["extractive"])
    now = _tried(bench, written, {})
    most_wrong = _count(now, threshold, right=False) + _MORE_WRONG * len(written)
    best: dict[tuple[str, ...], Any] = {}
    most = _count(now, threshold, right=True)
    for setting in _settings(release.parts):
        tried = _tried(bench, written, setting)
        for level in sorted({threshold, *(round(one.confidence, 3) for one in tried)}, reverse=True):
            right = _count(tried, level, right=True)
            if right > most and _count(tried, level, right=False) <= most_wrong:
                most, best = right, {**setting, _THRESHOLD: level}
    return bench.errors(with_changes(release, best))[0]


def _settings(parts: Mapping[str, Any]) -> list[dict[tuple[str, ...], Any]]:
    """Retrieval as it is, leaning to each retriever, and without the signals of the reranker."""
    weights = {name: float(value) for name, value in parts["mixture"]["weights"].items()}
    total = sum(weights.values())
    leaning = [
        {name: value / total * (1 - _LEAN) + _LEAN * (name == one) for name, value in weights.items()}
        for one in weights
    ]
    plain = {name: float(name == "mixture") for name in parts["reranker"]["weights"]}
    fixed = {name: value for name, value in parts["mixture"].items() if name != "follows"}
    out: list[dict[tuple[str, ...], Any]] = [{("mixture",): {**fixed, "weights": mixed}} for mixed in leaning]
    return [{}, *out, {("reranker", "weights"): plain}]


def _tried(bench: Bench, written: Sequence[Example], setting: Mapping[tuple[str, ...], Any]) -> list[_Tried]:
    """Each question with everything shown, so that any threshold can be judged."""
    trial = bench.trial(with_changes(bench.system.release, {**setting, _THRESHOLD: 0.0}))
    out = []
    for item in written:
        bench.go_on()
        trace = trial.answer(item.question, item.user, item.history)
        sure = trace.draft.confidence if trace.draft else 0.0
        out.append(_Tried(Graded.of(item, trace.answer).right, sure))
    return out


def _count(tried: Sequence[_Tried], level: float, right: bool) -> int:
    return sum(one.right is right and one.confidence >= level for one in tried)


def few_shot(bench: Bench, written: Sequence[Example]) -> Errors:
    """Errors where each test question is answered with weights that its nearest corrected questions teach."""
    release = bench.system.release
    replays = replay(
        bench.trial(release),
        written,
        {one.id: one.id for one in written},
        Pace(should_stop=bench.is_late),
        "",
    )
    section = next((item.looks[-1].section for item in replays if item.looks), None)
    if section is None:
        return bench.before
    before = vector(section_of(release.parts["generator"], section)["weights"])
    taught = {item.example.id: lessons([item], section) for item in replays}
    known = [(words_of(item.example.question), taught[item.example.id]) for item in replays]
    errors = []
    for one in bench.asked.tests:
        bench.go_on()
        own = words_of(one.question)
        nearest = sorted(known, key=lambda pair: -likeness(own, pair[0]))[:_NEAREST]
        fitted = fit_policy(list(chain.from_iterable(found for _, found in nearest)), before, _STRENGTH)
        changed = with_changes(release, {("generator", *section, "weights"): named(fitted)})
        answer = bench.system.trial(changed, bench.known).answer(one.question, one.user).answer
        errors.append(float(not one.is_right(answer)))
    return errors


def best_of(peers: Mapping[str, Errors]) -> str:
    """The name of the baseline with fewest errors."""
    return min(peers, key=lambda name: float(np.mean(peers[name])))
