"""How sure an answer must be to be shown unseen, with a promise: at most a share alpha of those shown is wrong.

Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei 2021, arXiv 2110.01052): thresholds are tested from strict to
lax with exact binomial p-values, and the last one that passes is used. Testing all and taking the best would break the
promise; so does "the lowest threshold with at most 5% wrong observed" (in 43-97% of runs). Two kinds of steps:

- Where to test is decided by ranks of confidence alone (never by who was wrong), 60 of them, geometrically from the
  fewest answers that could ever pass to all that are shown.
- A third of delta is spent at each of three starts; a test that passes hands what it had to the next (the fallback
  procedure, Wiens 2003), so that bad luck among the few surest answers does not end everything.

What it assumes: production asks what the suite asks (same kinds, in the same shares), answered by the same release over
the same kind of corpus; and at and below the border confidence falls as risk rises. Questions of one group count once.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from metier.errors import UserError
from metier.evaluate.estimates import clopper_pearson
from metier.evaluate.mix import mix_of
from metier.evaluate.quantiles import beta_cdf
from metier.evaluate.scores import Score, leaky_groups
from metier.evaluate.verdict import percent

STARTS = 3  # of 1, 3, 4 starts and 20, 30, 60 steps this passed most answers over six risk curves; docs/design/evaluation.md
STEPS = 60
VALID_DAYS = 90  # a quarter: what people ask, and the documents, move on
TOPIC = "topic:"  # a case's tag that names its topic
_KEPT = 500  # confidences in a certificate: enough to notice a drift by, little to carry
SHARE_DELTA = 0.01  # spent on the share of questions that is shown (Dvoretzky, Kiefer and Wolfowitz, Massart's constant)


@dataclass(frozen=True, slots=True)
class Topic:
    """What can be promised of one topic by itself: the confidence from which at most alpha of its answers are wrong, or why
    there is none. All topics together hold with probability 1 - delta."""

    name: str
    cases: int  # independent ones that were answered
    threshold: float | None
    why: str  # "" where there is a threshold


@dataclass(frozen=True, slots=True)
class Certificate:
    """A threshold with what it promises, with probability `certainty` over suites drawn alike; `leaks_at_most` is a promise
    of its own, with probability 1 - delta."""

    threshold: float  # answers at least this confident may be shown unseen
    alpha: float  # at most this share of those shown is wrong
    certainty: float
    cases: int  # independent ones, one per group
    shown: int  # of them at or above the threshold
    wrong: int  # of those
    share: float  # of questions that are shown
    share_high: float
    questions: int  # for bounds in words
    wrong_at_most: int  # of so many questions
    leaks: int
    leak_cases: int
    leaks_at_most: int | None  # of so many questions about what the asker may not see; None = not measured
    issued: str
    expires: str
    system: str
    suite: str
    suite_fingerprint: str
    sentence: str
    about: Mapping[str, str] = field(default_factory=dict)
    topics: tuple[Topic, ...] = ()
    confidences: tuple[
        float, ...
    ] = ()  # of the suite's questions, 0 = not answered; at most 500, evenly drawn
    mix: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # questions by kind, as in mix.py


def certify_scores(
    scores: Sequence[Score],
    alpha: float,
    delta: float,
    *,
    questions: int,
    now: datetime,
    system: str = "",
    suite: str = "",
    suite_fingerprint: str = "",
    about: Mapping[str, str] | None = None,
) -> Certificate:
    """The certificate of these scores. Raises UserError, saying why, if no threshold passes."""
    if not 0 < alpha < 1 or not SHARE_DELTA <= delta < 0.5 or questions < 1:
        raise UserError(
            f"certify: alpha is a share above 0 and below 1 (0.05 for 5%), delta one from {SHARE_DELTA} on and below 0.5, questions are "
            f"1 or more, not {alpha:g}, {delta:g} and {questions}"
        )
    chosen = one_per_group(scores)
    shown = [item for item in chosen if item.shown]
    if without := sum(item.confidence is None for item in shown):
        raise UserError(
            f"{without} of {len(shown)} answers carry no confidence, so there is nothing to put a threshold on; let the "
            "system return `confidence` (0 to 1)"
        )
    confidences = [item.confidence or 0.0 for item in shown]
    threshold = certified_threshold(confidences, [not item.right for item in shown], alpha, delta)
    if threshold is None:
        raise UserError(_refusal(len(chosen), shown, alpha, delta))
    above = [item for item in shown if (item.confidence or 0.0) >= threshold]
    share = len(above) / len(chosen)
    share_high = min(1.0, share + math.sqrt(math.log(1 / SHARE_DELTA) / (2 * len(chosen))))
    leaks, guarded = leaky_groups(scores)
    leaks_at_most = _count(clopper_pearson(leaks, guarded, 1 - 2 * delta).high, questions)
    found = Certificate(
        threshold=threshold,
        alpha=alpha,
        certainty=1 - delta - SHARE_DELTA,
        cases=len(chosen),
        shown=len(above),
        wrong=sum(not item.right for item in above),
        share=share,
        share_high=share_high,
        questions=questions,
        wrong_at_most=_count(alpha * share_high, questions),
        leaks=leaks,
        leak_cases=guarded,
        leaks_at_most=leaks_at_most if guarded else None,
        issued=now.isoformat(timespec="seconds"),
        expires=(now + timedelta(days=VALID_DAYS)).date().isoformat(),
        system=system,
        suite=suite,
        suite_fingerprint=suite_fingerprint,
        sentence="",
        about=dict(about or {}),
        topics=certify_topics(chosen, alpha, delta),
        confidences=_thinned([item.confidence or 0.0 if item.shown else 0.0 for item in chosen]),
        mix=mix_of(item.case.question for item in chosen),
    )
    return replace(found, sentence=_sentence(found))


def certify_topics(scores: Sequence[Score], alpha: float, delta: float) -> tuple[Topic, ...]:
    """Each topic by itself, delta shared among those with enough cases; rows are independent.

    A topic is what a tag `topic:NAME` says, else the first folder of the document that a case rests on."""
    topics: dict[str, list[Score]] = {}
    for item in scores:
        if (name := topic_of(item)) and item.shown and item.confidence is not None:
            topics.setdefault(name, []).append(item)
    # Delta is shared among as many topics as could pass if it were not shared: fewer can, which errs on the safe side.
    able = sum(len(rows) >= fewest_answers(alpha, delta / STARTS) for rows in topics.values())
    own = delta / max(able, 1)
    found = []
    for name in sorted(topics):
        rows = topics[name]
        least = fewest_answers(alpha, own / STARTS)
        if len(rows) < least:
            found.append(Topic(name, len(rows), None, f"{len(rows)} independent answers, {least} are needed"))
            continue
        confidences = [item.confidence or 0.0 for item in rows]
        at = certified_threshold(confidences, [not item.right for item in rows], alpha, own)
        wrong = sum(not item.right for item in rows)
        found.append(
            Topic(name, len(rows), at, "" if at is not None else f"{wrong} of {len(rows)} are wrong")
        )
    return tuple(found)


def topic_of(score: Score) -> str:
    """The case's topic, or "" if nothing tells."""
    told = next((tag.removeprefix(TOPIC) for tag in score.case.tags if tag.startswith(TOPIC)), "")
    if told or not score.case.evidence:
        return told
    folder, slash, _ = score.case.evidence[0].uri.partition("/")
    return folder if slash else ""


def _thinned(values: Sequence[float]) -> tuple[float, ...]:
    ordered = sorted(values)
    if len(ordered) <= _KEPT:
        return tuple(ordered)
    return tuple(ordered[round(i * (len(ordered) - 1) / (_KEPT - 1))] for i in range(_KEPT))


def certified_threshold(
    confidences: Sequence[float], wrong: Sequence[bool], alpha: float, delta: float
) -> float | None:
    """The least confidence that is certified, or None. Rows are independent and shown; equal confidences stay together."""
    order = sorted(range(len(confidences)), key=lambda index: -confidences[index])
    total = len(order)
    least = fewest_answers(alpha, delta / STARTS)
    if total < least:
        return None
    errors, best, level, last = 0, None, 0.0, 0
    starts = {round(i * STEPS / STARTS) for i in range(STARTS)}
    for step, rank in enumerate(_ranks(least, total)):
        level += delta / STARTS if step in starts else 0.0
        end = rank
        while end < total and confidences[order[end]] == confidences[order[end - 1]]:
            end += 1
        errors += sum(wrong[index] for index in order[last:end])
        last = max(last, end)
        if level > 0 and binomial_p_value(errors, last, alpha) <= level:
            best = confidences[order[last - 1]]
        else:
            level = 0.0
    return best


def binomial_p_value(errors: int, n: int, alpha: float) -> float:
    """P(at most so many errors among n | each is wrong with probability alpha): exact; small = the risk is below alpha."""
    return 1.0 if errors >= n else 1 - beta_cdf(alpha, errors + 1, n - errors)


def fewest_answers(alpha: float, delta: float) -> int:
    """Fewer shown answers than this cannot certify alpha, even with none wrong: (1 - alpha)^n <= delta."""
    return math.ceil(math.log(delta) / math.log1p(-alpha) - 1e-9)


def one_per_group(scores: Iterable[Score]) -> list[Score]:
    """One case of each group, by the hash of its id: exact bounds need independent rows, and the dice are not ours."""
    chosen: dict[str, tuple[str, Score]] = {}
    for item in scores:
        key = hashlib.sha256(item.case.id.encode()).hexdigest()
        group = item.case.group or item.case.id
        if group not in chosen or key < chosen[group][0]:
            chosen[group] = (key, item)
    return [item for _, (_, item) in sorted(chosen.items())]


def invalid_because(certificate: Certificate, about: Mapping[str, str], now: datetime) -> str:
    """Why the certificate does not hold (expired, another release, other documents), or "" if it does."""
    if now.date().isoformat() > certificate.expires:
        return f"it expired on {certificate.expires}; run and certify again"
    for key in sorted({*certificate.about, *about}):
        if certificate.about.get(key) != about.get(key):
            if key == "settings":
                return (
                    "metier.yaml (the job, models or ways to search) has changed since; run and certify again"
                )
            again = "run and certify again" if key.startswith("model ") else "certify again"
            return f"{key} was {certificate.about.get(key)!r} then and is {about.get(key)!r} now; {again}"
    return ""


def _ranks(least: int, total: int) -> list[int]:
    """60 ranks from `least` to `total`, geometrically, never falling (with few answers some come more than once)."""
    ratio = total / least
    return [min(total, round(least * ratio ** (step / (STEPS - 1)))) for step in range(STEPS)]


def _count(share: float, questions: int) -> int:
    return math.ceil(share * questions - 1e-9)


def _sentence(found: Certificate) -> str:
    text = (
        f"Answers with a confidence of at least {found.threshold:.3f} may be shown unseen: {percent(found.share)} of the "
        f"questions. With {percent(found.certainty)} certainty at most {percent(found.alpha)} of them are wrong: of "
        f"{found.questions:,} questions a month at most {found.wrong_at_most:,} wrong. "
    )
    if found.leaks_at_most is None:
        text += "Leaks were not measured: the suite has no permission cases. "
    else:
        text += (
            f"Of {found.questions:,} questions about what the asker may not see at most {found.leaks_at_most:,} leak "
            f"({found.leaks} of {found.leak_cases} did). "
        )
    return (
        text
        + f"Valid until {found.expires}, for this release, these documents and questions like those of the suite."
    )


def _refusal(cases: int, shown: Sequence[Score], alpha: float, delta: float) -> str:
    least = fewest_answers(alpha, delta / STARTS)
    if len(shown) < least:
        return (
            f"not certified: {len(shown)} independent cases were answered (of {cases}); even with none wrong it takes "
            f"{least} to show that at most {percent(alpha)} are wrong. Add cases (one per document or conversation)"
        )
    wrong = sum(not item.right for item in shown)
    return (
        f"not certified: {wrong} of {len(shown)} answers shown are wrong, and no confidence separates enough right ones "
        f"to show with {percent(1 - delta)} certainty that at most {percent(alpha)} are wrong. Keep a person in between, "
        "allow more risk, or improve the system"
    )
