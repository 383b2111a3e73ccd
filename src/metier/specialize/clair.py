"""What people corrected -> pairs of answers that differ in the correction alone (CLAIR: D'Oosterlinck et al. 2024).

A pair teaches what its two answers differ in. Two answers written apart differ in everything, and the lesson drowns; an answer
and its minimal revision differ in what was wrong. So an edit is taken as it stands if it revises rather than rewrites; an
expert's answer is spliced into what was shown: statements it agrees with stay, the others give way. What a pair calls better
must be supported by the evidence that was shown: else it would teach to say what cannot be cited. It judges words, not taste: an
edit of style passes, and is marked as one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from metier.text.analyze import content_words
from metier.text.numbers import has_digit
from metier.text.overlap import common_subsequence
from metier.text.sentences import split_sentences

Holds = Callable[[str], bool]  # whether a text is supported by what was shown for the question

# Of the words of the longer answer, that both must share in order: below a half more is new than was kept, and it is another
# answer, which still says what is right but not what was wrong with the first.
LEAST_KEPT = 0.5
# Share of a statement's content words that an expert's sentence must hold to speak of the same thing, and to agree with it.
_ALIKE, _SAME = 0.6, 0.9
_LEAST_SHARED = 2  # words; one word in common ("days") is a coincidence


@dataclass(frozen=True, slots=True)
class Revision:
    """A pair of answers to one question that differ little."""

    better: str
    worse: str
    kept: float  # share of the longer one's words that both share, in order
    corrects: bool  # the worse one is not supported; else only the wording was changed


@dataclass(frozen=True, slots=True)
class Dropped:
    """No pair, and why."""

    reason: str


def from_edit(before: str, after: str, holds: Holds) -> Revision | Dropped:
    """The pair that an edit makes."""
    one, other = before.split(), after.split()
    if not one or not other:
        return Dropped("one of the two texts is empty")
    if one == other:
        return Dropped("nothing was changed")
    kept = common_subsequence(one, other) / max(len(one), len(other))
    if kept < LEAST_KEPT:
        return Dropped(f"rewritten rather than revised: {kept:.0%} of the words stayed")
    if not holds(after):
        return Dropped("the new text is not supported by what was shown")
    return Revision(after, before, kept, not holds(before))


def from_expert(shown: Sequence[str], answer: str, language: str, holds: Holds) -> Revision | Dropped:
    """The pair that an expert's answer makes of the statements that were shown: each sentence of the expert takes the place
    of the statement that it contradicts or makes precise, and statements that it says nothing about stay."""
    sentences = [answer[start:end] for start, end in split_sentences(answer, language)]
    revised = list(shown)
    for sentence in sentences:
        shares = [_share(statement, sentence, language) for statement in shown]
        best = max(range(len(shown)), key=lambda place: (shares[place], -place), default=None)
        if best is None or shares[best] < _ALIKE:
            revised.append(sentence)
        elif shares[best] < _SAME or _figures(shown[best]) != _figures(sentence):
            revised[best] = sentence
    return from_edit(" ".join(shown), " ".join(revised), holds)


def _share(statement: str, sentence: str, language: str) -> float:
    """Share of the content words of the statement, its figures left out, that the sentence holds."""
    own = {word for word in content_words(statement, language) if not has_digit(word)}
    shared = own & set(content_words(sentence, language))
    return len(shared) / len(own) if len(shared) >= _LEAST_SHARED else 0.0


def _figures(text: str) -> set[str]:
    return {word.strip(".,;:()") for word in text.split() if has_digit(word)}
