"""A sentence that states one figure or date, turned into the question it answers; English and German, by word order alone.

Only plain main clauses are taken: a short subject without pronoun, comma or preposition in front, then a known verb, then the
answer. What is asked is read from the kind of the answer and the preposition before it ("for 18 months": for how long).
Everything else is left: a question that is not asked costs less than one that is crooked.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from metier.text.dates import dates
from metier.text.entities import names
from metier.text.quantities import quantities


@dataclass(frozen=True, slots=True)
class Worded:
    """A question, its answer as it stands in the sentence, and what the sentence is about."""

    question: str
    answer: str
    about: str
    kind: str  # money, percent, duration, date, clock, count, measure


@dataclass(frozen=True, slots=True)
class _Target:
    """The only figure or date of the sentence."""

    start: int
    end: int
    kind: str
    noun: str = ""  # what is counted


_MOST_SUBJECT, _MOST_TAIL = 10, 9  # words; longer ones are rarely whole phrases
_HEDGE = {
    "en": re.compile(r"(?:up to|at least|at most|no (?:more|later|less|earlier) than|about|around|approximately|over|under|"
                     r"above|below|more than|less than|between|and|or|from .* to|to|only|maximum|minimum|another|than|least|most)\s*$"),
    "de": re.compile(r"(?:bis zu|mindestens|höchstens|spätestens|frühestens|etwa|rund|circa|ca\.|über|unter|mehr als|weniger als|"
                     r"zwischen|und|oder|maximal|minimal|nur|weitere[nrs]?|als|bereits|je|pro)\s*$"),
}  # fmt: skip
_BESIDE = re.compile(r"(?:of|after|before|prior to|from)\b")
_NO_SUBJECT = {
    "en": frozenset(
        [
            "this",
            "these",
            "that",
            "those",
            "it",
            "they",
            "he",
            "she",
            "we",
            "you",
            "i",
            "there",
            "if",
            "when",
            "in",
            "on",
            "for",
            "from",
            "with",
            "after",
            "before",
            "by",
            "at",
            "within",
            "during",
            "until",
            "unless",
            "as",
            "such",
            "both",
            "who",
            "what",
            "here",
            "one",
            "some",
            "other",
            "another",
            "since",
            "under",
            "above",
            "about",
            "to",
            "but",
            "and",
            "or",
            "so",
            "then",
            "however",
            "please",
            "do",
            "not",
            "no",
            "only",
            "where",
            "while",
            "than",
            "which",
            "how",
            "any",
            "its",
            "their",
            "his",
            "her",
            "our",
            "your",
            "also",
        ]
    ),
    "de": frozenset(
        [
            "dies",
            "diese",
            "dieser",
            "dieses",
            "diesem",
            "diesen",
            "es",
            "er",
            "sie",
            "wir",
            "ihr",
            "ich",
            "man",
            "dort",
            "hier",
            "wenn",
            "falls",
            "in",
            "im",
            "am",
            "an",
            "auf",
            "für",
            "von",
            "vom",
            "mit",
            "nach",
            "vor",
            "bei",
            "zum",
            "zur",
            "bis",
            "seit",
            "während",
            "ab",
            "als",
            "wie",
            "was",
            "wer",
            "und",
            "oder",
            "aber",
            "so",
            "dann",
            "bitte",
            "nicht",
            "kein",
            "keine",
            "nur",
            "wo",
            "sein",
            "seine",
            "ihre",
            "unser",
            "unsere",
            "beide",
            "solche",
            "sofern",
            "sobald",
            "ohne",
            "durch",
            "um",
            "zu",
            "aus",
            "hat",
            "haben",
            "täglich",
            "unter",
            "über",
        ]
    ),
}
_PRONOUNS = re.compile(
    r"\b(?:this|these|those|it|they|them|its|their|he|she|we|our|us|you|your|latter|former|such|"
    r"dies\w*|ihn|ihm|deren|dessen|jene\w*|letztere\w*|erstere\w*|solche\w*|sie|ihr\w*|sein\w*)\b",
    re.IGNORECASE,
)
_NOT_LAST = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "with",
        "without",
        "by",
        "from",
        "and",
        "or",
        "der",
        "die",
        "das",
        "den",
        "dem",
        "ein",
        "eine",
        "einen",
        "einem",
        "von",
        "mit",
        "ohne",
        "und",
        "oder",
        "im",
        "am",
        "zum",
        "zur",
    ]
)  # then what follows is a noun, not the verb it is taken for ("an increase")
_ARTICLES = frozenset(
    [
        "the",
        "a",
        "an",
        "all",
        "every",
        "each",
        "der",
        "die",
        "das",
        "ein",
        "eine",
        "jede",
        "jeder",
        "jedes",
        "alle",
        "employees",
        "staff",
        "members",
        "customers",
        "suppliers",
    ]
)

_ARTICLE = re.compile(r"(?:an?|one|ein\w*) ", re.IGNORECASE)  # "the end of a month" is no figure
_AUX = r"is|are|was|were|must|may|can|shall|will|should|would"
_DO = {  # finite form -> (do, base form)
    form: (do, base)
    for base, third, past in (
        ("receive", "receives", "received"), ("cost", "costs", ""), ("last", "lasts", "lasted"), ("amount", "amounts", "amounted"),
        ("expire", "expires", "expired"), ("begin", "begins", "began"), ("start", "starts", "started"), ("end", "ends", "ended"),
        ("weigh", "weighs", "weighed"), ("earn", "earns", "earned"), ("pay", "pays", "paid"), ("employ", "employs", "employed"),
        ("open", "opens", "opened"), ("close", "closes", "closed"), ("spend", "spends", "spent"), ("rise", "rises", "rose"),
        ("fall", "falls", "fell"), ("grow", "grows", "grew"), ("increase", "increases", "increased"), ("run", "runs", "ran"),
        ("decrease", "decreases", "decreased"), ("keep", "keeps", "kept"), ("hold", "holds", "held"), ("apply", "applies", "applied"),
        ("take", "takes", "took"), ("total", "totals", "totaled"), ("remain", "remains", "remained"), ("lapse", "lapses", "lapsed"),
    )
    for form, do in ((base, "do"), (third, "does"), (past, "did"))
    if form
}  # fmt: skip
_GERMAN = (
    "ist sind war waren beträgt betragen betrug betrugen wird werden wurde wurden muss müssen darf dürfen kann können kostet "
    "kosten dauert dauern gilt gelten endet enden beginnt beginnen erhält erhalten läuft startet öffnet schließt wiegt bleibt "
    "bleiben stieg sank verfällt verfallen hat haben zahlt zahlen"
)
_AMOUNTS = {"beträgt": "ist", "betragen": "sind", "betrug": "war", "betrugen": "waren"}
_PREPOSITION = {
    "en": re.compile(r"\b(up to|for|within|after|by|on|from|until|since|before|at|to|of|in|every)\s*$", re.IGNORECASE),
    "de": re.compile(
        r"\b(bis zu|für|innerhalb von|binnen|nach|seit dem|seit|am|ab dem|ab|bis zum|bis|zum|vom|im|um|auf|von|alle)\s*$", re.IGNORECASE
    ),
}  # fmt: skip
_ASKS: Mapping[str, Mapping[tuple[str, str], str]] = {
    "en": {
        ("duration", "for"): "For how long", ("duration", "within"): "Within what time", ("duration", "after"): "After what time",
        ("duration", "every"): "How often", ("date", "on"): "On what date", ("date", "by"): "By what date",
        ("date", "from"): "From what date", ("date", "until"): "Until what date", ("date", "since"): "Since what date",
        ("date", "in"): "When", ("date", "before"): "Before what date", ("clock", "at"): "At what time",
        ("clock", "until"): "Until what time", ("clock", "from"): "From what time", ("clock", "by"): "By what time",
        ("percent", "by"): "By what percentage", ("percent", "to"): "To what percentage", ("money", "to"): "To what amount",
        ("money", "by"): "By what amount", ("money", "for"): "For what amount",
        ("money", "up to"): "Up to what amount", ("percent", "up to"): "Up to what percentage",
    },
    "de": {
        ("duration", ""): "Wie lange", ("duration", "für"): "Für wie lange", ("duration", "innerhalb von"): "Innerhalb welcher Zeit",
        ("duration", "binnen"): "Binnen welcher Zeit", ("duration", "nach"): "Nach welcher Zeit", ("duration", "alle"): "Wie oft",
        ("date", "am"): "Wann", ("date", "ab"): "Ab wann", ("date", "ab dem"): "Ab wann", ("date", "bis"): "Bis wann",
        ("date", "bis zum"): "Bis wann", ("date", "seit"): "Seit wann", ("date", "seit dem"): "Seit wann", ("date", "im"): "Wann",
        ("date", "vom"): "Ab wann", ("date", "zum"): "Zu welchem Termin", ("clock", "um"): "Um wie viel Uhr",
        ("clock", "bis"): "Bis wann", ("clock", "ab"): "Ab wann", ("percent", "um"): "Um wie viel Prozent",
        ("percent", "auf"): "Auf wie viel Prozent", ("money", "auf"): "Auf welchen Betrag", ("money", "um"): "Um welchen Betrag",
        ("money", "bis zu"): "Bis zu welchem Betrag",
    },
}  # fmt: skip


def worded(sentence: str, language: str) -> Worded | None:
    """The question that the sentence answers, or None if it is no plain clause with one figure or date."""
    text = " ".join(sentence.split()).rstrip(".")
    if language not in ("en", "de") or not 4 <= len(text.split()) <= 32 or re.search(r"[|:;?!()\"“„]", text):
        return None
    target = _target(text, language)
    if (
        target is None
        or (found := _english(text, target) if language == "en" else _german(text, target)) is None
    ):
        first, comma, rest = text.partition(", ")
        return worded(first, language) if comma and not re.search(r"\d", rest) else None
    question, about = found
    question = re.sub(r"\s+", " ", question).strip() + "?"
    return Worded(question, text[target.start : target.end], about, target.kind)


def _target(text: str, language: str) -> _Target | None:
    """The figure or date of a sentence that has just one."""
    days = [span for span in dates(text, language, yearless=True) if span.precision != "year"]
    figures = [
        one
        for one in quantities(text, language)
        if not any(span.start < one.end and one.start < span.end for span in days)
        and not _ARTICLE.match(text[one.start : one.end])
    ]
    if len(days) + len(figures) != 1 or len(re.findall(r"\d+(?:[.,:]\d+)*", text)) > (3 if days else 1):
        return None
    if days:
        return _Target(days[0].start, days[0].end, "date")
    one = figures[0]
    if not any(character.isdigit() for character in text[one.start : one.end]) and one.kind != "duration":
        return None
    kinds = {
        "money": "money",
        "percent": "percent",
        "duration": "duration",
        "time": "duration",
        "clock": "clock",
    }
    kind = kinds.get(str(one.kind))
    counted = re.sub(r"^[\d.,'\s]+", "", text[one.start : one.end])
    if re.fullmatch(r"\d{1,2}[:.]\d\d(?: (?:Uhr|am|pm|a\.m\.|p\.m\.))?", text[one.start : one.end]):
        kind = "clock"
    if kind is not None:
        return _Target(one.start, one.end, kind, counted if kind == "duration" else "")
    if one.unit:
        return _Target(one.start, one.end, "measure")
    noun = re.match(r"\s+((?:[a-zäöüß]+ )?[A-Za-zÄÖÜäöüß-]{3,})", text[one.end :])
    return _Target(one.start, one.end, "count", noun.group(1) if noun else "")


def _subject(text: str, language: str) -> str | None:
    """The text as the subject of a question, its article in small letters; None if it may be something else."""
    words = text.split()
    if not 1 <= len(words) <= _MOST_SUBJECT or "," in text or words[0].lower() in _NO_SUBJECT[language]:
        return None
    if words[-1].lower() in _NOT_LAST or _PRONOUNS.search(text) or not any(len(word) > 3 for word in words):
        return None
    # German nouns are written large anywhere, English ones only as names.
    is_name = any(span.start == 0 for span in names(text, language)) or words[0].isupper()
    is_name = is_name and words[1:2] not in (["of"], ["to"], ["for"])
    small = words[0].lower() in _ARTICLES or (language == "en" and not is_name)
    first = words[0].lower() if small else words[0]
    return " ".join([first, *words[1:]])


def _tail(text: str) -> str:
    """What follows the answer, up to the next comma, if it is short and speaks of nothing else."""
    told = re.split(r",|\b(?:and|or|but|und|oder|aber|sowie)\b", text, maxsplit=1)[0].strip(" .")
    return told if len(told.split()) <= _MOST_TAIL and not _PRONOUNS.search(told) else "\0"


def _english(text: str, target: _Target) -> tuple[str, str] | None:
    verb = re.search(rf"\b(?:{_AUX}|{'|'.join(_DO)})\b", text[: target.start])
    subject = _subject(text[: verb.start()], "en") if verb else None
    if verb is None or subject is None:
        return None
    middle, tail = text[verb.end() : target.start].strip(), _tail(text[target.end :])
    preposition = _PREPOSITION["en"].search(middle)
    asks = _ASKS["en"].get((target.kind, preposition.group(1).lower() if preposition else ""))
    if asks is None and _HEDGE["en"].search(middle + " ") and middle != "to":
        return None
    if (
        tail == "\0"
        or "," in middle
        or _PRONOUNS.search(middle)
        or re.search(r"\b(?:not|no|and|or|but)\b", middle)
    ):
        return None
    form = verb.group()
    if form in ("is", "are", "was", "were") and not middle:
        return _english_is(form, subject, target, text)
    if preposition and asks:
        middle = middle[: preposition.start()].strip()
    if form in _DO:
        return _english_do(form, subject, middle, tail, target, asks)
    if asks is None or not middle:
        return None
    return _ordered(asks, f"{form} {subject} {middle}", tail, target, subject)


def _ordered(asks: str, clause: str, tail: str, target: _Target, subject: str) -> tuple[str, str] | None:
    """The question; what follows a span of time stays beside it ("within what time of the end of the trip")."""
    if target.kind == "duration" and asks in _ASKS["en"].values() and _BESIDE.match(tail):
        if tail.startswith("of ") and not asks.startswith(("Within", "After")):
            return None
        return f"{asks} {tail} {clause}", subject
    return f"{asks} {clause} {tail}", subject


def _english_is(form: str, subject: str, target: _Target, text: str) -> tuple[str, str] | None:
    if target.kind == "count":
        return None
    if target.kind == "duration":
        after = text[target.end :].split()[:1]
        if after and after[0] not in ("to", "for", "from", "per", "in", "on", "at", "after", "with", "by"):
            return None  # "is 3 days late"
    wh = {"duration": "How long", "money": "How much", "date": "When"}.get(target.kind, "What")
    if target.kind == "percent":
        wh = "How high"
    return f"{wh} {form} {subject}", subject


def _english_do(
    form: str, subject: str, middle: str, tail: str, target: _Target, asks: str | None
) -> tuple[str, str] | None:
    do, base = _DO[form]
    if base == "amount":
        return f"How much {do} {subject} amount to {tail}", subject
    if asks is not None:
        return _ordered(asks, f"{do} {subject} {base} {middle}", tail, target, subject)
    if base in ("cost", "amount", "total", "weigh", "pay", "spend", "earn") and target.kind in (
        "money",
        "measure",
    ):
        return (f"How much {do} {subject} {base} {middle} {tail}", subject) if middle in ("", "to") else None
    if base in ("last", "take", "keep") and target.kind == "duration" and not middle:
        return f"How long {do} {subject} {base} {tail}", subject
    if base in ("receive", "employ", "hold") and target.noun and not middle:
        rest = tail.removeprefix(target.noun).strip()
        return f"How many {target.noun} {rest} {do} {subject} {base}", subject
    return None


def _german(text: str, target: _Target) -> tuple[str, str] | None:
    verb = re.search(rf"\b(?:{'|'.join(_GERMAN.split())})\b", text[: target.start])
    subject = _subject(text[: verb.start()], "de") if verb else None
    if verb is None or subject is None:
        return None
    middle, tail = text[verb.end() : target.start].strip(), _tail(text[target.end :])
    preposition = _PREPOSITION["de"].search(middle)
    asks = _ASKS["de"].get((target.kind, preposition.group(1).lower() if preposition else ""))
    if (asks is None or not preposition) and _HEDGE["de"].search(middle + " "):
        return None
    if (
        tail == "\0"
        or "," in middle
        or _PRONOUNS.search(middle)
        or re.search(r"\b(?:nicht|und|oder|aber)\b|\bkein", middle)
    ):
        return None
    form = verb.group()
    if (form in _AMOUNTS or form in ("ist", "sind", "war", "waren")) and not middle:
        if target.kind in ("count", "date", "clock"):
            return None
        wh = "Wie lang" if target.kind == "duration" else "Wie hoch"
        return f"{wh} {_AMOUNTS.get(form, form)} {subject}", subject
    if form in ("kostet", "kosten") and target.kind == "money" and not middle:
        return f"Was {form} {subject} {tail}", subject
    if form in ("erhält", "erhalten", "hat", "haben") and not middle and target.noun:
        rest = tail.removeprefix(target.noun).strip()
        return f"Wie viele {target.noun} {rest} {form} {subject}", subject
    if asks is None or form in _AMOUNTS:
        return None
    if not preposition and re.match(r"(?:nach|vor)\b", tail):
        return None  # "4 Jahre nach Abschluss gelöscht" says when, not how long
    if preposition:
        middle = middle[: preposition.start()].strip()
    return _ordered(asks, f"{form} {subject} {middle}", tail, target, subject)
