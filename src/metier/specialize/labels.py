"""What an example says about the candidates, passages and answers of a release: attribution, lessons and grades.

Attribution: an example whose right answer is among the candidates teaches the answer policy; one whose answer was found,
but not shown to it, teaches retrieval and never the policy (it would learn to quote what is not there), also where it is
only known to be there (sought.py); any other teaches neither.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from metier.evaluate.citations import quotes_overlap
from metier.evaluate.grade import MOST_STATEMENTS, glance
from metier.evaluate.matching import contains_answer
from metier.flow.finding import Found
from metier.generate.candidates import Candidate
from metier.generate.ranking import Considered
from metier.generate.whole import Whole
from metier.specialize.rows import Example
from metier.specialize.same_answer import contradicts, says_same
from metier.text.analyze import content_words
from metier.text.quantities import quantities
from metier.types import Answer, EvidenceQuote, Outcome, Passage, Statement

Mask = NDArray[np.bool_]

_CARRIED = 0.75  # share of an answer's own words (not the question's) that a sentence must hold to carry it

# P(what somebody said is not so). Thumbs: 15-30% of clicks disagree with a second look (Joachims et al. 2005 for clicks;
# here a setting of the objective, not a measurement); written answers are matched to sentences, which errs sometimes. A stronger
# model's revision is believed as far as a click until somebody measures it.
NOISE = {"thumb": 0.2, "written": 0.03, "revised": 0.2}


class Teaches(StrEnum):
    """Which component an example may teach."""

    POLICY = "policy"
    RETRIEVAL = "retrieval"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Lesson:
    """Of these candidates (and abstaining, last) one of the marked ones should be chosen."""

    features: NDArray[np.float64]  # (n, FEATURES of what is chosen among)
    good: Mask  # (n + 1,)
    weight: float
    noise: float
    group: str = ""
    propensity: float | None = None  # P(what it speaks of was shown), where only what was shown taught it


def carries(text: str, answers: Sequence[str], question: str, language: str) -> bool:
    """True if the text states one of the answers: as it stands, or with all its figures and most of its own words."""
    if contains_answer(text, answers):
        return True
    asked = frozenset(content_words(question, language))
    told = frozenset(content_words(text, language))
    figures = {value.value for value in quantities(text, language)}
    for answer in answers:
        own = frozenset(content_words(answer, language)) - asked
        wanted = {value.value for value in quantities(answer, language)}
        if own and wanted <= figures and len(own & told) >= _CARRIED * len(own):
            return True
    return False


def at_place(uri: str, text: str, places: Sequence[EvidenceQuote]) -> bool:
    """True if a stretch of this document is one of the places, or a good part of it."""
    return any(
        quote.uri in ("", uri) and quotes_overlap(text, quote.quote) and _same_figures(text, quote.quote)
        for quote in places
    )


_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def _same_figures(one: str, other: str) -> bool:
    """True if the figures of the shorter text are all in the longer one: two rows of one list often differ in nothing else,
    and an overlap of words takes "30 days" for "31 days"."""
    short, long = sorted((one, other), key=len)
    return set(_FIGURE.findall(short)) <= set(_FIGURE.findall(long))


def is_right(option: Candidate, example: Example) -> bool:
    """True if the candidate says what people say is right."""
    if at_place(option.passage.uri, option.text, example.rejected):
        return False
    if example.evidence:
        return at_place(option.passage.uri, option.text, example.evidence)
    return bool(example.answers) and carries(
        option.text, example.answers, example.question, option.passage.language
    )


def relevance(example: Example, found: Found, whole: Whole | None = None) -> dict[str, float]:
    """Passages that hold the right answer, by id, among all that any retriever found: by their words, or because a whole
    answer that is right (a cell, a calculation) rests on them."""
    passages = {hit.passage.id: hit.passage for hits in found.rankings.values() for hit in hits}
    cited = _rests_on(example, whole)
    return {
        identity: 1.0
        for identity, passage in passages.items()
        if holds(passage, example)
        or any(
            passage.document == one and passage.start < end and start < passage.end
            for one, start, end in cited
        )
    }


def _rests_on(example: Example, whole: Whole | None) -> set[tuple[str, int, int]]:
    if whole is None or not example.answers or example.evidence:
        return set()
    right = [one.statement for one in whole.answers if says_same(one.statement, example.answers)]
    return {(cited.document, cited.start, cited.end) for one in right for cited in one.citations}


def holds(passage: Passage, example: Example) -> bool:
    """True if the passage stands where people say, or carries what they wrote."""
    if example.evidence:
        return at_place(passage.uri, passage.text, example.evidence)
    return bool(example.answers) and carries(
        passage.text, example.answers, example.question, passage.language
    )


def teaches(
    example: Example,
    found: Found,
    looks: Sequence[Considered],
    whole: Whole | None = None,
    missed: Callable[[], bool] = lambda: False,
) -> Teaches:
    """What may learn from the example, given what the release finds for its question; `missed` says whether the answer is there
    and nothing found it."""
    if not (example.answers or example.evidence):
        return Teaches.POLICY if looks or whole else Teaches.NOTHING
    if any(is_right(option, example) for seen in looks[:1] for option in seen.options):
        return Teaches.POLICY
    if whole is not None and any(is_right_answer(one.statement, example) for one in whole.answers):
        return Teaches.POLICY
    return Teaches.RETRIEVAL if relevance(example, found) or missed() else Teaches.NOTHING


def is_right_answer(statement: Statement, example: Example) -> bool:
    """True if the whole answer is what people say is right: its value or wording, else where it stands."""
    cited = [(one.uri, one.quote) for one in statement.citations]
    if any(at_place(uri, quote, example.rejected) for uri, quote in cited):
        return False
    if example.answers:
        return says_same(statement, example.answers)
    return any(at_place(uri, quote, example.evidence) for uri, quote in cited)


def whole_lesson(example: Example, whole: Whole, group: str = "") -> Lesson | None:
    """What the example teaches the choice among whole answers; None if nothing.

    Where a person wrote the answer and none of these is it, all of them are wrong and abstaining is right. Of a place that
    none of them cites nothing is learnt: retrieval has to bring it first."""
    count = len(whole.answers)
    good = np.zeros(count + 1, dtype=bool)
    said = [one.statement for one in whole.answers]
    kind = "written"
    if example.answers or example.evidence:
        good[:count] = [is_right_answer(one, example) for one in said]
        good[count] = bool(example.answers) and not good.any()
    elif example.declines:
        good[count] = True
    elif example.revised and any(revised := [says_same(one, (example.revised,)) for one in said]):
        good[:count], kind = revised, "revised"
    elif example.rejected:
        good[:count] = [
            not any(at_place(c.uri, c.quote, example.rejected) for c in one.citations) for one in said
        ]
        good[count] = True
    elif example.thumb:
        kind = "thumb"
        if example.lead is None:
            good[count] = True  # the thumb is about an abstention
        else:
            good[:count] = [_is_the_same(one, example.lead) for one in said]
        good = good if example.thumb > 0 or not good.any() else ~good
    if not good.any() or good.all():
        return None
    return _lesson(whole.features, good, example, kind, group)


def _is_the_same(one: Statement, shown: Statement) -> bool:
    return (one.values or (one.text,), one.scale) == (shown.values or (shown.text,), shown.scale)


def lesson(example: Example, seen: Considered, group: str = "") -> Lesson | None:
    """What the example teaches the answer policy; None if nothing."""
    count = len(seen.options)
    good = np.zeros(count + 1, dtype=bool)
    if example.answers or example.evidence:
        good[:count] = [is_right(option, example) for option in seen.options]
        kind = "written"
    elif example.declines:
        good[count] = True
        kind = "written"
    elif example.revised and any(revised := [_is_revised(option, example) for option in seen.options]):
        good[:count], kind = revised, "revised"
    elif example.rejected:
        good[:] = True
        good[:count] = [
            not at_place(option.passage.uri, option.text, example.rejected) for option in seen.options
        ]
        kind = "written"
    elif example.thumb:
        if example.shown:
            good[:count] = [at_place(o.passage.uri, o.text, example.shown) for o in seen.options]
        else:
            good[count] = True  # the thumb is about an abstention
        if example.thumb < 0:
            good = ~good
        kind = "thumb"
    else:
        return None
    if not good.any() or good.all():
        return None
    return _lesson(seen.features, good, example, kind, group)


def _is_revised(option: Candidate, example: Example) -> bool:
    """True if the candidate says what a stronger model made of the answer."""
    return carries(option.text, (example.revised,), example.question, option.passage.language)


def _lesson(
    features: NDArray[np.float64], good: Mask, example: Example, kind: str, group: str
) -> Lesson | None:
    """None if nobody reliable is behind it. Who writes what is right says so whatever was shown."""
    is_thumb = kind == "thumb"
    weight = example.weight * (abs(example.thumb) if is_thumb else 1.0)
    shown = example.propensity if is_thumb else None
    return Lesson(features, good, weight, NOISE[kind], group, shown) if weight > 0 else None


@dataclass(frozen=True, slots=True)
class Graded:
    """What an answer is worth, as far as the example tells."""

    right: bool
    wrong_and_shown: bool
    cited: bool  # cites where people say it stands; True where nobody said, or nothing is shown
    shown: str = ""  # to compare with another release's answer

    @classmethod
    def of(cls, example: Example, answer: Answer, language: str = "") -> "Graded":
        """The grade of one answer; only examples that say what is right can be graded."""
        answered = answer.outcome is Outcome.ANSWERED
        text = glance(answer.statements) if answered else ""
        if example.declines:
            return cls(not answered, answered, True, text)
        cited = [c for statement in answer.statements[:MOST_STATEMENTS] for c in statement.citations]
        there = answered and any(at_place(one.uri, one.quote, example.evidence) for one in cited)
        states = answered and bool(example.answers) and _states(answer, text, example, language)
        right = there if example.evidence and not example.answers else states or there
        return cls(right, answered and not right, there or not (answered and example.evidence), text)


def _states(answer: Answer, text: str, example: Example, language: str) -> bool:
    """True if what leads is the answer, or what is shown carries it and what leads gives no other figure for it."""
    first = answer.statements[0]
    if says_same(first, example.answers):
        return True
    return not contradicts(first, example.answers) and carries(
        text, example.answers, example.question, language
    )


def keeps(example: Example, answer: Answer) -> bool:
    """True if an answer that people liked is still given: a place they were shown is cited, or it still abstains."""
    if not example.shown:
        return answer.outcome is not Outcome.ANSWERED
    cited = [citation for statement in answer.statements for citation in statement.citations]
    return any(at_place(one.uri, one.quote, example.shown) for one in cited)


def count_teaching(found: Mapping[str, Teaches]) -> dict[str, int]:
    """How many examples may teach what."""
    return {kind.value: sum(one is kind for one in found.values()) for kind in Teaches}
