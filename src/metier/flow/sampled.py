"""A question that was not answered, answered from several answers of the language model: each sentence of each is verified as any
other, the policy says how likely each answer is right, and the likeliest leaves if that is enough.

Nothing was told before (an abstention has no statements), so nothing is withdrawn.
"""

import dataclasses
from collections.abc import Callable

from metier.errors import ModelUnavailable
from metier.flow.answering import Answering, Run, Sampling, timed
from metier.types import Draft, Sample, Statement

SEED = 7  # of the first answer; each further one has the next
TEMPERATURE = 0.7  # of every answer but the model's first, which is its likeliest

Verify = Callable[[Run, Draft], list[Statement]]  # the statements of a draft that may leave


def best_sample(parts: Answering, run: Run, verify: Verify) -> Run | None:
    """The journey of the chosen answer with its draft and findings, or None; `run` then holds the samples and what they cost."""
    if (sampling := parts.sampling) is None or run.draft is None or run.query.rewrites or not run.evidence:
        return None
    if run.draft.confidence < sampling.least:
        return None
    drawn = timed(parts, run, "sample", lambda: _draw(parts, sampling, run, verify))
    spent = sum((own.samples[0].usage for own in drawn), run.draft.usage)
    run.draft = dataclasses.replace(run.draft, usage=spent)
    run.samples = list(sampling.weigh(run.query, run.draft, [own.samples[0] for own in drawn]))
    place = max(range(len(drawn)), key=lambda n: (run.samples[n].chance, -n), default=None)
    if place is None or not run.samples[place].statements:
        return None
    best, chosen = drawn[place], run.samples[place]
    best.draft = dataclasses.replace(best.draft or run.draft, confidence=chosen.chance, usage=spent)
    if not parts.settlement.answerable(best.draft):
        return None
    run.samples[place] = dataclasses.replace(chosen, is_served=True)
    return best


def _draw(parts: Answering, sampling: Sampling, run: Run, verify: Verify) -> list[Run]:
    """A journey for each sample, until the first two that speak agree, the time is spent, or the model fails."""
    begun = parts.clock()
    drawn: list[Run] = []
    draw = sampling.sampler(run.query, run.evidence)
    asked = 1 if run.draft is not None and run.draft.prompt else 0  # nothing of the first answer may leave
    for number in range(asked, sampling.most):
        if drawn and parts.clock() - begun > sampling.within_s:
            break
        temperature = TEMPERATURE if number else 0.0
        try:
            draft = draw(SEED + number, temperature)
        except ModelUnavailable:
            break
        drawn.append(_judged(run, draft, SEED + number, temperature, verify))
        if len(drawn) == 2 and sampling.agree(run.query, drawn[0].samples[0], drawn[1].samples[0]):
            break
    return drawn


def _judged(run: Run, draft: Draft, seed: int, temperature: float, verify: Verify) -> Run:
    """A journey of its own for one draft, with its sample: which of its statements may leave."""
    own = Run(run.query, run.access, run.started, evidence=run.evidence, documents=run.documents)
    own.draft = draft
    kept = verify(own, draft)
    passed = {item.id for item in kept}
    left_out = tuple(item for item in draft.statements if item.id not in passed)
    logprob = draft.features.get("logprob")
    own.samples = [
        Sample(seed, temperature, tuple(kept), left_out, draft.features, usage=draft.usage, logprob=logprob)
    ]
    return own
