"""The gate on the vault: one look at its sealed cases decides about the candidate, and says one word.

All feedback can then be learnt from. It knows right answers only, as the vault does: not citations, wrong answers shown,
slices or answers people liked, and not whether documents that were learnt from hold the answers of sealed cases.
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from metier.evaluate.replies import Reply, as_reply
from metier.evaluate.spending import Word as Said
from metier.evaluate.suites import DEFAULT_USER
from metier.evaluate.targets import Target
from metier.evaluate.vault import BudgetSpent, Look, look
from metier.specialize.bench import OpenTrial
from metier.specialize.gate import Verdict, Word
from metier.types import Case, Estimate, Release

_WORDS: Mapping[Said, Word] = {"pass": "pass", "worse": "fail", "cannot tell": "inconclusive"}


class SealedGate(Protocol):
    """Judges a candidate on questions that nobody here sees."""

    def __call__(self, base: Release, candidate: Release) -> Verdict: ...


def vault_gate(
    state: Path,
    key_file: Path,
    open_trial: OpenTrial,
    about: Mapping[str, str],
    should_stop: Callable[[], bool] = lambda: False,
) -> SealedGate:
    """The gate; `about` holds what else tells two configurations apart (documents, settings), since looks are counted by it.

    It raises UserError, with no look spent, if it was stopped or some cases gave no result. With all looks spent it is
    inconclusive."""

    def judge(base: Release, candidate: Release) -> Verdict:
        ours, theirs = (
            target(name, open_trial, one, about) for name, one in (("candidate", candidate), ("parent", base))
        )
        try:
            return verdict_of(look(state, key_file, ours, theirs, should_stop=should_stop))
        except BudgetSpent as spent:
            return _verdict("inconclusive", f"the vault said nothing: {spent}", 0.0, 0)

    return judge


def target(name: str, open_trial: OpenTrial, release: Release, about: Mapping[str, str]) -> Target:
    """The release as a system to evaluate, nothing stored; its state is the content of its parts."""
    trial = open_trial(release)

    def ask(case: Case) -> Reply:
        trace = trial.answer(case.question, None if case.user == DEFAULT_USER else case.user)
        reply = as_reply(trace.answer)
        return Reply(reply.answer, trace.draft.confidence if trace.draft else reply.confidence)

    parts = json.dumps(release.parts, sort_keys=True, default=dict)
    return Target(name, ask, {**about, "parts": hashlib.sha256(parts.encode()).hexdigest()})


def verdict_of(said: Look) -> Verdict:
    """The vault's word as a verdict; it carries no number but the gain of a pass."""
    gain = "" if said.low is None else f", at least {said.low:+.0%} right answers"
    again = "; asked again, nothing spent" if said.again else ""
    reason = f"the vault: {said.word}{gain} (look {said.look} of {said.looks}{again}); right answers are all it judges"
    return _verdict(_WORDS[said.word], reason, said.level, said.look)


def _verdict(word: Word, reason: str, level: float, number: int) -> Verdict:
    untold = Estimate(math.nan, math.nan, math.nan, 0)
    return Verdict(word, reason, untold, math.nan, math.nan, math.nan, level, number, 0)
