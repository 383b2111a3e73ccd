"""A question as it was typed -> a Query: its language, its parts, and a follow-up completed from the conversation.

Deterministic; knows no synonyms and asks no model.
"""

import re

from metier.text.analyze import content_words
from metier.text.language import detect_language
from metier.text.parts import parts_of
from metier.types import Query, Turn

# Words that point back into the conversation; a short question with one of them is incomplete by itself.
_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|that|this|those|these|there|he|she|his|her|same|"
    r"er|sie|es|ihn|ihr|ihre|ihrem|deren|dessen|das|dies|diese[rsnm]?|dort|davon|dafür|damit|derselbe|dieselbe)\b",
    re.IGNORECASE,
)
_STARTS_ON = re.compile(
    r"^(?:and|und|or|oder|what about|how about|was ist mit|wie sieht es mit)\b", re.IGNORECASE
)
_FEW_WORDS = 4  # content words; a question with more than these rarely leans on what came before
_MOST_PARTS = 4  # each costs as much as a question by itself
_QUESTION_END = re.compile(r"(?<=\?)\s+(?=\S)")


def understand(question: str, history: tuple[Turn, ...] = ()) -> Query:
    """The query to search with. `rewrites` holds the completed follow-up, or the sides of a comparison; `parts` what a question
    asks that asks several things; both empty if the text stands for itself."""
    text = " ".join(question.split())
    language = detect_language(text)
    if history and _is_follow_up(text, language):
        return Query(text, language, (f"{history[-1].question} {text}",), history)
    asked = [part for part in _questions(text) if len(content_words(part, language)) >= 2]
    parts = tuple(one for part in asked for one in parts_of(part, language) or (part,))
    if len(parts) > 1:
        return Query(text, language, history=history, parts=parts[:_MOST_PARTS])
    sides = tuple(_with_measure(asked, side, language) for asked, side in _sides(text))
    return Query(text, language, sides, history, compares=bool(sides))


def _questions(text: str) -> list[str]:
    """The text after each question mark; what asks nothing ("By name, please.") belongs to the question before it."""
    found: list[str] = []
    for piece in _QUESTION_END.split(text):
        if found and "?" not in piece:
            found[-1] += f" {piece}"
        else:
            found.append(piece)
    return found


_SIDE = r"[^,;:?]{2,60}?"
_CHOICE = re.compile(rf"^(?P<stem>.{{8,}}?)[,:]\s+(?P<one>{_SIDE})\s+(?:or|oder)\s+(?P<two>{_SIDE})\s*\?$")
_BETWEEN = re.compile(
    r"^(?P<stem>.{8,})\s+(?:between|zwischen|from|von|vom)\s+(?P<one>[^,;:?]{2,40}?)\s+(?:and|und|to|auf|zu|bis)\s+"
    r"(?P<two>[^,;:?]{2,40}?)(?:(?:,|\s+in\s)[^?]*)?\s*\?$",
    re.IGNORECASE,
)
_COMPARING = re.compile(
    rf"^(?:comparing|compare|(?:im )?vergleich(?:e|en sie)?(?: von)?)\s+(?P<one>{_SIDE})\s+(?:and|with|und|mit)\s+"
    rf"(?P<two>{_SIDE})[:,]\s+(?P<stem>.{{8,}}?)\s*\?$",
    re.IGNORECASE,
)
# What tells a comparison from a list ("marriage or civil partnership"), and from a range ("from July to September").
_ASKS_WHICH = re.compile(r"\b(?:which|who|welche[rsnm]?|wer|wem)\b", re.IGNORECASE)
COMPARATIVE = (
    r"(?:more|less|fewer|better|worse|mehr|weniger|(?:high|low|great|larg|small|bigg|long|short|heavi|light|"
    r"loud|quiet|nois|fast|slow|soon|lat|earli|cheap|dear|strong|weak|old|new|young|warm|cold|hott|thick|thinn|wid|strict|saf|"
    r"near|clos|deep)(?:er|ier)|(?:höher|niedriger|größer|kleiner|länger|kürzer|schwerer|leichter|lauter|leiser|schneller|"
    r"langsamer|früher|später|eher|teurer|billiger|günstiger|stärker|schwächer|älter|jünger|neuer|wärmer|kälter|heißer|"
    r"dicker|dünner|breiter|besser|schlechter|strenger|näher|tiefer)(?:e[rsnm]?)?)"
)
_COMPARES = re.compile(
    r"\b(?:differ\w*|unterschied\w*|compar\w*|"
    r"chang\w*|(?:ge)?änder\w*|veränder\w*|rise|rose|fall|fell|gr[eo]w\w*|increas\w*|decreas\w*|\w*stieg\w*|gestiegen|"
    rf"sank\w*|gesunken|{COMPARATIVE})\b",
    re.IGNORECASE,
)


_Side = tuple[str, str]  # the question of one side, and the side


def _sides(text: str) -> tuple[_Side, ...]:
    """One question per side of a comparison ("Which is cheaper, A or B?"), so that each side finds its evidence."""
    if found := _COMPARING.match(text):
        return _with_stem(found)
    is_degree = _COMPARES.search(text) is not None
    if not is_degree and not _ASKS_WHICH.search(text):
        return ()
    if sides := _named_choice(text) or _than(text):
        return sides
    if found := _CHOICE.match(text):
        return _with_stem(found)
    if is_degree and (found := _BETWEEN.match(text)):
        return _with_stem(found)
    return (_two_years(text) if is_degree else ()) or _last_choice(text)


def _with_stem(found: re.Match[str]) -> tuple[_Side, ...]:
    return tuple((f"{found['stem']}, {side}?", side) for side in (found["one"], found["two"]))


_DECLINED = r"(?:e[rsnm]?)?"  # "Lautertal" is not louder
# What a comparative measures, where the noun is not said: "heavier" asks for a weight.
_MEASURES = (
    (rf"heav\w*|lighter|lightest|(?:schwerer|leichter){_DECLINED}", "How heavy is {}?", "Wie schwer ist {}?"),
    (
        rf"nois(?:e|y|ier|iest|ily)|loud(?:er|est|ly)?|quiet(?:er|est|ly)?|silent|(?:lauter|leiser){_DECLINED}",
        "How loud is {}?",
        "Wie laut ist {}?",
    ),
    (
        (
            r"cheap(?:er|est)?|dearer|(?:in)?expensive|costs? (?:more|less)|kostet? (?:mehr|weniger)|"
            rf"(?:teurer|billiger|günstiger){_DECLINED}"
        ),
        "How much does {} cost?",
        "Was kostet {}?",
    ),
    (rf"bigger|larger|smaller|(?:größer|kleiner){_DECLINED}", "How large is {}?", "Wie groß ist {}?"),
    (
        rf"hotter|warmer|colder|cooler|(?:heißer|wärmer|kälter){_DECLINED}",
        "How warm is {}?",
        "Wie warm ist {}?",
    ),
    (
        (
            r"time to pay|zeit zum (?:be)?zahlen|pay\w* (?:\w+ ){0,2}?(?:sooner|earlier|faster|later)|"
            r"(?:früher|eher|schneller|später) (?:be)?zahl\w*|zahl\w* (?:\w+ ){0,2}?(?:früher|eher|schneller|später)"
        ),
        "Within how many days does {} pay?",
        "Binnen wie vieler Tage zahlt {}?",
    ),
    (
        r"stored? (?:\w+ ){0,4}?longer|länger (?:\w+ ){0,2}?(?:ge)?lager\w*",
        "For how many months may {} be stored?",
        "Wie viele Monate darf {} gelagert werden?",
    ),
    (
        r"(?:keeps?|lasts?) longer|länger (?:haltbar|halten)|hält (?:sich )?länger",
        "What is the shelf life of {}?",
        "Wie lange ist {} haltbar?",
    ),
)
_MEASURED = tuple(
    (re.compile(rf"\b(?:{word})\b", re.IGNORECASE), english, german) for word, english, german in _MEASURES
)


def _with_measure(question: str, side: str, language: str) -> str:
    for word, english, german in _MEASURED:
        if word.search(question) and not _YEAR.fullmatch(side):
            name = re.sub(rf"^{_SMALL}+", "", side)
            return f"{question} {(german if language == 'de' else english).format(name)}"
    return question


_NAME_WORD = r"(?:[A-ZÄÖÜ][\w&.-]*|\d[\w.,-]*\b|[a-z](?:\.[a-z])+\.?)"
_NAME = rf"{_NAME_WORD}(?:\s+{_NAME_WORD})*"
_SMALL = r"(?:(?:the|in|at|for|by|of|on|with|from|to|der|die|das|den|dem|des|bei|beim|von|vom|für|im|mit|an|am|auf|nach|zu)\s+)"
_NAMED_CHOICE = re.compile(
    rf"(?P<one>(?P<small>{_SMALL}{{0,2}}){_NAME})\s+(?:or|oder)\s+"
    rf"(?P<two>{_SMALL}{{0,2}}{_NAME}(?:\s+(?:and|und)\s+{_NAME})?)(?=[\s?.,])"
)


def _named_choice(text: str) -> tuple[_Side, ...]:
    """The sides of "Is the Ondara 60 or the Hydrapol 25 the heavier one?": the names on both sides of the "or"."""
    found = _NAMED_CHOICE.search(text)
    if found is None:
        return ()
    (start, end), one, two = found.span(), found["one"], found["two"]
    if start == 0:  # the word that opens the question is written like a name
        opening, _, one = one.partition(" ")
        start += len(opening) + 1
    if found["small"] and not re.match(_SMALL, two):  # "for 230 or 400 volts"
        two = found["small"] + two
    return tuple((f"{text[:start]}{side}{text[end:]}", side) for side in (one, two)) if one else ()


_THAN = re.compile(
    rf"(?<=\s)(?P<one>(?:{_SMALL}){{0,2}}{_NAME})(?P<more>\s(?:[^?,;]*\s)?{COMPARATIVE}\b[^?,;]*?)\s+(?:than|als)\s+"
    rf"(?P<two>(?:{_SMALL}){{0,2}}{_NAME})(?=\s*\?)"
)


_GERMAN_OPENING = re.compile(r"^(?:ist|sind|hat|haben|kostet|kosten|war|waren)\b", re.IGNORECASE)


def _than(text: str) -> tuple[_Side, ...]:
    """The sides of "Is the Tempora 40 cheaper than the Ondara 25?", asked as "Which is cheaper?": a yes is not looked for."""
    found = _THAN.search(text)
    if found is None:
        return ()
    which = "Was ist" if _GERMAN_OPENING.match(text) else "Which is"
    return tuple((f"{which}{found['more']}, {side}?", side) for side in (found["one"], found["two"]))


_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_YEAR_PAIR = re.compile(
    r"\b(?P<one>(?:19|20)\d\d),?\s+(?:and|und|to|bis|than|als|versus|vs\.?|against|gegenüber|"
    r"(?:as )?compared (?:to|with)|verglichen mit|im vergleich zu)\s+(?:(?:in|im jahr|dem jahr)\s+)?(?P<two>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)


def _two_years(text: str) -> tuple[_Side, ...]:
    """The sides of "Is the kit dearer in 2026 than in 2025?": the question with one year each."""
    years = tuple(dict.fromkeys(_YEAR.findall(text)))
    if len(years) != 2:
        return ()
    if pair := _YEAR_PAIR.search(text):
        return tuple((f"{text[: pair.start()]}{year}{text[pair.end() :]}", year) for year in years)
    return tuple((" ".join(text.replace(other, "").split()), year) for year, other in (years, years[::-1]))


_OR = re.compile(r"\s+(?:or|oder)\s+(?=[^?]{2,60}\?$)")


def _last_choice(text: str) -> tuple[_Side, ...]:
    """The sides of "Was EBIT better last year or the year before?": as many words before the "or" as after it."""
    places = list(_OR.finditer(text))
    if not places:
        return ()
    before, two = text[: places[-1].start()].split(), text[places[-1].end() : -1].split()
    if len(two) > _SIDE_WORDS or len(before) < len(two) + 3:
        return ()
    stem = " ".join(before[: -len(two)]).rstrip(",:")
    return tuple((f"{stem}, {' '.join(side)}?", " ".join(side)) for side in (before[-len(two) :], two))


_SIDE_WORDS = 4  # longer sides are clauses, not things that are compared


def _is_follow_up(text: str, language: str) -> bool:
    few = len(content_words(text, language)) <= _FEW_WORDS
    return few and (_POINTS_BACK.search(text) is not None or _STARTS_ON.search(text) is not None)
