"""What people require of an answer's form, as plain-language unit tests that code can check; each can be met or broken on purpose.

Meeting and breaking make two wordings of one answer that differ in the rules under test alone, which is what an interview shows
("this one or that one?"). Meaning is not among them: whether an exception should have been told, only a person or a model can say.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from metier.text.language import detect_language
from metier.text.personal import personal_data
from metier.text.sentences import split_sentences
from metier.text.units import UNIT_PATTERN
from metier.types import Answer


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer as a reader sees it: its words, its sources, and the date its first source gives itself ("" if none)."""

    text: str
    sources: tuple[str, ...] = ()
    dated: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement: how people say it, whether an answer meets it, and how to make one that does or does not."""

    id: str
    told: str
    holds: Callable[[str, Shown], bool]  # of question and answer
    meet: Callable[[str, Shown], Shown]
    spoil: Callable[[str, Shown], Shown]


def shown(answer: Answer) -> Shown:
    """The answer as a reader sees it."""
    cited = [citation for statement in answer.statements for citation in statement.citations]
    text = " ".join(statement.text.strip() for statement in answer.statements)
    if answer.abstention and not text:
        text = " ".join([answer.abstention.reason, answer.abstention.next]).strip()
    titles = tuple(dict.fromkeys(citation.title or citation.uri for citation in cited))
    return Shown(text, titles, cited[0].version_date if cited else "", cited[0].page if cited else 1)


_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_FIGURE = re.compile(r"(?<![\w-])\d+(?:[.,]\d+)*")
_WITH_UNIT = re.compile(
    rf"\d\s?(?:{UNIT_PATTERN})(?![^\W\d_])|(?:EUR|USD|GBP|[€$£])\s?\d|\d\s?(?:EUR|USD|GBP|[€$£%])"
)
_ADVICE = re.compile(
    r"\b(?:recommend\w*|advis\w+|suggest\w*|empfehl\w+|empfohlen|rate[nt]? (?:Ihnen|dir|zu))\b", re.IGNORECASE
)
_HEDGES = re.compile(
    r"\b(?:probably|perhaps|maybe|possibly|presumably|vermutlich|vielleicht|wahrscheinlich|eventuell)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(r"\b(?:I|we|We|ich|wir|Ich|Wir)\b")
_LINK = re.compile(r"https?://|\bwww\.|\b[\w.-]+@[\w-]+\.\w+")
_SHORT = re.compile(r"\b(?:e\.g\.|i\.e\.|etc\.|approx\.|z\. ?B\.|d\. ?h\.|bzw\.|ca\.)", re.IGNORECASE)
_LIST = re.compile(r"(?m)^\s*(?:[-*•]|\d+[.)])\s+\S")
_PAGE = re.compile(r"\b(?:page|Seite|p\.|S\.)\s?\d+")
_DATE_SAID = re.compile(r"\b(?:as of|dated|Stand|vom)\b")
_CONTACT = re.compile(r"\b(?:ask|contact|turn to|wenden Sie sich|fragen Sie)\b", re.IGNORECASE)
_GREETING = re.compile(r"\b(?:hello|hi there|dear|regards|hallo|guten tag|grüße)\b", re.IGNORECASE)
_THANKS = re.compile(r"\b(?:happy to help|glad to|good question|gerne|gute frage)\b", re.IGNORECASE)
_SOURCE = re.compile(r"\b(?:Source|According to|Quelle|Laut)\b")
_FIRST_WORDS = 10
_FILLER = (
    "This follows from the wording of the rule in force and applies to all cases that the rule covers without any difference",
    "It has to be read together with the other parts of the same document, which describe the procedure step by step",
    "The same holds for everybody who falls under the rule, whatever the place of work and the length of service may be",
    "Earlier rules on the same matter had another wording and do not have to be taken into account for this question any more",
)  # fmt: skip


def words_at_most(limit: int) -> Rule:
    """At most so many words."""
    return Rule(
        f"words<={limit}", f"has at most {limit} words",
        lambda question, one: len(one.text.split()) <= limit,
        lambda question, one: replace(one, text=_first_sentences(one.text, limit)),
        lambda question, one: replace(one, text=lengthened(one.text, limit + 1)),
    )  # fmt: skip


def lengthened(text: str, least: int) -> str:
    """The text with more of the same until it has so many words."""
    number = 0
    while len(text.split()) < least:
        text = f"{_stop(text)} {_FILLER[number % len(_FILLER)]}."
        number += 1
    return text


def _first_sentences(text: str, limit: int) -> str:
    kept = ""
    for start, end in split_sentences(text):
        longer = f"{kept} {text[start:end]}".strip()
        if kept and len(longer.split()) > limit:
            break
        kept = longer
    return " ".join(kept.split()[:limit]) if len(kept.split()) > limit else kept


def _stop(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."


def _add(sentence: str) -> Callable[[str, Shown], Shown]:
    return lambda question, one: replace(one, text=f"{_stop(one.text)} {sentence}")


def _as_is(question: str, one: Shown) -> Shown:
    return one


def _without(pattern: re.Pattern[str]) -> Callable[[str, Shown], Shown]:
    def without(question: str, one: Shown) -> Shown:
        kept = [one.text[a:b] for a, b in split_sentences(one.text) if not pattern.search(one.text[a:b])]
        return replace(one, text=" ".join(kept) or pattern.sub("", one.text).strip())

    return without


def _never(identity: str, told: str, pattern: re.Pattern[str], sentence: str) -> Rule:
    """A rule against words of a kind."""
    return Rule(
        identity, told, lambda question, one: not pattern.search(one.text), _without(pattern), _add(sentence)
    )


def _always(identity: str, told: str, pattern: re.Pattern[str], sentence: Callable[[Shown], str]) -> Rule:
    """A rule for words of a kind."""

    def meet(question: str, one: Shown) -> Shown:
        return one if pattern.search(one.text) else replace(one, text=f"{_stop(one.text)} {sentence(one)}")

    return Rule(
        identity, told, lambda question, one: bool(pattern.search(one.text)), meet, _without_words(pattern)
    )


def _without_words(pattern: re.Pattern[str]) -> Callable[[str, Shown], Shown]:
    return lambda question, one: replace(one, text=re.sub(r"\s+", " ", pattern.sub("", one.text)).strip())


def _names_source(question: str, one: Shown) -> bool:
    if not one.sources:
        return bool(_SOURCE.search(one.text))
    return any(title.lower() in one.text.lower() for title in one.sources)


def _without_source(question: str, one: Shown) -> Shown:
    kept = [
        one.text[a:b]
        for a, b in split_sentences(one.text)
        if not _names_source(question, replace(one, text=one.text[a:b]))
    ]
    return replace(one, text=" ".join(kept) or one.text)


def _same_language(question: str, one: Shown) -> bool:
    asked = detect_language(question)
    said = {detect_language(one.text[a:b]) for a, b in split_sentences(one.text)}
    return not asked or not said - {asked, ""}


def _foreign(question: str, one: Shown) -> Shown:
    german = "Das ist so und gilt auch für die anderen."
    english = "That is so and holds for the others, too."
    return replace(one, text=f"{_stop(one.text)} {english if detect_language(question) == 'de' else german}")


def _leads(question: str, one: Shown) -> bool:
    first = " ".join(one.text.split()[:_FIRST_WORDS])
    return not _FIGURE.search(one.text) or bool(_FIGURE.search(first))


def _late(question: str, one: Shown) -> Shown:
    return replace(one, text=f"As the rules that are in force here say it: {one.text}")


RULES: tuple[Rule, ...] = (
    words_at_most(80),
    Rule("cites", "names a source below the answer", lambda question, one: bool(one.sources), _as_is,
         lambda question, one: replace(one, sources=())),
    Rule("source in text", "says in the text which document it comes from", _names_source,
         lambda question, one: one if _names_source(question, one) or not one.sources
         else replace(one, text=f"{_stop(one.text)} Source: {one.sources[0]}."), _without_source),
    _always("year", "states the year", _YEAR, lambda one: f"This is the rule for {one.dated[:4] or '2026'}."),
    Rule("unit", "gives a unit or currency with its figures",
         lambda question, one: not _FIGURE.search(_YEAR.sub("", one.text)) or bool(_WITH_UNIT.search(one.text)), _as_is,
         lambda question, one: replace(one, text=re.sub(rf"(?<=\d)\s?(?:{UNIT_PATTERN})(?![^\W\d_])|\b(?:EUR|USD|GBP) (?=\d)|[€$£](?=\d)", "", one.text))),
    Rule("leads", "gives the figure within the first ten words", _leads, _as_is, _late),
    _never("no advice", "never recommends anything", _ADVICE, "It is recommended to act at once."),
    _never("no hedging", "does not say probably or perhaps", _HEDGES, "Perhaps more can be said."),
    _never("no first person", "does not speak of itself", _PERSON, "So much could we find."),
    _never("no links", "shows no link or e-mail address", _LINK, "See www.rules.example for more."),
    Rule("no personal data", "shows nobody's phone number, account or the like",
         lambda question, one: not [span for span in personal_data(one.text) if span.kind != "email"], _as_is,
         _add("The number is +49 5251 882344.")),
    _never("no abbreviations", "uses no abbreviations such as e.g.", _SHORT, "Other cases, e.g. moves, follow the same rule."),
    Rule("no list", "is running text, not a list", lambda question, one: not _LIST.search(one.text), _as_is,
         lambda question, one: replace(one, text="\n".join(f"- {one.text[a:b]}" for a, b in split_sentences(one.text)))),
    Rule("same language", "is all in the language of the question", _same_language, _as_is, _foreign),
    Rule("full stop", "ends with a full stop", lambda question, one: one.text.rstrip().endswith((".", "!", "?")),
         lambda question, one: replace(one, text=_stop(one.text.rstrip())), lambda question, one: replace(one, text=one.text.rstrip(" .!?"))),
    Rule("no shouting", "has no exclamation mark", lambda question, one: "!" not in one.text,
         lambda question, one: replace(one, text=one.text.replace("!", ".")),
         lambda question, one: replace(one, text=one.text.replace(". ", "! ", 1) if ". " in one.text else one.text.rstrip(".") + "!")),
    Rule("no brackets", "has nothing in brackets", lambda question, one: "(" not in one.text,
         lambda question, one: replace(one, text=re.sub(r"\s?\([^)]*\)", "", one.text)), _add("Nothing else is said (so far).")),
    Rule("no quotation marks", "does not quote in quotation marks", lambda question, one: not re.search(r"[\"“”„]", one.text),
         lambda question, one: replace(one, text=re.sub(r"[\"“”„]", "", one.text)), _add("The rule calls this “binding” for all.")),
    _always("page", "says on which page it stands", _PAGE, lambda one: f"It stands on page {one.page}."),
    _always("date of source", "says from when the source is", _DATE_SAID, lambda one: f"The text is as of {one.dated or 'today'}."),
    _always("whom to ask", "says whom to ask", _CONTACT, lambda one: "Ask the owner for more."),
    _never("no greeting", "has no greeting", _GREETING, "Kind regards."),
    _never("no chatter", "has no filler such as good question", _THANKS, "Always happy to help."),
    Rule("one paragraph", "is one paragraph", lambda question, one: "\n\n" not in one.text,
         lambda question, one: replace(one, text=re.sub(r"\n{2,}", " ", one.text)),
         lambda question, one: replace(one, text=f"{_stop(one.text)}\n\nThat is all.")),
)  # fmt: skip
BY_ID: Mapping[str, Rule] = {rule.id: rule for rule in RULES}
LEVELS = (20, 40, 80)  # words; which limit is meant is asked once it is known that there is one


def rule_of(identity: str) -> Rule | None:
    """The rule with this id, limits on words included; None if there is none."""
    if match := re.fullmatch(r"words<=(\d{1,5})", identity):
        return words_at_most(int(match.group(1)))
    return BY_ID.get(identity)
