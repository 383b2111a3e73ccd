"""What a language model is shown and what it should have said -> rows for every objective.

One `Shown` (a question with its passages, as the product's prompt shows them) gives a right text; SFT reads those. A pair is a
right and a wrong text to the same prompt; DPO and APO read pairs, KTO each half of them alone, marked good or bad. Wrong texts are
minimal corruptions of the right one (`corruptions`), or what the model itself said wrongly, which teaches most: it lowers what
the model would say, not what nobody would (D'Oosterlinck et al. 2024).
"""

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from metier.generate.prompt import NOT_FOUND, Form, Packed, build_prompt
from metier.text.analyze import content_words
from metier.text.sentences import split_sentences
from metier.types import Evidence, Query

Messages = tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A question as a model sees it, and the texts that would be right; none if what is shown does not answer it."""

    id: str
    messages: Messages
    packed: tuple[Packed, ...]
    right: tuple[str, ...]  # with the id of the passage, as the model should write it
    group: str  # of the document: rows of one group stay on one side of every split

    @property
    def target(self) -> str:
        """What it is taught to write."""
        return self.right[0] if self.right else NOT_FOUND


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts to one prompt."""

    messages: Messages
    better: str
    worse: str
    kind: str  # how the worse one came about
    group: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A text to a prompt, good or bad."""

    messages: Messages
    text: str
    is_good: bool


def shown(
    identity: str,
    query: Query,
    evidence: Sequence[Evidence],
    answer: str,
    tokens: int,
    form: Form,
    group: str,
    said: str = "",
    stands: Callable[[str], bool] | None = None,
) -> Shown | None:
    """The question with what fits of its evidence. `answer` ("" = there is none) is cited where it stands, in the words of
    `said` if given; None if it does not stand in what is shown: such a row would teach to invent it, or to abstain on it.
    `stands` tells whether a passage says it, where people's words differ from the document's (default: word for word)."""
    prompt = build_prompt(query, evidence, tokens, form)
    if not answer:
        return Shown(identity, prompt.messages, prompt.packed, (), group)
    is_there = stands or (lambda text: holds(text, answer))
    holders = [item.id for item in prompt.packed if is_there(" ".join(item.lines()))]
    if not holders:
        return None
    right = tuple(f"{' '.join((said or answer).split())} [{name}]" for name in holders)
    return Shown(identity, prompt.messages, prompt.packed, right, group)


def without_answer(
    identity: str,
    query: Query,
    evidence: Sequence[Evidence],
    answer: str,
    tokens: int,
    form: Form,
    group: str,
) -> Shown | None:
    """The same question with the passages that answer it taken away: nothing that is left says it. None if nothing is left."""
    rest = [item for item in evidence if not holds(item.passage.text, answer)]
    return shown(identity, query, rest, "", tokens, form, group) if rest else None


_EDGES = " .,;:'\"“”"


def holds(text: str, answer: str) -> bool:
    """True if the answer stands in the text as it is, whatever the case and the white space; "5" does not stand in "15" or "5.1"."""
    wanted = " ".join(answer.casefold().split()).strip(_EDGES)
    if not wanted:
        return False
    before = r"(?<![\w.,:])" if wanted[0].isdigit() else r"(?<!\w)" if wanted[0].isalnum() else ""
    after = r"(?![.,:]?\d|\w)" if wanted[-1].isalnum() else ""
    return re.search(before + re.escape(wanted) + after, " ".join(text.casefold().split())) is not None


# --- pairs ----------------------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")
_MARK = re.compile(r"\s*\[p\d+\]$")
_SHORTEST, _LONGEST = 1, 40  # words of a text that is put in the place of an answer


def corruptions(item: Shown, rng: random.Random) -> list[Pair]:
    """What could be wrong with the right text, one mistake each."""
    right = item.target
    if not item.right:
        guess = _elsewhere(item, "", rng)
        return [Pair(item.messages, right, guess, "invented", item.group)] if guess else []
    answer = _MARK.sub("", right)
    worse = {
        "another figure": _other_figure(item, right, rng),
        "another place": _elsewhere(item, answer, rng),
        "another passage cited": _other_id(item, right, rng),
        "silent": NOT_FOUND,
        "not cited": answer,
    }
    return [
        Pair(item.messages, right, text, kind, item.group)
        for kind, text in worse.items()
        if text and text not in item.right
    ]


def own_mistake(item: Shown, said: str, is_right: bool) -> Pair | None:
    """The pair that a model's own answer makes, if it was wrong."""
    said = said.strip()
    if is_right or not said or said in item.right:
        return None
    return Pair(item.messages, item.target, said, "own", item.group)


def marks(pairs: Iterable[Pair]) -> list[Mark]:
    """Each text of the pairs alone, the good and the bad by turns, no text twice."""
    out: dict[tuple[str, str], Mark] = {}
    for pair in pairs:
        asked = pair.messages[-1]["content"]
        for text, is_good in ((pair.better, True), (pair.worse, False)):
            out.setdefault((asked, text), Mark(pair.messages, text, is_good))
    return list(out.values())


def _other_figure(item: Shown, right: str, rng: random.Random) -> str:
    """The right text with its last figure exchanged for another of the same look that is shown; else with one digit changed."""
    answer = _MARK.sub("", right)
    own = list(_NUMBER.finditer(answer))
    if not own:
        return ""
    place = own[-1]
    every = {found for one in item.packed for line in one.lines() for found in _NUMBER.findall(line)}
    alike = sorted(
        one
        for one in every - {m[0] for m in own}
        if len(one) == len(place[0]) and ("," in one) == ("," in place[0])
    )
    other = rng.choice(alike) if alike else _one_digit(place[0], rng)
    return answer[: place.start()] + other + answer[place.end() :] + right[len(answer) :]


def _one_digit(figure: str, rng: random.Random) -> str:
    places = [i for i, character in enumerate(figure) if character.isdigit()]
    place = rng.choice(places)
    digit = rng.choice([one for one in "123456789" if one != figure[place]])
    return figure[:place] + digit + figure[place + 1 :]


def _other_id(item: Shown, right: str, rng: random.Random) -> str:
    others = [one.id for one in item.packed if not right.endswith(f"[{one.id}]")]
    return f"{_MARK.sub('', right)} [{rng.choice(others)}]" if others and _MARK.search(right) else ""


def _elsewhere(item: Shown, answer: str, rng: random.Random) -> str:
    """A sentence or cell that is shown and is not the answer, with the id of its passage: what a model that guesses would say."""
    asked = set(content_words(item.messages[-1]["content"].rpartition("Question:")[2]))
    options: list[tuple[int, str]] = []
    for one in item.packed:
        for line in one.lines()[1:]:  # the first is the header
            text = line.partition("| ")[2]
            parts = (
                text.split(" | ") if " | " in text else [text[a:b] for a, b in split_sentences(text, "en")]
            )
            for part in parts:
                if not (_SHORTEST <= len(part.split()) <= _LONGEST) or not any(c.isalnum() for c in part):
                    continue
                if answer and (holds(part, answer) or holds(answer, part)):
                    continue
                options.append((len(asked & set(content_words(text))), f"{part.strip(' .')} [{one.id}]"))
    if not options:
        return ""
    # among those that share most with the question: the near miss is what has to be learnt
    options.sort(key=lambda option: (-option[0], option[1]))
    return rng.choice(options[:4])[1]
